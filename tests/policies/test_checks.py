"""Checks that are made of facts: one finding for each violation, and no finding is lost where a value is not known."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_policy import proxy

from rolecall.policies.checks import Test as Check
from rolecall.policies.checks import (
    always,
    each,
    is_on,
    is_set,
    items,
    matches,
    not_on,
    not_one_of,
    not_set,
    one_of,
    refuse,
)
from rolecall.policies.context import Context
from rolecall.policies.properties import Properties, Unknown
from rolecall.policies.resource import Resource


def resource(values: dict[str, Any]) -> Resource:
    return Resource("databricks:index/job:Job", "train", "dev", Properties(values), values)


@pytest.mark.parametrize(
    ("test", "values", "yielded"),
    [
        (always, {}, [None]),
        (is_set("a", "b.c"), {"a": 1, "b": {"c": "x"}}, ["a", "b.c"]),
        (is_set("a", "b.c"), {"a": "", "b": {}}, []),
        (not_set("a", "b"), {"a": None, "b": 0}, ["a"]),
        (is_on("a", "b", "c"), {"a": True, "b": [], "c": "x"}, ["a", "c"]),
        (not_on("a"), {}, ["a"]),
        (not_on("a"), {"a": True}, []),
        (one_of("a", "x", "y"), {"a": "y"}, ["y"]),
        (one_of("a", "x"), {}, []),
        (one_of("a", False), {}, []),
        (one_of("a", False), {"a": False}, [False]),
        (not_one_of("a", "x"), {}, [None]),
        (not_one_of("a", None, "x"), {}, []),
        (not_one_of("a", None, "x"), {"a": "z"}, ["z"]),
        (matches("a", lambda value: value == 3), {"a": 3}, [3]),
    ],
)
def test_a_test_yields_each_violation(test: Check, values: dict[str, Any], yielded: list[object]) -> None:
    assert [*test(Properties(values))] == yielded


@pytest.mark.parametrize("test", [is_on("a"), not_on("a"), one_of("a", "x"), not_one_of("a", "x"), is_set("a.b")])
def test_a_value_that_is_not_known_is_not_taken_for_a_good_one(test: Check) -> None:
    with pytest.raises(Unknown):
        [*test(Properties({"a": proxy.UNKNOWN_STRING_VALUE}))]


def test_texts_name_the_part_and_the_value_and_nothing_in_a_value_is_filled_again() -> None:
    check = refuse(one_of("a", "{part}"), "{part} is {value}, not {{secrets/A/B}}", "Not {value}.", items("tasks"))
    (found,) = check(resource({"tasks": [{"a": "x"}, {"a": "{part}"}]}), Context())
    assert (found.found, found.allowed) == ("tasks[1] is {part}, not {{secrets/A/B}}", "Not {part}.")


def test_several_checks_are_all_made() -> None:
    check = each(refuse(is_set("a"), "{part}: {value}", ""), refuse(not_set("b"), "{part}: {value}", ""))
    assert [found.found for found in check(resource({"a": 1}), Context())] == ["it: a", "it: b"]
