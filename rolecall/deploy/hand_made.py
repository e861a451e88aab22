"""Access granted by hand on a list that a run is about to write: reported before the run revokes it.

A list of holders is written whole. Without a refresh the engine knows it as the last run left it, and would overwrite
what was added since without a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rolecall.deploy.departures import place_of
from rolecall.deploy.host_checks import HostChecks
from rolecall.deploy.plan import Step
from rolecall.deploy.session import Session
from rolecall.slices.holders import HoldersChange, holders_of
from rolecall.slices.listed_objects import described, listed_object
from rolecall.slices.removals import written_lists
from rolecall.systems.databricks.given_account import reader_of_account
from rolecall.systems.databricks.live import Live
from rolecall.trace import span


def stacks_with_foreign_holders(session: Session, steps: Sequence[Step], checks: HostChecks) -> set[str]:
    """Return the stacks with drift on a list that this run writes; no other list is read.

    Args:
        session: the deployment.
        steps: its stacks.
        checks: probes hosts; a stack whose host does not answer is left to the run, which reports it.

    Raises:
        SystemRefused: a system refuses the caller.
        SystemUnreachable: the account does not answer.
    """
    written = {
        step.stack: lists
        for step in steps
        if step.slice is not None and step.state is not None and step.runs
        if (lists := list(written_lists(session.part(step.slice), step.state)))
    }
    down = checks.unanswered(session, [step for step in steps if step.stack in written])
    readable = {stack: lists for stack, lists in written.items() if stack not in down}
    if not readable:
        return set()
    contract = session.compiled.contract
    hosts = {name: host for name, one in contract.workspaces.items() if (host := one.host or session.hosts.get(name))}
    live = Live(reader_of_account(contract), contract.databricks.account_id, hosts)
    try:
        with span("read the lists that will be written"):
            return {stack for stack, same in live.compare(readable).items() if not same}
    finally:
        live.close()


def taken_by_hand(changes: Sequence[HoldersChange], step: Step, session: Session) -> Iterator[str]:
    """Yield a warning for each list from which a run revokes access that no run had granted.

    Args:
        changes: what the run does to lists, as they are live.
        step: the stack, with the state that the last run left.
        session: the deployment.
    """
    if step.state is None or not changes:
        return
    environment, project = place_of(step)
    contract = session.compiled.contract
    known = {
        (one.type, one.name): holders_of(one.type, one.outputs) or holders_of(one.type, one.inputs) or set()
        for one in step.state.resources
    }
    for change in changes:
        strangers = {*change.before} - known.get((change.type, change.resource), set()) - {*change.after}
        if not strangers:
            continue
        listed = listed_object(change, environment, project, contract)
        shown = described(listed) if listed is not None else change.resource
        names = ", ".join(sorted(strangers))
        yield f"{shown}: {names} has access that was added by hand; `up` revokes it"
