"""Runs the engine on the slices that need it: side by side within a layer, layer after layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import zip_longest

from rolecall.deploy.access_of_run import AccessOfRun
from rolecall.deploy.deployment import Operation
from rolecall.deploy.drift import live_stacks
from rolecall.deploy.foreign_states import refuse_foreign_states
from rolecall.deploy.held_twice import HeldTwice, held_twice
from rolecall.deploy.host_checks import HostChecks
from rolecall.deploy.host_watch import HostWatch
from rolecall.deploy.hosts import account_of, run_hosts
from rolecall.deploy.journals import Journals
from rolecall.deploy.judgement import forced, needs_preview, refused
from rolecall.deploy.leftovers import both, failed_before, held_back, kept_at_first
from rolecall.deploy.lost_states import refuse_lost_states
from rolecall.deploy.moves import NOTHING, Moves, apply_moves, on_a_copy, pending_moves
from rolecall.deploy.new_groups import stacks_to_refresh, stacks_with_new_groups
from rolecall.deploy.new_stacks import NewStacks
from rolecall.deploy.order import blocker
from rolecall.deploy.plan import Step, removed, size_of, steps_of
from rolecall.deploy.rate_limit import shared_rate_limit
from rolecall.deploy.rights import require_rights
from rolecall.deploy.serving.servers import Serving
from rolecall.deploy.session import Previewed, Session
from rolecall.deploy.stack_run import Preview, StackRun
from rolecall.deploy.undone import blocked_before, without_numbers
from rolecall.deploy.unrecorded_lists import Losses
from rolecall.deploy.watcher import Watcher
from rolecall.engine.attaching import attach_to
from rolecall.engine.events import Outcome, Status
from rolecall.engine.garbage import AT_ONCE
from rolecall.engine.shared_provider import DATABRICKS
from rolecall.errors import ExitCode, RolecallError, explained
from rolecall.slices.slice import ACCOUNT, Slice
from rolecall.stack_names import ACCOUNT_STACK
from rolecall.systems.host_timeout import host_timeout

NOT_ADMITTED = "the preview had nothing to do here: review or plan it again"
ENDED = "the run was ended before it began"
BLOCKED = "a rule blocks the run before anything is changed"


class Runner:
    """Runs one deployment.

    Args:
        session: what it starts from.
        watcher: receives its progress.
    """

    def __init__(self, session: Session, watcher: Watcher) -> None:
        self._session, self._watcher = session, watcher
        self.outcomes: dict[str, Outcome] = {}
        self._previews: dict[str, Outcome] = {}
        self._previewed: dict[str, Preview] = {}
        self._live: set[str] = set()
        self._foreign: set[str] = set()
        self._hosts = HostChecks()
        self._forced: dict[str, set[str]] = {}
        self._twice: HeldTwice = {}
        self._losses = Losses()
        self._kept: list[str] = []
        self._unread: dict[str, str] = {}
        self._moves = NOTHING
        # The stacks that a gate has admitted; None where there is no gate.
        self._admitted: set[str] | None = None
        self.access = AccessOfRun()
        self._journals = Journals()
        self._serving = Serving(self._journals.by_stack)
        self._new_stacks = NewStacks()

    def run(self) -> dict[str, Outcome]:
        """Run it; return what came of each stack, those that needed no run among them.

        Raises:
            RunLocked: another run is going on.
            SystemUnreachable: the account does not answer, and nothing was run yet.
            StateUnreadable: stacks have no state here, and what they made is there.
            UsageError: the signed-in principal is not the contract's deployer.
            SystemRefused: the deployer lacks rights that this run needs.
            KeyboardInterrupt: the run was ended; what was under way is finished, and `outcomes` says what that was.
        """
        require_rights(self._session)
        with ExitStack() as self._open:
            self._open.callback(self._new_stacks.close)
            self._open.enter_context(self._serving)
            if self._session.lock is not None:
                self._session.interrupted = self._open.enter_context(self._session.lock).interrupted
            try:
                self._run()
            except KeyboardInterrupt:
                self._complete(ENDED)
                for one in (each for layer in self._session.layers for each in layer):
                    self.outcomes.setdefault(one.stack, Outcome(ran=False, not_run=ENDED))
                raise
        return self.outcomes

    def _run(self) -> None:
        deployment = self._session.deployment
        moves = pending_moves(self._session)
        if deployment.operation is Operation.DESTROY:
            self._moves = apply_moves(self._session, moves)
            steps = [step for layer in self._session.layers for step in self._steps(layer)]
            gone = list(removed(self._session))
            self._twice = held_twice(self._session, [*gone, *steps])
            if self._may_take_away([*gone, *steps]):
                self._layer("destroy", gone)
                for layer in reversed(self._session.layers):
                    self._layer("destroy", self._steps(layer))
            return
        gate = self._session.gate
        if gate is not None:
            gate.check_start(self._session)
        # What is only previewed writes to no state.
        with self._on_a_copy(moves):
            steps = [step for layer in self._session.layers for step in self._steps(layer)]
            steps += removed(self._session)
            running = [step for step in steps if step.runs]
            refuse_foreign_states(self._session.compiled.contract, running)
            self._twice = held_twice(self._session, steps)
            unread = refuse_lost_states(self._session, running, self._hosts.unanswered(self._session, running))
            # A principal that may only preview need not be able to read everything; `up` looks again.
            self._unread = {} if deployment.operation is Operation.PREVIEW else unread
            if not deployment.refresh and any(self._needs_run(step) for step in steps):
                # They come up while the lists that will be written are read.
                self._serving.begin(self._session)
            self._preview(steps)
            allowed = self._may_take_away(steps)
        blocked = any(one.status is Status.BLOCKED for one in self._previews.values())
        if gate is not None and allowed and not blocked:
            access = self.access.changes(self._previews, self._session.compiled.contract)
            gate.check(self._session, Previewed(self._previews, tuple(access), frozenset(self._foreign)))
            self._admitted = {stack for stack, one in self._previews.items() if one.ran}
        if deployment.operation is Operation.PREVIEW:
            self.outcomes = self._previews
        elif blocked:
            self._complete(BLOCKED)
        elif allowed:
            self._moves = apply_moves(self._session, moves)
            self._kept = kept_at_first(steps, self._previews)
            # Each contains a stack's state, which the deployment reads again.
            steps.clear()
            self._deploy()

    @contextmanager
    def _on_a_copy(self, moves: Moves) -> Iterator[None]:
        """Run stacks on a copy of their states in which all is moved.

        Without a move, only who may write no state needs a copy: a preview creates the states of new stacks.
        """
        if not moves.wanted and not self._session.read_only:
            yield
            return
        real = self._session
        with on_a_copy(real) as self._session:
            self._moves = apply_moves(self._session, moves)
            try:
                yield
            finally:
                self._new_stacks.forget()
                self._session = real

    def _preview(self, steps: Sequence[Step]) -> None:
        """Preview the stacks that need it: all of them where that was asked for, else those that may take much away."""
        deployment = self._session.deployment
        if not deployment.refresh:
            self._foreign = stacks_to_refresh(self._session, steps, self._hosts)
        elif not deployment.packs and not deployment.all_slices:
            down = self._hosts.unanswered(self._session, steps)
            self._live = live_stacks(self._session, [step for step in steps if step.stack not in down])
        if deployment.operation is not Operation.PREVIEW and not deployment.enforced and self._session.gate is None:
            if deployment.refresh:
                # No drift there, so a preview would only repeat the contract.
                steps = [
                    step
                    for step in steps
                    if step.stack not in self._live or self._as_declared(step) or self._needs_preview(step)
                ]
            else:
                steps = [step for step in steps if step.stack in self._foreign or self._needs_preview(step)]
        self._layer("preview", steps)

    def _needs_preview(self, step: Step) -> bool:
        """Return whether the deletions of a stack must be known, and only a preview shows them."""
        holds_twice = step.runs and any(stack == step.stack for stack, _ in self._twice)
        return holds_twice or needs_preview(self._session, step)

    def _may_take_away(self, steps: Sequence[Step]) -> bool:
        """Return whether all removals of a run are allowed; a refused one is a violation of its stack."""
        self._forced = forced(self._session, steps, self._previews)
        losses = self._losses.read(self._session, self._hosts.answered(self._session, steps), self._previews)
        self._unread |= self._losses.unread
        found = refused(self._session, steps, self._previews, self._twice, losses, self._losses.settings)
        if not found:
            return True
        taken = (
            self.outcomes if (destroys := self._session.deployment.operation is Operation.DESTROY) else self._previews
        )
        for step in steps:
            if step.stack in found:
                outcome = taken.get(step.stack) or Outcome(ran=False)
                outcome.violations += [one for one in found[step.stack] if one not in outcome.violations]
                outcome.exit_code = outcome.exit_code or ExitCode.FINDINGS
                self._record_outcome(
                    step.stack, outcome, str(self._session.deployment.operation) if destroys else "preview"
                )
            elif step.stack not in taken and step.runs:
                self.outcomes[step.stack] = without_numbers(Outcome(), BLOCKED)
        return False

    def _deploy(self) -> None:
        for layer, next_one in zip_longest(self._session.layers, self._session.layers[1:]):
            steps = self._steps(layer)
            self._foreign |= stacks_with_new_groups(self._session, steps)
            absent = [one.stack for one in next_one or () if self._session.states.absent(one.stack)]
            self._new_stacks.begin(self._session, absent)
            self._layer("up", steps)
            if any(self.outcomes[step.stack].changed for step in steps):
                # Groups and service principals may be there now that were not.
                self._session.forget()
        try:
            gone = list(removed(self._session))
        except RolecallError as error:
            failed = Outcome(errors=[("", explained(error))], exit_code=error.exit_code, ran=False)
            self._record_outcome("stacks that are not in the contract any more", failed, "up")
            return
        self._layer("up", gone)
        if self._kept:
            self._finish_account()

    def _finish_account(self) -> None:
        """Delete what was kept in the account's stack until all others were done."""
        self._kept = []
        first = self.outcomes[ACCOUNT_STACK]
        if not first.fine:
            return
        if reason := failed_before(self.outcomes):
            self._record_outcome(ACCOUNT_STACK, held_back(first, reason, self._previews[ACCOUNT_STACK]), "up")
            return
        self._session.forget()
        steps = self._steps([ACCOUNT])
        previewed = self._previews.pop(ACCOUNT_STACK, None)
        del self._previewed[ACCOUNT_STACK]
        self._layer("up", steps)
        self._record_outcome(ACCOUNT_STACK, both(first, self.outcomes[ACCOUNT_STACK]), "up")
        if previewed is not None:
            self._previews[ACCOUNT_STACK] = previewed

    def _steps(self, layer: list[Slice]) -> list[Step]:
        """Return the steps of a layer; where the account does not answer any more, each of them has failed."""
        try:
            return steps_of(self._session, layer)
        except RolecallError as error:
            if not self.outcomes:  # nothing was done yet
                raise
            for one in layer:
                self._record_outcome(
                    one.stack, Outcome(errors=[("", explained(error))], exit_code=error.exit_code, ran=False), "up"
                )
            return []

    def _complete(self, reason: str) -> None:
        for stack, previewed in self._previews.items():
            if stack not in self.outcomes:
                self.outcomes[stack] = self._not_run(stack, previewed, reason)

    def _not_run(self, stack: str, previewed: Outcome, reason: str) -> Outcome:
        if previewed.exit_code:
            return blocked_before(previewed)
        as_declared = not previewed.ran or (not previewed.changed and self._previewed[stack].held)
        return replace(previewed, preview=False) if as_declared else without_numbers(previewed, reason)

    def _layer(self, operation: str, steps: Sequence[Step]) -> None:
        """Run an operation on the stacks of a layer that need it."""
        needed: list[Step] = []
        self.access.note(steps)
        try:
            for step in steps:
                outcome = self._without_run(operation, step)
                if outcome is None:
                    needed.append(step)
                    self._watcher.expect(step.stack, size_of(step))
                else:
                    self._record_outcome(step.stack, outcome, operation)
            if needed:
                self._side_by_side(operation, needed)
        except RolecallError as error:
            taken = self._previews if operation == "preview" else self.outcomes
            if not self.outcomes:  # nothing was done yet
                raise
            for step in steps:
                if step.stack not in taken:
                    failed = Outcome(errors=[("", explained(error))], exit_code=error.exit_code, ran=False)
                    self._record_outcome(step.stack, failed, operation)

    def _without_run(self, operation: str, step: Step) -> Outcome | None:
        """Return what came of a stack that needs no run, or may not have one; None where it needs one."""
        if step.failure is not None:
            failed = [("", explained(step.failure))]
            return Outcome(errors=failed, exit_code=step.failure.exit_code, ran=False)
        if operation != "preview":
            if not self._needs_run(step):
                return self._unchanged(step)
            if self._admitted is not None and step.stack not in self._admitted:
                # What the account's stack has made may change others, which no preview has shown.
                return without_numbers(Outcome(), NOT_ADMITTED)
            if step.stack in self._unread:
                # Live objects that are not in its state would be created a second time.
                return Outcome(errors=[("", self._unread[step.stack])], exit_code=ExitCode.UNREACHABLE, ran=False)
            previewed = self._previews.get(step.stack)
            if previewed is not None and previewed.exit_code:
                return blocked_before(previewed)
            destroying = operation == "destroy"
            if reason := blocker(step, self.outcomes, destroying=destroying, places=self.access.places):
                return without_numbers(previewed or Outcome(), reason)
        if not self._needs_run(step):
            return self._unchanged(step)
        if operation == "up" and step.stack in self._previewed:
            digest, previewed = self._previewed[step.stack].digest, self._previews[step.stack]
            held = step.state is not None and step.state.holds(digest)
            same = step.slice is not None and self._session.part(step.slice).digest == digest
            return replace(previewed, preview=False) if same and held and not previewed.changed else None
        return None

    def _needs_run(self, step: Step) -> bool:
        return step.runs and not (step.stack in self._live and self._as_declared(step))

    @staticmethod
    def _unchanged(step: Step) -> Outcome:
        count = len(step.state.resources) if step.state else 0
        return Outcome(changes={"same": count} if count else {}, ran=False)

    def _as_declared(self, step: Step) -> bool:
        return (
            step.slice is not None
            and step.state is not None
            and step.state.holds(self._session.part(step.slice).digest)
        )

    def _side_by_side(self, operation: str, steps: Sequence[Step]) -> None:
        session = self._session
        self._serving.begin(session)
        down = self._hosts.unanswered(self._session, steps)
        for stack, errors in down.items():
            failed = Outcome(
                errors=[("", explained(error)) for error in errors], exit_code=ExitCode.UNREACHABLE, ran=False
            )
            previewed = self._previews.get(stack)
            failed.undone = [*previewed.begun] if previewed is not None else []
            self._record_outcome(stack, failed, operation)
        if not (steps := [step for step in steps if step.stack not in down]):
            return
        for one in (step.slice for step in steps if step.slice is not None):
            session.part(one)
        self._new_stacks.begin(session, (step.stack for step in steps if step.state is None))
        if operation != "destroy":
            self._serving.programs(session)
        from rolecall.deploy.serving.native_provider import NativeProvider

        # An engine waits while its packs judge, and another can use the core meanwhile.
        workers = min(AT_ONCE + bool(session.deployment.enforced), len(steps))
        watch = HostWatch(session.engine, self._hosts.by_stack(steps), host_timeout())
        native_provider = NativeProvider(session.engine.environment, account_of(session))
        with native_provider as native, watch, ThreadPoolExecutor(workers) as pool:
            provider = self._serving.provider(session)
            provider.admit(run_hosts(session, steps))
            ports = {**provider.ports(), **native.ports()}
            variables = {**attach_to(ports), **self._serving.attached_packs(session)}
            if DATABRICKS not in ports:
                variables |= shared_rate_limit(session.engine.environment, workers)
            self._serving.wait_for_packs()
            run = self._stack_run(operation, variables).run
            later = {step.stack: pool.submit(run, step) for step in steps}
            try:
                for stack, future in later.items():
                    self._record_outcome(stack, future.result(), operation)
            except KeyboardInterrupt:
                self._watcher.interrupted()
                session.engine.interrupt()
                native.cancel()
                pool.shutdown(wait=True, cancel_futures=True)
                for stack, future in later.items():
                    ended = Outcome(ran=False, not_run=ENDED)
                    self._record_outcome(stack, ended if future.cancelled() else future.result(), operation)
                raise

    def _stack_run(self, operation: str, variables: Mapping[str, str]) -> StackRun:
        return StackRun(
            self._session,
            self._watcher,
            operation,
            variables,
            serving=self._serving,
            new_stacks=self._new_stacks,
            journals=self._journals,
            hosts=self._hosts,
            moves=self._moves,
            losses=self._losses.allowed,
            live=self._live,
            foreign=self._foreign,
            forced=self._forced,
            kept=self._kept,
            previews=self._previews,
            previewed=self._previewed,
        )

    def _record_outcome(self, stack: str, outcome: Outcome, operation: str) -> None:
        (self._previews if operation == "preview" else self.outcomes)[stack] = outcome
        self._watcher.finished(stack, outcome)
