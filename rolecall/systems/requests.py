"""Requests to a system: paced, retried, paged and counted in one place, whatever carries them.

A system has its own transport and error format; all other behaviour is shared. What may be sent
again is: reads, and writes that name their whole result (PUT, DELETE). A POST or PATCH whose answer was lost is not: it
ends in `AnswerLost`, and who sent it looks first whether it took effect (`once`).
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from pyrate_limiter import Duration, Rate
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    stop_when_event_set,
)

from rolecall import settings
from rolecall.errors import (
    AnswerLost,
    BrokenList,
    ObjectMissing,
    RequestRejected,
    SystemRefused,
    SystemUnreachable,
)
from rolecall.systems.host_timeout import host_timeout
from rolecall.systems.pace import Pace

Found = TypeVar("Found")
Json = dict[str, Any]

UNAUTHORIZED, FORBIDDEN, MISSING, TOO_MANY = 401, 403, 404, 429
UNAVAILABLE = (500, 502, 503, 504)
# A header `Accept` of requests whose answer is no JSON.
PLAIN_TEXT = "text/plain"
REPEATABLE = ("GET", "PUT", "DELETE")
# Seconds: the first and the longest wait between two tries without a hint.
FIRST_WAIT, LONGEST_WAIT = 0.25, 15.0
# Seconds until an attempt must end if a system refuses, or is unavailable.
QUICK = 0.5
NO_ANSWER = (
    f"Nothing more was sent; run it again when the system answers. {settings.HOST_TIMEOUT.name} limits the wait."
)


@dataclass(frozen=True)
class Request:
    """One request; `path` may be a whole address, as links to a next page are. A body that is no JSON is `text`.

    Some lists are asked for with POST: what only `reads` may be sent again, as GET may.
    """

    method: str
    path: str
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: Json | list[Json] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    reads: bool = False

    @property
    def is_repeatable(self) -> bool:
        """Whether it is idempotent."""
        return self.reads or self.method in REPEATABLE


@dataclass(frozen=True)
class Answer:
    """What came back: `body` is the JSON that was in it, or None; names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: Any


class ConnectionLost(Exception):
    """No answer came back, or it broke off."""


class NotSent(ConnectionLost):
    """The system gave no token in time; the request itself was not sent."""


class Transport(Protocol):
    """What carries one request to a system, signed in."""

    def send(self, request: Request) -> Answer:
        """Return the answer, whatever its status.

        Raises:
            ConnectionLost: there was none.
            SystemRefused: no way to sign in works.
        """
        ...


class _Again(Exception):
    """The request may be sent again, after some seconds if the system said so.

    Attributes:
        why: what happened.
        after: the seconds that the system asks to wait; None where it asks for none.
        sent: it was sent, and may have taken effect.
        silent: no answer came, or only that the system is unavailable.
        seconds: how long the try took.
    """

    seconds = 0.0

    def __init__(self, why: str, after: float | None, *, sent: bool, silent: bool = True) -> None:
        super().__init__(why)
        self.why = why
        self.after = after
        self.sent = sent
        self.silent = silent


@dataclass(frozen=True)
class _GaveUp:
    """When a request was given up, why, and how many seconds its last try took."""

    at: float
    why: str
    seconds: float


