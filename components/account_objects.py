"""Governed tags and budget policies, each with its complete role assignments."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi import Input, Output, ProviderResource, Resource, ResourceOptions, get

from rolecall.components.resources import Databricks
from rolecall.contract.account_object import TAG_POLICY, AccountObject, BudgetPolicy, GovernedTag
from rolecall.contract.account_roles import SORTS, Sort, roles_on
from rolecall.contract.contract import Contract
from rolecall.kinds.access import RULE_SET, RULE_SET_NAME

BUDGET_POLICY = "databricks:index/budgetPolicy:BudgetPolicy"


def declare_account_objects(
    contract: Contract,
    groups: Mapping[str, Resource],
    names: Mapping[str, Input[str]],
    account: ProviderResource,
    workspace: ProviderResource | None,
) -> None:
    """Declare them.

    Args:
        contract: the contract.
        groups: the resource that provisions each group into the account.
        names: the name that each group has now.
        account: the connection to the account.
        workspace: a connection to a workspace, by which governed tags are reached.
    """
    for sort in SORTS:
        for name, declared in sort.objects(contract).items():
            identity = _made(name, declared, account, workspace)
            roles = roles_on(contract, declared, sort)
            if not roles:
                continue
            holders = {one for each in roles.values() for one in each}
            called = {one: Output.concat(RULE_SET.prefix(is_group=True), names[one]) for one in holders}
            rules = [
                {"role": role, "principals": [called[one] for one in each]} for role, each in sorted(roles.items())
            ]
            rule_set = Output.format(RULE_SET_NAME, contract.databricks.account_id, sort.path, identity)
            Databricks(
                RULE_SET.token,
                resource_name(sort, name),
                {"name": rule_set, "grantRules": rules, "api": "account"},
                ResourceOptions(provider=account, depends_on=[groups[one] for one in sorted(holders)]),
            )


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
