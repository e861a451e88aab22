"""Requests to Prefect Cloud: to the workspace, and to the account that it belongs to."""

from __future__ import annotations

import os
from collections.abc import Iterator

from pyrate_limiter import Duration, Rate

from rolecall.plugins import Lazy
from rolecall.systems.client import Client, error_in, one_limit
from rolecall.systems.prefect.signing_in import SIGN_IN
from rolecall.systems.prefect.transport import WORKSPACES
from rolecall.systems.requests import Json, Request

# https://docs.prefect.io/v3/concepts/rate-limits: the least that any plan has is 250 requests in 30 seconds.
PACE = Rate(240, 30 * Duration.SECOND)
# https://docs.prefect.io/v3/api-ref/rest-api: the most that a page holds.
PAGE = 200


prefect = Client(
    "Prefect",
    Lazy("rolecall.systems.prefect.transport", "PrefectTransport"),
    pace=one_limit(PACE),
    error_of=error_in("", "detail", "exception_message"),
    sign_in=SIGN_IN,
)
one, remove, repeatedly = prefect.one, prefect.remove, prefect.repeatedly


def account(path: str) -> str:
    """Return the whole address of a path of the account that the workspace belongs to."""
    return os.environ.get("PREFECT_API_URL", "").partition(WORKSPACES)[0] + path


def every(path: str, body: Json | None = None) -> Iterator[Json]:
    """Yield all items of a list, page by page; Prefect's lists are asked for with POST.

    Raises:
        BrokenList: it is no list, or names something twice.
    """
    seen: set[str] = set()
    while True:
        asked = {**(body or {}), "limit": PAGE, "offset": len(seen)}
        page = prefect().send(Request("POST", path, body=asked, reads=True)).body
        for item in prefect.list_in(page, path):
            if item["id"] in seen:
                raise prefect().broken(f"{item['id']} came twice in {path}")
            seen.add(item["id"])
            yield item
        if len(page) < PAGE:
            return
