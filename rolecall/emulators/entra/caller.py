"""The tenant as routes see it, and who calls: an application with the permissions that were consented to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from joserfc.errors import JoseError

from rolecall.emulators.application import Answer, Call, Json
from rolecall.emulators.clock import Clock
from rolecall.emulators.entra.errors import denied, invalid, unauthenticated
from rolecall.emulators.entra.filters import InvalidFilter, parse_filter
from rolecall.emulators.entra.models import Tenant, timestamp
from rolecall.emulators.signing import SigningKey
from rolecall.emulators.strictness import as_sent

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
        self._page_size = page_size

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
        noun = PERMISSIONS.get(call.path.split("/")[2], "") if call.path.startswith("/v1.0/") else ""
        held = set(claims.get("roles", []))
        wanted = {f"{noun}.ReadWrite.All", "Directory.ReadWrite.All"}
        if call.method == "GET":
            wanted |= {f"{noun}.Read.All", "Directory.Read.All"}
        if "appRoleAssign" in call.path:
            wanted.add(ASSIGNING)
        if not held & wanted:
            raise denied()
        return Caller(str(claims.get("appid")))

    def page(self, call: Call, items: Sequence[Json], *, default: int = 100, most: int = 999) -> Answer:
        """Return the page that a call asks for, with `$filter`, `$select`, `$top`, `$count` and `$skiptoken`."""
        chosen = list(items)
        if text := call.query.get("$filter"):
            try:
                matches = parse_filter(text)
            except InvalidFilter as error:
                raise invalid(str(error)) from error
            chosen = [one for one in chosen if matches(one)]
        try:
            top = int(call.query.get("$top") or default)
            start = int(call.query.get("$skiptoken") or 0)
        except ValueError as error:
            raise invalid("Invalid value of $top or $skiptoken.") from error
        if top > most:
            raise invalid(f"Invalid page size specified: '{top}'. Must be between 1 and {most} inclusive.")
        size = min(top, self._page_size or top)
        body: Json = {"@odata.context": f"{self.address()}/v1.0/$metadata#{call.path.rsplit('/', 1)[-1]}"}
        if call.query.get("$count") == "true":
            if call.headers.get("consistencylevel", "").lower() != "eventual":
                raise invalid("$count needs the header ConsistencyLevel: eventual.")
            body["@odata.count"] = len(chosen)
        body["value"] = [selected(call, one) for one in chosen[start : start + size]]
        if start + size < len(chosen):
            query = "&".join(
                f"{key}={value}" for key, value in {**as_sent(call.query), "$skiptoken": start + size}.items()
            )
            body["@odata.nextLink"] = f"{self.address()}{call.path}?{query}"
        return Answer(body)


def selected(call: Call, resource: Json) -> Json:
    """Return the properties of a resource that a call asks for; id and type always."""
    wanted = {name.strip() for name in call.query.get("$select", "").split(",") if name.strip()}
    if not wanted:
        return resource
    return {key: value for key, value in resource.items() if key in wanted or key in ("id", "@odata.type")}
