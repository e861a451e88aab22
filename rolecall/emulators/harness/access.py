"""Roles, resource groups and role assignments: harness-open-api, RolesApi, RoleAssignmentsApi and resource groups."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from rolecall.emulators.application import Answer, Call, Json, Refused
from rolecall.emulators.harness.caller import Projects, said
from rolecall.emulators.harness.entities import checked, scope_of
from rolecall.emulators.harness.errors import duplicate, missing, refused
from rolecall.emulators.harness.models import PRINCIPALS, Level
from rolecall.emulators.routes import Routes, route


class Roles(Routes):
    """The routes under /authz/api/roles."""

    def __init__(self, projects: Projects) -> None:
        self._projects = projects

    @route("GET", "/authz/api/roles")
    def list_all(self, call: Call) -> Answer:
        """Answer roles."""
        return said(self._projects.page(call, [_role(one) for one in self._projects.level(call).roles.values()]))

    @route("POST", "/authz/api/roles")
    @route("PUT", "/authz/api/roles/{id}")
    def write(self, call: Call) -> Answer:
        """Make a role, or change one."""
        self._projects.require_administrator(call)
        identity, roles = checked(call.body), self._projects.level(call).roles
        _check(call, identity, roles, "Role")
        if unknown := [one for one in call.body.get("permissions") or [] if not str(one).startswith("core_")]:
            raise refused(400, f"Invalid permission(s): {', '.join(unknown)}")
        roles[identity] = dict(call.body)
        return said(_role(roles[identity]))

    @route("GET", "/authz/api/roles/{id}")
    def get(self, call: Call) -> Answer:
        """Answer a role."""
        return said(_role(_find(call, self._projects.level(call).roles, "Role")))

    @route("DELETE", "/authz/api/roles/{id}")
    def delete(self, call: Call) -> Answer:
        """Remove a role with its assignments."""
        self._projects.require_administrator(call)
        now = self._projects.level(call)
        found = _remove(call, now, now.roles, "Role", "roleIdentifier")
        return said(_role(found))


class ResourceGroups(Routes):
    """The routes under /resourcegroup/api/v2/resourcegroup."""

    def __init__(self, projects: Projects) -> None:
        self._projects = projects

    @route("GET", "/resourcegroup/api/v2/resourcegroup")
    def list_all(self, call: Call) -> Answer:
        """Answer resource groups."""
        return said(
            self._projects.page(call, [_group(one) for one in self._projects.level(call).resource_groups.values()])
        )

    @route("POST", "/resourcegroup/api/v2/resourcegroup")
    @route("PUT", "/resourcegroup/api/v2/resourcegroup/{id}")
    def write(self, call: Call) -> Answer:
        """Make a resource group, or change one."""
        self._projects.require_administrator(call)
        body: Json = call.body.get("resourceGroup") or {}
        identity, groups = checked(body), self._projects.level(call).resource_groups
        _check(call, identity, groups, "Resource group")
        own = {"filter": "EXCLUDING_CHILD_SCOPES", **scope_of(call)}
        groups[identity] = {"includedScopes": [own], **body}
        return said(_group(groups[identity]))

    @route("GET", "/resourcegroup/api/v2/resourcegroup/{id}")
    def get(self, call: Call) -> Answer:
        """Answer a resource group."""
        return said(_group(_find(call, self._projects.level(call).resource_groups, "Resource group")))

    @route("DELETE", "/resourcegroup/api/v2/resourcegroup/{id}")
    def delete(self, call: Call) -> Answer:
        """Remove a resource group with the roles that were given on it."""
        self._projects.require_administrator(call)
        now = self._projects.level(call)
        _remove(call, now, now.resource_groups, "Resource group", "resourceGroupIdentifier")
        return said(True)


class RoleAssignments(Routes):
    """The routes under /authz/api/roleassignments."""

    def __init__(self, projects: Projects) -> None:
        self._projects = projects

    @route("GET", "/authz/api/roleassignments/{id}")
    def get(self, call: Call) -> Answer:
        """Answer one role assignment: harness-open-api, RoleAssignmentsApi.get_role_assignment."""
        return said(_assignment(_find(call, self._projects.level(call).assignments, "Role assignment")))

    @route("PUT", "/authz/api/roleassignments/{id}")
    def update(self, call: Call) -> Answer:
        """Switch a role assignment off or on; its role, principal and resource group stay."""
        self._projects.require_administrator(call)
        found = _find(call, self._projects.level(call).assignments, "Role assignment")
        if not _same(found, {**found, **call.body}):
            raise refused(400, "Cannot update the role, the principal or the resource group of a role assignment")
        found["disabled"] = bool(call.body.get("disabled"))
        return said(_assignment(found))

    @route("POST", "/authz/api/roleassignments/validate")
    def validate(self, call: Call) -> Answer:
        """Answer whether a role assignment could be made."""
        wanted = call.body.get("roleAssignment") or {}
        call.body.get("validatePrincipal"), call.body.get("validateRole"), call.body.get("validateResourceGroup")
        level = self._projects.level(call)
        results = {
            "role": wanted.get("roleIdentifier") in level.roles,
            "resourceGroup": wanted.get("resourceGroupIdentifier") in level.resource_groups,
        }
        return said({f"{key}ValidationResult": {"valid": valid} for key, valid in results.items()})

    @route("GET", "/authz/api/roleassignments")
    def list_all(self, call: Call) -> Answer:
        """Answer role assignments."""
        return said(
            self._projects.page(call, [_assignment(one) for one in self._projects.level(call).assignments.values()])
        )

    @route("POST", "/authz/api/roleassignments/filter")
    def filtered(self, call: Call) -> Answer:
        """Answer the role assignments that a filter chooses."""
        groups, roles = call.body.get("resourceGroupFilter") or [], call.body.get("roleFilter") or []
        principals = [
            (one["type"], one["identifier"], str(one.get("scopeLevel") or "").lower())
            for one in call.body.get("principalFilter") or []
        ]
        found = [
            _assignment(one)
            for one in self._projects.level(call).assignments.values()
            if (not principals or any(_is_meant(one["principal"], *each) for each in principals))
            and (not groups or one["resourceGroupIdentifier"] in groups)
            and (not roles or one["roleIdentifier"] in roles)
        ]
        return said(self._projects.page(call, found))

    @route("POST", "/authz/api/roleassignments")
    def create(self, call: Call) -> Answer:
        """Assign a role on a resource group."""
        self._projects.require_administrator(call)
        made = self._made(call, call.body)
        if made is None:
            raise duplicate("A role assignment with the same role, resource group and principal")
        return said(_assignment(made))

    @route("POST", "/authz/api/roleassignments/multi")
    def create_several(self, call: Call) -> Answer:
        """Give roles; what cannot be given, and what is there already, is left out of the answer."""
        self._projects.require_administrator(call)
        made: list[Json] = []
        for one in call.body.get("roleAssignments") or []:
            try:
                found = self._made(call, one)
            except Refused:
                # As the service does: what fails is left out without a word.
                continue
            if found is not None:
                made.append(_assignment(found))
        return said(made)

    @route("DELETE", "/authz/api/roleassignments/{id}")
    def delete(self, call: Call) -> Answer:
        """Remove a role assignment."""
        self._projects.require_administrator(call)
        found = self._projects.level(call).assignments.pop(call.parameters["id"], None)
        if found is None:
            raise missing(f"Role assignment {call.parameters['id']}")
        return said(_assignment(found))

    def _made(self, call: Call, wanted: Json) -> Json | None:
        """Make a role assignment, or return None where there is one of the same."""
        now, wanted = self._projects.now(), {**wanted}
        principal = {**(wanted.get("principal") or {})}
        if principal.get("type") not in PRINCIPALS:
            raise refused(400, f"principal.type may be one of {', '.join(PRINCIPALS)}")
        known: Mapping[str, Mapping[str, object]] = {
            "USER_GROUP": now.user_groups,
            "SERVICE_ACCOUNT": now.service_accounts,
            "USER": now.users,
        }
        if principal.get("identifier") not in known[str(principal["type"])]:
            raise missing(f"{principal['type']} {principal.get('identifier')}")
        level = self._projects.level(call)
        if wanted.get("roleIdentifier") not in level.roles:
            raise missing(f"Role {wanted.get('roleIdentifier')}")
        if wanted.get("resourceGroupIdentifier") not in level.resource_groups:
            raise missing(f"Resource group {wanted.get('resourceGroupIdentifier')}")
        if any(_same(one, wanted) for one in level.assignments.values()):
            return None
        identity = str(wanted.get("identifier") or f"role_assignment_{uuid.uuid4().hex[:20]}")
        if identity in level.assignments:
            raise duplicate(f"Role assignment {identity}")
        level.assignments[identity] = {**wanted, "identifier": identity}
        return level.assignments[identity]


def _same(one: Json, other: Json) -> bool:
    keys = ("resourceGroupIdentifier", "roleIdentifier")
    who = [(x["principal"]["type"], x["principal"]["identifier"]) for x in (one, other)]
    return all(one.get(key) == other.get(key) for key in keys) and who[0] == who[1]


def _check(call: Call, identity: str, held: Mapping[str, Json], what: str) -> None:
    """Refuse to make what is there, and to change what is not."""
    if call.method == "POST" and identity in held:
        raise duplicate(f"{what} {identity}")
    if call.method == "PUT" and (call.parameters["id"] not in held or identity != call.parameters["id"]):
        raise missing(f"{what} {call.parameters['id']}")
    if held.get(identity, {}).get("managed"):
        raise refused(400, f"{what} {identity} is managed by Harness")


def _remove(call: Call, level: Level, table: dict[str, Json], what: str, field: str) -> Json:
    """Remove and return the entry that a path names, with the role assignments that name it in a field."""
    found = _find(call, table, what)
    if found.get("managed"):
        raise refused(400, f"Cannot delete the {what.lower()} managed by Harness")
    identity = found["identifier"]
    del table[identity]
    level.assignments = {key: one for key, one in level.assignments.items() if one[field] != identity}
    return found


def _find(call: Call, held: Mapping[str, Json], what: str) -> Json:
    found = held.get(call.parameters["id"])
    if found is None:
        raise missing(f"{what} {call.parameters['id']}")
    return found


def _role(role: Json) -> Json:
    shown = {key: value for key, value in role.items() if key != "managed"}
    return {"role": shown, "harnessManaged": bool(role.get("managed"))}


def _group(group: Json) -> Json:
    shown = {key: value for key, value in group.items() if key != "managed"}
    return {"resourceGroup": shown, "harnessManaged": bool(group.get("managed"))}


def _is_meant(principal: Json, sort: str, identifier: str, level: str) -> bool:
    """Return whether a filter's principal is an assignment's; without a level it is one of any level."""
    own = str(principal.get("scopeLevel") or "").lower()
    return (principal["type"], principal["identifier"]) == (sort, identifier) and level in ("", own)


def _assignment(assignment: Json) -> Json:
    return {"roleAssignment": assignment, "harnessManaged": False}
