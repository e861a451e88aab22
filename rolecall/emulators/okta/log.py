"""The system log: https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SystemLog/."""

from __future__ import annotations

from rolecall.emulators.application import Answer, Call
from rolecall.emulators.okta.caller import Organizations
from rolecall.emulators.okta.paging import Pages
from rolecall.emulators.okta.searches import chosen
from rolecall.emulators.routes import Routes, route

DEFAULT, MOST = 100, 1000


class Log(Routes):
    """The route /api/v1/logs."""

    def __init__(self, organizations: Organizations, pages: Pages) -> None:
        self._organizations = organizations
        self._pages = pages

    @route("GET", "/api/v1/logs")
    def list_all(self, call: Call) -> Answer:
        """Answer what happened, oldest first unless the call wants it the other way."""
        found = [
            one
            for one in self._organizations.now().log
            if call.query.get("since", "") <= one["published"] <= call.query.get("until", "9")
        ]
        if text := call.query.get("filter"):
            found = chosen("filter", text, found)
        if words := call.query.get("q"):
            found = [one for one in found if all(word.lower() in str(one).lower() for word in words.split())]
        if call.query.get("sortOrder") == "DESCENDING":
            found.reverse()
        return self._pages.page(call, found, key=lambda one: str(one["uuid"]), default=DEFAULT, most=MOST)
