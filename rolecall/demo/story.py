"""The steps of the demo, in their order."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

from rich.markup import escape

from rolecall.compiled import CompiledContract, compile_file
from rolecall.console.deployment import Deployment, run_deployment
from rolecall.console.output import out
from rolecall.console.parity import show_report
from rolecall.console.project_root import project_root
from rolecall.console.today import today
from rolecall.demo.by_hand import Change, give_by_hand
from rolecall.engine.events import Outcome
from rolecall.errors import RolecallError
from rolecall.local import emulators
from rolecall.local.emulators import Running
from rolecall.local.variables import use_local_emulators
from rolecall.parity import Report, compare
from rolecall.project import require_contract
from rolecall.systems.registry import SYSTEMS

GUARDRAILS = Path("policies/guardrails")
BLOCKED = Path("stacks/blocked/shadow-project.yaml")


class DemoFailed(RolecallError):
    """A step of the demo did not come out as it has to."""


def tell() -> None:
    """Tell the whole story; raises DemoFailed where a step does not come out as it has to."""
    started = time.monotonic()
    os.chdir(project_root())
    logging.getLogger("databricks.sdk").setLevel(logging.ERROR)
    running = _start()
    compiled = _check()
    _preview()
    _deploy(running)
    _deploy_again(running)
    _prove(compiled, "Is what is live what the contract says?", equal=True)
    change = _by_hand(running)
    _drift(compiled, change)
    _repair(running)
    _prove(compiled, "And now?", equal=True)
    _block(running)
    _next(time.monotonic() - started)


def _say(number: int, title: str, command: str) -> None:
    out.print()
    out.print(f"[bold]{number}  {title}[/]")
    out.print(f"   [dim]$ {escape(command)}[/]")


def _start() -> Running:
    out.print("[bold]Rolecall[/]: who may do what on a machine-learning platform, from one contract")
    out.print(
        "Acme Retail: 4 projects, 3 environments, 2 Databricks workspaces, 10 groups from Okta. All on this machine."
    )
    description = require_contract(Path.cwd(), None, os.environ).parent / emulators.DESCRIPTION
    running = emulators.up(Path.cwd(), description)
    use_local_emulators()
    for name, address in running.addresses.items():
        out.print(f"  {name:24} {address}")
    return running


def _check() -> CompiledContract:
    _say(1, "The contract is valid", "rolecall check")
    compiled = compile_file(require_contract(Path.cwd(), None, os.environ), today())
    found = compiled.contract
    jobs = sum(len(project.jobs) for project in found.projects.values())
    grants = sum(len(held) for held in compiled.access.values())
    out.print(f"  {len(found.projects)} projects, {jobs} jobs, {len(found.groups)} groups give {grants} grants")
    return compiled


def _preview() -> None:
    _say(
        2, "What would change, as a pull request shows it", "rolecall preview account --policy-pack policies/guardrails"
    )
    outcomes = run_deployment(Deployment("preview", ["account"], [GUARDRAILS]), show=True)
    _require_fine(outcomes)


def _deploy(running: Running) -> None:
    _say(3, "Deploy it with the real Pulumi engine, guardrails on", "rolecall up --policy-pack policies/guardrails")
    outcomes = run_deployment(Deployment("up", (), [GUARDRAILS]), show=True)
    _require_fine(outcomes)
    out.print(f"  Databricks got {emulators.writes(running):,} writes")


def _deploy_again(running: Running) -> None:
    _say(4, "Deploy it again: nothing to do, nothing written", "rolecall up")
    emulators.clear_statistics(running)
    outcomes = run_deployment(Deployment("up"), show=True)
    _require_fine(outcomes)
    changed = sum(outcome.changed for outcome in outcomes.values())
    writes = emulators.writes(running)
    if changed or writes:
        raise DemoFailed(f"a second run changed {changed} resources with {writes} writes")
    out.print("  Databricks got 0 writes")


def _prove(compiled: CompiledContract, question: str, *, equal: bool) -> Report:
    _say(5 if question.startswith("Is") else 9, question, "rolecall parity")
    report = compare(compiled, [*compiled.contract.environments], SYSTEMS)
    show_report(report)
    if (report.exit_code == 0) is not equal:
        raise DemoFailed(f"parity ended with exit code {report.exit_code}")
    return report


def _by_hand(running: Running) -> Change:
    _say(6, "Ada gives a colleague a right by hand, as people do", "databricks jobs update-permissions …")
    change = give_by_hand(running)
    out.print(f"  {change.person} now has {change.level} on {escape(change.job)}; no review, no ticket")
    return change


def _drift(compiled: CompiledContract, change: Change) -> None:
    _say(7, "Parity names it", "rolecall parity")
    report = compare(compiled, [*compiled.contract.environments], SYSTEMS)
    show_report(report)
    if report.exit_code != 1 or not any(change.person in finding.subject for finding in report.findings):
        raise DemoFailed("parity did not name the right that was given by hand")


def _repair(running: Running) -> None:
    _say(8, "The next deployment takes it back", "rolecall up dev --refresh --policy-pack policies/guardrails")
    emulators.clear_statistics(running)
    outcomes = run_deployment(Deployment("up", ["dev"], [GUARDRAILS], refresh=True), show=True)
    _require_fine(outcomes)
    out.print(f"  Databricks got {emulators.writes(running)} write")


def _block(running: Running) -> None:
    command = f"ROLECALL_CONTRACT={BLOCKED} rolecall up prod --policy-pack policies/guardrails"
    _say(10, "Somebody adds a project that breaks the rules", command)
    emulators.clear_statistics(running)
    outcomes = run_deployment(Deployment("up", ["prod"], [GUARDRAILS], contract=BLOCKED), show=True)
    writes = emulators.writes(running)
    if not all(outcome.exit_code and outcome.violations for outcome in outcomes.values()) or writes:
        raise DemoFailed(f"the guardrails did not block it: {writes} writes")
    out.print("  Blocked before anything happened: Databricks got 0 writes")


def _next(seconds: float) -> None:
    out.print()
    out.print(f"[green]All of it took {seconds:.0f} s.[/] The emulators still run. Try next:")
    for command, meaning in (
        ("source .venv/bin/activate", "have `rolecall` on your PATH"),
        ("rolecall grants --subject fraud-analysts", "who may do what, and why, with file and line"),
        ("rolecall grants --by object --format csv", "the same for the auditor"),
        ("edit stacks/acme/projects/churn.yaml, rolecall preview dev", "see what a change would do"),
        ('eval "$(rolecall env)"; pulumi preview -s prod --diff', "plain Pulumi works on the same stacks"),
        ("rolecall local down; make clean", "stop the emulators; remove everything"),
    ):
        out.print(f"  {escape(command):62} [dim]{escape(meaning)}[/]")


def _require_fine(outcomes: dict[str, Outcome]) -> None:
    failed = [stack for stack, outcome in outcomes.items() if outcome.exit_code]
    if failed:
        raise DemoFailed(f"this failed: {', '.join(failed)}", "Start anew: make clean demo.")
