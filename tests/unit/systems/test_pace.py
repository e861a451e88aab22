"""Pace: never more in a time than the rate says, however late a thread wakes up; and nothing is left running."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st
from pyrate_limiter import Duration, Rate

from rolecall.systems.pace import Pace
from rolecall.systems.requests import Answer, Request, Requests


class _Time:
    """A clock that each sleep moves, and by more than was asked for: as on a busy machine."""

    def __init__(self, late: list[float]) -> None:
        self.now = 1000.0
        self._late = late

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds + (self._late.pop() if self._late else 0)


@given(
    limit=st.integers(1, 20),
    between=st.lists(st.floats(0, 0.4), min_size=1, max_size=120),
    late=st.lists(st.floats(0, 0.7), max_size=60),
)
def test_in_no_second_more_are_let_through_than_the_rate_says(
    limit: int, between: list[float], late: list[float]
) -> None:
    time = _Time(late)
    pace = Pace(Rate(limit, Duration.SECOND), clock=lambda: time.now, sleep=time.sleep)
    passed: list[float] = []
    for seconds in between:
        time.now += seconds
        pace.wait()
        passed.append(time.now)
    for earlier, later in zip(passed, passed[limit:], strict=False):
        assert later - earlier > 1


def test_requests_below_the_rate_do_not_wait() -> None:
    time = _Time([])
    pace = Pace(Rate(5, Duration.SECOND), clock=lambda: time.now, sleep=time.sleep)
    for _ in range(5):
        pace.wait()
    assert time.now == 1000.0


def test_many_requests_leave_no_thread_behind() -> None:
    class _Fine:
        def send(self, request: Request) -> Answer:
            return Answer(200, {}, {})

    requests = Requests(
        "a system",
        _Fine(),
        pace=lambda _request: ("all", Rate(10_000, Duration.SECOND)),
        error_of=lambda _body: ("", ""),
        how_to_sign_in="",
    )
    before = threading.active_count()
    for _ in range(100):
        requests.send(Request("GET", "/a"))
    assert threading.active_count() == before
