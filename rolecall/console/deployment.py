"""Run a deployment, show how far it is, and sum up what came of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from rolecall.console.expiring import ending_soon, warn
from rolecall.console.outcomes import show_outcomes
from rolecall.console.output import SCHEMA_VERSION, PolicyFormat, err, out, print_document
from rolecall.console.plan import Detail, in_order, show_plan
from rolecall.console.project_root import project_root
from rolecall.console.quiet import Quiet
from rolecall.console.shown import terminal
from rolecall.deploy.deployment import Deployment, Operation
from rolecall.deploy.plan_record import state_digests
from rolecall.deploy.runner import Runner
from rolecall.deploy.session import Gate, Session, begin
from rolecall.deploy.signals import Stopped, stopped_by_signals
from rolecall.deploy.undone import exit_code_of, next_command
from rolecall.deploy.watcher import Watcher
from rolecall.engine.events import Outcome, Violation
from rolecall.errors import ExitCode
from rolecall.local.variables import use_local_emulators
from rolecall.slices.access_changes import AccessChange
from rolecall.slices.forecast import Forecast, forecast
from rolecall.today import today

if TYPE_CHECKING:
    from rolecall.documents.deployment import StackResult


GateOf = Callable[[Session], Gate]


def run_stacks(
    deployment: Deployment,
    output: PolicyFormat,
    profile: Path | None = None,
    *,
    detail: Detail | None = None,
    detailed: bool = False,
    gate: GateOf | None = None,
    keep: Callable[[Result], None] | None = None,
) -> int:
    """Run an operation on stacks, show what came of it, and return the exit code.

    Args:
        deployment: what is to be done.
        output: how to show it.
        profile: a file for a trace of what took how long.
        detail: how much of the changes to show; None for their numbers only.
        detailed: return `ExitCode.CHANGES` where all went well and something would change.
        gate: returns what refuses a run that would do something else than was reviewed or planned.
        keep: is called with the result where all went well.

    Raises:
        InvalidContract: the contract has problems; no stack is touched then.
        NotReviewed: the gate has refused it; no stack is touched then.
    """
    result = run_and_show(
        deployment, show=output is PolicyFormat.TABLE, detail=detail, gate=gate, record=keep is not None
    )
    outcomes = result.outcomes
    if keep is not None and result.stopped is None and not exit_code_of(outcomes.values()):
        keep(result)
    if profile is not None:
        from rolecall.trace import write

        write(profile)
        err.print(f"  what took how long is in {terminal(profile)}: open it at https://ui.perfetto.dev")
    if output is PolicyFormat.JSON:
        stacks = {stack: _json(outcome, result.next_command) for stack, outcome in outcomes.items()}
        access = [one.to_json() for one in result.access]
        needed = result.forecast.to_json() if result.forecast is not None else None
        print_document({"schema_version": SCHEMA_VERSION, "access": access, "forecast": needed, "stacks": stacks})
    elif output is not PolicyFormat.TABLE:
        _write_violations(outcomes, output)
    if result.stopped is not None:
        err.print("interrupted; the same command continues from here")
        return result.stopped.exit_code
    exit_code = exit_code_of(outcomes.values())
    changes = detailed and any(one.changed for one in outcomes.values())
    return exit_code or (ExitCode.CHANGES if changes else ExitCode.FINE)


def run_confirmed(
    deployment: Deployment,
    output: PolicyFormat,
    profile: Path | None = None,
    *,
    detail: Detail | None = None,
    gate: GateOf | None = None,
) -> int:
    """Show what an operation would do and where, ask, and run it where the answer is yes; return the exit code.

    Args:
        deployment: what is to be done.
        output: how to show what came of it.
        profile: a file for a trace of what took how long.
        detail: how much of the changes to show before asking; None for their numbers only.
        gate: returns what refuses a run that would do something else than was reviewed or planned.

    Raises:
        UsageError: there is no terminal to ask at.
        NotReviewed: the gate has refused it; no stack is touched then.
        Abort: the answer is no.
    """
    from rolecall.console.confirmation import ask, preview_of, require_terminal, show_destination
    from rolecall.deploy.confirmation import to_be_destroyed

    require_terminal(deployment.operation)
    use_local_emulators()
    session = begin(deployment, project_root(), today(), os.environ)
    with _shown_beside(output):
        if deployment.operation is Operation.DESTROY:
            show_outcomes(to_be_destroyed(session), session.compiled.contract, None)
        else:
            result = run_and_show(preview_of(deployment), show=True, detail=detail, gate=gate)
            if exit_code := exit_code_of(result.outcomes.values()):
                return exit_code
    show_destination(session)
    ask(deployment.operation)
    return run_stacks(deployment, output, profile, gate=gate)


@contextmanager
def _shown_beside(output: PolicyFormat) -> Iterator[None]:
    """Write what is shown to standard error where standard output is for a document."""
    before = out.file
    if output is not PolicyFormat.TABLE:
        out.file = err.file
    try:
        yield
    finally:
        out.file = before


def _json(outcome: Outcome, next_command: str | None) -> StackResult:
    return cast("StackResult", {**outcome.to_json(), "next": None if outcome.fine else next_command})


def _write_violations(outcomes: Mapping[str, Outcome], output: PolicyFormat) -> None:
    from rolecall.console.policies import write_violations
    from rolecall.console.violation_documents import Shown, without_description
    from rolecall.policies.catalogue import PACKS, rules_of

    descriptions = {rule.id: rule.description for pack in PACKS for rule in rules_of(pack)}

    def text(one: Violation) -> str:
        return without_description(one.message, descriptions.get(one.policy))

    shown = [
        Shown(one.policy, one.pack.removeprefix("rolecall-"), stack, one.resource, text(one), one.mandatory)
        for stack, outcome in outcomes.items()
        for one in outcome.violations
    ]
    write_violations(shown, output)
    for stack, outcome in outcomes.items():
        for resource, message in outcome.errors:
            err.print(terminal(f"{stack}: {resource + ': ' if resource else ''}{message}", lines=True))


@dataclass(frozen=True)
class Result:
    """What a deployment came to.

    Attributes:
        outcomes: what came of each stack, by its name.
        next_command: what goes on from there; None where all went well.
        access: who gains and who loses, protected environments first.
        stopped: the signal that ended it; None where none did.
        forecast: what the changes of a preview need of the systems; None where nothing was previewed.
        session: what it started from.
        states: digests of the states that it started from, where they were asked for.
    """

    outcomes: dict[str, Outcome]
    next_command: str | None
    access: Sequence[AccessChange] = ()
    stopped: Stopped | None = None
    forecast: Forecast | None = None
    session: Session | None = None
    states: Mapping[str, str] = field(default_factory=dict)


def run_deployment(deployment: Deployment, *, show: bool) -> dict[str, Outcome]:
    """Run an operation on stacks; return what came of each, by the stack's name.

    Raises:
        InvalidContract: the contract has problems; no stack is touched then.
        KeyboardInterrupt: it was ended by a signal.
    """
    result = run_and_show(deployment, show=show)
    if result.stopped is not None:
        raise result.stopped
    return result.outcomes


def run_and_show(
    deployment: Deployment,
    *,
    show: bool,
    detail: Detail | None = None,
    gate: GateOf | None = None,
    record: bool = False,
) -> Result:
    """Run an operation on stacks, and show what came of it, also where a signal has ended it.

    Args:
        deployment: what is to be done.
        show: whether to show it.
        detail: how much of the changes to show; None for their numbers only.
        gate: returns what refuses a run that would do something else than was reviewed or planned.
        record: whether the digests of the states are needed.

    Raises:
        InvalidContract: the contract has problems; no stack is touched then.
        RunLocked: another run is going on.
        NotReviewed: the gate has refused it; no stack is touched then.
    """
    root = project_root()
    use_local_emulators()
    session = begin(deployment, root, today(), os.environ)
    if deployment.operation is Operation.PREVIEW:
        warn(ending_soon(session.compiled, session.today), session.today, to_stderr=not show)
    session.gate = gate(session) if gate is not None else None
    states = state_digests(session) if record else {}
    stopped: Stopped | None = None
    with stopped_by_signals(session.engine.kill):
        runner: Runner | None = None
        try:
            with _watcher(show=show) as watcher:
                runner = Runner(session, watcher)
                runner.run()
        except Stopped as signal:
            stopped = signal
        outcomes = runner.outcomes if runner is not None else {}
        contract = session.compiled.contract
        following = next_command(deployment, outcomes, contract.environments)
        access = in_order(runner.access.changes(outcomes, contract) if runner is not None else (), contract)
        needed = None
        if deployment.operation is Operation.PREVIEW:
            needed = forecast((one for outcome in outcomes.values() for one in outcome.made), contract)
        if show:
            # A terminal that is closed takes nothing any more.
            with suppress(OSError) if stopped is not None else nullcontext():
                if detail is not None:
                    show_plan(access, outcomes, contract, detail)
                show_outcomes(outcomes, contract, following)
                for line in needed.sentences() if needed is not None else ():
                    out.print(f"  [dim]forecast[/] {terminal(line)}")
    return Result(outcomes, following, access, stopped, needed, session, states)


def _watcher(*, show: bool) -> AbstractContextManager[Watcher]:
    if not show or not out.is_terminal:
        return nullcontext(Quiet())
    from rolecall.console.run_progress import RunProgress

    return RunProgress(out)
