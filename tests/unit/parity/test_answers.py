"""An answer that nobody understands is unknown: it is never equal, and it ends neither parity nor the other reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rolecall.access.observation import Observation, Unmanaged
from rolecall.access.ways import Ways
from rolecall.parity.compare import compare
from rolecall.parity.report import FindingKind
from rolecall.systems.registry import BY_NAME
from tests.support.contracts import CONTRACT, compiled

ERRORS = [KeyError("displayName"), IndexError(0), TypeError("x"), AttributeError("get"), ValueError("int")]


@pytest.mark.parametrize("error", ERRORS, ids=lambda one: type(one).__name__)
def test_a_system_whose_answer_has_another_structure_is_unknown(tmp_path: Path, error: Exception) -> None:
    def observe(*_: object) -> Observation:
        raise error

    report = compare(compiled(tmp_path, CONTRACT), ["dev"], [replace(BY_NAME["databricks"], observe=observe)])
    assert report.exit_code == 3
    unknown = [one for one in report.findings if one.kind is FindingKind.UNKNOWN]
    assert [one.system for one in unknown] == ["databricks"]
    assert "Error" not in unknown[0].live, "no words of Python"


def test_what_was_read_before_a_damaged_item_is_kept() -> None:
    def read() -> Iterator[Unmanaged]:
        yield Unmanaged("job a")
        raise KeyError("job_id")

    ways = Ways()
    ways.collect("jobs in workspace nonprod", read)
    assert [one.thing for one in ways.found] == ["job a"]
    assert ways.refused == [
        "jobs in workspace nonprod: the answer about jobs in workspace nonprod has no field 'job_id'"
    ]