class Requests:
    """Sends requests to one system.

    Args:
        name: the system as messages call it.
        transport: what carries a request.
        pace: the name and the rate of the vendor's limit that a request counts towards.
        error_of: returns the code and the message of a refusal's body.
        how_to_sign_in: what to do when the system refuses the caller.
    """

    def __init__(
        self,
        name: str,
        transport: Transport,
        *,
        pace: Callable[[Request], tuple[str, Rate]],
        error_of: Callable[[Any], tuple[str, str]],
        how_to_sign_in: str,
    ) -> None:
        self.name = name
        self.calls = 0
        self.cancelled = threading.Event()
        self._transport = transport
        self._pace = pace
        self._paces: dict[str, Pace] = {}
        self._lock = threading.Lock()
        self._error_of = error_of
        self._how_to_sign_in = how_to_sign_in
        self._gave_up: _GaveUp | None = None

    def send(self, request: Request) -> Answer:
        """Return the answer to a request, tried again where that is safe.

        Raises:
            ObjectMissing: there is no such object.
            RequestRejected: the system says that the request is wrong.
            SystemRefused: the system does not know the caller, or does not let it do this.
            AnswerLost: a write was sent that must not be sent again blindly, and its answer was lost.
            SystemUnreachable: the system did not answer in time.
        """
        stop = stop_after_delay(retry_seconds()) | stop_when_event_set(self.cancelled)
        if self._one_try():
            stop |= stop_after_attempt(1)
        retrying = Retrying(
            retry=retry_if_exception_type(_Again),
            wait=_wait,
            stop=stop,
            sleep=self._pause,
            reraise=True,
        )
        try:
            answer = retrying(self._try, request)
            self._gave_up = None
            return answer
        except _Again as error:
            if error.silent and not self.cancelled.is_set():
                self._gave_up = _GaveUp(time.monotonic(), error.why, error.seconds)
            shown = f"{request.method} {request.path.partition('?')[0]}"
            if error.sent and not request.is_repeatable:
                what = f"{self.name} lost the answer to {shown}: {error.why}"
                raise AnswerLost(
                    what, "The next run checks whether it took effect, and continues from there."
                ) from error
            how = NO_ANSWER
            raise SystemUnreachable(f"{self._shown} does not answer {shown}: {error.why}", how) from error

    def get(self, path: str, **query: str | int) -> Any:
        """Return the body that a path answers; errors as those of `send`."""
        return self.send(Request("GET", path, query)).body

    def once(self, find: Callable[[], Found | None], request: Request, made: Callable[[Answer], Found]) -> Found:
        """Create something exactly once: where the answer is lost, look for it before sending again.

        Args:
            find: looks for what the request makes; None when it is not there.
            request: what makes it.
            made: takes it from the answer.
        """
        deadline = time.monotonic() + retry_seconds()
        while True:
            try:
                return made(self.send(request))
            except AnswerLost:
                # What was made may take a moment to be seen: look a few times before it counts as not made.
                found = self.poll_until(find, lambda one: one is not None, seconds=LONGEST_WAIT / 5)
                if found is not None:
                    return found
                if time.monotonic() > deadline:
                    raise

    def poll_until(self, look: Callable[[], Found], seen: Callable[[Found], bool], *, seconds: float) -> Found:
        """Poll until a condition is met or the time is over; return the last result."""
        deadline, pause = time.monotonic() + seconds, FIRST_WAIT
        while True:
            found = look()
            if seen(found) or time.monotonic() + pause > deadline or self.cancelled.wait(pause):
                return found
            pause = min(pause * 2, LONGEST_WAIT)

    def pages(
        self,
        first: Request,
        items: Callable[[Answer], list[Json]],
        following: Callable[[Answer], Request | None],
        key: Callable[[Json], str],
    ) -> Iterator[Json]:
        """Yield all items of a list that comes in pages.

        Raises:
            BrokenList: an item came twice, which is what a page that is repeated looks like.
        """
        seen: set[str] = set()
        request: Request | None = first
        while request is not None:
            answer = self.send(request)
            for item in items(answer):
                if key(item) in seen:
                    raise self.broken(f"{key(item)} came twice in {first.path}")
                seen.add(key(item))
                yield item
            request = following(answer)

    def broken(self, what: str) -> BrokenList:
        """Return the error for a list that cannot be whole."""
        return BrokenList(f"{self.name} answers a broken list: {what}", "Nothing is concluded from it; run it again.")

    def _one_try(self) -> bool:
        """Return whether a request is tried only once: another one has just waited in vain for all of the time.

        Hundreds may follow it. One try finds out that the system is back; where no answer came at all, it would take
        as long as the first request did, and is not made.

        Raises:
            SystemUnreachable: the system has not answered another request.
        """
        gave_up = self._gave_up
        if gave_up is None or time.monotonic() - gave_up.at >= retry_seconds():
            return False
        if gave_up.seconds > QUICK:
            how = NO_ANSWER
            raise SystemUnreachable(f"{self._shown} does not answer: {gave_up.why}", how)
        return True

    @property
    def _shown(self) -> str:
        """The system with its address, where the transport has one."""
        address = getattr(self._transport, "address", "")
        return f"{self.name} ({address})" if address and address not in self.name else self.name

    def _pause(self, seconds: float) -> None:
        self.cancelled.wait(seconds)

    def _try(self, request: Request) -> Answer:
        self._pace_of(request).wait()
        began = time.monotonic()
        try:
            return self._answered(request)
        except _Again as again:
            again.seconds = time.monotonic() - began
            raise

    def _answered(self, request: Request) -> Answer:
        try:
            answer = self._transport.send(request)
        except NotSent as error:
            raise _Again(str(error), None, sent=False) from error
        except ConnectionLost as error:
            self._give_up_or_repeat(request, str(error))
            raise _Again(str(error), None, sent=True) from error
        if answer.status < 400:
            return answer
        code, message = self._error_of(answer.body)
        if answer.status == TOO_MANY:
            raise _Again("it limits requests (429)", _hinted(answer), sent=False, silent=False)
        if answer.status in UNAVAILABLE:
            why = f"{answer.status} {message}"
            self._give_up_or_repeat(request, why)
            raise _Again(why, _hinted(answer), sent=True)
        if answer.status in (UNAUTHORIZED, FORBIDDEN):
            raise SystemRefused(f"{self.name} refuses {request.method} {request.path}: {message}", self._how_to_sign_in)
        what = f"{self.name} rejects {request.method} {request.path}: {message}"
        if answer.status == MISSING:
            raise ObjectMissing(what, status=answer.status, code=code)
        raise RequestRejected(what, status=answer.status, code=code)

    def _pace_of(self, request: Request) -> Pace:
        """Return what holds back requests of a kind; ROLECALL_RATE_LIMIT, a number a second, takes its place."""
        name, rate = self._pace(request)
        if own := settings.RATE_LIMIT.read():
            name, rate = "", Rate(own, Duration.SECOND)
        with self._lock:
            self.calls += 1
            if name not in self._paces:
                self._paces[name] = Pace(rate)
            return self._paces[name]

    def _give_up_or_repeat(self, request: Request, why: str) -> None:
        if not request.is_repeatable:
            what = f"{self.name} lost the answer to {request.method} {request.path.partition('?')[0]}: {why}"
            raise AnswerLost(what, "The next run checks whether it took effect, and continues from there.")


