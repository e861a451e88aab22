"""Who manages a group of the account, and who may act as it."""

from __future__ import annotations

from collections.abc import Mapping

from rolecall.components.group import AccountGroup
from rolecall.components.identity_group import IdentityGroup
from rolecall.components.rule_sets import RuleSets
from rolecall.contract.group_roles import group_roles
from rolecall.contract.naming import former_group_resources, group_resource


def declare_group_roles(groups: Mapping[str, AccountGroup | IdentityGroup], rule_sets: RuleSets) -> None:
    """Declare the whole rule set of each group on which the contract declares roles."""
    contract = rule_sets.contract
    for key in contract.groups:
        rule_sets.declare(
            group_resource(contract, key),
            group_roles(contract, key),
            "groups",
            groups[key].principal_id,
            former_group_resources(contract, key),
        )
