"""The steps of the demo, in their order."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

from rolecall.compiled import CompiledContract, compile_file
from rolecall.console.attacks import drawn_attack
from rolecall.console.deployment import run_and_show, run_deployment
from rolecall.console.output import out
from rolecall.console.parity import show_report
from rolecall.console.plan import Detail
from rolecall.console.project_root import project_root
from rolecall.console.review import review_of
from rolecall.console.shown import terminal
from rolecall.console.sides import Named
from rolecall.demo import by_hand, orchestrators
from rolecall.demo.changes import PROPOSALS, proposed
from rolecall.demo.evidence import write_report
from rolecall.demo.failing import DemoFailed, require_fine
from rolecall.demo.services import ServicesChapter
from rolecall.demo.stage import BLOCKED, Stage, prepare
from rolecall.deploy.deployment import Deployment, Operation
from rolecall.local import emulators
from rolecall.local_folder import local_folder
from rolecall.parity import Report, compare
from rolecall.parity.invariants import with_invariants
from rolecall.pull_requests.comment import compose
from rolecall.systems.registry import SYSTEMS
from rolecall.today import today

GUARDRAILS = Path("policies/guardrails")
# Bytes of a comment on a pull request that the demo shows.
SHOWN_COMMENT = 2_000


def tell(identity_provider: str, *, kubernetes: bool) -> None:
    """Tell the whole story; raises DemoFailed where a step does not come out as it has to.

    Args:
        identity_provider: where people live, `okta` or `entra`.
        kubernetes: whether it has the chapter on a Kubernetes API server.
    """
    started = time.monotonic()
    os.chdir(project_root())
    logging.getLogger("databricks.sdk").setLevel(logging.ERROR)
    out.print("[bold]Rolecall[/]: who may do what on a machine-learning platform, from one contract")
    story = Story(prepare(identity_provider))
    story.check()
    story.review()
    story.preview()
    story.deploy()
    story.deploy_again()
    story.prove("Does live access equal the contract, in every system?")
    story.trigger()
    story.person_leaves()
    story.drift()
    story.drift_in_orchestrators()
    story.repair()
    story.prove("And now?")
    if kubernetes:
        story.services()
    story.block()
    story.report()
    story.end(time.monotonic() - started)


class Story:
    """The steps; each checks what it claims."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._running = stage.running
        self._number = 0
        self._compared: Report | None = None
        out.print(
            "Acme Retail: 4 projects, 3 environments, 2 Databricks workspaces, people and groups in "
            f"{terminal(stage.name)}. All on this machine."
        )
        for name, address in stage.running.addresses.items():
            out.print(f"  {terminal(f'{name:24}')} {terminal(address)}")
        self._compiled: CompiledContract = compile_file(stage.contract, today())
        group = self._compiled.contract.groups[by_hand.LEAVERS_GROUP].external
        assert group is not None
        self._group = group
        by_hand.switch_provisioning(stage.running, stage.identity_provider, on=True)
        by_hand.set_employed(stage.running, stage.identity_provider, group, employed=True)
        emulators.settle(stage.running)

    def check(self) -> None:
        """Show that the contract is valid."""
        self._say("The contract is valid", "rolecall check")
        found = self._compiled.contract
        jobs = sum(len(project.jobs) for project in found.projects.values())
        grants = sum(len(held) for held in self._compiled.access.values())
        out.print(f"  {len(found.projects)} projects, {jobs:,} jobs, {len(found.groups)} groups give {grants:,} grants")

    def review(self) -> None:
        """Show the comments on three pull requests."""
        self._say("Three pull requests, each with its comment; no credential is needed", "rolecall review main..HEAD")
        folder = local_folder(Path.cwd()) / "changes"
        for proposal in PROPOSALS:
            changed = proposed(proposal, self._stage.contract, folder)
            before, after = Named("main", self._stage.contract), Named(proposal.title, changed, folder)
            found = review_of(before, after, today())
            if found.exit_code != proposal.exit_code:
                raise DemoFailed(f"the review of a change ({proposal.title}) ended with {found.exit_code}")
            comment = compose(found.mark, found.head, found.sections, SHOWN_COMMENT)
            for line in filter(None, comment.splitlines()[1:]):
                out.print(terminal(f"  {line}"), overflow="ellipsis", no_wrap=True)
            out.print()

    def preview(self) -> None:
        """Show what would change."""
        command = "rolecall preview account --policy-pack policies/guardrails"
        self._say("What would change, as a pull request shows it", command)
        result = run_and_show(Deployment(Operation.PREVIEW, ["account"], [GUARDRAILS]), show=True, detail=Detail())
        require_fine(result.outcomes)

    def deploy(self) -> None:
        """Deploy everything."""
        command = "rolecall up --policy-pack policies/guardrails"
        self._say("Deploy it with the real Pulumi engine, guardrails on", command)
        require_fine(run_deployment(Deployment(Operation.UP, (), [GUARDRAILS]), show=True))
        emulators.settle(self._running)
        out.print(f"  all systems together got {emulators.writes(self._running):,} writes")

    def deploy_again(self) -> None:
        """Show that a second run changes nothing."""
        self._say("Deploy it again: nothing to do, nothing written", "rolecall up")
        emulators.clear_statistics(self._running)
        outcomes = run_deployment(Deployment(Operation.UP), show=True)
        require_fine(outcomes)
        changed, writes = sum(outcome.changed for outcome in outcomes.values()), emulators.writes(self._running)
        if changed or writes:
            raise DemoFailed(f"a second run changed {changed} resources with {writes} writes")
        out.print("  all systems together got 0 writes")

    def prove(self, question: str) -> None:
        """Show that all systems agree."""
        self._say(question, "rolecall parity")
        report = self._compare()
        if report.exit_code:
            raise DemoFailed(f"parity ended with exit code {report.exit_code}")

    def person_leaves(self) -> None:
        """A person leaves the company: parity reports it, then the access is removed."""
        stage, leaver = self._stage, by_hand.LEAVER
        self._say(f"{leaver} leaves the company: {stage.name} knows, Databricks does not yet", "rolecall parity")
        by_hand.switch_provisioning(self._running, stage.identity_provider, on=False)
        by_hand.set_employed(self._running, stage.identity_provider, self._group, employed=False)
        report = self._compare()
        if report.exit_code != 1 or not any(finding.subject == leaver for finding in report.findings):
            raise DemoFailed("parity did not name who has left")
        if self._compiled.contract.databricks.provisioning == "scim":
            self._say(f"{stage.name} pushes it to Databricks, and the access is gone", "rolecall parity")
            by_hand.switch_provisioning(self._running, stage.identity_provider, on=True)
        else:
            self._say("The next deployment revokes the access", "rolecall up account; rolecall parity")
            by_hand.switch_provisioning(self._running, stage.identity_provider, on=True)
            require_fine(run_deployment(Deployment(Operation.UP, ["account"], [GUARDRAILS]), show=True))
        if self._compare().exit_code:
            raise DemoFailed("a person who has left still has access")

    def drift(self) -> None:
        """A right is granted by hand, and parity reports it."""
        self._say("Ada grants a colleague a permission by hand", "databricks jobs update-permissions …")
        change = by_hand.give_by_hand(self._running)
        out.print(terminal(f"  {change.person} now has {change.level} on {change.job}; no review, no ticket"))
        self._say("Parity names it", "rolecall parity")
        report = self._compare()
        if report.exit_code != 1 or not any(change.person in finding.subject for finding in report.findings):
            raise DemoFailed("parity did not name the right that was given by hand")
        command = f"rolecall path {change.person} forecasting/trainer --live --format mermaid"
        self._say("It breaks an invariant of the contract; this is the attack", command)
        attack = drawn_attack(report, self._compiled)
        if change.person not in attack:
            raise DemoFailed("parity did not name the invariant that the right breaks")
        out.print(terminal(attack, lines=True))

    def trigger(self) -> None:
        """An authorized user starts the job through Prefect, and a worker runs it as the job's principal."""
        self._say("Ada starts the release in staging through Prefect; a worker runs it", f"{orchestrators.WORKER} …")
        run = orchestrators.run_through_prefect(self._running)
        if run.state != "COMPLETED" or run.result != "SUCCESS" or run.principal != orchestrators.PRINCIPAL:
            raise DemoFailed(f"the flow run ended as {run.state}, the run as {run.result}: {run.said}")
        said = f"  flow run {run.name}: {run.state}; {run.page}: {run.result}"
        out.print(terminal(said), soft_wrap=True)
        out.print(
            terminal(f"  it ran as {run.principal}, by the worker's own token: Databricks gave it no key that lasts")
        )

    def drift_in_orchestrators(self) -> None:
        """A right is granted beside the job: in each orchestrator that triggers it, in turn."""
        for system, give in orchestrators.BY_HAND.items():
            name = system.capitalize()
            self._say(f"Auditors get access to the release in {name} by hand; parity reports it", "rolecall parity")
            change = give(self._running)
            out.print(terminal(f"  {change.person} now has {change.level} on {change.job}, and so could run the job"))
            report = self._compare()
            found = [one for one in report.findings if one.system == system and change.person in one.subject]
            if report.exit_code != 1 or not found:
                raise DemoFailed(f"parity did not name the right that was given in {name}")

    def repair(self) -> None:
        """The next deployment revokes all of it."""
        command = "rolecall up dev staging --refresh --policy-pack policies/guardrails"
        self._say("The next deployment revokes all of it", command)
        emulators.clear_statistics(self._running)
        repaired = Deployment(Operation.UP, ["dev", "staging"], [GUARDRAILS], refresh=True)
        require_fine(run_deployment(repaired, show=True))
        out.print(f"  Databricks, Conductor, Harness and Prefect got {emulators.writes(self._running):,} writes")

    def services(self) -> None:
        """Services in Kubernetes, on a real API server."""
        ServicesChapter(self._stage, GUARDRAILS, self._say, self._compared_with).tell()

    def block(self) -> None:
        """A change that breaks the rules is blocked."""
        contract = self._stage.on_top(BLOCKED)
        command = f"ROLECALL_CONTRACT={os.path.relpath(contract)} rolecall up prod --policy-pack policies/guardrails"
        self._say("A new project breaks the rules", command)
        emulators.clear_statistics(self._running)
        outcomes = run_deployment(Deployment(Operation.UP, ["prod"], [GUARDRAILS], contract=contract), show=True)
        writes = emulators.writes(self._running)
        blocked = [one for one in outcomes.values() if one.exit_code and any(each.mandatory for each in one.violations)]
        if not blocked or writes:
            raise DemoFailed(f"the guardrails did not block it: {writes} writes")
        out.print("  Blocked before anything happened: Databricks got 0 writes")

    def report(self) -> None:
        """Write one page with every right, in every system, and every path."""
        self._say("One page of evidence: every right, in every system, and every path", "rolecall report --live")
        if self._compared is None:
            raise DemoFailed("there is no comparison to report")
        path = local_folder(Path.cwd()) / "report.html"
        page = write_report(self._stage.contract, self._compiled, self._compared, path)
        if page.verdict.state != "equal" or not page.matrix.rows:
            raise DemoFailed(f"the report states: {page.verdict.sentence}")

    def end(self, seconds: float) -> None:
        """Say what to try next."""
        out.print()
        out.print(f"[green]All of it took {seconds:.0f} s.[/] The emulators still run. Try next:")
        other = "entra" if self._stage.identity_provider == "okta" else "okta"
        for command, meaning in (
            ("source .venv/bin/activate", "have `rolecall` on your PATH"),
            (f"make demo IDP={other}", "the same with the other identity provider"),
            ("make demo WITH=kubernetes", "the same with services on a real Kubernetes API server"),
            ("rolecall grants --subject fraud-analysts", "who may do what, and why, with file and line"),
            ("rolecall report --live", "the report with every declared setting compared, for the auditor"),
            ("edit stacks/acme/projects/churn.yaml, rolecall preview dev", "see what a change would do"),
            ('eval "$(rolecall env)"; pulumi preview -s prod.churn --diff', "plain Pulumi works on the same stacks"),
            ("rolecall local down; make clean", "stop the emulators; remove everything"),
        ):
            out.print(f"  {terminal(command):62} [dim]{terminal(meaning)}[/]")

    def _say(self, title: str, command: str) -> None:
        self._number += 1
        out.print()
        out.print(f"[bold]{self._number:,}  {terminal(title)}[/]")
        out.print(f"   [dim]$ {terminal(command)}[/]")

    def _compare(self) -> Report:
        self._compared = self._compared_with(self._compiled)
        return self._compared

    def _compared_with(self, compiled: CompiledContract) -> Report:
        environments = [*compiled.contract.environments]
        report = with_invariants(compare(compiled, environments, SYSTEMS), compiled, environments)
        show_report(report)
        return report
