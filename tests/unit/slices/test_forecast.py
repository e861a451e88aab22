"""How long a run takes at the systems' paces, and the quotas that it comes near."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyrate_limiter import Duration, Rate

from rolecall.contract import quotas
from rolecall.contract.quotas import Use, check_quotas, quota_uses
from rolecall.engine.planned import PlannedChange
from rolecall.slices.forecast import forecast, in_words, system_of
from rolecall.systems.registry import SYSTEMS
from tests.support.contracts import load

JOB, GROUP = "databricks:index/job:Job", "rolecall:okta:Group"


def changes(token: str, operation: str, number: int) -> list[PlannedChange]:
    return [PlannedChange(operation, token, f"x{one}") for one in range(number)]


def test_writes_are_counted_by_system_and_divided_by_its_pace(tmp_path: Path) -> None:
    paces = {"databricks": Rate(2, Duration.SECOND), "okta": Rate(60, Duration.MINUTE)}
    planned = [*changes(JOB, "create", 10), *changes(JOB, "replace", 5), *changes(GROUP, "update", 30)]
    planned += changes(JOB, "import", 100)
    found = forecast(planned, load(tmp_path).contract, paces.get)
    assert found.writes == {"databricks": 20, "okta": 30}
    assert found.seconds == {"databricks": 10.0, "okta": 30.0}
    assert found.sentences() == ["50 writes (Databricks 20, Okta 30), about 30 s"]
    assert found.to_json()["writes"] == found.writes


def test_a_system_without_a_pace_is_named(tmp_path: Path) -> None:
    found = forecast(changes("rolecall:other:Thing", "create", 1), load(tmp_path).contract, lambda name: None)
    assert found.sentences() == ["1 write, about 1 s, and what other needs"]


def test_nothing_to_do_needs_nothing(tmp_path: Path) -> None:
    assert forecast([], load(tmp_path).contract).sentences() == []


def test_a_quota_that_is_nearly_used_up_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load(tmp_path)
    contract = loaded.contract
    uses = {(one.noun, one.holder): (one.number, one.most) for one in quota_uses(contract)}
    assert uses["groups", "the account"] == (3, 5_000)
    assert uses["jobs", "workspace prod"] == (1, 10_000)
    monkeypatch.setattr(quotas, "MOST_GROUPS", 3)
    assert forecast([], contract).sentences() == ["3 of 3 groups of the account"]
    assert not [*check_quotas(contract, loaded.places)]
    monkeypatch.setattr(quotas, "MOST_GROUPS", 2)
    assert [one.id for one in check_quotas(contract, loaded.places)] == ["quota-exceeded"]
    assert str(Use("groups", "the account", 4_870, 5_000)) == "4,870 of 5,000 groups of the account"


def test_every_installed_system_has_a_pace() -> None:
    for spec in SYSTEMS:
        assert spec.pace is not None, spec.name
        assert isinstance(spec.pace(), Rate)


@pytest.mark.parametrize(
    ("token", "name"), [(JOB, "databricks"), (GROUP, "okta"), ("rolecall:databricks:X", "databricks")]
)
def test_the_system_of_a_type(token: str, name: str) -> None:
    assert system_of(token) == name


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "1 s"), (59.4, "59 s"), (160, "2 min 40 s"), (120, "2 min"), (3_700, "1 h 1 min")]
)
def test_lengths_of_time_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
