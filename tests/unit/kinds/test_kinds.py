"""What every kind has to say of itself."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from rolecall.contract.project import Project, project_model
from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import GRANTS, INTERFACES, SECURABLES
from rolecall.kinds.registry import BY_NAME, BY_SECTION, KINDS, PLATFORM_KINDS
from rolecall.kinds.spec import KindSpec, Scope, Surroundings

AROUND = Surroundings("lab", "11111111-1111-4111-8111-111111111111")
each = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def test_every_kind_is_declared_once() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert set(BY_NAME) == set(Kind)


@each
def test_a_section_has_a_model_and_names_for_its_objects(kind: KindSpec[Any]) -> None:
    declared = (kind.section is not None, kind.model is not None, kind.naming is not None, bool(kind.summary))
    assert declared in ((True,) * 4, (False,) * 4)


@each
def test_verbs_are_in_order_and_no_two_say_the_same(kind: KindSpec[Any]) -> None:
    assert list(kind.verbs) == sorted(kind.verbs, key=lambda verb: verb.rank)
    assert len(set(kind.words.values())) == len(kind.words)
    assert not kind.without_verb.keys() & set().union(*kind.words.values())


@each
def test_owners_are_where_the_kind_says(kind: KindSpec[Any]) -> None:
    by_level = kind.owner is not None and kind.owner.by == "level"
    assert by_level == (Verb.OWN in kind.verbs)
    if kind.owner is not None and kind.owner.by != "field":
        assert kind.owner.word in kind.vocabulary
    if kind.owner is not None and kind.owner.by == "creator":
        assert kind.owner.word in kind.words[kind.highest]


def test_lists_of_two_kinds_are_told_apart() -> None:
    found: dict[tuple[str, str], str] = {}
    for kind in KINDS:
        if not kind.access.names:
            place = (kind.access.interface.token, kind.access.marker)
            assert found.setdefault(place, kind.name) == kind.name
    assert {kind.access.interface for kind in PLATFORM_KINDS} == set(INTERFACES)


def test_a_project_has_a_section_for_each_kind() -> None:
    added = set(project_model(None).model_fields) - set(Project.model_fields)
    assert added == set(BY_SECTION)


@pytest.mark.parametrize("kind", BY_SECTION.values(), ids=lambda kind: kind.name)
def test_names_of_two_objects_differ(kind: KindSpec[Any]) -> None:
    assert kind.naming is not None
    assert kind.model is not None
    value = kind.model.model_construct()

    def name(environment: str, project: str, key: str) -> str:
        return str(kind.naming and kind.naming.name(value, ObjectId(environment, kind.name, project, key), AROUND))

    names = {name("dev", "churn", "a"), name("dev", "churn", "b"), name("dev", "fraud", "a")}
    assert len(names) == 3
    # A catalog is in the name instead of the environment.
    assert (name("prod", "churn", "a") in names) == (kind.scope is Scope.CATALOG)


def test_kinds_are_loaded_without_any_system_or_pulumi() -> None:
    program = (
        "import sys, rolecall.kinds.registry\n"
        "print([one for one in sys.modules if one.split('.')[0] in ('pulumi', 'databricks', 'httpx')])"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_a_kind_is_declared_by_a_section_or_there_is_one_for_each_of_something() -> None:
    for kind in KINDS:
        assert (kind.section is None) == (kind.one_for_each is not None), kind.name


@each
def test_who_a_live_object_runs_as_is_read_where_it_runs_something(kind: KindSpec[Any]) -> None:
    """Parity compares it: it is access to all that this principal may reach."""
    runs_something_listed = kind.executes is not None and kind.api is not None
    assert not runs_something_listed or (kind.api and (kind.api.runs_as or kind.differs))
    assert runs_something_listed or not (kind.api and kind.api.runs_as)


@each
def test_a_whole_list_has_words_of_full_control(kind: KindSpec[Any]) -> None:
    interface = kind.access.interface
    assert bool(interface.full) == interface.whole
    if kind.verbs and kind.highest is Verb.MANAGE and interface.whole:
        assert kind.words[Verb.MANAGE] & interface.full


def test_a_list_is_declared_by_one_stack() -> None:
    stacks = {kind.name: kind.stack for kind in KINDS}
    assert stacks[Kind.CATALOG] == "environment"
    assert {kind for kind, stack in stacks.items() if stack == "account"} == {
        Kind.WORKSPACE,
        Kind.LINEAGE,
        Kind.AUDIT,
    }
    assert all(stacks[kind.name] == "project" for kind in BY_SECTION.values())


def test_objects_of_unity_catalog_are_in_one_table() -> None:
    for kind in KINDS:
        if kind.access.interface is GRANTS:
            assert SECURABLES[kind.access.object_property].in_catalog == (
                kind.scope is not Scope.METASTORE or kind.section is None
            )
