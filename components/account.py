"""The account's stack: what all environments share."""

from __future__ import annotations

from collections import defaultdict

from pulumi import ResourceOptions

from components.group import AccountGroup, GroupArguments
from components.resources import Provider
from rolecall.access.grant import SubjectType
from rolecall.compiled import CompiledContract
from rolecall.contract.verbs import Kind, Verb
from rolecall.systems.databricks.permissions import WORKSPACE_LEVELS


def account_provider(compiled: CompiledContract) -> Provider:
    """Connect to the account."""
    account = compiled.contract.databricks
    return Provider("account", {"host": account.host, "accountId": account.account_id})


def workspace_provider(compiled: CompiledContract, workspace: str) -> Provider:
    """Connect to a workspace."""
    return Provider(workspace, {"host": compiled.contract.workspaces[workspace].host})


def declare_account(compiled: CompiledContract) -> None:
    """Declare the groups, and which workspaces they are assigned to.

    A workspace may hold several environments, and a group's assignment to it is one object: so it stands here, with
    one writer, and not in the environments' stacks.
    """
    levels = _workspace_levels(compiled)
    account = account_provider(compiled)
    used = sorted({workspace for by_workspace in levels.values() for workspace in by_workspace})
    workspaces = {name: workspace_provider(compiled, name) for name in used}
    for name, group in sorted(compiled.contract.groups.items()):
        arguments = GroupArguments(name, group.external, levels.get(name, {}))
        AccountGroup(name, arguments, account, workspaces, ResourceOptions())


def _workspace_levels(compiled: CompiledContract) -> dict[str, dict[str, str]]:
    """Return each group's level in each workspace: the highest of all environments that the workspace holds."""
    verbs: defaultdict[str, dict[str, Verb]] = defaultdict(dict)
    for target, subjects in compiled.access.items():
        if target.kind is not Kind.WORKSPACE:
            continue
        for subject, verb in subjects.items():
            if subject.type is SubjectType.GROUP:
                held = verbs[subject.name].get(target.name)
                verbs[subject.name][target.name] = verb if held is None or verb.rank > held.rank else held
    return {
        group: {workspace: WORKSPACE_LEVELS[verb] for workspace, verb in by_workspace.items()}
        for group, by_workspace in verbs.items()
    }