def retry_seconds() -> float:
    """Return for how many seconds one request is tried: ROLECALL_RETRY_SECONDS, else ROLECALL_HOST_TIMEOUT."""
    own = settings.RETRY_SECONDS.read()
    return own if own is not None else host_timeout()


def _wait(state: RetryCallState) -> float:
    """Return the seconds before the next try: the system's own value, or an exponential back-off with jitter."""
    error = state.outcome.exception() if state.outcome else None
    hinted = error.after if isinstance(error, _Again) else None
    jitter = random.uniform(0.5, 1.0)  # noqa: S311 - no secret depends on it
    if hinted is not None:
        return hinted + jitter * FIRST_WAIT
    return float(min(LONGEST_WAIT, FIRST_WAIT * 2**state.attempt_number)) * jitter


def _hinted(answer: Answer) -> float | None:
    """Return the seconds to wait that a system's answer names (RFC 9110, section 10.2.3; Okta: X-Rate-Limit-Reset)."""
    if after := answer.headers.get("retry-after", ""):
        return float(after) if after.replace(".", "", 1).isdigit() else None
    # Okta sends it with every answer; only where the limit is used up does it say when to come again.
    if answer.status == TOO_MANY and (reset := answer.headers.get("x-rate-limit-reset", "")).isdigit():
        return min(60.0, max(0.0, float(reset) - time.time()))
    return None
