"""Declared properties against live ones, and findings that say the same twice."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.engine.provider_reads import (
    SIGNATURE,
    as_text,
    is_secret,
    plain_inputs,
    secret_properties,
    shown_value,
)
from rolecall.engine.stack_state import Resource
from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Kind
from rolecall.parity.declared import without_repetitions
from rolecall.parity.report import Finding, FindingKind, Report

JOB = ObjectId("prod", Kind.JOB, "churn", "train")
SECRET = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("name", "train"),
        ("schedule.pauseStatus", "PAUSED"),
        ("tasks[1].key", "b"),
        ("tasks[5].key", ""),
        ('tags["data.class"]', "personal"),
        ("parameters", "x=1"),
    ],
)
def test_a_property_is_shown_by_its_path(path: str, expected: str) -> None:
    properties = {
        "name": "train",
        "schedule": {"pauseStatus": "PAUSED"},
        "tasks": [{"key": "a"}, {"key": "b"}],
        "tags": {"data.class": "personal"},
        "parameters": [{"x": 1.0}],
    }
    assert shown_value(properties, path) == expected


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (None, ""), (3.0, "3"), ([1, "a"], "1, a"), ({"__defaults": [], "a": 1}, "a=1")]
)
def test_values_are_shown_as_people_read_them(value: Any, text: str) -> None:
    assert as_text(value) == text


def test_secrets_are_neither_sent_nor_compared() -> None:
    inputs = {"scope": "s", "value": SECRET, "nested": {"deep": [SECRET]}}
    resource = Resource("urn:x::secret", "databricks:index/secret:Secret", "1", inputs, {})
    assert is_secret(inputs["nested"])
    assert plain_inputs(inputs) == {"scope": "s"}
    assert secret_properties(resource) == {"value", "nested"}


def finding(kind: FindingKind, **more: Any) -> Finding:
    return Finding("databricks", kind, more.pop("target", JOB), more.pop("subject", ""), "", "", **more)


def test_a_list_whose_holders_were_compared_by_their_ids_is_not_compared_by_names() -> None:
    whole = finding(FindingKind.DIFFERENT, resource="Permissions", is_list=True)
    setting = finding(FindingKind.DIFFERENT, resource="Job", property="schedule")
    assert without_repetitions([whole, setting], [], {JOB}) == [setting]
    assert without_repetitions([whole, setting], [], ()) == [whole, setting], "nothing else has named it"


def test_an_object_that_is_gone_is_named_once() -> None:
    gone = finding(FindingKind.MISSING)
    assert without_repetitions([finding(FindingKind.MISSING, resource="Job")], [gone], ()) == []


def test_what_could_not_be_read_is_never_equal() -> None:
    unread = Report((), (finding(FindingKind.UNKNOWN, target=None, resource="tokens"),))
    assert unread.exit_code == 3
    assert unread.to_json()["equal"] is False
