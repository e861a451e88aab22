"""Workspaces under another key or at another address: a workspace is known by its address, and by its id.

The names of an account's resources, and of each stack's connections, begin or end with the keys of workspaces. Without
this, a new key would assign all groups to the workspace again and then delete the assignments under the old key, which
are the same. A key that means another workspace than before would count as deployed there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache

from rolecall.contract.contract import Contract
from rolecall.deploy.guard import ASSIGNMENTS
from rolecall.deploy.session import Session
from rolecall.engine.moving import CONNECTION, Source, TakeOver
from rolecall.engine.stack_state import StackState
from rolecall.errors import UsageError
from rolecall.slices.slice import ACCOUNT
from rolecall.systems.databricks.account_address import is_same
from rolecall.systems.databricks.workspace_ids import workspace_id

WORKSPACE = "rolecall:databricks:Workspace"


def workspace_renames(session: Session, account: StackState) -> Iterator[TakeOver]:
    """Yield what stacks have under the former key of a workspace.

    Args:
        session: the deployment.
        account: the state of the account's stack, which is connected to every workspace.
    """
    keys = former_keys(session.compiled.contract, account)
    if not keys:
        return
    for stack in session.states.stacks():
        state = session.states.read_if_whole(stack)
        for old, new in keys.items():
            if state is not None and old in state.settings and new not in state.settings:
                yield from _renamed(stack, state, old, new)


def former_keys(contract: Contract, state: StackState) -> dict[str, str]:
    """Return the keys of workspaces by those that a stack was deployed with."""
    same = _same_workspace()
    connected = {name: host for name, host in state.hosts.items() if _is_of_workspace(state, name)}
    orphaned = {name: host for name, host in connected.items() if name not in contract.workspaces}
    found: dict[str, str] = {}
    for name, one in contract.workspaces.items():
        if name in connected or not one.host:
            continue
        for old, host in orphaned.items():
            if old not in found and (is_same(host, one.host) or same(host, one.host)):
                found[old] = name
                break
    return found


def refuse_other_workspaces(contract: Contract, states: Iterable[StackState]) -> None:
    """Refuse a run in which the key of a workspace means another one than when a stack was deployed.

    Args:
        contract: the contract.
        states: the states of the stacks that are run.

    Raises:
        UsageError: a key does, or may, as one of the two addresses does not answer.
    """
    same = _same_workspace()
    for state in states:
        for name, former in state.hosts.items():
            host = contract.workspaces[name].host if name in contract.workspaces else None
            if host and _is_of_workspace(state, name) and not is_same(former, host) and not same(former, host):
                raise _another(name, former, host)


def _is_of_workspace(state: StackState, connection: str) -> bool:
    settings = state.settings[connection]
    return not settings.get("accountId") and "databricksHost" not in settings


def _same_workspace() -> Callable[[str, str], bool]:
    asked = cache(workspace_id)

    def same(one: str, other: str) -> bool:
        found = asked(other)
        return bool(found) and found == asked(one)

    return same


def _renamed(stack: str, state: StackState, old: str, new: str) -> Iterator[TakeOver]:
    yield TakeOver(stack, CONNECTION, new, (Source(stack, old),))
    if stack != ACCOUNT.stack:
        return
    yield TakeOver(stack, WORKSPACE, new, (Source(stack, old),))
    for one in state.resources:
        if one.type == ASSIGNMENTS and one.connection == old and one.name.endswith((f"/{old}", f"-{old}")):
            name = f"{one.name[: -len(old) - 1]}/{new}"
            yield TakeOver(stack, ASSIGNMENTS, name, (Source(stack, one.name),))


def _another(name: str, former: str, host: str) -> UsageError:
    return UsageError(
        f"the workspace {name} was at {former} when it was deployed, and {host} is another workspace, or one of the "
        "two does not answer",
        f"Nothing was changed. For another workspace write another key under `workspaces`, and name that in the "
        f"environment: the objects in {name} are deleted and re-created there. For a new address of the same "
        "workspace, deploy once while both addresses answer.",
    )
