"""Run the engine on a contract's stacks and show each in one line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.markup import escape

from rolecall.compiled import compile_file, environment_named, require_deployer
from rolecall.console.output import Format, err, out, print_json
from rolecall.console.project_root import project_root
from rolecall.console.removals import guard_removals
from rolecall.console.today import today
from rolecall.contract.names import RESERVED
from rolecall.engine.environment import engine_environment
from rolecall.engine.events import Outcome
from rolecall.engine.run import Engine
from rolecall.local.variables import use_local_emulators
from rolecall.project import VARIABLE, require_contract
from toolchain.install import ensure
from toolchain.progress import Progress

# Stacks at once: each engine keeps about one core busy.
AT_ONCE = max(2, min(4, os.cpu_count() or 2))
# Violations of one rule that are shown; the rest is counted.
SHOWN_VIOLATIONS = 5


@dataclass(frozen=True)
class Deployment:
    """What is run on which stacks.

    Attributes:
        operation: `preview`, `up` or `destroy`.
        environments: the environments, or `account`; none means all of them and the account.
        packs: policy packs to enforce.
        refresh: read the live state first.
        contract: another contract than the project's.
    """

    operation: str
    environments: Sequence[str] = ()
    packs: Sequence[Path] = ()
    refresh: bool = False
    contract: Path | None = None


def run_stacks(deployment: Deployment, output: Format) -> int:
    """Run an operation on stacks, show what came of it, and return the exit code.

    Raises:
        InvalidContract: the contract has problems; no stack is touched then.
    """
    outcomes = run_deployment(deployment, show=output is Format.TABLE)
    if output is Format.JSON:
        print_json({stack: outcome.to_json() for stack, outcome in outcomes.items()})
    failed = [outcome for outcome in outcomes.values() if outcome.exit_code]
    if not failed:
        return 0
    return 1 if any(one.mandatory for outcome in failed for one in outcome.violations) else failed[0].exit_code


def run_deployment(deployment: Deployment, *, show: bool) -> dict[str, Outcome]:
    """Run an operation on stacks: the account before the environments, these side by side; after them to destroy.

    Raises:
        InvalidContract: the contract has problems; no stack is touched then.
    """
    root = project_root()
    use_local_emulators()
    variables = {VARIABLE: os.path.abspath(deployment.contract)} if deployment.contract else {}
    contract = compile_file(require_contract(Path.cwd(), None, {**os.environ, **variables}), today()).contract
    require_deployer(contract, os.environ)
    for name in deployment.environments:
        if name != RESERVED:
            environment_named(contract, name)
    toolchain = ensure(Progress())
    engine = Engine(root, toolchain.pulumi, {**engine_environment(root, toolchain, os.environ), **variables})
    flags = [f"--policy-pack={os.path.abspath(pack)}" for pack in deployment.packs]
    flags += ["--refresh"] if deployment.refresh else []
    groups = [[RESERVED], [*contract.environments]]
    if deployment.operation == "destroy":
        groups.reverse()
    outcomes: dict[str, Outcome] = {}
    for group in groups:
        chosen = [name for name in group if not deployment.environments or name in deployment.environments]
        outcomes |= _side_by_side(
            engine,
            deployment.operation,
            chosen,
            flags,
            lambda found: guard_removals(found, contract, today()),
            show=show,
        )
        if any(outcome.exit_code for outcome in outcomes.values()):
            break
    return outcomes


def _side_by_side(
    engine: Engine,
    operation: str,
    stacks: Sequence[str],
    flags: Sequence[str],
    guard: Callable[[Outcome], None],
    *,
    show: bool,
) -> dict[str, Outcome]:
    """Run an operation on stacks that do not need each other, and show each in their order."""
    live = show and sys.stdout.isatty()
    done: dict[str, int] = dict.fromkeys(stacks, 0)

    def run(stack: str) -> Outcome:
        def progress(outcome: Outcome) -> None:
            done[stack] = outcome.done
            if live:
                sys.stdout.write("\r\x1b[K  " + "   ".join(f"{name} … {count}" for name, count in done.items()))
                sys.stdout.flush()

        engine.select(stack)
        if operation == "up":
            return engine.up(stack, flags, progress=progress, guard=guard)
        outcome = engine.run(operation, stack, flags, progress=progress)
        if operation == "preview":
            guard(outcome)
        return outcome

    outcomes: dict[str, Outcome] = {}
    with ThreadPoolExecutor(max(1, min(AT_ONCE, len(stacks)))) as pool:
        later = {stack: pool.submit(run, stack) for stack in stacks}
        try:
            for stack, future in later.items():
                outcomes[stack] = future.result()
                if live:
                    sys.stdout.write("\r\x1b[K")
                if show:
                    show_outcome(stack, outcomes[stack])
        except KeyboardInterrupt:
            err.print("\nending cleanly: what is under way is finished, nothing more is started …")
            engine.interrupt()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return outcomes


def show_outcome(stack: str, outcome: Outcome) -> None:
    """Write what a run came to."""
    blocked = [one for one in outcome.violations if one.mandatory]
    if not outcome.exit_code:
        out.print(f"  {stack:10} {outcome.sentence():44} {outcome.seconds:5.1f} s")
    elif blocked:
        out.print(f"  {stack:10} [red]blocked by policy[/]{'':27} {outcome.seconds:5.1f} s")
    else:
        out.print(f"  {stack:10} [red]failed[/]{'':38} {outcome.seconds:5.1f} s")
    for warning in outcome.warnings:
        out.print(f"      [yellow]warning:[/] {escape(warning)}")
    shown: dict[str, int] = {}
    for violation in outcome.violations:
        shown[violation.policy] = shown.get(violation.policy, 0) + 1
        if shown[violation.policy] > SHOWN_VIOLATIONS:
            continue
        first, *rest = violation.message.splitlines()
        out.print(f"      [red]{violation.policy}[/]  {escape(first)}")
        for line in rest:
            out.print(f"      {escape(line.strip())}")
    for policy, count in shown.items():
        if count > SHOWN_VIOLATIONS:
            out.print(f"      [red]{policy}[/]  and {count - SHOWN_VIOLATIONS} more")
    if outcome.exit_code:
        for resource, message in outcome.errors:
            out.print(f"      {escape(f'{resource}: ' if resource else '')}{escape(message)}")
