"""What a failed run has done and not done, what needs what, and how to go on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rolecall.deploy.deployment import Deployment, Operation
from rolecall.deploy.order import blocker
from rolecall.deploy.plan import Step, Why
from rolecall.deploy.undone import NOT_COMPARED, exit_code_of, next_command, undone, without_numbers
from rolecall.engine.events import Outcome, ResourceStep, Status, Violation, take_events
from rolecall.engine.stack_state import Resource, StackState
from rolecall.errors import ExitCode
from rolecall.slices.slice import Slice

JOB, LIST = "databricks:index/job:Job", "databricks:index/permissions:Permissions"
FAILED, FINE, NOT_RUN = Outcome(exit_code=255), Outcome(changes={"create": 1}), Outcome(not_run="it needs account")


def event(kind: str, operation: str, type_: str, name: str) -> str:
    import json

    urn = f"urn:pulumi:dev.churn::rolecall::{type_}::{name}"
    return json.dumps({kind: {"metadata": {"op": operation, "urn": urn, "type": type_}}})


def test_changes_are_done_once_the_engine_says_so() -> None:
    outcome = Outcome(exit_code=1)
    take_events(
        [
            event("resourcePreEvent", "create", JOB, "train"),
            event("resOutputsEvent", "create", JOB, "train"),
            event("resOutputsEvent", "same", JOB, "old"),
            event("resourcePreEvent", "update", LIST, "old"),
            event("resOpFailedEvent", "update", LIST, "old"),
            event("resourcePreEvent", "create", "pulumi:providers:databricks", "nonprod"),
        ],
        outcome,
    )
    assert outcome.finished == [ResourceStep("create", JOB, "train")]
    declared = [(JOB, "train"), (LIST, "old"), (JOB, "next"), (JOB, "there")]
    there = [Resource("urn::there", JOB, "7", {}, {}), Resource("urn::gone", JOB, "8", {}, {})]
    state = StackState("", 2, tuple(there), ())
    assert undone(outcome, state, declared, None) == [
        ResourceStep("update", LIST, "old"),
        ResourceStep("create", JOB, "next"),
        ResourceStep(NOT_COMPARED, JOB, "there"),
        ResourceStep("delete", JOB, "gone"),
    ]
    planned = [ResourceStep("create", JOB, "train"), ResourceStep("update", JOB, "there")]
    assert undone(outcome, state, declared, planned) == [planned[1], ResourceStep("update", LIST, "old")]


def test_a_program_that_declared_nothing_yet_deletes_nothing() -> None:
    state = StackState("", 1, (Resource("urn::there", JOB, "7", {}, {}),), ())
    assert undone(Outcome(exit_code=1), state, None, None) == []


def test_a_stack_that_was_not_run_has_no_numbers() -> None:
    found = without_numbers(
        Outcome(changes={"create": 3}, begun=[ResourceStep("create", JOB, "a")]), "it needs account"
    )
    assert (found.status, found.changes, found.planned, found.ran) == (Status.NOT_RUN, {}, {"create": 3}, False)
    told = found.to_json()
    assert (told["status"], told["done"], told["changes"]) == ("not run", [], {})
    assert told["undone"] == [{"operation": "create", "type": JOB, "name": "a"}]


def step(stack: str) -> Step:
    if stack.startswith("old"):
        return Step(stack, None, Why.REMOVED, None)
    environment, _, project = stack.partition(".")
    one = Slice() if stack == "account" else Slice(environment, project or None)
    return Step(stack, one, Why.NEW, None)


@pytest.mark.parametrize(
    ("stack", "outcomes", "stopped"),
    [
        ("prod.churn", {"account": FINE, "dev.churn": FAILED}, False),
        ("prod", {"account": FINE, "dev.churn": FAILED, "prod.churn": FINE, "dev": NOT_RUN}, False),
        ("dev", {"account": FINE, "dev.churn": FAILED}, True),
        ("dev", {"dev.churn": NOT_RUN}, True),
        ("dev.other", {"account": FINE, "dev.churn": FAILED}, False),
        ("dev.churn", {"account": FAILED}, True),
        ("dev.churn", {"account": NOT_RUN}, True),
        ("old.churn", {"account": FAILED}, True),
        ("old.churn", {"dev.churn": FAILED}, False),
        ("old.churn", {"old.other": FAILED}, True),
        ("account", {"dev.churn": FAILED}, False),
    ],
)
def test_a_failure_stops_what_needs_it_and_nothing_else(stack: str, outcomes: dict[str, Any], stopped: bool) -> None:
    assert bool(blocker(step(stack), outcomes)) is stopped


def test_destroying_goes_the_other_way_round() -> None:
    assert blocker(step("account"), {"dev.churn": FAILED}, destroying=True) == "it needs dev.churn, which failed"
    assert blocker(step("dev.churn"), {"dev": FAILED}, destroying=True)
    assert not blocker(step("prod.churn"), {"dev": FAILED}, destroying=True)
    assert not blocker(step("dev.churn"), {"dev.other": FAILED}, destroying=True)


@pytest.mark.parametrize(
    ("asked", "outcomes", "command"),
    [
        ({}, {"account": FINE, "dev.churn": FINE}, None),
        ({}, {"account": FAILED, "dev.churn": NOT_RUN}, "rolecall up"),
        ({}, {"account": FINE, "dev.churn": FAILED, "prod.churn": FINE}, "rolecall up dev"),
        ({}, {"account": FINE, "dev.churn": FAILED, "prod.churn": FAILED}, "rolecall up"),
        ({}, {"account": FINE, "old.churn": FAILED}, "rolecall up"),
        ({"environments": ["dev.churn", "prod"]}, {"dev.churn": FAILED, "prod.churn": FINE}, "rolecall up dev.churn"),
        (
            {"environments": ["dev"], "refresh": True, "packs": [Path("guardrails")]},
            {"dev.churn": FAILED},
            "rolecall up dev --policy-pack guardrails --refresh",
        ),
    ],
)
def test_the_next_step_is_named(asked: dict[str, Any], outcomes: dict[str, Outcome], command: str | None) -> None:
    assert next_command(Deployment(Operation.UP, **asked), outcomes, ["dev", "prod"]) == command


def test_exit_codes_are_those_of_every_command() -> None:
    blocked = Outcome(exit_code=255, violations=[Violation("a", "b", "c", "d", mandatory=True)])
    assert exit_code_of([FINE, NOT_RUN]) == 0
    assert exit_code_of([FAILED, FINE]) == ExitCode.FAILED
    assert exit_code_of([FAILED, Outcome(exit_code=3)]) == 3
    assert exit_code_of([Outcome(exit_code=2), FINE]) == 2
    assert exit_code_of([blocked, FINE]) == ExitCode.FINDINGS
    assert exit_code_of([blocked, Outcome(exit_code=3)]) == 3, "a finding does not hide what could not be read"
    assert exit_code_of([blocked, Outcome(exit_code=5)]) == ExitCode.FAILED


def test_an_environment_with_a_dot_in_its_name_stops_no_other_one() -> None:
    dotted = Step("eu.dev", Slice("eu.dev"), Why.CHANGED, None)
    places = {"eu.prod.churn": ("eu.prod", "churn"), "eu.dev.churn": ("eu.dev", "churn")}
    assert not blocker(dotted, {"eu.prod.churn": FAILED}, places=places)
    assert blocker(dotted, {"eu.dev.churn": FAILED}, places=places)
