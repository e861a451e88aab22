"""Requests to Microsoft Graph, in pages and within its pace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from pyrate_limiter import Duration, Rate

from rolecall.plugins import Lazy
from rolecall.systems.client import Client
from rolecall.systems.entra.signing_in import SIGN_IN
from rolecall.systems.requests import Answer, Json, Request

# https://learn.microsoft.com/graph/throttling-limits: identity and access, writes of one application in one tenant:
# 3,000 in 150 seconds; reads are counted in units, and this pace stays well below them.
WRITES = Rate(3000, 150 * Duration.SECOND)
READS = Rate(100, Duration.SECOND)
# The most that a page holds.
PAGE = 999
# Without it, $count is refused; with it, the count is that of the whole list.
COUNTED = {"ConsistencyLevel": "eventual"}


def _pace(request: Request) -> tuple[str, Rate]:
    return ("reads", READS) if request.method == "GET" else ("writes", WRITES)


def _error_of(body: Any) -> tuple[str, str]:
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict):
        return str(error.get("code") or ""), str(error.get("message") or "no reason given")
    return str(error or ""), str(body.get("error_description") if isinstance(body, dict) else "no reason given")


graph = Client(
    "Entra ID",
    Lazy("rolecall.systems.entra.transport", "GraphTransport"),
    pace=_pace,
    error_of=_error_of,
    sign_in=SIGN_IN,
)


def every(path: str, **query: str | int) -> Iterator[Json]:
    """Yield all items of a list, page by page.

    The names of OData's parameters are given without their dollar sign. The list is compared with its own count.

    Raises:
        BrokenList: an item came twice, or the list is not as long as it says.
    """
    requests = graph()
    counted: list[int] = []
    asked = {"$top": PAGE, "$count": "true", **{f"${name}": value for name, value in query.items()}}

    def following(answer: Answer) -> Request | None:
        link = answer.body.get("@odata.nextLink")
        if not link:
            return None
        address = urlsplit(str(link))
        # The host is not taken from the answer: a token must not go where a broken answer points.
        return Request("GET", f"{address.path}?{address.query}", headers=COUNTED)

    def items(answer: Answer) -> list[Json]:
        found = graph.list_in(answer.body, path, "value")
        if answer.body.get("@odata.count") is not None:
            counted.append(int(answer.body["@odata.count"]))
        return found

    seen = 0
    first = Request("GET", path, asked, headers=COUNTED)
    for item in requests.pages(first, items, following, lambda one: str(one["id"])):
        seen += 1
        yield item
    if counted and seen != counted[0]:
        raise requests.broken(f"{path} has {seen} entries; it counts {counted[0]}")


def one(path: str, **query: str | int) -> Json | None:
    """Return an object, or None where there is none."""
    found: Json | None = graph.one(path, **{f"${name}": value for name, value in query.items()})
    return found


def seen_after_creation(path: str) -> None:
    """Wait until an object that was just made can be read: Entra's replicas take a moment (at most some seconds).

    Raises:
        BrokenList: it is still not there.
    """
    if graph().poll_until(lambda: one(path), lambda found: found is not None, seconds=30) is None:
        raise graph().broken(f"{path} was made and cannot be read yet")
