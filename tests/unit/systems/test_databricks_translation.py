"""Databricks' words and ours: nothing is lost in either direction."""

from __future__ import annotations

import json

import pytest

from rolecall.access.grant import Subject, SubjectType
from rolecall.contract import Kind, Verb
from rolecall.contract.cluster_policy import ClusterPolicy
from rolecall.contract.verbs import VERBS_OF_KIND
from rolecall.systems.databricks.cluster_policy_definition import policy_definition
from rolecall.systems.databricks.job_settings import provider_properties
from rolecall.systems.databricks.permissions import LEVELS, access_controls, verb_of


@pytest.mark.parametrize("kind", Kind)
def test_native_to_canonical_and_back_is_the_identity(kind: Kind) -> None:
    for verb, level in LEVELS[kind].items():
        assert verb_of(kind, level) is verb
    assert len(set(LEVELS[kind].values())) == len(LEVELS[kind])


@pytest.mark.parametrize("kind", Kind)
def test_every_verb_that_a_contract_may_say_has_a_level(kind: Kind) -> None:
    assert set(VERBS_OF_KIND[kind]) == set(LEVELS[kind])


def test_an_unknown_level_is_no_verb() -> None:
    assert verb_of(Kind.JOB, "CAN_DO_ANYTHING") is None


def test_entries_are_one_for_each_subject_in_a_stable_order() -> None:
    held = {
        Subject(SubjectType.SERVICE_PRINCIPAL, "b"): Verb.OWN,
        Subject(SubjectType.GROUP, "z"): Verb.VIEW,
        Subject(SubjectType.GROUP, "a"): Verb.RUN,
    }
    entries = access_controls(Kind.JOB, held)
    assert [(one.subject.name, one.level) for one in entries] == [
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
        "autoscale.max_workers": {"type": "range", "maxValue": 4},
        "autotermination_minutes": {"type": "range", "minValue": 5, "maxValue": 60},
        "node_type_id": {"type": "allowlist", "values": ["a"]},
        "custom_tags.project": {"type": "fixed", "value": "churn"},
        "custom_tags.team": {"type": "fixed", "value": "x"},
    }
