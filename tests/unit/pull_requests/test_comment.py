"""The comment of a review: what is too long is cut and counted, and nothing breaks out of its place."""

from __future__ import annotations

import pytest

from rolecall.pull_requests.comment import Section, compose, mark_of

MARK = mark_of("contract.yaml")
HEADER = ("| who | object |", "| --- | --- |")


def table(count: int, title: str = "gains") -> Section:
    rows = tuple(f"| group-{number} | job churn/{number} |" for number in range(count))
    return Section(title, (*HEADER, *rows), "rolecall diff main..HEAD", fixed=2)


def test_what_fits_is_written_whole_and_long_parts_are_folded() -> None:
    text = compose(MARK, ["### Access"], [table(3), table(40, "losses")], 65_536)
    assert text.startswith(f"{MARK}\n### Access\n")
    assert "**gains**" in text
    assert "<details><summary>losses</summary>" in text
    assert text.count("group-39") == 1
    assert "more:" not in text


@pytest.mark.parametrize("limit", [400, 1_000, 5_000, 65_536])
@pytest.mark.parametrize("counts", [(5_000,), (1, 5_000), (5_000, 5_000, 3)])
def test_a_comment_is_never_longer_than_the_limit_and_says_what_is_missing(limit: int, counts: tuple[int, ...]) -> None:
    sections = [table(count, f"part-{number}") for number, count in enumerate(counts)]
    text = compose(MARK, ["### Äccess"], sections, limit * len(counts))
    assert len(text.encode()) <= limit * len(counts)
    shown = text.count("| group-")
    missing = sum(int(line.split()[1].replace(",", "")) for line in text.splitlines() if line.startswith("and "))
    assert shown + missing == sum(counts)
    assert text.count("<details>") == text.count("</details>")
    assert all(f"part-{number}" in text for number in range(len(counts)))


def test_a_name_ends_no_code_span() -> None:
    section = Section("gains", tuple("x" * 50 for _ in range(40)), "rolecall diff `main`..HEAD")
    assert "`rolecall diff 'main'..HEAD`" in compose(MARK, [], [section], 500)
