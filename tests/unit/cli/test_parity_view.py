"""What `rolecall parity` says when a system cannot be read."""

from __future__ import annotations

import pytest

from rolecall.console import parity
from rolecall.console.output import out
from rolecall.parity.report import Finding, FindingKind, Report, SystemSummary


def test_a_system_that_does_not_answer_is_unknown_and_no_drift_to_repair(capsys: pytest.CaptureFixture[str]) -> None:
    reason = "the account does not answer. Check the address."
    summary = SystemSummary("databricks", 0, 0, 0, 0, 0.0, reason)
    unknown = Finding("databricks", FindingKind.UNKNOWN, None, "", "", reason)
    with out.capture() as captured:
        parity.show_report(Report((summary,), (unknown,)))
    told = captured.get() + capsys.readouterr().out
    assert reason in told
    assert "nothing is concluded" in told
    assert "repairs drift" not in told
    assert "object" not in told, "no empty table"
