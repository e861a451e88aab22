"""Comments as GitHub and GitLab keep them: https://docs.github.com/rest/issues/comments, https://docs.gitlab.com/api/notes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.threads import serving

GITHUB = re.compile(r"/repos/acme/access/issues/(?:7/comments|comments/(?P<id>\d+))")
ACTIONS = "github-actions[bot]"
GITLAB = re.compile(r"/api/v4/projects/42/merge_requests/7/notes(?:/(?P<id>\d+))?")


@dataclass
class Forge:
    """The comments on one pull request.

    Attributes:
        address: where it is served.
        caller: the login of the caller; empty for a token that belongs to no user.
        rejects: whether every comment is too long.
        may_write: whether the token may write comments.
        comments: the comments, oldest first.
        requests: methods and paths of the requests, in order.
    """

    address: str = ""
    caller: str = ""
    rejects: bool = False
    may_write: bool = True
    comments: list[dict[str, Any]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def add(self, login: str, body: str) -> None:
        """Add a comment of an author."""
        number = len(self.comments) + 1
        user = {"login": login, "type": "Bot" if login == ACTIONS else "User"}
        self.comments.append({"id": number, "body": body, "user": user, "author": {"id": login}})

    def answer(self, method: str, address: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Return the status and the body for a request."""
        parts = urlsplit(address)
        self.requests.append(f"{method} {parts.path}")
        if parts.path in ("/user", "/api/v4/user"):
            refused = (403, {"message": "Resource not accessible by integration"})
            return (200, {"login": self.caller, "id": self.caller}) if self.caller else refused
        found = GITHUB.fullmatch(parts.path) or GITLAB.fullmatch(parts.path)
        if found is None:
            return 404, {"message": "Not Found"}
        if method == "GET":
            query = {name: int(values[0]) for name, values in parse_qs(parts.query).items()}
            size, page = query.get("per_page", 30), query.get("page", 1)
            return 200, self.comments[(page - 1) * size : page * size]
        if not self.may_write:
            return 403, {"message": "Resource not accessible by integration"}
        if self.rejects:
            return 422, {"message": "Validation Failed: body is too long"}
        if method == "POST":
            self.add(self.caller or ACTIONS, body["body"])
            return 201, self.comments[-1]
        (one,) = [each for each in self.comments if str(each["id"]) == found["id"]]
        one["body"] = body["body"]
        return 200, one


@contextmanager
def forge(**more: Any) -> Iterator[Forge]:
    """Serve the comments of one pull request for the length of a `with` block."""
    served = Forge(**more)

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            status, answer = served.answer(self.command, self.path, body)
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = do_PUT = _answer  # noqa: N815 (the names are those of the standard library)

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 (the library's name)
            del format, arguments

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.address = f"http://127.0.0.1:{server.server_port}"
    with serving(server):
        yield served
