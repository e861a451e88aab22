"""The progress bar's estimate: none while it would be a guess, and never less than the pace so far says."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from rolecall.console.run_progress import RunProgress, left_text, remaining
from rolecall.engine.events import Outcome


@pytest.mark.parametrize(
    ("done", "total", "elapsed", "seconds"),
    [(0, 100, 10.0, None), (9, 100, 10.0, None), (10, 100, 10.0, 90.0), (50, 100, 30.0, 30.0), (100, 100, 30.0, 0.0)],
)
def test_the_seconds_that_are_left(done: int, total: int, elapsed: float, seconds: float | None) -> None:
    assert remaining(done, total, elapsed) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0.0, "about 5 s left"),
        (11.0, "about 15 s left"),
        (61.0, "about 2 min left"),
        (600.0, "about 10 min left"),
    ],
)
def test_the_estimate_in_words(seconds: float | None, text: str) -> None:
    assert left_text(seconds) == text


def left(progress: RunProgress) -> str:
    return str(progress._bar.tasks[0].fields["left"])


def test_a_stack_whose_size_is_not_known_has_no_estimate() -> None:
    now = [0.0]
    progress = RunProgress(Console(file=io.StringIO()), lambda: now[0])
    progress.expect("dev.churn", 40)
    now[0] = 20.0
    progress.progress("dev.churn", 20)
    assert left(progress) == "about 20 s left"
    progress.expect("dev.fraud", 1)
    assert left(progress) == "", "a new stack: nobody knows how large it is"
    progress.progress("dev.fraud", 7)
    progress.finished("dev.fraud", Outcome(changes={}))
    assert left(progress) != ""
    progress.progress("dev.churn", 41)
    assert left(progress) == "", "it is larger than its state said"
