"""No run removes more than a third of a group's grants, over all stacks, without an override."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from rolecall.access.observation import PLATFORM
from rolecall.deploy.departures import place_of
from rolecall.deploy.guard import group_names, judge
from rolecall.deploy.plan import Step
from rolecall.deploy.session import Session
from rolecall.engine.events import Violation
from rolecall.engine.stack_state import Resource
from rolecall.ids.ids import GroupId, ObjectId
from rolecall.kinds.access import RULE_SET
from rolecall.slices.group_names import GroupNames, is_orchestrators
from rolecall.slices.holders import MEMBERSHIPS, holders_of
from rolecall.slices.listed_objects import Listed, described, listed_object
from rolecall.slices.removals import removals
from rolecall.systems.removals import GUARDED_FROM

# Lists name service principals by their application ids: https://docs.databricks.com/api/account/accountserviceprincipals
APPLICATION_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
Held = defaultdict[str, set[str]]


def refused_groups(session: Session, steps: Sequence[Step]) -> Iterator[tuple[str, Violation]]:
    """Yield a violation for each group that would lose too many of its grants, with the first stack that takes any.

    Objects that go as a whole are judged by `deletions`, and do not count.

    Args:
        session: the deployment.
        steps: all its stacks, including unchanged ones: their grants count as kept.
    """
    held: Held = defaultdict(set)
    lost: Held = defaultdict(set)
    stacks: dict[str, str] = {}
    for step in steps:
        for group, shown, goes in _grants(session, step, group_names(session, step, steps)):
            held[group].add(shown)
            if goes:
                lost[group].add(shown)
                stacks.setdefault(group, step.stack)
    contract = session.compiled.contract
    for group, gone in lost.items():
        if len(held[group]) >= GUARDED_FROM:
            listed = GroupId(group)
            violation = judge(listed, "its grants", held[group], held[group] - gone, contract, session.today)
            if violation is not None:
                yield stacks[group], violation


def _grants(session: Session, step: Step, names: GroupNames) -> Iterator[tuple[str, str, bool]]:
    """Yield each group on each list of a stack: its key, the object, and whether the run takes it off."""
    if step.state is None:
        return
    contract, place = session.compiled.contract, place_of(step)
    keys = {found.name: key for key, found in session.lookups.groups.items()}
    in_orchestrators = {name: key for key, name in session.lookups.orchestrators.items()}
    after: dict[tuple[str, str], set[str]] = {}
    if step.slice is not None and step.runs:
        changes = removals(session.part(step.slice), step.state, names)
        after = {(one.type, one.resource): set(_groups(one.after)) for one in changes}
    for resource in step.state.resources:
        if resource.type in MEMBERSHIPS:
            continue
        holders = holders_of(resource.type, resource.outputs) or holders_of(resource.type, resource.inputs)
        listed = listed_object(resource, *place, contract) if holders else None
        if listed is None:
            continue
        left = after.get((resource.type, resource.name))
        ended = session.expired_holders(listed) if left is not None and isinstance(listed, ObjectId) else ()
        for group in _groups({names.now(resource.type, one) for one in holders or ()}):
            goes = left is not None and group not in left and group not in ended
            known = in_orchestrators if is_orchestrators(resource.type) else keys
            yield known.get(group, group), _shown(resource, listed), goes


def _shown(resource: Resource, listed: Listed) -> str:
    """Return an object as messages name it, with the system where that is an orchestrator."""
    parts = resource.type.split(":")
    system = "" if parts[0] == PLATFORM or parts[1] == PLATFORM else f", in {parts[1]}"
    return f"{described(listed)}{system}"


def _groups(holders: Iterable[str]) -> Iterator[str]:
    """Yield the groups among holders, by their names; rules name them `groups/NAME`."""
    for holder in holders:
        of_group, of_principal = RULE_SET.prefixes
        if holder.startswith(of_group):
            yield holder.removeprefix(of_group)
        elif not holder.startswith(of_principal) and not APPLICATION_ID.fullmatch(holder):
            yield holder
