"""Where the comment is written: the pull request, or merge request, that the environment of a CI job names."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pyrate_limiter import Duration, Rate

from rolecall.errors import ObjectMissing, RequestRejected, SystemRefused, UsageError
from rolecall.systems.client import error_in, one_limit
from rolecall.systems.http import HttpConnections
from rolecall.systems.requests import Answer, Json, Request, Requests

# Seconds for one answer.
SECONDS = 30
PAGE = 100
# https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api: 80 requests a minute that make content.
PACE = Rate(80, Duration.MINUTE)
# The type of the authors that are apps, GitHub Actions among them.
BOT = "Bot"
# The longest comment, in characters; that of GitLab is larger (https://docs.gitlab.com/administration/instance_limits/).
GITHUB_LIMIT, GITLAB_LIMIT = 65_536, 1_000_000


class _Transport:
    """Carries requests with one header that signs them in."""

    def __init__(self, address: str, signed: Mapping[str, str]) -> None:
        self.address = address
        self._connections = HttpConnections(address, seconds=SECONDS)
        self._signed = dict(signed)

    def send(self, request: Request) -> Answer:
        return self._connections.send(request, self._signed)


class Platform:
    """Writes the comment of a review: the one that is there, else a new one.

    Attributes:
        limit: the largest size of a comment.
    """

    def __init__(
        self,
        requests: Requests,
        *,
        listed: str,
        single: str,
        update: str,
        limit: int,
        is_own: Callable[[Json], bool],
    ) -> None:
        self.limit = limit
        self._requests, self._listed, self._single, self._update = requests, listed, single, update
        self._is_own = is_own

    def put(self, text: str) -> None:
        """Write the comment.

        Args:
            text: the comment; its first line is the mark by which it is found.

        Raises:
            SystemRefused: the token may not write comments.
            SystemUnreachable: the platform does not answer.
        """
        mark = text.partition("\n")[0]

        def find() -> Json | None:
            return self._find(mark)

        try:
            found = find()
            if found is None:
                self._requests.once(find, Request("POST", self._listed, body={"body": text}), _body)
            elif found.get("body") != text:
                self._requests.send(Request(self._update, self._single.format(found["id"]), body={"body": text}))
        except (ObjectMissing, RequestRejected) as error:
            raise SystemRefused(error.what, "The review stands in the output of this job.") from error

    def _find(self, mark: str) -> Json | None:
        """Return our own comment; that of another author is never overwritten, whatever it begins with."""
        number = 1
        while True:
            page = self._requests.get(self._listed, per_page=PAGE, page=number)
            if not isinstance(page, list):
                raise self._requests.broken(f"{self._listed} is no list")
            for one in page:
                if str(one.get("body") or "").startswith(mark) and self._is_own(one):
                    return dict(one)
            if len(page) < PAGE:
                return None
            number += 1


def _body(answer: Answer) -> Any:
    return answer.body


def platform_of(environment: Mapping[str, str]) -> Platform:
    """Return the platform of the CI job that runs this.

    Raises:
        UsageError: it is no job of GitHub Actions or GitLab CI for a pull request, or lacks a token.
    """
    if environment.get("GITHUB_ACTIONS"):
        return _github(environment)
    if environment.get("GITLAB_CI"):
        return _gitlab(environment)
    raise UsageError(
        "--post needs a job of GitHub Actions or GitLab CI", "Leave it out: the review is written to standard output."
    )


def _github(environment: Mapping[str, str]) -> Platform:
    """https://docs.github.com/rest/issues/comments: a pull request is an issue."""
    repository, number = environment.get("GITHUB_REPOSITORY", ""), _pull_request(environment)
    token = _token(environment, "GITHUB_TOKEN", "Set `env: {GITHUB_TOKEN: ${{ github.token }}}`.")
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
    how = "The job needs `permissions: {pull-requests: write}`; the token of a fork's pull request never has it."
    address = environment.get("GITHUB_API_URL") or "https://api.github.com"
    requests = _requests("GitHub", address, headers, how)

    def is_own(comment: Json) -> bool:
        user = comment.get("user") or {}
        try:
            return bool(user.get("login") == requests.get("/user").get("login"))
        except SystemRefused:
            # The token of a job, or of another app, belongs to no user and writes as a bot.
            return bool(user.get("type") == BOT)

    return Platform(
        requests,
        listed=f"/repos/{repository}/issues/{number}/comments",
        single=f"/repos/{repository}/issues/comments/{{}}",
        update="PATCH",
        limit=GITHUB_LIMIT,
        is_own=is_own,
    )


def _gitlab(environment: Mapping[str, str]) -> Platform:
    """https://docs.gitlab.com/api/notes/#merge-requests: the token of a job may not write notes."""
    token = _token(environment, "GITLAB_TOKEN", "Set it to a project access token with the scope `api`.")
    request = environment.get("CI_MERGE_REQUEST_IID")
    if not request:
        raise UsageError("this job belongs to no merge request", "Run it in a pipeline of merge requests.")
    requests = _requests(
        "GitLab", environment.get("CI_API_V4_URL") or "", {"PRIVATE-TOKEN": token}, "The token needs the scope `api`."
    )
    # In a fork's pipeline CI_PROJECT_ID is the fork; the merge request is in the project that it goes to.
    notes = f"/projects/{environment.get('CI_MERGE_REQUEST_PROJECT_ID')}/merge_requests/{request}/notes"

    def is_own(note: Json) -> bool:
        return bool((note.get("author") or {}).get("id") == requests.get("/user").get("id"))

    return Platform(requests, listed=notes, single=f"{notes}/{{}}", update="PUT", limit=GITLAB_LIMIT, is_own=is_own)


def _requests(name: str, address: str, signed: Mapping[str, str], how: str) -> Requests:
    error_of = error_in("", "message", "error")
    return Requests(name, _Transport(address, signed), pace=one_limit(PACE), error_of=error_of, how_to_sign_in=how)


def _token(environment: Mapping[str, str], name: str, how: str) -> str:
    if token := environment.get(name):
        return token
    raise UsageError(f"{name} is not set", how)


def _pull_request(environment: Mapping[str, str]) -> int:
    """Return the pull request's number from the event that began the job.

    https://docs.github.com/actions/reference/workflows-and-actions/variables
    """
    try:
        event = json.loads(Path(environment["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
        return int(event["pull_request"]["number"])
    except (KeyError, OSError, TypeError, ValueError) as error:
        raise UsageError("this job belongs to no pull request", "Run it `on: pull_request`.") from error
