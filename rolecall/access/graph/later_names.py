"""How a later contract calls the actors and objects of an earlier one, so that the two can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import cast

from rolecall.access.graph.nodes import Actor
from rolecall.access.graph.reach import Reached, merged
from rolecall.contract.contract import Contract
from rolecall.contract.former import former_standings
from rolecall.contract.group import Group
from rolecall.contract.objects import objects_of
from rolecall.ids.ids import GroupId, ObjectId, ServicePrincipalId
from rolecall.ids.verbs import Kind
from rolecall.kinds.registry import SECTIONS


@dataclass(frozen=True)
class LaterNames:
    """What the later contract calls the actors and objects of the earlier one.

    Attributes:
        known: those with another name.
        environments: the later names of environments, for everything that has no other name itself.
    """

    known: Mapping[Actor | ObjectId, Actor | ObjectId]
    environments: Mapping[str, str]

    def actor(self, one: Actor) -> Actor:
        """Return an actor by its later name."""
        if isinstance(one, ServicePrincipalId) and one not in self.known:
            return replace(one, environment=self.environments.get(one.environment, one.environment))
        return cast(Actor, self.known.get(one, one))

    def target(self, one: ObjectId) -> ObjectId:
        """Return an object by its later name."""
        if one in self.known:
            return cast(ObjectId, self.known[one])
        return replace(one, environment=self.environments.get(one.environment or "", one.environment))


class LaterObjects:
    """The objects of the earlier contract by their later ids, each translated once."""

    def __init__(self, now: LaterNames) -> None:
        self._now = now
        self._same = not now.environments and not any(isinstance(one, ObjectId) for one in now.known)
        self._later: dict[ObjectId, ObjectId] = {}

    def renamed(self, reached: Reached) -> Reached:
        """Return what is reached, by later ids; of two objects that have become one, the strongest actions."""
        if self._same:
            return reached
        return merged({self._renamed(target): actions} for target, actions in reached.items())

    def former(self, target: ObjectId, reached: Reached, action: str) -> ObjectId:
        """Return the earlier id of an object on which something is reached."""
        if self._same:
            return target
        return next(one for one, actions in reached.items() if self._renamed(one) == target and action in actions)

    def _renamed(self, target: ObjectId) -> ObjectId:
        later = self._later.get(target)
        if later is None:
            later = self._later[target] = self._now.target(target)
        return later


def later_names(before: Contract, after: Contract) -> LaterNames:
    """Return how the later contract calls the actors and objects of the earlier one.

    A group is the same where the identity provider has it under the same id: a key that means another group now is
    another actor.
    """
    known: dict[Actor | ObjectId, Actor | ObjectId] = {}
    there = {one for environment in before.environments for one in _objects(before, environment)}
    for environment in after.environments:
        for project in after.projects:
            for kind in SECTIONS:
                for declared in objects_of(after, environment, kind, project):
                    if declared.id_in(environment) in there:
                        continue
                    for one in former_standings(after, environment, project, kind, declared.key):
                        known.setdefault(
                            ObjectId(one.environment, kind, one.project, one.key), declared.id_in(environment)
                        )
                        if kind is Kind.SERVICE_PRINCIPAL:
                            known.setdefault(
                                ServicePrincipalId(one.environment, one.project, one.key),
                                ServicePrincipalId(environment, project, declared.key),
                            )
    for key, group in before.groups.items():
        known[GroupId(key)] = GroupId(_group_now(key, group, after))
    environments = {
        old: name
        for name, environment in after.environments.items()
        if name not in before.environments
        for old in environment.renamed_from
    }
    return LaterNames(known, environments)


def _objects(contract: Contract, environment: str) -> Iterable[ObjectId]:
    for project in contract.projects:
        for kind in SECTIONS:
            yield from (one.id_in(environment) for one in objects_of(contract, environment, kind, project))


def _group_now(key: str, group: Group, after: Contract) -> str:
    if group.external:
        same = next((name for name, one in after.groups.items() if one.external == group.external), None)
        return same or (f"{key} ({group.external})" if key in after.groups else key)
    renamed = (name for name, one in after.groups.items() if key in one.renamed_from and not one.external)
    same = next(renamed, key)
    return f"{key} (managed)" if same in after.groups and after.groups[same].external else same
