"""Where the names of groups cannot be read, an orchestrator that names groups is not equal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from rolecall.access.observation import Observation, System
from rolecall.errors import SystemUnreachable
from rolecall.parity.compare import compare
from rolecall.parity.report import FindingKind
from rolecall.systems.registry import BY_NAME
from tests.support.contracts import CONTRACT, compiled

TEXT = CONTRACT.replace(
    "        run_as: trainer\n", "        run_as: trainer\n        counterparts: {conductor: [dev]}\n"
)


def unreachable(*_: object) -> Mapping[str, str]:
    raise SystemUnreachable("the account does not answer", "Try again.")


def silent(name: str) -> System:
    def observe(*_: object) -> Observation:
        raise SystemUnreachable("the account does not answer", "Try again.")

    return replace(BY_NAME[name], observe=observe)


@pytest.mark.parametrize("others", [[], ["databricks"]])
def test_names_that_cannot_be_read_are_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, others: list[str]
) -> None:
    monkeypatch.setitem(compare.__globals__, "sign_on_names", unreachable)
    read = replace(BY_NAME["conductor"], observe=lambda *_: Observation())
    report = compare(compiled(tmp_path, TEXT), ["dev"], [read, *map(silent, others)])
    unknown = [one for one in report.findings if one.kind is FindingKind.UNKNOWN and one.resource == "names of groups"]
    assert report.exit_code == 3
    if others:  # The system that has the names is unknown itself, once.
        assert not unknown
        assert any(one.kind is FindingKind.UNKNOWN for one in report.findings)
    else:
        assert [(one.system, one.live) for one in unknown] == [("conductor", "the account does not answer. Try again.")]
