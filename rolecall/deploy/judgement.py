"""Checks everything that a run removes, over all its stacks, before it writes anything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from rolecall.contract.contract import Contract
from rolecall.contract.deletion import BY_TYPE, Deletion
from rolecall.deploy.break_glass_guard import refused_break_glass
from rolecall.deploy.deletions import covered_with_data, judged, patient_once, refusals
from rolecall.deploy.departures import Leaving, goes_whole, leaving, place_of
from rolecall.deploy.deployment import Operation
from rolecall.deploy.forcing import FORCED_TYPES
from rolecall.deploy.group_guard import refused_groups
from rolecall.deploy.guard import ASSIGNMENTS, ENTITLEMENTS, refused_changes, refused_departures
from rolecall.deploy.held_twice import HeldTwice, refused_deletions
from rolecall.deploy.plan import Step, Why
from rolecall.deploy.session import Session
from rolecall.deploy.settings_guard import RULE as SETTINGS_RULE
from rolecall.deploy.settings_guard import refused_weakenings
from rolecall.deploy.targets import targets
from rolecall.deploy.unrecorded_lists import Loss
from rolecall.engine.events import Outcome, Violation
from rolecall.ids.ids import GroupId
from rolecall.slices.holders import holders_of
from rolecall.slices.listed_objects import Listed, group_named, listed_object
from rolecall.systems.databricks.contents import SCHEMA, contents
from rolecall.systems.removals import GUARDED_FROM


def refused(
    session: Session,
    steps: Sequence[Step],
    previews: Mapping[str, Outcome],
    twice: HeldTwice,
    losses: Sequence[Loss] = (),
    settings: Sequence[tuple[str, str]] = (),
) -> dict[str, list[Violation]]:
    """Return the refused removals by stack; empty where the run may begin.

    Args:
        session: the deployment.
        steps: all its stacks.
        previews: what previews said of those that need one.
        twice: objects that the states of two stacks hold.
        losses: access that the run revokes and no run has granted.
        settings: stacks that would weaken a workspace's settings or close it to this machine, each with the message.
    """
    contract, today = session.compiled.contract, session.today
    going = list(leaving(session, steps, previews))
    found: defaultdict[str, list[Violation]] = defaultdict(list)
    for stack, violation in refusals(judged(going, contract, today), going, contract, today, patient_once(contents)):
        found[stack].append(violation)
    for stack, violation in refused_deletions(going, twice):
        found[stack].append(violation)
    if session.deployment.operation is not Operation.DESTROY:
        uncovered = [one for one in going if not goes_by_entry(one, contract, today)]
        for stack, violation in refused_departures(uncovered, steps, contract, today):
            found[stack].append(violation)
        for stack, violation in refused_changes(session, steps, previews):
            found[stack].append(violation)
        for stack, violation in refused_weakenings(steps, previews, contract, today):
            found[stack].append(violation)
        for stack, violation in refused_groups(session, steps):
            found[stack].append(violation)
        for stack, violation in refused_break_glass(session, steps):
            found[stack].append(violation)
    for loss in losses:
        if not loss.allowed:
            found[loss.stack].append(loss.violation(contract))
    for stack, message in settings:
        found[stack].append(Violation(SETTINGS_RULE, "rolecall", stack, message, mandatory=True))
    return dict(found)


def forced(session: Session, steps: Sequence[Step], previews: Mapping[str, Outcome]) -> dict[str, set[str]]:
    """Return the resources that are deleted with what is in them, by stack, as `deletions` allows it.

    Args:
        session: the deployment.
        steps: all its stacks.
        previews: what previews said.
    """
    contract, today = session.compiled.contract, session.today
    found: defaultdict[str, set[str]] = defaultdict(set)
    going = list(leaving(session, steps, previews))
    allowed = [one.leaving for one in judged(going, contract, today) if one.with_data]
    for one in [*allowed, *(one for one in going if covered_with_data(one, contract, today))]:
        if one.resource.type in FORCED_TYPES:
            found[one.stack].add(one.resource.urn)
    return dict(found)


def needs_preview(session: Session, step: Step) -> bool:
    """Return whether only a preview shows if a run revokes or deletes something that needs an override."""
    if not step.runs or step.slice is None or step.state is None or goes_whole(session, step):
        return False
    if step.why is Why.NEW:
        # A stack that holds nothing loses nothing.
        return False
    if step.slice.environment is None:
        return True
    if targets(session, step, ()):
        # Nothing but lists of holders can change, and those are compared without the engine.
        return False
    protected = session.compiled.contract.environments[place_of(step)[0]].protected or step.state.protected
    return any(
        (protected and one.type in BY_TYPE)
        or one.type == SCHEMA
        or len(holders_of(one.type, one.outputs) or ()) >= GUARDED_FROM
        for one in step.state.resources
    )


def goes_by_entry(one: Leaving, contract: Contract, today: date) -> bool:
    """Return whether the contract's `deletions` name the whole project or environment that something leaves with."""
    entries = [entry for entry in contract.deletions if entry.holds_on(today)]
    if one.resource.type in (ASSIGNMENTS, ENTITLEMENTS) and not one.environment:
        return _is_unused(one.resource.connection, contract) and any(
            entry.environment is not None and entry.environment not in contract.environments for entry in entries
        )
    resource = one.resource
    listed = listed_object(resource, one.environment, one.project, contract)
    return any(
        (listed is not None and _names(entry, listed, contract))
        or (bool(one.environment) and entry.environment == one.environment)
        or (entry.project is not None and entry.project == one.project and entry.is_in(one.environment))
        for entry in entries
    )


def _names(entry: Deletion, listed: Listed, contract: Contract) -> bool:
    """Return whether an entry is about the object of a list: who may delete it may delete its list."""
    if entry.kind is None or entry.object is None:
        return False
    if isinstance(listed, GroupId):
        return str(entry.kind) == "group" and group_named(contract, entry.object) == listed.key
    in_its_place = listed.environment is None or entry.is_in(listed.environment)
    return str(entry.kind) == str(listed.kind) and entry.object == listed.name and in_its_place


def _is_unused(workspace: str, contract: Contract) -> bool:
    return all(one.workspace != workspace for one in contract.environments.values())
