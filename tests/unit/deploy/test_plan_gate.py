"""A run that would do anything else than what was reviewed, or planned, is refused with the difference named."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rolecall.attestations.statement import read_plain, read_statement, write_plain, write_statement
from rolecall.console.plan_files import planned
from rolecall.contract.environment_variables import EnvironmentValues
from rolecall.deploy.plan_gate import LISTED, Gate
from rolecall.deploy.plan_record import (
    PLAN,
    REVIEW,
    Inputs,
    PlanRecord,
    access_rows,
    folder_digest,
    inputs_of,
    step_rows,
)
from rolecall.deploy.session import Previewed
from rolecall.engine.events import Outcome
from rolecall.engine.planned import PlannedChange, PropertyChange
from rolecall.errors import AttestationRefused, NotReviewed, UsageError
from rolecall.slices.access_changes import AccessChange
from rolecall.systems.databricks.lookups import Lookups
from tests.support.contracts import compiled
from tests.support.signing import key_files

INPUTS = Inputs(
    organization="acme",
    account_id="7c0ffee0",
    contract="a" * 64,
    values="b" * 64,
    packs={"guardrails": "c" * 64},
    exemptions="d" * 64,
)
JOB = PlannedChange("update", "databricks:index/job:Job", "churn-train", properties=(PropertyChange("name", "a", "b"),))
LIST = PlannedChange("create", "databricks:index/permissions:Permissions", "churn-train", digest="1")
GAIN = AccessChange("analysts", "job churn/train in dev", "dev", "CAN_VIEW", "CAN_MANAGE_RUN")
LOSS = AccessChange("analysts", "job churn/train in prod", "prod", "CAN_VIEW", "")


def previews(*changes: PlannedChange) -> dict[str, Outcome]:
    return {"dev.churn": Outcome(preview=True, resource_changes=[*changes])}


def record(**more: Any) -> PlanRecord:
    content: dict[str, Any] = {
        "made_at": datetime(2026, 11, 20, tzinfo=UTC),
        "commit": None,
        "inputs": INPUTS,
        "access": tuple(access_rows([GAIN, LOSS])),
        "steps": tuple(step_rows(previews(JOB, LIST))),
        "states": {"dev.churn": "e" * 64},
    }
    return PlanRecord(**{**content, **more})


def gate(*, exact: bool = False, **more: Any) -> Gate:
    return Gate(record(**more), "reviewed.json", exact, INPUTS, {"dev.churn": "e" * 64})


def found(outcomes: dict[str, Outcome], *access: AccessChange, drifted: tuple[str, ...] = ()) -> Previewed:
    return Previewed(outcomes, access, frozenset(drifted))


def session(*, refresh: bool = False, lookups: Lookups | None = None) -> Any:
    contract = SimpleNamespace(environments={}, projects={})
    return SimpleNamespace(
        deployment=SimpleNamespace(refresh=refresh),
        lookups=lookups or Lookups(),
        compiled=SimpleNamespace(contract=contract, loaded=SimpleNamespace(values=EnvironmentValues())),
        states=SimpleNamespace(read_if_whole=lambda stack: None),
        asks_outside=lambda one: False,
        today=date(2026, 11, 20),
    )


@pytest.mark.parametrize("exact", [True, False])
def test_what_was_reviewed_is_admitted(exact: bool) -> None:
    gate(exact=exact).check_start(session())
    gate(exact=exact).check(session(), found(previews(LIST, JOB), LOSS, GAIN))


def test_less_than_was_reviewed_is_admitted_and_less_than_was_planned_is_not() -> None:
    gate().check(session(), found(previews(JOB), GAIN))
    gate().check(session(), found({}))
    with pytest.raises(NotReviewed, match=r"no longer: create Permissions churn-train \(dev.churn\)"):
        gate(exact=True).check(session(), found(previews(JOB), GAIN, LOSS))
    with pytest.raises(NotReviewed, match="no longer: analysts on job churn/train in prod"):
        gate(exact=True).check(session(), found(previews(JOB, LIST), GAIN))


MORE: list[tuple[tuple[PlannedChange, ...], tuple[AccessChange, ...], str]] = [
    ((JOB, LIST), (GAIN, replace(GAIN, subject="mallory")), "access: mallory on job churn/train in dev"),
    ((JOB, LIST), (replace(GAIN, after="CAN_MANAGE"),), "CAN_VIEW → CAN_MANAGE"),
    ((JOB, LIST), (replace(GAIN, before=""),), "nothing → CAN_MANAGE_RUN"),
    ((JOB, LIST), (GAIN, GAIN), "access: analysts on job churn/train in dev"),
    ((replace(JOB, operation="replace"),), (), r"replace Job churn-train \(dev.churn\): name"),
    ((replace(JOB, operation="delete"),), (), "delete Job"),
    ((replace(JOB, name="other"),), (), "update Job other"),
    ((replace(JOB, properties=(PropertyChange("tags", "a", "b"),)),), (), ": tags"),
    # The same paths with other values.
    ((replace(LIST, digest="2"),), (), "create Permissions"),
]


@pytest.mark.parametrize(("changes", "access", "named"), MORE)
@pytest.mark.parametrize("exact", [True, False])
def test_more_or_something_else_is_refused_and_named(
    changes: tuple[PlannedChange, ...], access: tuple[AccessChange, ...], named: str, exact: bool
) -> None:
    with pytest.raises(NotReviewed, match=named) as caught:
        gate(exact=exact).check(session(), found(previews(*changes), *access))
    assert "reviewed.json" in caught.value.what
    assert "Nothing was changed." in caught.value.how_to_go_on


def test_the_same_change_in_another_stack_is_another_one() -> None:
    with pytest.raises(NotReviewed, match=r"\(prod.churn\)"):
        gate().check(session(), found({"prod.churn": previews(JOB)["dev.churn"]}))


OTHER: list[tuple[dict[str, Any], str]] = [
    ({"organization": "initech"}, "the organization is initech, it was acme"),
    ({"account_id": "x"}, "the account is x, it was 7c0ffee0"),
    ({"contract": "f" * 64}, "the contract is another one"),
    ({"values": "f" * 64}, "variables of the contract have other values"),
    ({"packs": {}}, "policy pack guardrails does not judge this run"),
    ({"packs": {"guardrails": "f" * 64}}, "policy pack guardrails has changed"),
    ({"exemptions": ""}, "the exemptions from policies have changed"),
]


@pytest.mark.parametrize(("change", "named"), OTHER)
@pytest.mark.parametrize("exact", [True, False])
def test_other_inputs_are_refused(change: dict[str, Any], named: str, exact: bool) -> None:
    other = replace(gate(exact=exact), inputs=INPUTS.model_copy(update=change))
    with pytest.raises(NotReviewed, match=named):
        other.check_start(session())


def test_another_pack_may_judge_as_well() -> None:
    packs = {**INPUTS.packs, "cost": "f" * 64}
    replace(gate(), inputs=INPUTS.model_copy(update={"packs": packs})).check_start(session())


@pytest.mark.parametrize("now", [{}, {"dev.churn": ""}, {"dev.churn": "f" * 64}])
def test_a_plan_is_of_the_states_that_it_was_made_from(now: dict[str, str]) -> None:
    with pytest.raises(NotReviewed, match=r"the state of stack dev.churn has changed"):
        replace(gate(exact=True), states=now).check_start(session())
    replace(gate(), states=now).check_start(session())


def test_a_plan_of_another_version_of_rolecall_is_refused() -> None:
    with pytest.raises(NotReviewed, match=r"the plan was written by 0\.0\.1"):
        gate(exact=True, rolecall="0.0.1").check_start(session())
    gate(rolecall="0.0.1").check_start(session())


@pytest.mark.parametrize("missing", ["steps", "access"])
def test_a_plan_without_steps_or_access_admits_nothing(missing: str) -> None:
    """Only a review may have previewed nothing."""
    with pytest.raises(NotReviewed, match="lists no steps"):
        gate(exact=True, **{missing: None}).check(session(), found(previews(JOB), GAIN))


def test_a_plan_without_a_digest_of_the_values_is_of_other_values() -> None:
    without = INPUTS.model_copy(update={"values": ""})
    with pytest.raises(NotReviewed, match="variables of the contract have other values"):
        gate(exact=True, inputs=without).check_start(session())
    gate(inputs=without).check_start(session())


ALTERATIONS: list[dict[str, Any]] = [
    {"steps": None},
    {"access": None},
    {"steps": []},
    {"states": {}},
    {"inputs": INPUTS.model_copy(update={"packs": {}}).model_dump(mode="json")},
    {"inputs": INPUTS.model_copy(update={"exemptions": ""}).model_dump(mode="json")},
]


@pytest.mark.parametrize("change", ALTERATIONS)
def test_an_altered_plan_is_not_read(tmp_path: Path, change: dict[str, Any]) -> None:
    file, statement = tmp_path / "plan.json", record().statement(PLAN)
    write_plain(file, statement)
    planned(file, None)
    write_plain(file, replace(statement, predicate={**statement.predicate, **change}))
    with pytest.raises(AttestationRefused, match="is not as it was signed"):
        planned(file, None)


def test_a_plan_that_lists_nothing_is_not_read_whatever_its_digests(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    write_plain(file, record(steps=None, access=None).statement(PLAN))
    with pytest.raises(AttestationRefused, match="lists its steps"):
        planned(file, None)


@pytest.mark.parametrize("pack", ["/elsewhere/mine", "../mine", "packs/link", ".git/mine"])
def test_an_unsigned_plan_runs_no_code_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: str
) -> None:
    """A pack is a program: an edited plan would run it as the deployer's user."""
    root, keys = tmp_path / "repository", key_files(tmp_path)
    for folder in (root / ".git" / "mine", root / "packs" / "mine", tmp_path / "mine"):
        folder.mkdir(parents=True)
    (root / "packs" / "link").symlink_to(tmp_path / "mine")
    monkeypatch.chdir(root)
    file = root / "plan.json"
    write_plain(file, record(named_packs=("packs/mine", "rolecall:guardrails")).statement(PLAN))
    assert [*map(str, planned(file, None).packs)] == ["packs/mine", "rolecall:guardrails"]
    write_plain(file, record(named_packs=("packs/mine", pack)).statement(PLAN))
    with pytest.raises(AttestationRefused, match=f"code outside of the repository: {re.escape(pack)}$"):
        planned(file, None)
    write_statement(file, record(named_packs=(pack,)).statement(PLAN), keys.signing)
    with pytest.raises(AttestationRefused, match="no verified signature"):
        planned(file, None)
    assert planned(file, keys.public).packs == (Path(pack),)


