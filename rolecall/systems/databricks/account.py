"""Requests to the Databricks account, and its groups and users as they are read by many at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

from pyrate_limiter import Duration, Rate

from rolecall.systems.connections import Connection
from rolecall.systems.databricks.account_address import ACCOUNT
from rolecall.systems.databricks.signing_in import SIGN_IN
from rolecall.systems.requests import Answer, Json, Request, Requests, Transport

# Account SCIM a second: GET 20, PATCH 2, POST, PUT and DELETE 5 (databrickslabs/ucx, measured against the service).
READS, CHANGES, WRITES = Rate(20, Duration.SECOND), Rate(2, Duration.SECOND), Rate(5, Duration.SECOND)
# https://docs.databricks.com/api/account/accountgroups/list: "count: Desired number of results per page. Default 100,
# maximum 10000" (groups); the same is asked for users.
PAGE = 1000
# Seconds for which a list that was just read answers further questions of the same run.
FRESH = 2.0


def _pace(request: Request) -> tuple[str, Rate]:
    if request.method == "GET":
        return "reads", READS
    return ("changes", CHANGES) if request.method == "PATCH" else ("writes", WRITES)


def error_of(body: Any) -> tuple[str, str]:
    """Return the code and the message of a refusal."""
    if not isinstance(body, dict):
        return "", "no reason given"
    return str(body.get("error_code") or ""), str(body.get("message") or body.get("detail") or "no reason given")


def _connect() -> Requests:
    from rolecall.systems.databricks.account_transport import AccountTransport

    return requests_to(AccountTransport())


def requests_to(transport: Transport) -> Requests:
    """Return requests to the account, held to its paces."""
    return Requests("the Databricks account", transport, pace=_pace, error_of=error_of, how_to_sign_in=SIGN_IN)


account = Connection(_connect)


def scim(collection: str, account_id: str | None = None) -> str:
    """Return the path of a SCIM collection of the account: the one that is named, or that of the environment."""
    return f"/api/2.0/accounts/{account_id or ACCOUNT.address.account_id}/scim/v2/{collection}"


def every(collection: str, attributes: str) -> Iterator[Json]:
    """Yield all resources of a SCIM collection, page by page; errors as those of `every_of`."""
    yield from every_of(account(), scim(collection), attributes)


def every_of(requests: Requests, path: str, attributes: str) -> Iterator[Json]:
    """Yield all resources of a SCIM collection, page by page.

    Args:
        requests: requests to the account.
        path: the collection's path.
        attributes: what is read of each resource.

    Raises:
        BrokenList: a resource came twice, or the list is not as long as it says.
    """
    seen = 0
    total = 0

    def items(answer: Answer) -> list[Json]:
        nonlocal total
        total = int(answer.body.get("totalResults") or 0)
        found: list[Json] = answer.body.get("Resources") or []
        return found

    def following(answer: Answer) -> Request | None:
        got = len(answer.body.get("Resources") or [])
        start = int(answer.body.get("startIndex") or 1) + got
        return ask(start) if got and start <= total else None

    def ask(start: int) -> Request:
        return Request("GET", path, {"attributes": attributes, "startIndex": start, "count": PAGE})

    for resource in requests.pages(ask(1), items, following, lambda one: str(one["id"])):
        seen += 1
        yield resource
    if seen != total:
        raise requests.broken(f"{path.rpartition('/')[2]} has {seen} entries; it counts {total}")


class Recent:
    """A list that many ask for at the same moment: it is read once for all of them.

    Args:
        collection: the SCIM collection.
        attributes: what is read of each resource.
    """

    def __init__(self, collection: str, attributes: str) -> None:
        self._collection = collection
        self._attributes = attributes
        self._lock = threading.Lock()
        self._held: list[Json] = []
        self._at = float("-inf")

    def get(self, *, fresh: float = FRESH) -> list[Json]:
        """Return the resources, as they were at most some seconds ago."""
        with self._lock:
            if time.monotonic() - self._at > fresh:
                self._held = list(every(self._collection, self._attributes))
                self._at = time.monotonic()
            return self._held

    def forget(self) -> None:
        """Read again at the next query."""
        with self._lock:
            self._at = float("-inf")


groups = Recent("Groups", "id,displayName,externalId")
users = Recent("Users", "id,userName,externalId,active")
