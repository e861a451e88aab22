"""Ends engines in which nothing happens because a host does not answer.

The Databricks provider polls a host that does not answer for 20 minutes before it uses it, and each request for five,
one after the other: https://github.com/databricks/databricks-sdk-go (config/host_metadata.go, retries/retries.go).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Protocol, Self

from rolecall.errors import explained
from rolecall.systems.reachability import ONE_TRY, Host, Probe, Silence, error_of, probe

# Parts of the bound: after how much silence a stack's hosts are asked, and for how long one has to be down.
ASK_AFTER, DOWN_FOR = 1 / 3, 1 / 2
# Looks within the bound, and the shortest and longest pause between two, in seconds.
LOOKS, SHORTEST, LONGEST = 12, 0.2, 5.0


class Engines(Protocol):
    """The engines that run."""

    def activity(self) -> dict[str, float]:
        """Return when something happened last in each stack that runs, on the monotonic clock."""
        ...

    def stop(self, stack: str, reason: str) -> None:
        """End a stack's engine, which has failed for a reason."""
        ...


class HostWatch:
    """Watches the engines for the length of a `with` block.

    Args:
        engines: the engines.
        hosts: the hosts that each stack uses.
        bound: seconds in which nothing may happen while a host is down.
        ask: asks a host once.
        clock: returns seconds, as the engines' activity has them.
    """

    def __init__(
        self,
        engines: Engines,
        hosts: Mapping[str, Sequence[Host]],
        bound: float,
        *,
        ask: Probe = probe,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engines, self._hosts, self._bound = engines, hosts, bound
        self._ask, self._clock = ask, clock
        self._down: dict[Host, tuple[float, Silence]] = {}
        self._over = threading.Event()
        # A daemon: it may be in the middle of a question when the run is over.
        self._thread = threading.Thread(target=self._watch, daemon=True, name="host watch")

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""
        self._over.set()

    def look(self) -> None:
        """Ask the hosts of stacks in which nothing happens, and end those whose host is down for too long."""
        began = self._clock()
        silent = {
            stack: last
            for stack, last in self._engines.activity().items()
            if began - last >= self._bound * ASK_AFTER and stack in self._hosts
        }
        if not silent:
            self._down.clear()
            return
        hosts = sorted({host for stack in silent for host in self._hosts[stack]})
        seconds = min(ONE_TRY, self._bound * ASK_AFTER)
        with ThreadPoolExecutor(max(1, len(hosts))) as pool:
            answers = dict(zip(hosts, pool.map(lambda host: self._ask(host, seconds), hosts), strict=True))
        self._down = {
            host: (self._down[host][0] if host in self._down else began, silence)
            for host, silence in answers.items()
            if silence is not None
        }
        now = self._clock()
        for stack, last in silent.items():
            for host in self._hosts[stack]:
                since, silence = self._down.get(host, (now, None))
                if silence and now - last >= self._bound and now - since >= self._bound * DOWN_FOR:
                    self._engines.stop(stack, explained(error_of(host, silence)))
                    break

    def _watch(self) -> None:
        pause = min(LONGEST, max(SHORTEST, self._bound / LOOKS))
        while not self._over.wait(pause):
            self.look()
