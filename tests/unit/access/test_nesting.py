"""A nested member of a group has the access of that group."""

from __future__ import annotations

from rolecall.access.effective import effective
from rolecall.access.grant import Grant
from rolecall.access.nesting import nested_grants
from rolecall.contract.group import Group
from rolecall.ids.ids import DeployerId, GroupId, ObjectId
from rolecall.ids.verbs import Kind, Verb

JOB = ObjectId("dev", Kind.JOB, "churn", "train")
GROUPS = {
    "all": Group(managed=True, includes=["team", "guests"]),
    "team": Group(managed=True, includes=["core"]),
    "core": Group(external="00g-core"),
    "guests": Group(external="00g-guests"),
}


def give(**verbs: Verb) -> list[Grant]:
    return [Grant(JOB, GroupId(name), verb) for name, verb in verbs.items()]


def found(grants: list[Grant], *, every: bool = False) -> dict[str, list[tuple[Verb, tuple[str, ...]]]]:
    result: dict[str, list[tuple[Verb, tuple[str, ...]]]] = {}
    for one in nested_grants(GROUPS, grants, effective(grants), every=every):
        assert one.source in grants
        result.setdefault(str(one.grant.subject), []).append((one.grant.verb, one.via))
    return result


def test_members_hold_what_the_groups_around_them_hold() -> None:
    assert found(give(all=Verb.VIEW)) == {
        "team": [(Verb.VIEW, ("all",))],
        "guests": [(Verb.VIEW, ("all",))],
        "core": [(Verb.VIEW, ("team", "all"))],
    }
    assert found(give(core=Verb.MANAGE)) == {}, "a group holds nothing of its members' own"


def test_only_the_highest_is_shown_unless_everything_is_wanted() -> None:
    grants = give(all=Verb.VIEW, team=Verb.EDIT, guests=Verb.MANAGE)
    assert found(grants) == {"core": [(Verb.EDIT, ("team",))]}
    assert len(found(grants, every=True)["core"]) == 2
    assert found(grants, every=True)["guests"] == [(Verb.VIEW, ("all",))]


def test_the_same_verb_through_two_groups_has_both_ways() -> None:
    assert {via for _, via in found(give(all=Verb.VIEW, team=Verb.VIEW))["core"]} == {("team",), ("team", "all")}


def test_a_service_principal_is_in_no_group() -> None:
    grant = Grant(JOB, DeployerId("all"), Verb.VIEW)
    assert found([grant]) == {}
