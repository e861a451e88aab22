"""One stack of a run: the engine's command, its options and its outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass

from rolecall.deploy.forcing import force_deletion
from rolecall.deploy.guard import judge_preview
from rolecall.deploy.hand_made import taken_by_hand
from rolecall.deploy.host_checks import HostChecks
from rolecall.deploy.journals import Journals
from rolecall.deploy.moves import Moves
from rolecall.deploy.new_stacks import NewStacks
from rolecall.deploy.plan import Step, Why
from rolecall.deploy.recovery import CREATING, recover
from rolecall.deploy.serving.servers import Serving
from rolecall.deploy.session import Session
from rolecall.deploy.targets import HOLDER_TYPES, targets
from rolecall.deploy.undone import undone
from rolecall.deploy.watcher import Watcher
from rolecall.engine.events import Outcome
from rolecall.engine.state_store import state_store
from rolecall.errors import RolecallError, StateUnwritable, explained
from rolecall.slices.holders import holders_changes
from rolecall.stack_names import ACCOUNT_STACK
from rolecall.trace import span

# https://www.pulumi.com/docs/iac/cli/commands/pulumi_up/
IGNORE_PROTECT = "--ignore-protect"


@dataclass(frozen=True)
class Preview:
    """A preview's input: the declaration's digest, and whether the state already had that digest."""

    digest: str
    held: bool


@dataclass(frozen=True)
class StackRun:
    """Runs an operation on one stack at a time; several threads may use it.

    Attributes:
        session: the deployment's inputs and states.
        watcher: receives the progress.
        operation: `preview`, `up` or `destroy`.
        variables: environment variables of the engines.
        serving: the programs, providers and packs that engines attach to.
        new_stacks: creates the states of new stacks.
        journals: journals of the engines' writes.
        hosts: diagnoses hosts that do not answer.
        moves: objects that move between stacks.
        losses: warnings on access that this run may revoke, by stack.
        live: stacks whose state equals the live objects.
        foreign: stacks that are refreshed.
        forced: objects whose deletion is forced, by stack; each stack's are taken out once.
        kept: objects that the account's stack keeps until all others are done.
        previews: outcomes of previews, by stack.
        previewed: inputs of previews, by stack; each preview adds its own.
    """

    session: Session
    watcher: Watcher
    operation: str
    variables: Mapping[str, str]
    _: KW_ONLY
    serving: Serving
    new_stacks: NewStacks
    journals: Journals
    hosts: HostChecks
    moves: Moves
    losses: Mapping[str, Sequence[str]]
    live: set[str]
    foreign: set[str]
    forced: dict[str, set[str]]
    kept: Sequence[str]
    previews: Mapping[str, Outcome]
    previewed: dict[str, Preview]

    def run(self, step: Step) -> Outcome:
        """Run one stack; its errors are returned as its outcome and do not stop other stacks."""
        try:
            return self._run(step)
        except RolecallError as error:
            previewed = self.previews.get(step.stack)
            undone = [*previewed.begun] if previewed is not None else []
            return Outcome(errors=[("", explained(error))], exit_code=error.exit_code, undone=undone)
        except OSError as error:
            # A full disk, most of the time; the state shows how far the stack came.
            what = f"a file of this run cannot be written: {error}. Make room, and run it again."
            return Outcome(errors=[("", what)], exit_code=StateUnwritable.exit_code)

    def _run(self, step: Step) -> Outcome:
        session, operation, stack = self.session, self.operation, step.stack
        # The stack keeps its outputs, which name its owner, until all its resources are deleted.
        command = "destroy" if operation == "up" and step.why is Why.REMOVED else operation
        with span(f"{operation}: {step.why}", stack):
            flags = [*self._flags(command, stack), *targets(session, step, self.live)]
            if command != "preview" and session.message:
                flags.append(f"--message={session.message}")
            if step.state is None:
                self.new_stacks.begin(session, [stack])
                self.new_stacks.wait(stack)
            elif step.state.pending and operation != "preview":
                recover(session, step, self.variables)
                if command == "up" and any(one["type"] != CREATING for one in step.state.pending):
                    # Only the system knows how far a pending operation got.
                    flags.append("--refresh")
            if operation == "up" and step.state is not None:
                session.states.outdate(stack)
            if operation != "preview" and stack in self.forced:
                force_deletion(state_store(session.engine, session.states), stack, self.forced.pop(stack))
            with self.journals.open(session, operation, step) as thinned:
                outcome = session.engine.run(
                    command,
                    stack,
                    flags,
                    environment={**self.variables, **thinned, **session.states.verified(step.state)},
                    progress=lambda outcome: self.watcher.progress(stack, outcome.done),
                )
                if (killed := session.engine.killed.pop(stack, None)) is not None:
                    # Before the journal closes: it records in the state whose the stack is.
                    session.states.remove_lock(stack, killed)
                self.journals.record(stack, outcome)
        self.moves.explain(stack, outcome)
        self.hosts.diagnose(stack, outcome)
        outcome.warnings += taken_by_hand(holders_changes(outcome.updates), step, session)
        outcome.warnings += self.losses[stack]
        if operation == "preview":
            judge_preview(outcome, step, session)
            digest = session.part(step.slice).digest if step.slice is not None else ""
            self.previewed[stack] = Preview(digest, step.state is not None and step.state.holds(digest))
            return outcome
        previewed = self.previews.get(stack)
        if outcome.exit_code:
            outcome.undone = undone(
                outcome, step.state, self._declared(step, flags), previewed.begun if previewed is not None else None
            )
        if previewed is not None:
            outcome.seconds += previewed.seconds
        return outcome

    def _declared(self, step: Step, flags: Sequence[str]) -> list[tuple[str, str]] | None:
        """Return the resources that a run covers; None if its program has not declared any yet."""
        declared = self.serving.declared(step.stack) if step.slice is not None else []
        if declared is None or not any(flag.startswith("--target=") for flag in flags):
            return declared
        return [(kind, name) for kind, name in declared if kind in HOLDER_TYPES]

    def _flags(self, operation: str, stack: str) -> list[str]:
        # The guards check deletions; `protect` in the states is for manual runs of the engine.
        if operation == "destroy":
            return [IGNORE_PROTECT]
        packs = [f"--policy-pack={folder}" for folder in self.serving.packs()]
        refreshed = stack not in self.live if self.session.deployment.refresh else stack in self.foreign
        refresh = ["--refresh"] if refreshed else []
        kept = [f"--exclude={urn}" for urn in self.kept] if operation == "up" and stack == ACCOUNT_STACK else []
        return [
            f"--client={self.serving.programs(self.session).address}",
            "--exec-kind=auto.inline",
            IGNORE_PROTECT,
            *packs,
            *refresh,
            *kept,
        ]
