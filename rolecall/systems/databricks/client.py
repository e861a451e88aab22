"""Reads from the account and from workspaces: in pages, side by side, within a pace."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

from pyrate_limiter import Duration, Rate

from rolecall.errors import ObjectMissing, RequestRejected
from rolecall.systems.databricks.account import error_of, every_of, scim
from rolecall.systems.databricks.account_transport import AccountTransport, WorkspaceTransport
from rolecall.systems.databricks.once import Once
from rolecall.systems.databricks.signing_in import SIGN_IN
from rolecall.systems.requests import Answer, Json, Request, Requests, Transport

# Requests a second to one address. Account SCIM can be read at 20/s, permissions at 100/s (databrickslabs/ucx); these
# have a limiter of their own, and so has everything else, for which no limit is published: a 429 is waited for.
REQUESTS_PER_SECOND = 100
PERMISSIONS, PERMISSIONS_PER_SECOND = "/api/2.0/permissions/", 100
ACCOUNT_REQUESTS_PER_SECOND = 20
# https://docs.databricks.com/api/workspace/jobs/list: the most that a page may hold.
PAGE = 100
# Some routes say with 400 what others say with 404; so do the overrides in the vendor's SDK (databricks/sdk/errors).
MISSING_CODES = ("RESOURCE_DOES_NOT_EXIST", "NOT_FOUND")


class Reader:
    """Reads from one address, the account's or a workspace's; it connects with the first question.

    Args:
        name: what is read from, as messages call it.
        connect: makes what carries requests; raises SystemRefused where no way to sign in works.
        requests_per_second: how many it sends at most; DATABRICKS_RATE_LIMIT takes its place.
    """

    def __init__(self, name: str, connect: Callable[[], Transport], requests_per_second: int) -> None:
        self.name = name
        own = int(os.environ.get("DATABRICKS_RATE_LIMIT") or 0)
        self._requests = Once(lambda: self._connected(connect))
        self._plain = Rate(own or requests_per_second, Duration.SECOND)
        self._permissions = Rate(own or PERMISSIONS_PER_SECOND, Duration.SECOND)

    @property
    def calls(self) -> int:
        """How many requests were sent."""
        connected = self._requests.found
        return connected.calls if connected else 0

    def get(self, path: str, **query: str | int | None) -> Json:
        """Answer one GET request; what is a list is under `items`.

        Raises:
            ObjectMissing: the service says that there is no such thing.
            RequestRejected: it says that the request is wrong.
            SystemRefused: the caller is not known, or may not read this.
            SystemUnreachable: there was no answer, or none but errors.
        """
        asked = {key: value for key, value in query.items() if value is not None}
        try:
            found = self._requests().send(Request("GET", path, asked)).body
        except ObjectMissing:
            raise
        except RequestRejected as error:
            if error.code in MISSING_CODES or "does not exist" in error.what:
                raise ObjectMissing(error.what, status=error.status, code=error.code) from error
            raise
        return found if isinstance(found, dict) else {"items": found or []}

    def scim(self, account_id: str, collection: str, attributes: str) -> Iterator[Json]:
        """Yield all resources of a SCIM collection of the account, page by page.

        Raises:
            SystemUnreachable: pages are missing, or come twice.
        """
        return every_of(self._requests(), scim(collection, account_id), attributes)

    def jobs(self) -> Iterator[Json]:
        """Yield all jobs of the workspace that the caller may see, page by page.

        Raises:
            SystemUnreachable: pages are missing, or come twice.
        """
        path, seen = "/api/2.2/jobs/list", 0

        def following(answer: Answer) -> Request | None:
            token = answer.body.get("next_page_token")
            if not token and answer.body.get("has_more"):
                raise self._requests().broken(f"the list of jobs ended after {seen}, and there are more")
            return Request("GET", path, {"limit": PAGE, "page_token": token}) if token else None

        first = Request("GET", path, {"limit": PAGE})
        pages = self._requests().pages(
            first, lambda answer: answer.body.get("jobs") or [], following, lambda job: str(job["job_id"])
        )
        for job in pages:
            seen += 1
            yield job

    def _connected(self, connect: Callable[[], Transport]) -> Requests:
        return Requests(self.name, connect(), pace=self._pace, error_of=error_of, how_to_sign_in=SIGN_IN)

    def _pace(self, request: Request) -> tuple[str, Rate]:
        is_about_permissions = request.path.startswith(PERMISSIONS)
        return ("permissions", self._permissions) if is_about_permissions else ("all", self._plain)


def account_reader(host: str, account_id: str) -> Reader:
    """Return a reader of the account."""
    return Reader("the account", lambda: AccountTransport(host, account_id), ACCOUNT_REQUESTS_PER_SECOND)


def workspace_reader(name: str, host: str) -> Reader:
    """Return a reader of a workspace."""
    return Reader(f"workspace {name}", lambda: WorkspaceTransport(host), REQUESTS_PER_SECOND)


def total_calls(readers: Iterable[Reader]) -> int:
    """Return how many requests some readers have made."""
    return sum(reader.calls for reader in readers)
