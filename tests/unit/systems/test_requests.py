"""Requests: what is tried again, what is not, and lists that are not whole; without any server."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

import pytest
from pyrate_limiter import Duration, Rate

from rolecall.errors import AnswerLost, BrokenList, ObjectMissing, RequestRejected, SystemRefused, SystemUnreachable
from rolecall.systems import requests
from rolecall.systems.listing import ONE_BY_ONE, Listing
from rolecall.systems.requests import Answer, ConnectionLost, Request, Requests

Step = Answer | ConnectionLost


def answer(status: int = 200, body: object = None, **headers: str) -> Answer:
    return Answer(status, {key.replace("_", "-"): value for key, value in headers.items()}, body)


class Scripted:
    """Answers what a test has written down; the last of it for ever."""

    def __init__(self, *steps: Step) -> None:
        self.sent: list[Request] = []
        self._steps = itertools.chain(steps, itertools.repeat(steps[-1]))

    def send(self, request: Request) -> Answer:
        self.sent.append(request)
        step = next(self._steps)
        if isinstance(step, ConnectionLost):
            raise step
        return step


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "FIRST_WAIT", 0.001)
    monkeypatch.setenv("ROLECALL_RETRY_SECONDS", "0.2")


def made(transport: Scripted) -> Requests:
    return Requests(
        "a system",
        transport,
        pace=lambda _request: ("all", Rate(10_000, Duration.SECOND)),
        error_of=lambda body: ("code", str(body)),
        how_to_sign_in="sign in",
    )


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST", "PATCH"])
def test_too_many_requests_are_waited_for_whatever_is_sent(method: str) -> None:
    transport = Scripted(answer(429), answer(429, retry_after="0"), answer(200, {"fine": True}))
    assert made(transport).send(Request(method, "/a")).body == {"fine": True}
    assert len(transport.sent) == 3


def test_the_end_of_a_rate_limit_is_no_reason_to_wait_for_anything_else() -> None:
    later = str(int(time.time()) + 60)
    assert requests._hinted(answer(503, x_rate_limit_reset=later)) is None
    hinted = requests._hinted(answer(429, x_rate_limit_reset=later))
    assert hinted is not None
    assert 0 < hinted <= 60


@pytest.mark.parametrize("failure", [answer(503), answer(504), ConnectionLost("reset")], ids=["503", "504", "reset"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_can_be_repeated_is_repeated(method: str, failure: Step) -> None:
    transport = Scripted(failure, answer(200))
    made(transport).send(Request(method, "/a"))
    assert len(transport.sent) == 2
    with pytest.raises(SystemUnreachable, match="does not answer"):
        made(Scripted(failure)).send(Request(method, "/a"))


@pytest.mark.parametrize("failure", [answer(503), ConnectionLost("reset")], ids=["503", "reset"])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_what_cannot_be_repeated_is_looked_for_first(method: str, failure: Step) -> None:
    transport = Scripted(failure, answer(200, "second"))
    with pytest.raises(AnswerLost):
        made(transport).send(Request(method, "/a"))
    assert len(transport.sent) == 1
    transport = Scripted(failure, answer(200, "second"))
    found = made(transport).once(lambda: "found", Request(method, "/a"), lambda one: str(one.body))
    assert (found, len(transport.sent)) == ("found", 1)


def test_what_was_not_made_is_made_by_the_second_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "LONGEST_WAIT", 0.01)
    transport = Scripted(answer(503), answer(200, "second"))
    assert made(transport).once(lambda: None, Request("POST", "/a"), lambda one: str(one.body)) == "second"


@pytest.mark.parametrize(
    ("status", "kind"), [(401, SystemRefused), (403, SystemRefused), (404, ObjectMissing), (400, RequestRejected)]
)
def test_refusals_are_told_apart_and_not_repeated(status: int, kind: type[Exception]) -> None:
    transport = Scripted(answer(status, "because"))
    with pytest.raises(kind, match="because"):
        made(transport).send(Request("GET", "/a"))
    assert len(transport.sent) == 1


def pages(transport: Scripted) -> Iterator[dict[str, object]]:
    def following(one: Answer) -> Request | None:
        return Request("GET", "/list", {"page": one.headers["next"]}) if "next" in one.headers else None

    return made(transport).pages(
        Request("GET", "/list"), lambda one: list(one.body), following, lambda one: str(one["id"])
    )


def test_pages_follow_one_another() -> None:
    transport = Scripted(answer(200, [{"id": 1}, {"id": 2}], next="2"), answer(200, [{"id": 3}]))
    assert [one["id"] for one in pages(transport)] == [1, 2, 3]


def test_a_server_that_ignores_the_offset_is_found_out() -> None:
    with pytest.raises(BrokenList, match="came twice"):
        list(pages(Scripted(answer(200, [{"id": 1}], next="2"))))


def test_few_objects_are_read_one_by_one_and_many_from_the_list() -> None:
    asked: list[str] = []
    listed: list[str] = []

    def every() -> Iterator[dict[str, object]]:
        listed.append("list")
        for number in range(10):
            yield {"id": str(number)}

    def one(identity: str) -> dict[str, object] | None:
        asked.append(identity)
        return None if identity == "gone" else {"id": identity}

    listing = Listing(one, every, lambda item: str(item["id"]))
    for number in range(9):
        assert listing.get(str(number)) == {"id": str(number)}
    assert (len(asked), len(listed)) == (ONE_BY_ONE, 1)
    assert listing.get("gone") is None
    assert asked[-1] == "gone", "what the list lacks is asked for itself"
    assert listing.get("99") == {"id": "99"}, "a list that was cut off makes nothing gone"
    listing.forget()
    listing.get("1")
    assert len(listed) == 1
