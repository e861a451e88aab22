"""Requests to Okta, in pages and within its pace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from pyrate_limiter import Duration, Rate

from rolecall.plugins import Lazy
from rolecall.systems.client import Client
from rolecall.systems.okta.signing_in import SIGN_IN
from rolecall.systems.requests import Answer, Json, Request

# Requests a minute by the first part of a path, of which one token gets half unless an administrator changes that:
# https://developer.okta.com/docs/reference/rl-global-mgmt/
PER_MINUTE = {
    "groups": 500,
    "groups/": 1000,
    "apps": 100,
    "apps/": 500,
    "users": 600,
    "logs": 120,
    "authorizationServers": 100,
    "authorizationServers/": 100,
}
SHARE = 0.5
# Writes go to several of these; most of them to single groups, applications and rules.
WRITES = Rate(int(PER_MINUTE["apps/"] * SHARE), Duration.MINUTE)
_NEXT = re.compile(r'<([^>]+)>;\s*rel="next"')
# The most that a page holds: groups with statistics 300, members 1,000, assignments and rules 200.
GROUPS_PAGE, MEMBERS_PAGE, PAGE = 300, 1000, 200


def _pace(request: Request) -> tuple[str, Rate]:
    parts = urlsplit(request.path).path.removeprefix("/api/v1/").split("/")
    name = parts[0] if len(parts) == 1 else f"{parts[0]}/"
    return name, Rate(int(PER_MINUTE.get(name, 500) * SHARE), Duration.MINUTE)


def _error_of(body: Any) -> tuple[str, str]:
    if not isinstance(body, dict):
        return "", "no reason given"
    causes = "; ".join(str(one.get("errorSummary")) for one in body.get("errorCauses") or [])
    summary = str(body.get("errorSummary") or body.get("error_description") or "no reason given")
    return str(body.get("errorCode") or ""), f"{summary} ({causes})" if causes else summary


okta = Client(
    "Okta",
    Lazy("rolecall.systems.okta.transport", "OktaTransport"),
    pace=_pace,
    error_of=_error_of,
    sign_in=SIGN_IN,
)
one = okta.one


def every(path: str, key: str = "id", within: str = "", **query: str | int) -> Iterator[Json]:
    """Yield all items of a list, page by page: the Link header leads on, or `_links.next` of the answer.

    Args:
        path: the list.
        key: what identifies an item.
        within: the answer's key that holds the items; empty where the answer is the list.
        query: parameters of the first request.

    Raises:
        BrokenList: an item came twice, or a link leads elsewhere.
    """
    requests = okta()

    def following(answer: Answer) -> Request | None:
        if within:
            link = str((((answer.body or {}).get("_links") or {}).get("next") or {}).get("href") or "")
        else:
            found = _NEXT.search(answer.headers.get("link", ""))
            link = found[1] if found else ""
        if not link:
            return None
        address = urlsplit(link)
        # The host is not taken from the answer: a token must not go where a broken answer points.
        return Request("GET", f"{address.path}?{address.query}")

    def items(answer: Answer) -> list[Json]:
        return okta.list_in(answer.body, path, within or None)

    return requests.pages(Request("GET", path, query), items, following, lambda item: str(item[key]))


def members(group_id: str) -> list[Json]:
    """Return everybody in a group.

    Okta's lists say nothing of their length, so it is compared with the group's own statistics: who is missing from a
    truncated list must not look like a person who left.

    Raises:
        BrokenList: the list is not whole.
        ObjectMissing: there is no such group.
    """
    listed = list(every(f"/api/v1/groups/{group_id}/users", limit=MEMBERS_PAGE))
    group = okta().get(f"/api/v1/groups/{group_id}", expand="stats")
    count = ((group.get("_embedded") or {}).get("stats") or {}).get("usersCount")
    if count is not None and int(count) != len(listed):
        raise okta().broken(f"group {group_id} lists {len(listed)} members; its statistics count {count}")
    return listed
