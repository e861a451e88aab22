"""Reads what a report is made from: the contract, its project's exemptions and, if asked for, the live systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from rolecall.compiled import CompiledContract, compile_file, environment_named
from rolecall.console.expiring import ending_soon
from rolecall.console.project_root import project_states
from rolecall.local.variables import use_local_emulators, variables_of_running
from rolecall.parity.report import Report
from rolecall.parity.run import full_report
from rolecall.policies.exemptions import FILE, Exemptions, load_exemptions
from rolecall.project import find_project
from rolecall.report.circumstances import circumstances
from rolecall.report.sources import Sources
from rolecall.systems.registry import SYSTEMS

# Days ahead in which everything with a last day is listed.
FAR = 100_000


def gather(
    main: Path, now: datetime, environment: Mapping[str, str], *, live: bool, environments: Sequence[str] = ()
) -> Sources:
    """Return what a report is made from.

    Args:
        main: the contract's main file.
        now: the time, in UTC.
        environment: environment variables.
        live: read the systems.
        environments: the environments to compare; all without any.

    Raises:
        InvalidContract: the contract is not valid, or has no such environment.
    """
    if live:
        use_local_emulators()
    day = now.date()
    compiled = compile_file(main, day, environment, placeholders=not live, judged=False)
    chosen = [environment_named(compiled.contract, name) for name in environments or compiled.contract.environments]
    report: Report | None = None
    if live:
        states = project_states(Path.cwd(), environment)
        report = full_report(compiled, chosen, SYSTEMS, states, list(environments) or None, environment)
    sources = sources_of(main, compiled, report, now, environment)
    return replace(sources, environments=tuple(environments))


def sources_of(
    main: Path, compiled: CompiledContract, report: Report | None, now: datetime, environment: Mapping[str, str]
) -> Sources:
    """Return what a report is made from, where the contract and the comparison are known already."""
    live = report is not None
    emulators = live and _reads_emulators(environment)
    files = compiled.loaded.files
    made = circumstances(main, files, now, environment, live=live, emulators=emulators)
    day = now.date()
    return Sources(compiled, SYSTEMS, made, day, report, tuple(ending_soon(compiled, day, FAR)), _exemptions(now))


def _reads_emulators(environment: Mapping[str, str]) -> bool:
    """Return whether the account is one of the project's local emulators."""
    root = find_project(Path.cwd())
    running = variables_of_running(root) if root is not None else {}
    name = "DATABRICKS_ACCOUNT_HOST"
    return bool(running.get(name)) and running.get(name) == environment.get(name)


def _exemptions(now: datetime) -> Exemptions:
    root = find_project(Path.cwd())
    if root is None or not (root / FILE).is_file():
        return Exemptions()
    return load_exemptions(root, now.date())
