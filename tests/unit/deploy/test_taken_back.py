"""What a state says of former names, held against a contract that has taken a rename back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rolecall.compiled import CompiledContract
from rolecall.contract.contract import Contract
from rolecall.deploy.taken_back import with_former_names
from rolecall.engine.outdating import with_owner
from rolecall.engine.stack_state import FORMERLY, STACK, StackState, parse
from rolecall.slices.moves import wishes
from rolecall.slices.owner import owner_of
from rolecall.slices.slice import Slice
from tests.support.contracts import CONTRACT, compiled

JOB = "rolecall:databricks:Job"


def state_of(contract: Contract, one: Slice) -> StackState:
    """Return the state of a stack whose run has ended well."""
    root = {"urn": f"urn:pulumi:{one.stack}::p::{STACK}::p", "type": STACK, "outputs": owner_of(contract, one)}
    return parse({"latest": {"resources": [root]}})


def jobs_taken(now: CompiledContract, contract: Contract) -> set[tuple[str, str, str, str]]:
    """Return the jobs that stacks take over: the stack, the name in it, the stack and the name before."""
    asked = wishes(replace(now, loaded=replace(now.loaded, contract=contract)))
    jobs = [one.take_over for one in asked if one.take_over.type == JOB]
    return {(one.stack, one.name, source.stack, source.name) for one in jobs for source in one.sources}


@pytest.mark.parametrize(
    ("renamed", "place", "taken"),
    [
        (
            {"  churn:\n": "  retention:\n    renamed_from: churn\n"},
            ("dev", "retention"),
            ("dev.churn", "churn-train", "dev.retention", "retention-train"),
        ),
        (
            {"      train:\n": "      fit:\n        renamed_from: train\n"},
            ("dev", "churn"),
            ("dev.churn", "churn-train", "dev.churn", "churn-fit"),
        ),
        (
            {
                "  churn:\n": "  retention:\n    renamed_from: churn\n",
                "      train:\n": "      fit:\n        renamed_from: train\n",
            },
            ("dev", "retention"),
            ("dev.churn", "churn-train", "dev.retention", "retention-fit"),
        ),
        (
            {"  dev: {": "  test: {renamed_from: dev, ", "[dev, prod]": "[test, prod]", "[dev]": "[test]"},
            ("test", "churn"),
            ("dev.churn", "churn-train", "test.churn", "churn-train"),
        ),
    ],
    ids=["project", "job", "both", "environment"],
)
def test_what_was_renamed_goes_back(
    tmp_path: Path, renamed: dict[str, str], place: tuple[str, str], taken: tuple[str, str, str, str]
) -> None:
    text = CONTRACT
    for old, new in renamed.items():
        text = text.replace(old, new)
    later = compiled(tmp_path / "later", text)
    now = compiled(tmp_path / "now", CONTRACT)
    contract = with_former_names(now.contract, state_of(later.contract, Slice(*place)), place)
    assert taken in jobs_taken(now, contract)
    # Where the rename still stands, there is nothing to take back.
    kept = with_former_names(later.contract, state_of(later.contract, Slice(*place)), place)
    assert kept == later.contract


def test_another_project_of_the_same_shape_takes_nothing_over(tmp_path: Path) -> None:
    other = compiled(tmp_path / "other", CONTRACT.replace("  churn:\n", "  retention:\n"))
    now = compiled(tmp_path / "now", CONTRACT).contract
    assert with_former_names(now, state_of(other.contract, Slice("dev", "retention")), ("dev", "retention")) == now


@pytest.mark.parametrize(
    "broken",
    [
        {"projects": "churn"},
        {"projects": [7, None]},
        {"objects": ["job"]},
        {"objects": {"job": {"fit": "train"}}},
        {"objects": {"job": {"fit": [["churn"], ["churn", "absent"], ["absent", "train"]]}}},
        {"objects": {"no such kind": {"fit": [["churn", "train"]]}}},
    ],
)
def test_what_no_run_has_written_is_left_alone(tmp_path: Path, broken: dict[str, Any]) -> None:
    now = compiled(tmp_path, CONTRACT).contract
    root = {"urn": f"urn:pulumi:dev.x::p::{STACK}::p", "type": STACK, "outputs": {FORMERLY: broken}}
    state = parse({"latest": {"resources": [root]}})
    assert with_former_names(now, state, ("dev", "retention")) == now


def test_a_failed_run_leaves_whose_the_stack_is(tmp_path: Path) -> None:
    text = CONTRACT.replace("  churn:\n", "  retention:\n    renamed_from: churn\n")
    owner = owner_of(compiled(tmp_path, text).contract, Slice("prod", "retention"))
    root = {"urn": f"urn:pulumi:prod.retention::p::{STACK}::p", "type": STACK}
    written = with_owner(json.dumps({"checkpoint": {"latest": {"resources": [root]}}}).encode(), owner)
    assert written is not None
    state = parse(json.loads(written)["checkpoint"])
    assert (state.organization, state.slice, state.protected) == ("acme", ("prod", "retention"), True)
    assert state.formerly == {"projects": ["churn"]}
    assert with_owner(written, owner) is None, "it is not written again"
    assert with_owner(b"null", owner) is None
