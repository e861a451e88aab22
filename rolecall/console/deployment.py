"""Run a deployment, show how far it is, and sum up what came of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from rolecall.console.outcomes import show_outcomes
from rolecall.console.output import PolicyFormat, err, out, print_json
from rolecall.console.project_root import project_root
from rolecall.console.quiet import Quiet
from rolecall.console.today import today
from rolecall.deploy.deployment import Deployment
from rolecall.deploy.runner import Runner
from rolecall.deploy.session import begin
from rolecall.deploy.watcher import Watcher
from rolecall.engine.events import Outcome
from rolecall.local.variables import use_local_emulators


def run_stacks(deployment: Deployment, output: PolicyFormat, profile: Path | None = None) -> int:
    """Run an operation on stacks, show what came of it, and return the exit code.

    Args:
        deployment: what is to be done.
        output: how to show it.
        profile: a file for a trace of what took how long.

    Raises:
        InvalidContract: the contract has problems; no stack is touched then.
    """
    outcomes = run_deployment(deployment, show=output is PolicyFormat.TABLE)
    if profile is not None:
        from rolecall.trace import write

        write(profile)
        err.print(f"  what took how long is in {profile}: open it at https://ui.perfetto.dev")
    if output is PolicyFormat.JSON:
        print_json({stack: outcome.to_json() for stack, outcome in outcomes.items()})
    elif output is not PolicyFormat.TABLE:
        _write_violations(outcomes, output)
    failed = [outcome for outcome in outcomes.values() if outcome.exit_code]
    if not failed:
        return 0
    return 1 if any(one.mandatory for outcome in failed for one in outcome.violations) else failed[0].exit_code


def _write_violations(outcomes: Mapping[str, Outcome], output: PolicyFormat) -> None:
    from rolecall.console.policies import write_violations
    from rolecall.console.violation_documents import Shown

    shown = [
        Shown(one.policy, one.pack.removeprefix("rolecall-"), stack, one.resource, one.message, one.mandatory)
        for stack, outcome in outcomes.items()
        for one in outcome.violations
    ]
    write_violations(shown, output)
    for stack, outcome in outcomes.items():
        for resource, message in outcome.errors:
            err.print(f"{stack}: {resource + ': ' if resource else ''}{message}", markup=False)


def run_deployment(deployment: Deployment, *, show: bool) -> dict[str, Outcome]:
    """Run an operation on stacks; return what came of each, by the stack's name.

    Raises:
        InvalidContract: the contract has problems; no stack is touched then.
    """
    root = project_root()
    use_local_emulators()
    session = begin(deployment, root, today(), os.environ)
    with _watcher(show=show) as watcher:
        outcomes = Runner(session, watcher).run()
    if show:
        show_outcomes(outcomes, session.compiled.contract)
    return outcomes


def _watcher(*, show: bool) -> AbstractContextManager[Watcher]:
    if not show or not out.is_terminal:
        return nullcontext(Quiet())
    from rolecall.console.run_progress import RunProgress

    return RunProgress(out)
