"""Requests to Harness, in pages; everything is in one project."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pyrate_limiter import Duration, Rate

from rolecall.plugins import Lazy
from rolecall.systems.client import Client, error_in, one_limit
from rolecall.systems.harness.signing_in import SIGN_IN
from rolecall.systems.harness.transport import SCOPE
from rolecall.systems.ownership import UNOWNED
from rolecall.systems.requests import Answer, Json, Request

# https://developer.harness.io/docs/platform/rate-limits: 1,000 requests a minute and key.
PACE = Rate(1000, Duration.MINUTE)
PAGE = 100
# Harness responds to a missing object with 400 or 404; the code distinguishes them.
MISSING_CODES = ("ENTITY_NOT_FOUND", "RESOURCE_NOT_FOUND", "RESOURCE_NOT_FOUND_EXCEPTION", "USER_GROUP_ERROR")
TAG = "managed-by"


harness = Client(
    "Harness",
    Lazy("rolecall.systems.harness.transport", "HarnessTransport"),
    pace=one_limit(PACE),
    error_of=error_in("code", "message"),
    sign_in=SIGN_IN,
    missing_codes=MISSING_CODES,
)
remove = harness.remove


def scope() -> dict[str, str]:
    """Return where everything is, as bodies say it."""
    return {name: os.environ.get(variable, "") for name, variable in SCOPE.items()}


def single_sign_on() -> str:
    """Return the id of the SAML settings through which groups come; empty where HARNESS_SSO_ID names none."""
    return os.environ.get("HARNESS_SSO_ID", "")


def one(path: str, **query: str | int) -> Any:
    """Return the data of an object, or None where there is none."""
    answer = harness.answer(Request("GET", path, query))
    return None if answer is None else data(answer)


def every(
    path: str,
    *,
    method: str = "GET",
    body: Json | None = None,
    key: Callable[[Json], str],
    query: Mapping[str, str] | None = None,
) -> Iterator[Json]:
    """Yield all items of a list, page by page.

    Args:
        path: the list's path.
        method: how it is asked for.
        body: which items are chosen, where that is said in a body.
        key: an item's identifier.
        query: what else is asked; an empty part of the scope means what the project belongs to.

    Raises:
        BrokenList: it is no list, names something twice, or has fewer items than it says.
    """
    seen: set[str] = set()
    number = 0
    while True:
        # Pipelines have other names for it (harness/harness-go-sdk, harness/nextgen/api_pipelines.go, api_roles.go).
        names = ("page", "size") if path.startswith("/pipeline/") else ("pageIndex", "pageSize")
        asked: dict[str, str | int] = {**(query or {}), names[0]: number, names[1]: PAGE}
        page = data(harness().send(Request(method, path, asked, body, reads=True)))
        for item in harness.list_in(page, path, "content"):
            if key(item) in seen:
                raise harness().broken(f"{key(item)} came twice in {path}")
            seen.add(key(item))
            yield item
        number += 1
        if number >= int(page.get("totalPages") or 0):
            break
    total = page.get("totalItems", page.get("totalElements"))
    if total is not None and int(total) != len(seen):
        raise harness().broken(f"{path} has {len(seen)} entries; Harness counts {total}")


def data(answer: Answer) -> Any:
    """Return what an answer is about."""
    return answer.body.get("data") if isinstance(answer.body, dict) else None


def owner_of(found: Json) -> str:
    """Return the owner of an object by its tag."""
    return str((found.get("tags") or {}).get(TAG) or UNOWNED)
