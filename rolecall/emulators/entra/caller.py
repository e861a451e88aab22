"""The tenant as routes see it, and who calls: an application with the permissions that were consented to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from joserfc.errors import JoseError

from rolecall.emulators.application import Answer, Call, Json
from rolecall.emulators.clock import Clock
from rolecall.emulators.entra.errors import denied, unauthenticated
from rolecall.emulators.entra.models import Tenant, timestamp
from rolecall.emulators.entra.navigation import reached
from rolecall.emulators.entra.queries import Item, Queries
from rolecall.emulators.signing import SigningKey

GRAPH = "https://graph.microsoft.com"
# First part of a path to the permissions that it needs; https://learn.microsoft.com/graph/permissions-reference.
PERMISSIONS = {
    "groups": "Group",
    "users": "User",
    "applications": "Application",
    "servicePrincipals": "Application",
    "directory": "Directory",
    "auditLogs": "AuditLog",
}
# What may assign groups to applications beside Application.ReadWrite.All.
ASSIGNING = "AppRoleAssignment.ReadWrite.All"
# Actions that only read although they are called with POST.
_READING = ("getMemberGroups", "getMemberObjects", "checkMemberGroups", "checkMemberObjects", "getByIds", "$batch")
VERSIONS = ("v1.0", "beta")


@dataclass(frozen=True)
class Caller:
    """An application that has shown a valid token."""

    application_id: str


class Tenants:
    """The tenant as it is now, with what all routes need of it.

    Args:
        now: the tenant.
        clock: the clock.
        key: what tokens are signed with.
        address: the emulator's address.
        page_size: the most that a page holds when the client asks for more; None leaves it to each route.
    """

    def __init__(
        self,
        now: Callable[[], Tenant],
        clock: Clock,
        key: SigningKey,
        address: Callable[[], str],
        page_size: int | None,
    ) -> None:
        self.now = now
        self.clock = clock
        self.key = key
        self.address = address
        self.queries = Queries(address, page_size, lambda sort, value, name: reached(now(), sort, value, name))

    @property
    def issuer(self) -> str:
        """The issuer of the tenant's tokens."""
        return f"{self.address()}/{self.now().id}/v2.0"

    def timestamp(self) -> str:
        """Return the time as Graph writes it."""
        return timestamp(self.clock.now())

    def authenticate(self, call: Call) -> Caller:
        """Return who calls; refuse a token that is not known, or may not do this."""
        scheme, _, text = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text:
            raise unauthenticated("Access token is empty.")
        try:
            claims = self.key.claims(text)
        except (JoseError, ValueError) as error:
            raise unauthenticated("CompactToken parsing failed.") from error
        if claims.get("exp", 0) < self.clock.now():
            raise unauthenticated("Lifetime validation failed, the token is expired.")
        if claims.get("aud") != GRAPH:
            raise unauthenticated("Access token validation failure. Invalid audience.")
        parts = call.path.strip("/").split("/")
        noun = PERMISSIONS.get(parts[1].partition("(")[0], "Directory") if parts[0] in VERSIONS else ""
        held = set(claims.get("roles", []))
        wanted = {f"{noun}.ReadWrite.All", "Directory.ReadWrite.All"}
        if call.method == "GET" or parts[-1] in _READING:
            wanted |= {f"{noun}.Read.All", "Directory.Read.All"}
        if "appRoleAssign" in call.path:
            wanted.add(ASSIGNING)
        if parts[-1] == "$batch":
            # Each of its requests is authorized on its own.
            wanted |= held
        if not held & wanted:
            raise denied()
        return Caller(str(claims.get("appid")))

    def page(self, call: Call, items: Sequence[Json], *, sort: str = "", context: str = "") -> Answer:
        """Return a page of resources of one sort."""
        return self.queries.page(call, [Item(sort, one) for one in items], context=context)

    def mixed(self, call: Call, found: Iterable[tuple[str, Json]], *, cast: str = "") -> Answer:
        """Return a page of directory objects, each with its type; `cast` leaves one sort."""
        items = [Item(sort, value, typed=not cast) for sort, value in found if cast in ("", sort)]
        if call.path.endswith("/$count"):
            return self.queries.count(call, items)
        return self.queries.page(call, items, context="directoryObjects" if not cast else f"{cast}s")

    def one(self, call: Call, value: Json, *, sort: str = "", typed: bool = False, context: str = "") -> Json:
        """Return one resource."""
        return self.queries.one(call, Item(sort, value, typed), context=context)
