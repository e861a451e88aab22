"""The contract against what is live: gains are what is live and not given, for people as well."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rolecall.access.effective import Access
from rolecall.access.graph.live_step import LiveStep
from rolecall.access.graph.nodes import Right, person
from rolecall.cli.main import app
from rolecall.compiled import CompiledContract
from rolecall.console.live_difference import exit_code_of, live_document
from rolecall.errors import ExitCode, UsageError
from rolecall.ids.ids import GroupId, LiveSubject, ObjectId, SubjectType
from rolecall.ids.verbs import Kind, Verb
from rolecall.parity.live_access import LiveAccess
from tests.support.contracts import CONTRACT, VARIABLES, compiled, write

JOB = ObjectId("prod", Kind.JOB, "churn", "train")
MEMBERS = {"analysts": frozenset({"ben@example.com"}), "engineers": frozenset({"ada@example.com"})}


@pytest.fixture
def contract(tmp_path: Path) -> CompiledContract:
    return compiled(tmp_path)


def as_given(contract: CompiledContract) -> LiveAccess:
    access: Access = {target: dict(held) for target, held in contract.access.items()}
    return LiveAccess(access, MEMBERS, (), ())


def test_equal_access_is_equivalent(contract: CompiledContract) -> None:
    report = live_document(contract, as_given(contract))
    assert report["changes"] == []
    assert [one["verdict"] for one in report["verdicts"]] == ["equivalent", "equivalent"]
    assert exit_code_of(report) == ExitCode.FINE


def test_what_is_live_and_not_given_is_a_gain_of_people_too(contract: CompiledContract) -> None:
    seen = as_given(contract)
    seen.access[JOB][GroupId("analysts")] = Verb.RUN
    report = live_document(contract, seen)
    found = {(one["subject"], one["change"], *one["before"], *one["after"]) for one in report["changes"]}
    assert found == {("analysts", "gain", "view", "run"), ("ben@example.com", "gain", "view", "run")}
    verdict = {one["environment"]: one["verdict"] for one in report["verdicts"]}
    assert verdict == {"prod": "more", "dev": "equivalent"}
    assert "live; the contract does not give it" in report["changes"][0]["path"]
    assert exit_code_of(report) == ExitCode.FINDINGS


def test_what_is_given_and_not_live_is_a_loss(contract: CompiledContract) -> None:
    seen = as_given(contract)
    del seen.access[JOB][GroupId("analysts")]
    report = live_document(contract, seen)
    assert {(one["subject"], one["change"]) for one in report["changes"]} == {
        ("analysts", "loss"),
        ("ben@example.com", "loss"),
    }
    assert "role viewer" in report["changes"][0]["path"]


def test_a_person_with_a_right_of_their_own_and_a_step_by_hand_are_gains(contract: CompiledContract) -> None:
    seen = as_given(contract)
    seen.access[JOB][LiveSubject(SubjectType.PERSON, "Mallory@example.com")] = Verb.MANAGE
    step = LiveStep(person("eve@example.com"), Right(JOB, "run"), "has a token of")
    report = live_document(contract, replace(seen, steps=(step,)))
    found = {(one["subject"], one["object"]): one["after"] for one in report["changes"]}
    assert found["mallory@example.com", "churn/train"] == ["manage"]
    assert found["eve@example.com", "churn/train"] == ["run"]


def test_what_could_not_be_read_is_never_equivalent(contract: CompiledContract) -> None:
    for seen in (
        replace(as_given(contract), unknown=("okta: no answer",)),
        replace(as_given(contract), unplaced=("x",)),
    ):
        report = live_document(contract, seen)
        assert {one["verdict"] for one in report["verdicts"]} == {"unknown"}
        assert len(report["unknown"]) == 1
        assert exit_code_of(report) == ExitCode.UNREACHABLE


@pytest.mark.parametrize(
    "arguments",
    [
        ["--environments", "dev..prod"],
        ["--environments", "dev", "prod"],
        ["--environments", "dev..prod", "contract.yaml"],
        ["contract.yaml", "--environments", "dev", "prod"],
    ],
)
def test_two_environments_are_named_in_either_form(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, CONTRACT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROLECALL_CONTRACT", str(tmp_path / "contract.yaml"))
    found = CliRunner().invoke(app, ["diff", *arguments, "--format", "json"], env={**VARIABLES}, catch_exceptions=False)
    assert found.exit_code == 1, found.output
    assert '"environments": [\n    "dev",\n    "prod"\n  ]' in found.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["--environments", "dev"],
        ["--environments", "dev.."],
        ["--environments", "dev..prod", "a.yaml", "b.yaml"],
        ["--live", "a.yaml", "b.yaml"],
        ["--live", "--environments", "dev..prod"],
    ],
)
def test_other_calls_are_refused(arguments: list[str]) -> None:
    assert isinstance(CliRunner().invoke(app, ["diff", *arguments]).exception, UsageError)
