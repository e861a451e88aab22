"""Delay requests to stay below a vendor's rate limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pyrate_limiter import InMemoryBucket, Rate, RateItem

MILLISECONDS = 1000
# Milliseconds by which each time is taken to be longer: requests do not all take equally long to arrive, so that those
# of two times may meet at the vendor in one.
SLACK = 100


class Pace:
    """Admits a number of requests in a time, across all threads.

    The library's own `Limiter` starts a thread with an event loop for each rate, and counts a request that had to wait
    from before its admission; under load that exceeds the rate. Here, each attempt has its own timestamp.

    Args:
        rate: how many pass in how many milliseconds.
        clock: returns seconds; they only go up.
        sleep: waits for some seconds.
    """

    def __init__(
        self,
        rate: Rate,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._bucket = InMemoryBucket([Rate(rate.limit, int(rate.interval) + SLACK)])
        self._clock, self._sleep = clock, sleep
        # A waiting request keeps the lock: requests pass in the order in which they came.
        self._turn = threading.Lock()

    def wait(self) -> None:
        """Return once another request may be sent."""
        with self._turn:
            while not self._bucket.put(asked := RateItem("", int(self._clock() * MILLISECONDS))):
                left = self._bucket.waiting(asked)
                assert isinstance(left, int)
                self._sleep((left + 1) / MILLISECONDS)
            self._bucket.leak(asked.timestamp)
