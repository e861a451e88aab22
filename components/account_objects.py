"""Governed tags and budget policies, each with its complete role assignments."""

from __future__ import annotations

from pulumi import Output, ProviderResource, ResourceOptions, get

from rolecall.components.resources import Databricks
from rolecall.components.rule_sets import RuleSets
from rolecall.contract.account_object import TAG_POLICY, AccountObject, BudgetPolicy, GovernedTag
from rolecall.contract.account_roles import SORTS, Sort, roles_on

BUDGET_POLICY = "databricks:index/budgetPolicy:BudgetPolicy"


def declare_account_objects(rule_sets: RuleSets, workspace: ProviderResource | None) -> None:
    """Declare them.

    Args:
        rule_sets: declares their roles.
        workspace: a connection to a workspace, by which governed tags are reached.
    """
    for sort in SORTS:
        for name, declared in sort.objects(rule_sets.contract).items():
            identity = _made(name, declared, rule_sets.account, workspace)
            roles = roles_on(rule_sets.contract, declared, sort)
            rule_sets.declare(resource_name(sort, name), roles, sort.path, identity)


def resource_name(sort: Sort, name: str) -> str:
    """Return the name of the resource with the roles on an object; groups and principals have no such names."""
    return f"{sort.path}/{name}"


def _made(
    name: str, declared: AccountObject, account: ProviderResource, workspace: ProviderResource | None
) -> Output[str]:
    if isinstance(declared, GovernedTag):
        values = [{"name": one} for one in sorted({*declared.values})]
        properties = {"tagKey": name, "description": declared.description, "values": values}
        return Databricks(TAG_POLICY, name, properties, ResourceOptions(provider=workspace)).id
    assert isinstance(declared, BudgetPolicy)
    tags = [{"key": key, "value": value} for key, value in sorted(declared.tags.items())]
    made = Databricks(
        BUDGET_POLICY,
        name,
        {"policyName": name, "customTags": tags, "policyId": None},
        ResourceOptions(provider=account),
    )
    identity: Output[str] = get(made, "policyId")
    return identity
