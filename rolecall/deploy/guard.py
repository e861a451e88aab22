"""No run removes more than a third of an object's holders without an override in the contract.

What is deleted counts as well as who is taken off a list, and all stacks of a run are judged before it writes anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date

from rolecall.contract.contract import Contract
from rolecall.deploy.departures import Leaving, place_of
from rolecall.deploy.plan import Step
from rolecall.deploy.session import Session
from rolecall.engine.events import Outcome, Violation
from rolecall.errors import ExitCode, RemovalRefused
from rolecall.ids.ids import GroupId, ObjectId
from rolecall.ids.verbs import Kind
from rolecall.slices.group_names import GroupNames, names_now
from rolecall.slices.holders import HoldersChange, holders_changes, holders_of
from rolecall.slices.listed_objects import (
    Listed,
    described,
    group_named,
    listed_object,
    override_entry,
    override_of,
)
from rolecall.slices.removals import removals
from rolecall.systems.removals import GUARDED_FROM, RemovalOverride, check_removals

RULE = "removals-need-an-override"
# Types of workspace assignments: one resource for each principal; together they form one list.
ASSIGNMENTS = "databricks:index/permissionAssignment:PermissionAssignment"
ENTITLEMENTS = "databricks:index/entitlements:Entitlements"
PRINCIPALS = {ASSIGNMENTS: "principalId", ENTITLEMENTS: "groupId"}


# Returns the groups that are on the list of an object no more because a binding ended.
Ended = Callable[[ObjectId], Collection[str]]


def guard_removals(
    outcome: Outcome,
    place: tuple[str, str],
    names: GroupNames,
    contract: Contract,
    today: date,
    ended: Ended = lambda _: (),
) -> None:
    """Make a failure of a preview that would take too much away; nothing is deployed then.

    Args:
        outcome: the preview.
        place: the stack's environment and project, each empty where it has none.
        names: what the groups that the stack names are called now.
        contract: the contract, with the overrides that it carries.
        today: the day on which an override has to hold.
        ended: returns the groups whose bindings to an object have ended.
    """
    for written in holders_changes(outcome.updates):
        before = {names.now(written.type, one) for one in written.before}
        change = replace(written, before=tuple(sorted(before)))
        violation = judge_list(change, contract, today, *place, ended)
        if violation is not None:
            outcome.violations.append(violation)
            outcome.exit_code = outcome.exit_code or ExitCode.FINDINGS


def judge_preview(outcome: Outcome, step: Step, session: Session) -> None:
    """Make a failure of a stack's preview that would take too much away."""
    names = group_names(session, step, ())
    guard_removals(outcome, place_of(step), names, session.compiled.contract, session.today, session.expired_holders)


def refused_changes(
    session: Session, steps: Sequence[Step], previews: Collection[str]
) -> Iterator[tuple[str, Violation]]:
    """Yield who would be taken off lists in stacks that are run without a preview, each with its stack.

    Args:
        session: the deployment.
        steps: its stacks.
        previews: the stacks of which a preview has judged the lists.
    """
    for step in steps:
        if step.slice is None or step.state is None or not step.runs or step.stack in previews:
            continue
        environment, project = place_of(step)
        for change in removals(session.part(step.slice), step.state, group_names(session, step, steps)):
            contract, ended = session.compiled.contract, session.expired_holders
            violation = judge_list(change, contract, session.today, environment, project, ended)
            if violation is not None:
                yield step.stack, violation


def group_names(session: Session, step: Step, steps: Sequence[Step]) -> GroupNames:
    """Return what the groups on a stack's lists are called now.

    Args:
        session: the deployment.
        step: the stack.
        steps: all stacks: what was moved between them may be recorded where it was.
    """
    others = [one.state for one in steps if one.stack != step.stack]
    return names_now(session.compiled.contract, session.lookups, [step.state, *others])


def refused_departures(
    leaving: Sequence[Leaving], steps: Sequence[Step], contract: Contract, today: date
) -> Iterator[tuple[str, Violation]]:
    """Yield the lists that would go as a whole and name many, and workspaces that many would lose.

    Args:
        leaving: everything that the run deletes or replaces, what `deletions` is about left out.
        steps: the run's stacks, with all that they hold now.
        contract: the contract, with the overrides that it carries.
        today: the day on which an override has to hold.
    """
    for one in leaving:
        resource = one.resource
        held = holders_of(resource.type, resource.outputs) or holders_of(resource.type, resource.inputs)
        if one.replaced or not held or len(held) < GUARDED_FROM:
            continue
        listed = listed_object(resource, one.environment, one.project, contract)
        violation = judge(listed, resource.name, held, set(), contract, today)
        if violation is not None:
            yield one.stack, violation
    yield from _workspaces(leaving, steps, contract, today)


