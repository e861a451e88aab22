"""Run the engine on a contract's stacks and show each in one line."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.markup import escape

from rolecall.cli.output import Format, out, print_json
from rolecall.cli.project_root import project_root
from rolecall.cli.today import today
from rolecall.compiled import compile_file, environment_named
from rolecall.contract.names import RESERVED
from rolecall.engine.environment import engine_environment
from rolecall.engine.events import Outcome
from rolecall.engine.run import Engine
from rolecall.local.variables import use_local_emulators
from rolecall.project import require_contract
from toolchain.install import ensure
from toolchain.progress import Progress

# Violations of one rule that are shown; the rest is counted.
SHOWN_VIOLATIONS = 5


def run_stacks(
    operation: str, environments: Sequence[str], packs: Sequence[Path], *, refresh: bool, output: Format
) -> int:
    """Run an operation on the stacks of some environments; returns the exit code.

    Raises:
        InvalidContract: the contract has problems; no stack is touched then.
    """
    root = project_root()
    use_local_emulators()
    compiled = compile_file(require_contract(Path.cwd(), None, os.environ), today())
    chosen = [environment_named(compiled.contract, name) for name in environments if name != RESERVED]
    stacks = [RESERVED, *compiled.contract.environments]
    if environments:
        stacks = [name for name in stacks if name in chosen or name in environments]
    if operation == "destroy":
        stacks.reverse()
    toolchain = ensure(Progress())
    engine = Engine(root, toolchain.pulumi, engine_environment(root, toolchain, os.environ))
    flags = [f"--policy-pack={Path(os.path.abspath(pack))}" for pack in packs]
    flags += ["--refresh"] if refresh else []
    outcomes: dict[str, Outcome] = {}
    for stack in stacks:
        engine.select(stack)
        outcomes[stack] = run_one(engine, operation, stack, flags, show=output is Format.TABLE)
        if outcomes[stack].exit_code:
            break
    if output is Format.JSON:
        print_json({stack: outcome.to_json() for stack, outcome in outcomes.items()})
    failed = next((outcome for outcome in outcomes.values() if outcome.exit_code), None)
    if failed is None:
        return 0
    return 1 if any(one.mandatory for one in failed.violations) else failed.exit_code


def run_one(engine: Engine, operation: str, stack: str, flags: Sequence[str], *, show: bool) -> Outcome:
    """Run an operation on one stack; a terminal shows how far it is."""
    live = show and sys.stdout.isatty()

    def progress(outcome: Outcome) -> None:
        if live:
            sys.stdout.write(f"\r\x1b[K  {stack:10} … {outcome.done}")
            sys.stdout.flush()

    if operation == "up":
        outcome = engine.up(stack, flags, progress=progress)
    else:
        outcome = engine.run(operation, stack, flags, progress=progress)
    if live:
        sys.stdout.write("\r\x1b[K")
    if show:
        show_outcome(stack, outcome)
    return outcome


def show_outcome(stack: str, outcome: Outcome) -> None:
    """Write what a run came to."""
    blocked = [one for one in outcome.violations if one.mandatory]
    if not outcome.exit_code:
        out.print(f"  {stack:10} {outcome.sentence():44} {outcome.seconds:5.1f} s")
    elif blocked:
        out.print(f"  {stack:10} [red]blocked by policy[/]{'':27} {outcome.seconds:5.1f} s")
    else:
        out.print(f"  {stack:10} [red]failed[/]{'':38} {outcome.seconds:5.1f} s")
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
