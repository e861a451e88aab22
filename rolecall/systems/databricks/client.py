"""Reads from Databricks through its SDK: in pages, side by side, within a pace, with errors as Rolecall's own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from databricks.sdk import AccountClient, WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.core import ApiClient
from databricks.sdk.errors import NotFound, PermissionDenied, Unauthenticated
from databricks.sdk.errors.base import DatabricksError
from pyrate_limiter import Duration, Rate

from rolecall.errors import SystemRefused, SystemUnreachable
from rolecall.systems.databricks.signing_in import SIGN_IN
from rolecall.systems.pace import Pace

Answer = TypeVar("Answer")

# Requests a second to one address. Account SCIM can be read at 20/s, permissions at 100/s (databrickslabs/ucx); these
# have a limiter of their own, and so has everything else, for which no limit is published: a 429 is waited for.
REQUESTS_PER_SECOND = 100
PERMISSIONS, PERMISSIONS_PER_SECOND = "/api/2.0/permissions/", 100
ACCOUNT_REQUESTS_PER_SECOND = 20
# Seconds for one answer, and for all tries at one request.
HTTP_TIMEOUT = 30
RETRY_TIMEOUT = int(os.environ.get("ROLECALL_RETRY_SECONDS", "60"))
# https://docs.databricks.com/api/workspace/jobs/list: the most that a page may hold.
PAGE = 100
# https://docs.databricks.com/api/account/accountgroups/list: at most 10,000.
SCIM_PAGE = 1000


class Reader:
    """Reads from one address, the account's or a workspace's."""

    def __init__(self, name: str, host: str, account_id: str | None, requests_per_second: int) -> None:
        self.name = name
        self.calls = 0
        per_second = int(os.environ.get("DATABRICKS_RATE_LIMIT") or requests_per_second)
        self._pace = Pace(Rate(per_second, Duration.SECOND))
        for_permissions = int(os.environ.get("DATABRICKS_RATE_LIMIT") or PERMISSIONS_PER_SECOND)
        self._permissions_pace = Pace(Rate(for_permissions, Duration.SECOND))
        self._account_id = account_id
        settings: dict[str, Any] = {"http_timeout_seconds": HTTP_TIMEOUT, "retry_timeout_seconds": RETRY_TIMEOUT}
        if account_id:
            settings["account_id"] = account_id
        self._host = host
        self._settings = settings
        self._client: ApiClient | None = None

    def get(self, path: str, **query: object) -> dict[str, Any]:
        """Answer one GET request.

        Raises:
            NotFound: the service says that there is no such thing.
            SystemRefused: the caller is not known, or may not read this.
            SystemUnreachable: there was no answer, or none but errors.
        """
        return self._guarded(lambda: self._do(path, {key: value for key, value in query.items() if value is not None}))

    def scim(self, collection: str, attributes: str) -> Iterator[dict[str, Any]]:
        """Yield all resources of a SCIM collection of the account, page by page.

        Raises:
            SystemUnreachable: pages are missing, or come twice.
        """
        path = f"/api/2.0/accounts/{self._account_id}/scim/v2/{collection}"
        start, total, seen = 1, 1, set[str]()
        while start <= total:
            page = self.get(path, attributes=attributes, startIndex=start, count=SCIM_PAGE)
            resources = page.get("Resources") or []
            total = int(page.get("totalResults") or 0)
            for resource in resources:
                if resource["id"] in seen:
                    raise self._broken(f"{collection} {resource['id']} came twice")
                seen.add(resource["id"])
                yield resource
            if not resources and start <= total:
                raise self._broken(f"{collection} ended after {len(seen)} of {total}")
            start += len(resources)
        if len(seen) != total:
            raise self._broken(f"{collection} has {len(seen)} entries; the service counts {total}")

    def jobs(self) -> Iterator[dict[str, Any]]:
        """Yield all jobs of the workspace that the caller may see, page by page."""
        token, seen = None, set[int]()
        while True:
            page = self.get("/api/2.2/jobs/list", limit=PAGE, page_token=token)
            for job in page.get("jobs") or []:
                if job["job_id"] in seen:
                    raise self._broken(f"job {job['job_id']} came twice")
                seen.add(job["job_id"])
                yield job
            token = page.get("next_page_token")
            if not token:
                if page.get("has_more"):
                    raise self._broken(f"the list of jobs ended after {len(seen)}, and there are more")
                return

    def _do(self, path: str, query: dict[str, object]) -> dict[str, Any]:
        client = self._client or self._connect()
        (self._permissions_pace if path.startswith(PERMISSIONS) else self._pace).wait()
        self.calls += 1
        answer = client.do("GET", path, query=query, headers={"Accept": "application/json"})
        return answer if isinstance(answer, dict) else {"items": answer}

    def _connect(self) -> ApiClient:
        config = Config(host=self._host, **self._settings)
        client = (
            AccountClient(config=config).api_client if self._account_id else WorkspaceClient(config=config).api_client
        )
        self._client = client
        return client

    def _guarded(self, call: Callable[[], Answer]) -> Answer:
        try:
            return call()
        except NotFound:
            raise
        except (Unauthenticated, PermissionDenied) as error:
            raise SystemRefused(f"{self.name} refuses: {error}", SIGN_IN) from error
        except ValueError as error:
            # The SDK says so when no way to sign in works; an address that does not answer looks the same to it.
            what = f"{self.name} ({self._host}) does not answer, or no way to sign in works: {_first_sentence(error)}"
            raise SystemUnreachable(what, SIGN_IN) from error
        except (DatabricksError, OSError, TimeoutError) as error:
            how = "Check the address in the contract and the network; the run can simply be repeated."
            raise SystemUnreachable(f"{self.name} ({self._host}) does not answer: {error}", how) from error

    def _broken(self, what: str) -> SystemUnreachable:
        how = "Nothing is concluded from a broken list; repeat the run."
        return SystemUnreachable(f"{self.name} answers a broken list: {what}", how)


def account_reader(host: str, account_id: str) -> Reader:
    """Return a reader of the account."""
    return Reader("the account", host, account_id, ACCOUNT_REQUESTS_PER_SECOND)


def workspace_reader(name: str, host: str) -> Reader:
    """Return a reader of a workspace."""
    return Reader(f"workspace {name}", host, None, REQUESTS_PER_SECOND)


def total_calls(readers: Iterable[Reader]) -> int:
    """Return how many requests some readers have made."""
    return sum(reader.calls for reader in readers)


def _first_sentence(error: Exception) -> str:
    return str(error).split(". ")[0].split(" Config:")[0]
