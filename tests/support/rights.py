"""Who may do what in the live systems, in words that no rename and no new id changes: to compare over changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from rolecall.emulators.conductor.emulator import ConductorEmulator
from rolecall.emulators.databricks.emulator import DatabricksEmulator
from rolecall.emulators.databricks.models import GROUP, Principal
from rolecall.emulators.entra.emulator import EntraEmulator
from rolecall.emulators.harness.emulator import HarnessEmulator
from rolecall.emulators.installation import Installation
from rolecall.emulators.okta.emulator import OktaEmulator
from rolecall.systems.harness.identifiers import identifier

# System, object, subject, and what it may do there.
Right = tuple[str, str, str, str]


class Rights:
    """Reads the rights in all systems, and remembers those that were there after every write.

    Attributes:
        called: parts of names of today with what they were at first, the latest first.
        external: ids of the groups that are the identity provider's own.
    """

    def __init__(self) -> None:
        self.called: list[tuple[str, str]] = []
        self.external: frozenset[str] = frozenset()
        self._running: Installation | None = None
        self._always: set[Right] | None = None

    def watch(self, running: Installation) -> None:
        """Say which systems are meant."""
        self._running = running

    def renamed(self, new: str, old: str) -> None:
        """Take a name for what another one was."""
        self.called.insert(0, (_plain(new), _plain(old)))

    def written(self) -> None:
        """Drop from those that were there all the time what is not there now."""
        if self._always is not None:
            self._always &= self.now()

    def begin(self) -> set[Right]:
        """Return the rights of now, and remember from now on which of them are there all the time."""
        self._always = self.now()
        return set(self._always)

    def end(self) -> set[Right]:
        """Return the rights that were there all the time since `begin`."""
        assert self._always is not None
        found, self._always = self._always & self.now(), None
        return found

    def now(self) -> set[Right]:
        """Return the rights in all systems."""
        assert self._running is not None
        return {
            (system, self._first(target), self._first(subject), right)
            for system, target, subject, right in _rights(self._running, self.external)
        }

    def _first(self, name: str) -> str:
        name = _plain(name)
        for new, old in self.called:
            name = name.replace(new, old)
        return name


def _plain(name: str) -> str:
    """Return a name without what one system writes otherwise than another, Harness' digests among it."""
    return re.sub(r"_[0-9a-f]{10}$", "", name).replace("_", "-").replace(" ", "-")


def _rights(running: Installation, external: Collection[str]) -> Iterator[Right]:
    yield from _databricks(running)
    filled = _filled_by(running, external)
    if "okta" in running.systems:
        for application, pushed in running.get(OktaEmulator).organization.applications.items():
            for group in pushed.groups:
                yield "okta", application, group, "assigned"
    if "entra" in running.systems:
        for application, assigned in running.get(EntraEmulator).tenant.assignments.items():
            for one in assigned.values():
                yield "entra", application, str(one["principalId"]), str(one["appRoleId"])
    if "conductor" in running.systems:
        for target, held in running.get(ConductorEmulator).cluster.permissions.items():
            for subject, access in held.items():
                sort, _, name = subject.partition("/")
                who = filled.get(name, subject) if sort == "GROUP" else subject
                for right in access:
                    yield "conductor", target, who, right
    if "harness" in running.systems:
        for one in running.get(HarnessEmulator).project.assignments.values():
            principal = one["principal"]["identifier"]
            yield "harness", one["resourceGroupIdentifier"], filled.get(principal, principal), one["roleIdentifier"]


def _filled_by(running: Installation, external: Collection[str]) -> dict[str, str]:
    """Return which of the identity provider's own groups single sign-on fills each group of an orchestrator from."""
    names: dict[str, str] = {}
    if "okta" in running.systems:
        groups = running.get(OktaEmulator).organization.groups
        names |= {key: str(one.profile["name"]) for key, one in groups.items()}
    if "entra" in running.systems:
        names |= {key: str(one["displayName"]) for key, one in running.get(EntraEmulator).tenant.groups.items()}
    found = {name: key for key, name in names.items() if key in external}
    return {**{identifier(name): key for name, key in found.items()}, **found}


def _databricks(running: Installation) -> Iterator[Right]:
    account = running.get(DatabricksEmulator).account
    principals: Mapping[str, Principal] = account.principals
    groups = {one.display_name: _stable(one) for one in principals.values() if one.type == GROUP}

    def name(identity: str) -> str:
        return _stable(principals[identity]) if identity in principals else identity

    for group in account.of_type(GROUP):
        for member in group.members:
            yield "databricks", "group " + _stable(group), name(member), "member"
    for rule_set, content in account.rule_sets.items():
        for rule in content["grant_rules"]:
            for holder in rule["principals"]:
                sort, _, called = holder.partition("/")
                yield "databricks", rule_set, groups.get(called, called) if sort == "groups" else called, rule["role"]
    for store in account.metastores.values():
        yield from _held("databricks", store.privileges, name)
    for space in account.workspaces.values():
        for identity, level in space.assignments.items():
            yield "databricks", f"workspace {space.name}", name(identity), level
        levels = {target: {one: [level] for one, level in held.items()} for target, held in space.permissions.items()}
        yield from _held(f"databricks {space.name}", levels, name)
        scopes = {
            scope: {one: [level] for one, level in told["acls"].items()} for scope, told in space.secret_scopes.items()
        }
        yield from _held(f"databricks {space.name}", scopes, name)


def _held(system: str, held: Mapping[str, Mapping[str, Any]], name: Callable[[str], str]) -> Iterator[Right]:
    for target, subjects in held.items():
        for subject, rights in subjects.items():
            for right in rights:
                yield system, target, name(subject), str(right)


def _stable(principal: Principal) -> str:
    """Return a group's id in the identity provider, and the own id of whatever else."""
    return principal.external_id if principal.type == GROUP and principal.external_id else principal.id
