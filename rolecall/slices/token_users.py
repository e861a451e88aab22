"""Who may use personal access tokens in a workspace."""

from __future__ import annotations

from rolecall.slices.part import Part

CAN_USE = frozenset({"CAN_USE"})


def token_users(part: Part, workspace: str) -> dict[str, frozenset[str]]:
    """Return who is on a workspace's list of token users, by names of now; empty where none is declared.

    Args:
        part: the account's slice.
        workspace: the workspace's key.
    """
    tokens = part.contract.workspaces[workspace].tokens if workspace in part.contract.workspaces else None
    if tokens is None:
        return {}
    break_glass = part.contract.break_glass
    groups = {*tokens.users, *([break_glass.group] if break_glass else [])}
    found = part.lookups.groups
    named = {found[one].name if one in found else one: CAN_USE for one in groups}
    # The provider refuses an empty list.
    return named or {part.contract.databricks.deployer: CAN_USE}
