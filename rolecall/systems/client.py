"""The client of a system: requests, and what every system's client does with them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from pyrate_limiter import Rate

from rolecall.errors import AnswerLost, ObjectMissing, RequestRejected
from rolecall.systems.connections import Connection
from rolecall.systems.requests import Answer, Json, Request, Requests, Transport


class Client(Connection):
    """A client of one system; calling it returns the requests, which are made on the first call.

    Args:
        title: the system's name in messages.
        transport: returns what signs requests in and sends them; raises SystemRefused where the environment lacks
            credentials.
        pace: returns the name and rate of the limit that a request counts against.
        error_of: returns an error's code and message from the body of an answer.
        sign_in: how to sign in, for messages.
        missing_codes: codes of errors that mean that there is no such object.
    """

    def __init__(
        self,
        title: str,
        transport: Callable[[], Callable[[], Transport]],
        *,
        pace: Callable[[Request], tuple[str, Rate]],
        error_of: Callable[[Any], tuple[str, str]],
        sign_in: str,
        missing_codes: Collection[str] = (),
    ) -> None:
        def connect() -> Requests:
            return Requests(title, transport()(), pace=pace, error_of=error_of, how_to_sign_in=sign_in)

        super().__init__(connect)
        self._missing_codes = frozenset(missing_codes)

    def answer(self, request: Request) -> Answer | None:
        """Send a request; return None where there is no such object."""
        try:
            return self().send(request)
        except ObjectMissing:
            return None
        except RequestRejected as error:
            if error.code in self._missing_codes:
                return None
            raise

    def one(self, path: str, **query: str | int) -> Any:
        """Return the body of an object, or None where there is none."""
        answer = self.answer(Request("GET", path, query))
        return None if answer is None else answer.body

    def remove(self, path: str, **query: str | int) -> None:
        """Delete an object, if there is one."""
        self.answer(Request("DELETE", path, query))

    def repeatedly(self, request: Request) -> Answer:
        """Send an idempotent write, a second time where its answer is lost.

        Raises:
            AnswerLost: the second answer was lost too.
        """
        try:
            return self().send(request)
        except AnswerLost:
            return self().send(request)

    def list_in(self, body: Any, path: str, key: str | None = None) -> list[Json]:
        """Return the items of a list's page.

        Args:
            body: the body of the answer.
            path: the list's path.
            key: the field that holds the items; None where the body is the list itself.

        Raises:
            BrokenList: the body holds no list.
        """
        found = body
        if key is not None:
            found = body.get(key) if isinstance(body, dict) else None
        if not isinstance(found, list):
            raise self().broken(f"{path} is no list")
        return found


def one_limit(rate: Rate) -> Callable[[Request], tuple[str, Rate]]:
    """Return the pace of a system with one limit for all requests."""
    return lambda _request: ("all", rate)


def error_in(code: str, *messages: str) -> Callable[[Any], tuple[str, str]]:
    """Return a function from the body of an error to its code and message.

    Args:
        code: the field of the code; empty where there is none.
        messages: the fields of the message; the first that is not empty counts.
    """

    def error_of(body: Any) -> tuple[str, str]:
        fields = body if isinstance(body, dict) else {}
        message = next((str(fields[name]) for name in messages if fields.get(name)), "no reason given")
        return str(fields.get(code) or ""), message

    return error_of