def test_many_differences_are_counted() -> None:
    many = [replace(GAIN, subject=f"group-{number}") for number in range(LISTED + 5)]
    with pytest.raises(NotReviewed, match="and 5 more"):
        gate().check(session(), found({}, *many))


def test_a_record_is_written_and_read_again(tmp_path: Path) -> None:
    keys, file = key_files(tmp_path), tmp_path / "plan.json"
    statement = record().statement(REVIEW)
    assert {*statement.subjects} == {"contract", "plan", "policy pack guardrails", "policy-exemptions.yaml"}
    write_statement(file, statement, keys.signing)
    assert PlanRecord.model_validate(read_statement(file, keys.trusted, REVIEW).predicate) == record()
    write_plain(file, record().statement(PLAN))
    assert PlanRecord.model_validate(read_plain(file, PLAN).predicate) == record()
    for altered in (file.read_bytes()[:-1], file.read_bytes() + b" ", file.read_bytes().replace(b'"acme"', b'"acm"')):
        file.write_bytes(altered)
        if b'"acm"' not in altered:
            with pytest.raises(AttestationRefused, match="not as it was"):
                read_plain(file, PLAN)
    with pytest.raises(AttestationRefused):
        read_statement(file, keys.trusted)
    with pytest.raises(UsageError, match="cannot be read"):
        read_plain(tmp_path / "none.json", PLAN)


