"""What was renamed in the contract is taken over from the states that have it under its former name, before any run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from rolecall.contract.naming import former_group_resources, group_resource
from rolecall.deploy.session import Session
from rolecall.deploy.taken_back import groups_taken_back, renamed_back
from rolecall.deploy.workspace_renames import workspace_renames
from rolecall.engine.events import Outcome
from rolecall.engine.moving import Source, Taken, TakeOver, name_of
from rolecall.engine.run import Engine
from rolecall.engine.state import States
from rolecall.engine.state_moves import StateMoves
from rolecall.engine.state_store import state_store
from rolecall.slices.moves import Wish, loss_of, wishes
from rolecall.slices.owner import owner_of
from rolecall.slices.slice import ACCOUNT, layers_of
from rolecall.stack_names import ACCOUNT_STACK
from rolecall.trace import span

REPLACED = "create-replacement"
GROUP = "databricks:index/group:Group"


@dataclass(frozen=True)
class Moves:
    """What a run takes over.

    Attributes:
        wanted: what is to be moved between states; empty where nothing is.
        known: the contract's declaration of each.
        taken: what was moved.
    """

    wanted: Sequence[TakeOver]
    known: Mapping[TakeOver, Wish]
    taken: Sequence[Taken] = field(default_factory=tuple)

    def explain(self, stack: str, outcome: Outcome) -> None:
        """Add to a stack's outcome what it takes over, and what a system cannot keep."""
        taken = [one for one in self.taken if one.wanted.stack == stack and one.wanted in self.known]
        for source in sorted({one.source.stack for one in taken} - {stack}):
            shown = [self.known[one.wanted].shown for one in taken if one.source.stack == source]
            outcome.warnings.append(f"taken over from stack {source}: {', '.join(dict.fromkeys(shown))}")
        for one in taken:
            outcome.warnings += _losses(one, self.known[one.wanted], outcome)
        explained = {name_of(urn) for one in self.taken for urn in one.urns.values()}
        for step in outcome.begun:
            if step.operation == REPLACED and step.name not in explained and (loss := loss_of(step.type)):
                kind = step.type.rpartition(":")[2]
                outcome.warnings.append(f"{kind} {step.name} is replaced by a new one and loses {loss}")


def _losses(taken: Taken, wish: Wish, outcome: Outcome) -> Iterator[str]:
    names = {name_of(urn) for urn in taken.urns.values()}
    at = f"{wish.place}: " if wish.place else ""
    for step in outcome.begun:
        loss = loss_of(step.type) if step.operation == REPLACED else ""
        if loss and step.name in names and _is_below(step.type, taken):
            kind = step.type.rpartition(":")[2]
            yield f"{at}{wish.shown} is renamed, which {kind} does not allow: it is re-created and loses {loss}"


def _is_below(kind: str, taken: Taken) -> bool:
    return any(urn.split("::", 3)[2].rpartition("$")[2] == kind for urn in taken.urns.values())


NOTHING = Moves((), {})


def pending_moves(session: Session) -> Moves:
    """Return what the stacks of a run take over from others, and others from them.

    Raises:
        StateUnreadable: a state cannot be read.
    """
    known = {wish.take_over: wish for wish in wishes(renamed_back(session))}
    meant = {one.stack for layer in session.layers for one in layer}
    everything = not session.deployment.environments
    asked = [
        one
        for one in known
        if everything or one.stack in meant or any(_is_meant(source.stack, meant, session) for source in one.sources)
    ]
    asked += _made_again(session)
    account = session.states.read_if_whole(ACCOUNT.stack)
    if account is not None:
        asked += workspace_renames(session, account)
        asked += groups_taken_back(session.compiled.contract, account)
    return Moves(_mover(session).pending(asked), known)


def _mover(session: Session) -> StateMoves:
    return StateMoves(session.states, partial(state_store, session.engine, session.states))


def _made_again(session: Session) -> list[TakeOver]:
    """Return the groups in the account that another group of their name replaces: names are unique there.

    A group that was deleted in the identity provider and made again has another id, so its resources have other names.
    Only as a replacement of the old one can the engine delete that first, with all that it holds.
    """
    contract = session.compiled.contract
    state = session.states.read(ACCOUNT.stack) if contract.databricks.provisioning == "rolecall" else None
    if state is None:
        return []
    held = {one.name: str(one.inputs.get("displayName")) for one in state.resources if one.type == GROUP}
    declared = {group_resource(contract, key): key for key in contract.groups}
    found = []
    for name, key in declared.items():
        known = {*declared, *former_group_resources(contract, key)}
        old = [Source(ACCOUNT.stack, other) for other, shown in held.items() if shown == key and other not in known]
        if name not in held and old:
            found.append(TakeOver(ACCOUNT.stack, GROUP, name, tuple(old)))
    return found


def _is_meant(stack: str, meant: set[str], session: Session) -> bool:
    names = session.deployment.environments
    return stack in meant or any(stack == name or stack.startswith(f"{name}.") for name in names)


def apply_moves(session: Session, moves: Moves) -> Moves:
    """Move what is to be moved in the states of a session, and remove stacks that hold nothing any more.

    Raises:
        EngineFailed: the engine does not take a state.
        StateUnwritable: what is begun cannot be noted.
    """
    if not moves.wanted:
        return moves
    with span("take over what was renamed"):
        mover = _mover(session)
        taken = mover.apply(moves.wanted)
        contract = session.compiled.contract
        declared = {one.stack: one for layer in layers_of(contract) for one in layer}
        for stack in sorted({one.wanted.stack for one in taken} & {*declared}):
            session.states.own(stack, owner_of(contract, declared[stack]))
        for stack in sorted({one.source.stack for one in taken} - {*declared}):
            mover.remove(stack)
    return replace(moves, taken=taken)


@contextmanager
def on_a_copy(session: Session) -> Iterator[Session]:
    """Yield a session that works on a copy of the states, for the length of a `with` block."""
    with TemporaryDirectory(prefix="states-") as folder:
        backend = f"file://{folder}"
        environment = {**session.engine.environment, "PULUMI_BACKEND_URL": backend}
        engine = Engine(
            session.engine.root, session.toolchain.pulumi, environment, session.engine.watched, session.engine.is_list
        )
        root = session.engine.root
        states = States(backend, session.states.project, session.toolchain.pulumi, root, environment)
        _copy(session, engine, Path(folder))
        yield replace(session, engine=engine, states=states)


def _copy(session: Session, engine: Engine, folder: Path) -> None:
    file = session.states.file(ACCOUNT_STACK)
    if file is not None:
        # The folder of the project's states, in `stacks`, in `.pulumi`.
        project, home = file.parent, file.parents[2]
        for name in ("stacks", "rolecall"):
            if (home / name / project.name).is_dir():
                shutil.copytree(home / name / project.name, folder / ".pulumi" / name / project.name)
        (folder / ".pulumi").mkdir(exist_ok=True)
        if (home / "meta.yaml").exists():
            shutil.copy(home / "meta.yaml", folder / ".pulumi" / "meta.yaml")
        return
    for stack in session.states.stacks():
        payload = session.engine.command(["stack", "export", "--show-secrets", "--stack", stack])
        engine.select(stack)
        engine.command(["stack", "import", "--stack", stack], text=payload)
