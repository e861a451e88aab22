"""Roles on groups of the Databricks account: who manages a group, and who may act as it.

https://docs.databricks.com/aws/en/admin/users-groups/manage-groups (permissions on a group) and
https://docs.databricks.com/aws/en/security/auth/rbac/ (a group as a role); terraform-provider-databricks
docs/resources/access_control_rule_set.md has the names of both roles.
"""

from __future__ import annotations

from collections.abc import Mapping

from rolecall.contract.contract import Contract

MANAGER, ASSUMER = "roles/group.manager", "roles/group.assumer"
# The field of a group with the holders of a role.
FIELDS: Mapping[str, str] = {MANAGER: "managers", ASSUMER: "assumers"}
# Effects of a role on the group, as steps of the access graph.
EFFECTS: Mapping[str, str] = {MANAGER: "may add members to", ASSUMER: "may act as"}


def group_roles(contract: Contract, name: str) -> dict[str, list[str]]:
    """Return the groups with each role on a group, by role; empty if the contract declares no roles on it.

    The break-glass group manages each group on which roles are declared.
    """
    group = contract.groups[name]
    if group.managers is None and group.assumers is None:
        return {}
    kept = [contract.break_glass.group] if contract.break_glass else []
    declared = {MANAGER: {*(group.managers or []), *kept}, ASSUMER: {*(group.assumers or [])}}
    return {role: sorted(holders) for role, holders in declared.items() if holders}
