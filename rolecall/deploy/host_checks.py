"""Whether the hosts that stacks use answer: before engines start, and after a stack has failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from rolecall import settings
from rolecall.deploy.clusters import ClusterChecks
from rolecall.deploy.deployment import Operation
from rolecall.deploy.hosts import hosts_of
from rolecall.deploy.plan import Step
from rolecall.deploy.recorded_clusters import RecordedClusters
from rolecall.deploy.recovery import readable_states
from rolecall.deploy.session import Session
from rolecall.engine.events import Outcome, Status
from rolecall.errors import ExitCode, RolecallError, SystemUnreachable, explained
from rolecall.systems.host_timeout import host_timeout
from rolecall.systems.reachability import Host, error_of, probe, unreachable
from rolecall.trace import span

# Seconds for which a host is probed after a stack has failed.
QUICK = 5.0


class HostChecks:
    """Probes each host once in a run, and remembers those that do not answer."""

    def __init__(self) -> None:
        self._by_stack: dict[str, list[Host]] = {}
        self._probed: set[Host] = set()
        self._down: dict[Host, SystemUnreachable] = {}
        self._clusters = ClusterChecks()

    def unanswered(self, session: Session, steps: Sequence[Step]) -> dict[str, list[RolecallError]]:
        """Probe all hosts that stacks use, side by side; return the errors of each stack whose host does not answer.

        A cluster that lacks a kind of a stack's objects, or is another one than before, counts as one that does not
        answer.
        """
        for step in steps:
            self._by_stack[step.stack] = hosts_of(session, step)
        used = {host for step in steps for host in self._by_stack[step.stack]}
        with span("probe the hosts"):
            self._down.update(unreachable(used - self._probed))
        self._probed |= used
        errors: dict[str, list[RolecallError]] = {
            step.stack: [self._down[host] for host in self._by_stack[step.stack] if host in self._down]
            for step in steps
        }
        parts = {step.stack: session.part(step.slice) for step in steps if step.slice is not None and step.runs}
        writes = session.deployment.operation is Operation.UP
        recorded = RecordedClusters({step.stack: step.state for step in steps}, lambda: readable_states(session.states))
        for stack, found in self._clusters.errors(parts, recorded, writes=writes).items():
            errors[stack] += found
        return {stack: found for stack, found in errors.items() if found}

    def answered(self, session: Session, steps: Sequence[Step]) -> list[Step]:
        """Return the stacks whose hosts all answer; the others are skipped."""
        down = self.unanswered(session, [step for step in steps if step.runs])
        return [step for step in steps if step.stack not in down]

    def by_stack(self, steps: Sequence[Step]) -> Mapping[str, Sequence[Host]]:
        """Return the hosts that each stack uses."""
        return {step.stack: self._by_stack[step.stack] for step in steps}

    def diagnose(self, stack: str, outcome: Outcome) -> None:
        """Add to a failed stack's errors each of its hosts that no longer answers."""
        if outcome.status is not Status.FAILED or outcome.exit_code == ExitCode.UNREACHABLE:
            return
        # Both providers name the setting in the error of a request that got no answer within the bound.
        if any(settings.HOST_TIMEOUT.name in message for _, message in outcome.errors):
            outcome.exit_code = ExitCode.UNREACHABLE
            return
        hosts = self._by_stack.get(stack) or ()
        with ThreadPoolExecutor(max(1, len(hosts))) as pool:
            silences = pool.map(lambda host: probe(host, min(QUICK, host_timeout())), hosts)
            for host, silence in zip(hosts, silences, strict=True):
                if silence is not None:
                    outcome.errors.append(("", explained(error_of(host, silence))))
                    outcome.exit_code = ExitCode.UNREACHABLE
