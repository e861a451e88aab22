"""Databricks' words and ours: nothing is lost in either direction."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rolecall.contract import Kind, Verb
from rolecall.contract.naming import subject_name
from rolecall.ids.ids import DeployerId, GroupId, Subject
from rolecall.kinds.cluster_policy import ClusterPolicy, policy_definition
from rolecall.kinds.job_settings import provider_properties
from rolecall.kinds.registry import KINDS
from rolecall.systems.databricks.permissions import NATIVE, Held, access_controls, canonical, native

VOCABULARY = {kind.name: sorted(kind.vocabulary) for kind in KINDS}


# A recipient has no access list.
WITH_WORDS = [kind for kind in Kind if VOCABULARY[kind]]
CASES = st.sampled_from(WITH_WORDS).flatmap(
    lambda kind: st.tuples(st.just(kind), st.sets(st.sampled_from(VOCABULARY[kind])))
)


@settings(max_examples=300, deadline=None)
@given(CASES)
def test_native_to_canonical_and_back_is_the_identity_for_all_that_databricks_has(case: tuple[Kind, set[str]]) -> None:
    kind, words = case
    assert native(kind, canonical(kind, words)) == words


@pytest.mark.parametrize("kind", Kind)
def test_canonical_to_native_and_back_is_the_identity(kind: Kind) -> None:
    for verb in NATIVE[kind]:
        held = Held(verb, frozenset())
        assert canonical(kind, native(kind, held)) == held
    assert len(set(NATIVE[kind].values())) == len(NATIVE[kind])


def test_every_kind_names_its_source_and_why_no_verb_says_some_words() -> None:
    assert [kind.name for kind in KINDS] == list(dict.fromkeys(kind.name for kind in KINDS))
    assert {kind.name for kind in KINDS} == set(Kind)
    for kind in KINDS:
        assert kind.docs.startswith("https://docs.databricks.com/" if kind.system == "databricks" else "https://")
        assert all(kind.without_verb.values())
        assert list(kind.verbs) == sorted(kind.verbs, key=lambda verb: verb.rank)


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS if kind.access.interface.cumulative])
def test_a_higher_verb_on_what_has_privileges_includes_the_lower_ones(kind: Kind) -> None:
    rows = [NATIVE[kind][verb] for verb in sorted(NATIVE[kind], key=lambda verb: verb.rank)]
    assert all(lower < higher for lower, higher in itertools.pairwise(rows))


def test_what_no_row_says_is_no_verb() -> None:
    assert canonical(Kind.JOB, {"CAN_DO_ANYTHING"}) == Held(None, frozenset({"CAN_DO_ANYTHING"}))
    assert canonical(Kind.WAREHOUSE, {"CAN_MONITOR"}) == Held(None, frozenset({"CAN_MONITOR"}))
    half = canonical(Kind.SERVICE_PRINCIPAL, {"roles/servicePrincipal.manager"})
    assert half.verb is None, "managing without using is less than the verb says"


def test_levels_are_those_of_the_provider() -> None:
    """The provider's own list of levels, from its generated documentation, so that none is forgotten."""
    levels = {
        Kind.INSTANCE_POOL: {"CAN_ATTACH_TO", "CAN_MANAGE"},
        Kind.WAREHOUSE: {"CAN_USE", "CAN_MANAGE", "CAN_MONITOR", "CAN_VIEW", "IS_OWNER"},
        Kind.EXPERIMENT: {"CAN_READ", "CAN_EDIT", "CAN_MANAGE"},
        Kind.JOB: {"CAN_VIEW", "CAN_MANAGE_RUN", "IS_OWNER", "CAN_MANAGE"},
        Kind.CLUSTER_POLICY: {"CAN_USE"},
        Kind.SECRET_SCOPE: {"READ", "WRITE", "MANAGE"},
    }
    for kind, known in levels.items():
        assert set(VOCABULARY[kind]) == known


def test_entries_are_one_for_each_subject_in_a_stable_order() -> None:
    held: dict[Subject, Verb] = {
        DeployerId("b"): Verb.OWN,
        GroupId("z"): Verb.VIEW,
        GroupId("a"): Verb.RUN,
    }
    entries = access_controls(Kind.JOB, held)
    assert [(subject_name(one.subject), one.level) for one in entries] == [
        ("a", "CAN_MANAGE_RUN"),
        ("z", "CAN_VIEW"),
        ("b", "IS_OWNER"),
    ]
    assert entries == access_controls(Kind.JOB, dict(reversed(held.items())))


def test_settings_get_the_providers_names_deep_down() -> None:
    settings = {
        "git_source": {"git_url": "https://example.com/x", "git_provider": "gitHub", "git_tag": "v1"},
        "email_notifications": {"on_failure": ["a@example.com"]},
        "tasks": [
            {
                "task_key": "b",
                "depends_on": [{"task_key": "z"}, {"task_key": "a"}],
                "libraries": [{"pypi": {"package": "x"}}],
                "for_each_task": {
                    "inputs": "[]",
                    "task": {"task_key": "inner", "notebook_task": {"notebook_path": "/n"}},
                },
            },
            {"task_key": "a", "notebook_task": {"notebook_path": "/n", "base_parameters": {"snake_case": "kept"}}},
        ],
    }
    properties, unknown = provider_properties(settings)
    assert unknown == []
    assert properties["gitSource"] == {"url": "https://example.com/x", "provider": "gitHub", "tag": "v1"}
    assert properties["emailNotifications"] == {"onFailures": ["a@example.com"]}
    first, second = properties["tasks"]
    assert first["taskKey"] == "a", "tasks are in the order in which the provider reads them back"
    assert first["notebookTask"]["baseParameters"] == {"snake_case": "kept"}
    assert [one["taskKey"] for one in second["dependsOns"]] == ["a", "z"]
    assert second["forEachTask"]["task"]["notebookTask"] == {"notebookPath": "/n"}


def test_a_setting_that_the_provider_lacks_is_named_with_its_place() -> None:
    settings = {"tasks": [{"task_key": "b"}, {"task_key": "a", "environment_variables_key": "x"}]}
    _, unknown = provider_properties(settings)
    assert unknown == [("tasks", 1, "environment_variables_key")]


def test_a_policys_limits_become_a_definition_and_its_own_definition_wins() -> None:
    policy = ClusterPolicy.model_validate(
        {
            "max_workers": 4,
            "idle_minutes": 30,
            "node_types": ["a"],
            "tags": {"team": "x"},
            "definition": {"autotermination_minutes": {"type": "range", "minValue": 5, "maxValue": 60}},
        }
    )
    assert json.loads(policy_definition(policy, {"project": "churn"})) == {
        "autoscale.max_workers": {"type": "range", "maxValue": 4, "isOptional": True},
        "num_workers": {"type": "range", "maxValue": 4, "isOptional": True},
        "autotermination_minutes": {"type": "range", "minValue": 5, "maxValue": 60},
        "node_type_id": {"type": "allowlist", "values": ["a"], "isOptional": True},
        "custom_tags.project": {"type": "fixed", "value": "churn"},
        "custom_tags.team": {"type": "fixed", "value": "x"},
    }
