"""Pages: `limit`, and a Link header whose `after` leads on (RFC 8288)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from rolecall.emulators.application import Answer, Call, Json
from rolecall.emulators.okta.errors import invalid
from rolecall.emulators.strictness import as_sent


class Pages:
    """Cuts lists into pages.

    Args:
        address: the organization's address, for links.
        largest: the most that a page holds whatever the client asks for; None leaves each route its own.
    """

    def __init__(self, address: Callable[[], str], largest: int | None) -> None:
        self._address = address
        self._largest = largest

    def page(self, call: Call, items: Sequence[Json], *, key: Callable[[Json], str], default: int, most: int) -> Answer:
        """Return the page that a call asks for, as `cut` does, with the links to itself and the next."""
        chosen, following = self.cut(call, items, key=key, default=default, most=most)
        links = [f'<{self._address()}{call.path}?{urlencode(as_sent(call.query))}>; rel="self"']
        if following:
            links.append(f'<{following}>; rel="next"')
        return Answer(chosen, headers={"Link": ", ".join(links)})

    def cut(
        self, call: Call, items: Sequence[Json], *, key: Callable[[Json], str], default: int, most: int
    ) -> tuple[list[Json], str]:
        """Return the items of the page that a call asks for, and the address of the next page, which may be empty.

        Args:
            call: the request, with `limit` and `after`.
            items: all items, in their order.
            key: what an item is found again by; `after` is the key of the last item of the page before.
            default: items when the client names no limit.
            most: the most that a client may ask for.
        """
        try:
            limit = int(call.query.get("limit") or default)
        except ValueError as error:
            raise invalid("limit", "The limit must be a number") from error
        limit = min(max(1, limit), most, self._largest or most)
        start = 0
        if after := call.query.get("after"):
            start = next((index + 1 for index, item in enumerate(items) if key(item) == after), len(items))
        chosen = list(items[start : start + limit])
        if start + limit >= len(items):
            return chosen, ""
        query = urlencode({**as_sent(call.query), "after": key(chosen[-1]), "limit": limit})
        return chosen, f"{self._address()}{call.path}?{query}"
