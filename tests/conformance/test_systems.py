"""Every installed system conforms, and the suite finds what does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pydantic import Field

from rolecall.access.observation import Observation, Role
from rolecall.plugins import Lazy
from rolecall.systems import conformance
from rolecall.systems.access_list import AccessList
from rolecall.systems.managed_groups import Declaration, ManagedGroup, ManagedGroups
from rolecall.systems.prefect.resources import RESOURCES
from rolecall.systems.prefect.team import Team
from rolecall.systems.registry import BY_NAME, SYSTEMS
from rolecall.systems.resource import Live, Model, Resource
from rolecall.systems.spec import SystemSpec


@pytest.mark.parametrize("spec", SYSTEMS, ids=lambda spec: spec.name)
def test_the_system_conforms(spec: SystemSpec) -> None:
    assert conformance.violations(spec) == []


class Bare(Model):
    name: str
    size: int = Field(description="a size")


class Lists(Model):
    who: str = Field(description="the listed object")
    holders: list[Bare] = Field(description="all holders")


class Undeclared(Resource[Lists]):
    """A list that does not declare how its writes affect other owners' entries."""

    token = "rolecall:prefect:Permissions"
    description = "A list."
    create = read = update = delete = None  # type: ignore[assignment]  # nothing is called


class Misdeclared(Undeclared):
    """A list with every fault that its declaration can have."""

    model = Lists
    access_list = AccessList(("where",), words="access", subject=("name",))


class Undescribed(Resource[Bare]):
    """A resource with every fault that a class can have."""

    token = "rolecall:other:Thing"
    description = ""
    model = Bare
    replaced_by = frozenset({"nmae"})
    deleted_first = frozenset({"size"})

    def create(self, inputs: Bare) -> Live[Bare]:
        raise NotImplementedError

    def read(self, identity: str, declared: Bare | None) -> Live[Bare] | None:
        raise NotImplementedError

    def update(self, identity: str, old: Bare, new: Bare) -> Live[Bare]:
        raise NotImplementedError

    def delete(self, identity: str, declared: Bare) -> None:
        raise NotImplementedError


def _raises(*_: object) -> Observation:
    raise KeyError("PREFECT_API_URL")


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "name": ({"name": "My System"}, "`name` 'My System' is not a word of small letters"),
    "not read": ({"does_not_read": ()}, "`does_not_read` is empty"),
    "sign-in": ({"sign_in": lambda: " "}, "`sign_in` is empty"),
    "two types": ({"resources": lambda: (*RESOURCES, Team)}, "two types have the token 'rolecall:prefect:Team'"),
    "token": ({"resources": lambda: (*RESOURCES, Undescribed)}, "does not begin with `rolecall:prefect:`"),
    "property": ({"resources": lambda: (Undescribed,)}, "property `name` of rolecall:other:Thing has no description"),
    "no such property": ({"resources": lambda: (Undescribed,)}, "names the property `nmae`, which it does not have"),
    "deleted first": ({"resources": lambda: (Undescribed,)}, "`size` of rolecall:other:Thing is in `deleted_first`"),
    "list": (
        {"resources": lambda: (Undeclared,)},
        "rolecall:prefect:Permissions lists subjects, and has no `access_list`",
    ),
    "list's id": ({"resources": lambda: (Misdeclared,)}, "names the property `where`, which it does not have"),
    "list's words": ({"resources": lambda: (Misdeclared,)}, "the property `holders.access`, which it does not have"),
    "no override": ({"resources": lambda: (Misdeclared,)}, "has no property `removalOverride`"),
    "unnamed list": ({"access_lists": ()}, "and neither `access_lists` nor `memberships` of the spec names it"),
    "list not served": ({"access_lists": ("Lists",)}, "has rolecall:prefect:Lists, which the system does not serve"),
    "concerns": ({"concerns": lambda _: True}, "`concerns` is true of a contract that does not use the system"),
    "observes nothing": ({"observe": lambda *_: Observation()}, "would count as read"),
    "other error": ({"observe": _raises}, "not with a RolecallError"),
    "not served": ({"resources": tuple}, "`shared` declares rolecall:prefect:Team, which the system does not serve"),
    "other orchestrator": (
        {"orchestrator": Lazy("rolecall.systems.harness.counterpart", "ORCHESTRATOR")},
        "the orchestrator is called 'harness'",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault: str) -> None:
    changed, sentence = FAULTS[fault]
    assert any(sentence in found for found in conformance.violations(replace(BY_NAME["prefect"], **changed)))


@pytest.mark.parametrize("role", [Role.PLATFORM, Role.IDENTITY_PROVIDER])
def test_only_orchestrators_declare_counterparts(role: Role) -> None:
    change: Callable[[], SystemSpec] = lambda: replace(BY_NAME["prefect"], role=role)  # noqa: E731
    with pytest.raises(ValueError, match="`orchestrator` belongs to systems of the role orchestrator"):
        change()


class Wrong(ManagedGroups):
    """Declares every member list, with a property that no model has."""

    nests = True

    def group(self, group: ManagedGroup) -> Declaration:
        return Declaration("rolecall:okta:Group", {"title": group.name})

    def members(self, group: ManagedGroup, group_id: object) -> Declaration | None:
        return Declaration("rolecall:elsewhere:Members", {}) if group.members is None else None

    def assignment(self, application: str, group_id: object) -> Declaration:
        return Declaration("rolecall:okta:AppGroupAssignment", {"appId": application, "groupId": group_id})


@pytest.mark.parametrize(
    "sentence",
    [
        "declares a rolecall:okta:Group that its own model refuses: ",
        "declares rolecall:elsewhere:Members, which the system does not serve",
        "declares nothing for a group whose members the contract determines",
        "declares something for a group whose members the contract leaves unmanaged",
    ],
)
def test_groups_of_an_identity_provider_are_its_own_resources(sentence: str) -> None:
    found = conformance.violations(replace(BY_NAME["okta"], managed_groups=Wrong))
    assert any(sentence in one for one in found)


def test_an_identity_provider_declares_groups() -> None:
    with pytest.raises(ValueError, match="`managed_groups` belongs to systems of the role identity provider"):
        replace(BY_NAME["okta"], managed_groups=None)
