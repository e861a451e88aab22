"""Who manages a group of the account, and who may act as it."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi import Input, Output, ProviderResource, ResourceOptions

from rolecall.components.aliases import formerly
from rolecall.components.group import AccountGroup
from rolecall.components.identity_group import IdentityGroup
from rolecall.components.resources import Databricks
from rolecall.contract.contract import Contract
from rolecall.contract.group_roles import group_roles
from rolecall.contract.naming import former_group_resources, group_resource
from rolecall.kinds.access import RULE_SET, RULE_SET_NAME


def declare_group_roles(
    contract: Contract,
    groups: Mapping[str, AccountGroup | IdentityGroup],
    names: Mapping[str, Input[str]],
    account: ProviderResource,
) -> None:
    """Declare the whole rule set of each group on which the contract declares roles.

    Args:
        contract: the contract.
        groups: the resource that provisions each group into the account.
        names: the name that each group has now.
        account: the connection to the account.
    """
    for key in contract.groups:
        roles = group_roles(contract, key)
        if not roles:
            continue
        holders = {one for each in roles.values() for one in each}
        # The group is no parent: two groups may manage each other.
        after = ResourceOptions(provider=account, depends_on=[groups[one] for one in sorted(holders)])
        rules = [
            {"role": role, "principals": [Output.concat(RULE_SET.prefix(is_group=True), names[one]) for one in each]}
            for role, each in sorted(roles.items())
        ]
        identity = groups[key].principal_id
        rule_set = Output.format(RULE_SET_NAME, contract.databricks.account_id, "groups", identity)
        Databricks(
            RULE_SET.token,
            group_resource(contract, key),
            {"name": rule_set, "grantRules": rules, "api": "account"},
            formerly(former_group_resources(contract, key), after),
        )