def _workspaces(
    leaving: Sequence[Leaving], steps: Sequence[Step], contract: Contract, today: date
) -> Iterator[tuple[str, Violation]]:
    for token, name_of in PRINCIPALS.items():
        before: defaultdict[str, list[str]] = defaultdict(list)
        for step in steps:
            for resource in step.state.resources if step.state is not None else ():
                if resource.type == token:
                    before[resource.connection].append(str(resource.inputs.get(name_of)))
        going = [one for one in leaving if one.resource.type == token and not one.replaced]
        for workspace, held in before.items():
            after = [*held]
            lost = [one for one in going if one.resource.connection == workspace]
            for one in lost:
                if (principal := str(one.resource.inputs.get(name_of))) in after:
                    after.remove(principal)
            if not lost or len({*held}) < GUARDED_FROM:
                continue
            names = {str(one.resource.inputs.get(name_of)): one.resource.name for one in lost}
            shown = [{names.get(one, one) for one in each} for each in (held, after)]
            listed = ObjectId(None, Kind.WORKSPACE, None, workspace)
            violation = judge(listed, workspace, shown[0], shown[1], contract, today)
            if violation is not None:
                yield lost[0].stack, violation


def judge_list(
    change: HoldersChange,
    contract: Contract,
    today: date,
    environment: str,
    project: str,
    ended: Ended = lambda _: (),
) -> Violation | None:
    """Return the violation of a list from which too many would go; None where that is allowed.

    Args:
        change: the list before and after.
        contract: the contract, with the overrides that it carries.
        today: the day on which an override has to hold.
        environment: the environment of its stack; empty for the account's.
        project: the project of its stack; empty where it is no project's.
        ended: returns the groups whose bindings to an object have ended; they do not count as removed.
    """
    listed = listed_object(change, environment, project, contract)
    what = f"{change.resource} ({change.type.rpartition(':')[2]})"
    violation = judge(listed, what, change.before, change.after, contract, today)
    if violation is not None and isinstance(listed, ObjectId) and (gone := {*ended(listed)} & {*change.before}):
        return judge(listed, what, change.before, {*change.after} | gone, contract, today)
    return violation


def judge(
    listed: Listed | None,
    what: str,
    before: Collection[str],
    after: Collection[str],
    contract: Contract,
    today: date,
) -> Violation | None:
    """Return the violation of taking too much away; None where that is allowed.

    Args:
        listed: the object or group that loses; None where the contract names none.
        what: what goes, as messages call it.
        before: who or what is there.
        after: who or what is to be there.
        contract: the contract, with the overrides that it carries.
        today: the day on which an override has to hold.
    """
    if isinstance(listed, GroupId) and is_deleted(listed, contract, today):
        return None
    override = override_of(listed, contract) if listed is not None else None
    written = (
        RemovalOverride(reason=override.reason, owner=override.owner, expires=override.expires) if override else None
    )
    shown = f"{described(listed)}, {what}" if listed is not None else what
    try:
        check_removals(shown, before, after, written, today)
    except RemovalRefused as refused:
        message = f"{refused.what}\n{how_to_allow(listed, contract) if listed is not None else refused.how_to_go_on}"
        return Violation(RULE, "rolecall", described(listed) if listed is not None else what, message, mandatory=True)
    return None


def is_deleted(group: GroupId, contract: Contract, today: date) -> bool:
    """Return whether the contract has no such group any more, and a written deletion of it."""
    return group.key not in contract.groups and any(
        entry.kind is not None
        and str(entry.kind) == "group"
        and entry.object is not None
        and group_named(contract, entry.object) == group.key
        and entry.holds_on(today)
        for entry in contract.deletions
    )


def how_to_allow(listed: Listed, contract: Contract) -> str:
    """Return which entry of the contract would allow to revoke access to an object, or to remove a group's members."""
    why = "reason: …, owner: …, expires: YYYY-MM-DD"
    if isinstance(listed, GroupId) and listed.key not in contract.groups:
        return f"If that is right, write `deletions: [{{kind: group, object: {listed.key}, {why}}}]` in the contract."
    return f"If that is right, write `removal_overrides: [{{{override_entry(listed)}, {why}}}]` in the contract."
