"""The project as routes see it, and who calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rolecall.emulators.application import Answer, Call, Json
from rolecall.emulators.clock import Clock
from rolecall.emulators.harness.errors import refused
from rolecall.emulators.harness.models import ACCOUNT, ORGANIZATION, Level, Project

HEADER = "x-api-key"
# Beginnings of paths of what organizations and accounts have too, as far as they are emulated.
WITH_LEVELS = ("/authz/", "/resourcegroup/")


@dataclass(frozen=True)
class Caller:
    """The caller by a valid key: a principal, written TYPE/ID."""

    id: str


class Projects:
    """The project as it is now, with what all routes need of it."""

    def __init__(self, now: Callable[[], Project], clock: Clock, page_size: int) -> None:
        self.now = now
        self.clock = clock
        self._page_size = page_size

    def authenticate(self, call: Call) -> Caller:
        """Return who calls; refuse a key that is not known, and a scope that is not the project."""
        principal = self.now().keys.get(call.headers.get(HEADER, ""))
        if principal is None:
            raise refused(401, "Token is not valid.")
        now = self.now()
        if call.path.startswith("/v1/"):
            named = [call.headers.get("harness-account", ""), call.parameters["org"], call.parameters["project"]]
            if named != [now.account, now.organization, now.project]:
                raise refused(400, f"there is no project {named}")
            return Caller(principal)
        asked = [call.query.get(one) or "" for one in ("accountIdentifier", "orgIdentifier", "projectIdentifier")]
        named = [one for one in asked if one]
        mine = [now.account, now.organization, now.project]
        has_levels = call.path.startswith(WITH_LEVELS)
        if named != mine[: len(named)] or len(named) < (1 if has_levels else len(mine)):
            raise refused(400, f"there is no project {asked}")
        if len(named) < len(mine) and principal not in now.administrators:
            raise refused(403, "Missing permission core_role_view")
        return Caller(principal)

    def level(self, call: Call) -> Level:
        """Return the access control that a call means: the project's, or that of what it belongs to."""
        if call.query.get("projectIdentifier"):
            return self.now()
        return self.now().level(ORGANIZATION if call.query.get("orgIdentifier") else ACCOUNT)

    def require_administrator(self, call: Call) -> None:
        """Refuse a caller who does not administer the project."""
        if call.caller.id not in self.now().administrators:
            raise refused(403, "Missing permission core_resourcegroup_edit")

    def require(self, call: Call, permission: str, pipeline: str) -> None:
        """Refuse a caller who has no permission on a pipeline."""
        if not self.now().may(call.caller.id, permission, pipeline):
            raise refused(403, f"Missing permission {permission} on pipeline with identifier {pipeline}")

    def page(self, call: Call, items: Iterable[Json], *, number: str = "pageIndex", size: str = "pageSize") -> Json:
        """Return a page of items as Harness answers it; never more than the emulator's own size."""
        found = list(items)
        asked = min(int(call.query.get(size, 50)), self._page_size)
        first = int(call.query.get(number, 0)) * asked
        part = found[first : first + asked]
        pages = -(-len(found) // asked)
        return {
            "totalPages": pages,
            "totalItems": len(found),
            "totalElements": len(found),
            "pageItemCount": len(part),
            "pageSize": asked,
            "pageIndex": first // asked,
            "content": part,
            "empty": not part,
        }


def said(data: object) -> Answer:
    """Answer something as Harness does."""
    return Answer({"status": "SUCCESS", "data": data, "metaData": None, "correlationId": "emulator"})
