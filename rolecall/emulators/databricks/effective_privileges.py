"""Privileges with those that are inherited: https://docs.databricks.com/api/workspace/grants/geteffective"""

from __future__ import annotations

from rolecall.emulators.application import Call, Json
from rolecall.emulators.databricks.errors import missing
from rolecall.emulators.databricks.securables import CATALOG, EVERYBODY, PRIVILEGES, SCHEMA
from rolecall.emulators.databricks.unity_permissions import UnityPermissions
from rolecall.emulators.routes import route

# What a catalog and a schema pass on although it cannot be given on what lies in them.
_NOT_BELOW = {CATALOG: {"CREATE_SCHEMA", "USE_CATALOG"}, SCHEMA: {"USE_SCHEMA"}}


class EffectivePrivileges(UnityPermissions):
    """The routes for one workspace."""

    @route("GET", "/api/2.1/unity-catalog/effective-permissions/{type}/{name}")
    def effective(self, call: Call) -> Json:
        """Answer what principals hold on a securable, with where it was given."""
        kind, name = self._named(call)
        self.require_visible(self.caller(call), kind, name)
        only = call.query.get("principal")
        if only is not None and only != EVERYBODY and self._account.named(only) is None:
            raise missing(f"Could not find principal with name {only}")
        held: dict[str, list[Json]] = {}
        for outer, at in self._path(kind, name):
            for principal, privileges in self.metastore.privileges.get(f"{outer}/{at}", {}).items():
                shown = self._account.name_of(principal)
                if only is None or shown == only:
                    held.setdefault(shown, []).extend(self._entries(kind, outer, at, privileges))
        assignments = [{"principal": one, "privileges": entries} for one, entries in held.items() if entries]
        return self.paged(call, "privilege_assignments", assignments) if assignments else {}

    @staticmethod
    def _entries(kind: str, outer: str, at: str, privileges: list[str]) -> list[Json]:
        if outer == kind:
            return [{"privilege": one} for one in privileges]
        # A schema in a catalog holds what is given for the schemas; a model holds EXECUTE, and no SELECT.
        below = PRIVILEGES[kind] - _NOT_BELOW.get(outer, set())
        return [
            {"privilege": one, "inherited_from_type": outer.upper(), "inherited_from_name": at}
            for one in privileges
            if one in below
        ]
