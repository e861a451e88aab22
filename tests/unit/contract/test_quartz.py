"""Quartz' cron expressions: what its own parser takes and refuses."""

from __future__ import annotations

import pytest

from rolecall.contract.quartz import wrong_in


@pytest.mark.parametrize(
    "expression",
    [
        "0 0 12 * * ?",
        "0 15 10 ? * MON-FRI",
        "0 0/5 14,18 * * ?",
        "0 0-5 14 * * ? 2026",
        "0 15 10 L * ?",
        "0 15 10 L-2 * ?",
        "0 15 10 LW * ?",
        "0 15 10 15W * ?",
        "0 15 10 ? * 6L",
        "0 15 10 ? * FRI#3",
        "0 15 10 ? * 6#3 2026-2029",
        "0 11 11 11 nov ?",
        "*/10 * * * * ?",
        "0 0 22 ? * SUN,TUE-THU",
    ],
)
def test_it_is_taken(expression: str) -> None:
    assert wrong_in(expression) is None


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("0 12 * * ?", "5 fields"),
        ("0 0 12 * * ? 2026 1", "8 fields"),
        ("0 0 12 * * *", "one of them has to be"),
        ("0 0 12 ? * ?", "names no day"),
        ("60 0 12 * * ?", "'60' is no seconds"),
        ("0 0 24 * * ?", "'24' is no hours"),
        ("0 0 12 32 * ?", "'32' is no day of month"),
        ("0 0 12 * 13 ?", "'13' is no month"),
        ("0 0 12 ? * 0", "'0' is no day of week"),
        ("0 0 12 ? * MON#6", "is no day of week"),
        ("0 0 12 ? * FOO", "'FOO' is no day of week"),
        ("0 0 ? * * 1", "'?' is no hours"),
        ("0 0/0 12 * * ?", "'0/0' is no minutes"),
        ("0 0 12 * * ? 1969", "'1969' is no year"),
        ("", "0 fields"),
    ],
)
def test_it_is_refused(expression: str, why: str) -> None:
    found = wrong_in(expression)
    assert found is not None
    assert why in found
