"""Rule sets of the account: the complete list of role assignments on an object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pulumi import Input, Output, ProviderResource, Resource, ResourceOptions

from rolecall.components.aliases import formerly
from rolecall.components.resources import Databricks
from rolecall.contract.contract import Contract
from rolecall.kinds.access import RULE_SET, RULE_SET_NAME


@dataclass(frozen=True)
class RuleSets:
    """Declares rule sets.

    Attributes:
        contract: the contract.
        groups: the resource that provisions each group into the account.
        names: the name that each group has now.
        account: the connection to the account.
    """

    contract: Contract
    groups: Mapping[str, Resource]
    names: Mapping[str, Input[str]]
    account: ProviderResource

    def declare(
        self,
        name: str,
        roles: Mapping[str, Sequence[str]],
        path: str,
        identity: Input[str],
        former: Iterable[str] = (),
    ) -> None:
        """Declare the rule set of an object; none if no group has a role.

        Args:
            name: the resource's name.
            roles: the groups by role.
            path: the type of the object in names of rule sets.
            identity: the object's id.
            former: names of the resource in older states.
        """
        if not roles:
            return
        holders = sorted({one for each in roles.values() for one in each})
        principals = {one: Output.concat(RULE_SET.prefix(is_group=True), self.names[one]) for one in holders}
        rules = [
            {"role": role, "principals": [principals[one] for one in each]} for role, each in sorted(roles.items())
        ]
        rule_set = Output.format(RULE_SET_NAME, self.contract.databricks.account_id, path, identity)
        # Never below the object: two groups may manage each other.
        after = ResourceOptions(provider=self.account, depends_on=[self.groups[one] for one in holders])
        Databricks(
            RULE_SET.token,
            name,
            {"name": rule_set, "grantRules": rules, "api": "account"},
            formerly(former, after),
        )
