"""Requests to Prefect Cloud: to the workspace, and to the account that it belongs to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from pyrate_limiter import Duration, Rate

from rolecall.errors import AnswerLost, ObjectMissing
from rolecall.systems.connections import Connection
from rolecall.systems.prefect.signing_in import SIGN_IN
from rolecall.systems.prefect.transport import WORKSPACES
from rolecall.systems.requests import Answer, Json, Request, Requests

# https://docs.prefect.io/v3/concepts/rate-limits: the least that any plan has is 250 requests in 30 seconds.
PACE = Rate(240, 30 * Duration.SECOND)
# https://docs.prefect.io/v3/api-ref/rest-api: the most that a page holds.
PAGE = 200


def _pace(request: Request) -> tuple[str, Rate]:
    return "all", PACE


def _error_of(body: Any) -> tuple[str, str]:
    if not isinstance(body, dict):
        return "", "no reason given"
    return "", str(body.get("detail") or body.get("exception_message") or "no reason given")


def _connect() -> Requests:
    from rolecall.systems.prefect.transport import PrefectTransport

    return Requests("Prefect", PrefectTransport(), pace=_pace, error_of=_error_of, how_to_sign_in=SIGN_IN)


prefect = Connection(_connect)


def account(path: str) -> str:
    """Return the whole address of a path of the account that the workspace belongs to."""
    return os.environ.get("PREFECT_API_URL", "").partition(WORKSPACES)[0] + path


def one(path: str) -> Any:
    """Return an object, or None where it is gone."""
    try:
        return prefect().get(path)
    except ObjectMissing:
        return None


def every(path: str, body: Json | None = None) -> Iterator[Json]:
    """Yield all items of a list, page by page; Prefect's lists are asked for with POST.

    Raises:
        BrokenList: it is no list, or names something twice.
    """
    seen: set[str] = set()
    while True:
        asked = {**(body or {}), "limit": PAGE, "offset": len(seen)}
        page = prefect().send(Request("POST", path, body=asked, reads=True)).body
        if not isinstance(page, list):
            raise prefect().broken(f"{path} is no list")
        for item in page:
            if item["id"] in seen:
                raise prefect().broken(f"{item['id']} came twice in {path}")
            seen.add(item["id"])
            yield item
        if len(page) < PAGE:
            return


def repeatedly(request: Request) -> Answer:
    """Send what comes to the same when it is sent twice, again where its answer is lost.

    Raises:
        AnswerLost: the answer was lost again.
    """
    try:
        return prefect().send(request)
    except AnswerLost:
        return prefect().send(request)


def remove(path: str) -> None:
    """Remove something; what is gone already is fine."""
    try:
        prefect().send(Request("DELETE", path))
    except ObjectMissing:
        return
