"""Injected faults: a plan lists which requests fail, how, and how often."""

from __future__ import annotations

import asyncio
import fnmatch
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

FaultKind = Literal[
    "status",  # answer with a status instead of doing anything
    "answer-lost",  # do it, then answer with a status as if it had failed
    "connection-reset",  # do it, then close the connection in the middle of the answer
    "late-answer",  # do it, then wait before the answer
    "latency",  # wait before the answer
    "blocked",  # wait until the plan is replaced, then do it
    "stale-read",  # answer a read as it was before the last write
    "truncated-page",  # leave out the last item of a list, and every following page
    "empty-list",  # answer a list with nothing in it
    "repeated-page",  # answer a following page with the first one
    "wrong-token",  # take the token for an unknown one
    "pace",  # answer 429 to what comes faster than so many requests a second
]


class UnknownFault(ValueError):
    """A plan asks for what does not exist."""


@dataclass
class Fault:
    """One sort of fault.

    Attributes:
        kind: what goes wrong.
        method: HTTP method, `*` for any, or `write` for any that changes something.
        path: pattern of the path; `*` matches anything.
        times: how many requests it still meets; -1 for all.
        skip: how many matching requests pass before it begins.
        status: HTTP status for `status` and `answer-lost`.
        retry_after: seconds for the header Retry-After; none when not given.
        seconds: how long `latency` and `late-answer` wait.
        per_second: how many requests a second `pace` admits; `times` does not count for it.
        met: how many requests it has met.
    """

    kind: FaultKind
    method: str = "*"
    path: str = "*"
    times: int = 1
    skip: int = 0
    status: int = 503
    retry_after: int | None = None
    seconds: float = 0.0
    per_second: int = 0
    met: int = 0

    def matches(self, method: str, path: str) -> bool:
        """Return whether a request is meant."""
        writes = self.method == "write" and method in ("POST", "PUT", "PATCH", "DELETE")
        return (writes or self.method in ("*", method)) and fnmatch.fnmatchcase(path, self.path)


class FaultPlan:
    """The faults that are still to come, in their order."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.faults: list[Fault] = []
        self._replaced = asyncio.Event()
        self._clock = clock
        self._passed: dict[int, deque[float]] = {}

    def replace(self, described: list[dict[str, Any]]) -> None:
        """Take a new plan.

        Raises:
            UnknownFault: a fault has an unknown kind or field.
        """
        known = {field.name for field in fields(Fault)}
        for entry in described:
            if entry.get("kind") not in get_args(FaultKind):
                raise UnknownFault(f"kind {entry.get('kind')!r}; known are {', '.join(get_args(FaultKind))}")
            if unknown := entry.keys() - known:
                raise UnknownFault(f"field {sorted(unknown)[0]!r}; known are {', '.join(sorted(known))}")
        self.faults = [Fault(**entry) for entry in described]
        self._passed.clear()
        self._replaced.set()
        self._replaced = asyncio.Event()

    async def replaced(self) -> None:
        """Wait until another plan replaces this one."""
        await self._replaced.wait()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that meets a request, if any, and count it."""
        for fault in self.faults:
            if fault.times == 0 or not fault.matches(method, path):
                continue
            if fault.kind == "pace" and self._passes(fault):
                continue
            if fault.kind == "pace":
                fault.met += 1
                return fault
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.times > 0:
                fault.times -= 1
            fault.met += 1
            return fault
        return None

    def _passes(self, fault: Fault) -> bool:
        """Return whether a request is within a pace, and count it if it is."""
        now, passed = self._clock(), self._passed.setdefault(id(fault), deque())
        while passed and passed[0] <= now - 1:
            passed.popleft()
        if len(passed) >= fault.per_second:
            return False
        passed.append(now)
        return True

    def describe(self) -> list[dict[str, Any]]:
        """Return the plan as it stands."""
        return [asdict(fault) for fault in self.faults]
