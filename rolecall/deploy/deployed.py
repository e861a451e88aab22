"""What is deployed where: the history of runs, and the present state of each stack."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from rolecall.contract.contract import Contract
from rolecall.deploy.run_message import RunMessage, read_message
from rolecall.engine.history import SUCCEEDED, Update, updates_of
from rolecall.engine.state import States
from rolecall.errors import StateUnreadable
from rolecall.slices.slice import layers_of, place_named

NEVER, UNREADABLE, UNFINISHED = "never deployed", "its state cannot be read", "unfinished"
DEPLOYED, FAILED, REMOVED, EMPTY = "deployed", "failed", "not in the contract any more", "destroyed"
# Changes that are none.
SAME = "same"


@dataclass(frozen=True)
class Run:
    """A run over one or several stacks.

    Attributes:
        at: when its first stack began.
        message: what Rolecall has recorded; None for a run of plain `pulumi`.
        updates: what it did to each stack.
    """

    at: datetime
    message: RunMessage | None
    updates: tuple[Update, ...]

    @property
    def result(self) -> str:
        """`succeeded` where every stack has succeeded, else the first other result."""
        return next((one.result for one in self.updates if one.result != SUCCEEDED), SUCCEEDED)

    @property
    def kind(self) -> str:
        """What was done."""
        return ", ".join(dict.fromkeys(one.kind for one in self.updates))

    @property
    def changes(self) -> dict[str, int]:
        """The number of changed resources by operation, over all stacks."""
        found: dict[str, int] = {}
        for one in self.updates:
            for name, number in one.changes.items():
                if name != SAME and number:
                    found[name] = found.get(name, 0) + number
        return found


@dataclass(frozen=True)
class Standing:
    """What a stack holds now.

    Attributes:
        stack: its name.
        environment: its environment; empty for the account.
        project: its project; empty where it is no project's.
        workspace: the address of its workspace; empty where there is none, or none yet.
        status: never deployed, deployed, failed, unfinished, destroyed …
        resources: how many resources it holds.
        last: its last update; None where there is none.
        deployed: its last update that has succeeded; None where there is none.
    """

    stack: str
    environment: str
    project: str
    workspace: str
    status: str
    resources: int
    last: Update | None
    deployed: Update | None


def runs_of(states: States, names: Collection[str] = ()) -> list[Run]:
    """Return the runs of a project, the latest first.

    Args:
        states: the states of the project's stacks.
        names: only these environments and stacks; none means all.

    Raises:
        StateUnreadable: the backend does not answer.
    """
    wanted = [one for one in states.stacks() if not names or {one, one.partition(".")[0]} & {*names}]
    return grouped(update for stack in wanted for update in updates_of(states, stack))


def grouped(updates: Iterable[Update]) -> list[Run]:
    """Return updates as runs, the latest first; what plain `pulumi` has done is a run of its own each."""
    by_run: dict[str, list[Update]] = {}
    messages: dict[str, RunMessage | None] = {}
    for number, one in enumerate(sorted(updates, key=lambda one: (one.at, one.stack))):
        message = read_message(one.message)
        key = message.run if message is not None else f"#{number}"
        by_run.setdefault(key, []).append(one)
        messages[key] = message
    runs = [Run(found[0].at, messages[key], tuple(found)) for key, found in by_run.items()]
    return sorted(runs, key=lambda run: run.at, reverse=True)


def standings(contract: Contract, states: States) -> Iterator[Standing]:
    """Yield each stack of a contract in its order, then those that it has no more.

    Raises:
        StateUnreadable: the backend does not answer.
    """
    known = {one.stack: (one.environment or "", one.project or "") for layer in layers_of(contract) for one in layer}
    for stack in [*known, *(one for one in states.stacks() if one not in known)]:
        environment, project = known.get(stack) or place_named(stack)
        updates = updates_of(states, stack)
        good = next((one for one in updates if one.result == SUCCEEDED), None)
        status, resources = _status(states, stack, updates[0] if updates else None, there=stack in known)
        if status == NEVER and stack not in known:
            continue
        yield Standing(
            stack,
            environment,
            project,
            _address(contract, environment),
            status,
            resources,
            updates[0] if updates else None,
            good,
        )


def _status(states: States, stack: str, last: Update | None, *, there: bool) -> tuple[str, int]:
    try:
        state = states.read(stack)
    except StateUnreadable:
        return UNREADABLE, 0
    if state is None or not state.anything:
        return (EMPTY if last is not None and last.kind == "destroy" else NEVER), 0
    count = sum(one.custom for one in state.resources)
    if state.pending:
        return UNFINISHED, count
    if not there:
        return REMOVED, count
    failed = last is not None and last.result != SUCCEEDED
    return (FAILED if failed or not state.declaration else DEPLOYED), count


def _address(contract: Contract, environment: str) -> str:
    stage = contract.environments.get(environment)
    workspace = contract.workspaces.get(stage.workspace) if stage is not None else None
    return (workspace.host or "") if workspace is not None else "" if environment else contract.databricks.host