def test_the_subject_plan_differs_with_the_plan() -> None:
    first = record().statement(PLAN).subjects["plan"]
    assert record(access=()).statement(PLAN).subjects["plan"] != first
    assert record(states={}).statement(PLAN).subjects["plan"] != first


def test_a_pack_is_known_by_its_files(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    (pack / "rules").mkdir(parents=True)
    (pack / "PulumiPolicy.yaml").write_text("runtime: {name: python, options: {virtualenv: /here}}\nversion: 1\n")
    (pack / "rules" / "one.py").write_text("x = 1\n")
    first = folder_digest(pack)
    (pack / "__pycache__").mkdir()
    (pack / "__pycache__" / "one.pyc").write_text("x")
    (pack / "PulumiPolicy.yaml").write_text("runtime: {name: python, options: {virtualenv: /there}}\nversion: 1\n")
    assert folder_digest(pack) == first, "another machine"
    (pack / "rules" / "one.py").write_text("x = 2\n")
    assert folder_digest(pack) != first


def test_packs_of_one_name_are_kept_apart(tmp_path: Path) -> None:
    for parent in ("a", "b"):
        (tmp_path / parent / "pack").mkdir(parents=True)
        (tmp_path / parent / "pack" / "x.py").write_text(parent)
    packs = [tmp_path / "a" / "pack", tmp_path / "b" / "pack"]
    found = inputs_of(compiled(tmp_path), "a" * 64, packs, tmp_path)
    assert {*found.packs} == {"a/pack", "b/pack"}
    assert found.exemptions == ""
    (tmp_path / "policy-exemptions.yaml").write_text("[]")
    assert inputs_of(compiled(tmp_path), "a" * 64, packs, tmp_path).exemptions
