"""Reads from the account and from workspaces: in pages, side by side, within a pace."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import parse_qsl, quote

from pyrate_limiter import Duration, Rate

from rolecall.errors import ObjectMissing, RequestRejected
from rolecall.kinds.api import Api, value_at
from rolecall.once import Once
from rolecall.systems.databricks.account import error_of, every_of, scim
from rolecall.systems.databricks.account_transport import AccountTransport, WorkspaceTransport
from rolecall.systems.databricks.signing_in import SIGN_IN
from rolecall.systems.databricks.workspace import workspace
from rolecall.systems.requests import Json, Request, Requests, Transport

# Requests a second to one address. Account SCIM can be read at 20/s, permissions at 100/s (databrickslabs/ucx); these
# have a limiter of their own, and so has everything else, for which no limit is published: a 429 is waited for.
REQUESTS_PER_SECOND = 100
PERMISSIONS, PERMISSIONS_PER_SECOND = "/api/2.0/permissions/", 100
ACCOUNT_REQUESTS_PER_SECOND = 20
# Some routes say with 400 what others say with 404; so do the overrides in the vendor's SDK (databricks/sdk/errors).
NO_SUCH_SCOPE = "INVALID_PARAMETER_VALUE"
MISSING_CODES = ("RESOURCE_DOES_NOT_EXIST", "NOT_FOUND")


class Reader:
    """Reads from one address, the account's or a workspace's; it connects with the first question.

    Every reading of Databricks goes through one, so that all have the same guards. Lists are asked for once.

    Args:
        name: what is read from, as messages call it.
        connect: makes what carries requests, or requests that others send too; raises SystemRefused where no way to
            sign in works.
        requests_per_second: how many it sends at most; DATABRICKS_RATE_LIMIT takes its place.
    """

    def __init__(self, name: str, connect: Callable[[], Transport | Requests], requests_per_second: int) -> None:
        self.name = name
        own = int(os.environ.get("DATABRICKS_RATE_LIMIT") or 0)
        self._requests = Once(lambda: self._connected(connect))
        self._plain = Rate(own or requests_per_second, Duration.SECOND)
        self._permissions = Rate(own or PERMISSIONS_PER_SECOND, Duration.SECOND)
        self._lists: dict[str, Once[Mapping[str, Json]]] = {}
        # Answers, where several who read share this reader.
        self.remembered: dict[tuple[object, ...], Once[Json]] | None = None

    @property
    def calls(self) -> int:
        """How many requests were sent."""
        connected = self._requests.found
        return connected.calls if connected else 0

    def get(self, path: str, /, **query: str | int | None) -> Json:
        """Answer one GET request; what is a list is under `items`.

        Raises:
            ObjectMissing: the service says that there is no such thing.
            RequestRejected: it says that the request is wrong.
            SystemRefused: the caller is not known, or may not read this.
            SystemUnreachable: there was no answer, or none but errors.
        """
        asked = {key: value for key, value in query.items() if value is not None}
        if self.remembered is None:
            return self._answer(path, asked)
        key = (path, *sorted(asked.items(), key=str))
        return self.remembered.setdefault(key, Once(lambda: self._answer(path, asked)))()

    def _answer(self, path: str, asked: Mapping[str, str | int]) -> Json:
        with _missing_by_code():
            found = self._requests().send(Request("GET", path, dict(asked))).body
        return found if isinstance(found, dict) else {"items": found or []}

    def listed(self, api: Api) -> Mapping[str, Json]:
        """Return all objects of a list by their ids; the list is read once.

        Raises:
            SystemUnreachable: pages are missing, or come twice; errors as those of `get`.
        """
        read = self._lists.setdefault(api.list, Once(lambda: self._list(api)))
        return read()

    def found(self, api: Api, name: str) -> Json:
        """Return the object that has a name; errors as those of `get`."""
        answer = self._filled(api.find, name=name)
        found: Json = answer[api.found] if api.found else answer
        return found

    def object(self, api: Api, identity: str) -> Json:
        """Return an object by id, with all its fields; errors as those of `get`."""
        return self._filled(api.get, id=identity)

    def every(self, path: str, field: str, /, **query: str | int) -> Iterator[Json]:
        """Yield everything that a list of pages has; a page may be empty while there are more.

        https://docs.databricks.com/api/workspace/tables/list: "Presence of next_page_token indicates that more
        results."

        Raises:
            BrokenList: there are more and no token leads to them, or a token came twice; others as those of `get`.
        """
        token, seen = "", set[str]()
        while True:
            page = self.get(path, **query, page_token=token or None)
            yield from page.get(field) or []
            token = str(page.get("next_page_token") or "")
            if page.get("has_more") and not token:
                raise self._requests().broken(f"{path} ended, and there are more")
            if not token:
                return
            if token in seen:
                raise self._requests().broken(f"a page of {path} came twice")
            seen.add(token)

    def permissions(self, path: str) -> Json:
        """Return the permission object of `TYPE/ID`; errors as those of `get`."""
        return self.get(f"{PERMISSIONS}{quote(path)}")

    def grants(self, securable: str, full_name: str) -> list[Json]:
        """Return everything that is given directly on an object of Unity Catalog; errors as those of `every`.

        A function's page says `next_page_token` where there is more
        (https://docs.databricks.com/api/workspace/grants/get).
        """
        # https://docs.databricks.com/api/workspace/shares/sharepermissions
        path = f"shares/{full_name}/permissions" if securable == "share" else f"permissions/{securable}/{full_name}"
        return [*self.every(f"/api/2.1/unity-catalog/{path}", "privilege_assignments")]

    def secret_acl(self, scope: str) -> Json:
        """Return the access list of a secret scope; errors as those of `get`."""
        try:
            return self.get("/api/2.0/secrets/acls/list", scope=scope)
        except ObjectMissing:
            raise
        except RequestRejected as error:
            # It means a missing scope; other errors do not.
            if error.code != NO_SUCH_SCOPE:
                raise
            raise ObjectMissing(error.what, status=error.status, code=error.code) from error

    def rule_set(self, account_id: str, name: str) -> Json:
        """Return a rule set of the account; errors as those of `get`."""
        return self.get(f"/api/2.0/preview/accounts/{account_id}/access-control/rule-sets", name=name, etag="")

    def scim(self, account_id: str, collection: str, attributes: str) -> Iterator[Json]:
        """Yield all resources of a SCIM collection of the account, page by page.

        Raises:
            SystemUnreachable: pages are missing, or come twice.
        """
        return self._every(scim(collection, account_id), attributes)

    def workspace_scim(self, collection: str, attributes: str) -> Iterator[Json]:
        """Yield all resources of a SCIM collection of a workspace; errors as in `scim`."""
        return self._every(f"/api/2.0/preview/scim/v2/{collection}", attributes)

    def _every(self, path: str, attributes: str) -> Iterator[Json]:
        if self.remembered is None:
            return every_of(self._requests(), path, attributes)
        found = self.remembered.setdefault(
            (path, attributes), Once(lambda: {"items": [*every_of(self._requests(), path, attributes)]})
        )
        return iter(found()["items"])

    def workspace_id(self) -> str:
        """Return the id of the workspace that is read; errors as those of `get`."""
        return str(self.get("/api/2.1/unity-catalog/current-metastore-assignment").get("workspace_id"))

    def _list(self, api: Api) -> Mapping[str, Json]:
        found: dict[str, Json] = {}
        for item in self.every(api.list, api.items, **api.query):
            identity = str(value_at(item, api.id))
            if identity in found:
                raise self._requests().broken(f"{identity} came twice in {api.list}")
            found[identity] = item
        return found

    def _filled(self, template: str, **values: str) -> Json:
        path, _, query = template.partition("?")
        asked = {key: value.format(**values) for key, value in parse_qsl(query)}
        return self.get(path.format(**values), **asked)

    def _connected(self, connect: Callable[[], Transport | Requests]) -> Requests:
        carrier = connect()
        if isinstance(carrier, Requests):
            return carrier
        return Requests(self.name, carrier, pace=self._pace, error_of=error_of, how_to_sign_in=SIGN_IN)

    def _pace(self, request: Request) -> tuple[str, Rate]:
        is_about_permissions = request.path.startswith(PERMISSIONS)
        return ("permissions", self._permissions) if is_about_permissions else ("all", self._plain)


@contextmanager
def _missing_by_code() -> Iterator[None]:
    """Raise ObjectMissing for errors of another status that mean a missing object."""
    try:
        yield
    except ObjectMissing:
        raise
    except RequestRejected as error:
        if error.code in MISSING_CODES or "does not exist" in error.what:
            raise ObjectMissing(error.what, status=error.status, code=error.code) from error
        raise


@contextmanager
def shared_reads() -> Iterator[Callable[[], int]]:
    """Let all who read Databricks in a `with` block share readers and answers; yields the number of requests.

    For what only reads: an answer is asked for once, however many need it.
    """
    with _SHARED_LOCK:
        _SHARED.append({})
    try:
        yield lambda: total_calls(_SHARED[-1].values()) if _SHARED else 0
    finally:
        with _SHARED_LOCK:
            _SHARED.pop()


_SHARED: list[dict[tuple[str, str], Reader]] = []
_SHARED_LOCK = threading.Lock()


def _reader(kind: str, address: str, make: Callable[[], Reader]) -> Reader:
    with _SHARED_LOCK:
        if not _SHARED:
            return make()
        key = (kind, address.rstrip("/"))
        if key not in _SHARED[-1]:
            made = make()
            made.remembered = {}
            _SHARED[-1][key] = made
        return _SHARED[-1][key]


def account_reader(host: str, account_id: str) -> Reader:
    """Return a reader of the account."""

    def make() -> Reader:
        return Reader("the account", lambda: AccountTransport(host, account_id), ACCOUNT_REQUESTS_PER_SECOND)

    return _reader(account_id, host, make)


def workspace_reader(name: str, host: str, requests_per_second: int = REQUESTS_PER_SECOND) -> Reader:
    """Return a reader of a workspace."""

    def make() -> Reader:
        return Reader(f"workspace {name}", lambda: WorkspaceTransport(host), requests_per_second)

    return _reader("workspace", host, make)


def shared_reader(host: str) -> Reader:
    """Return a reader of the workspace at an address, over the connection that all of this process share."""
    return Reader(f"workspace {host}", lambda: workspace(host), REQUESTS_PER_SECOND)


def total_calls(readers: Iterable[Reader]) -> int:
    """Return how many requests some readers have made."""
    return sum(reader.calls for reader in readers)
