"""SCIM routes for groups, users and service principals, at the account and in workspaces.

https://docs.databricks.com/api/account/accountgroups and its neighbours; https://www.rfc-editor.org/rfc/rfc7644
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import scim
from rolecall.emulators.databricks.models import (
    ADMINS,
    GROUP,
    SERVICE_PRINCIPAL,
    USER,
    USERS,
    Account,
    Principal,
    Workspace,
)
from rolecall.emulators.databricks.rule_sets import made_by
from rolecall.emulators.scim_filter import InvalidFilter, parse_filter

SCHEMAS = {
    GROUP: "urn:ietf:params:scim:schemas:core:2.0:Group",
    USER: "urn:ietf:params:scim:schemas:core:2.0:User",
    SERVICE_PRINCIPAL: "urn:ietf:params:scim:schemas:core:2.0:ServicePrincipal",
}
ACCOUNT_ADMIN = "account_admin"
COLLECTIONS = {"Groups": GROUP, "Users": USER, "ServicePrincipals": SERVICE_PRINCIPAL}
# RFC 7643, section 7 ("returned": "always"): clients that ask for few attributes count on the application id too.
ALWAYS_RETURNED = ("id", "schemas", "applicationId")
FOR_EVERYBODY = ("schemas", "id", "displayName")
LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PATCH_OPERATIONS = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
# https://docs.databricks.com/api/account/accountgroups/list: default and maximum of count.
MAX_COUNT = 10_000
# https://learn.microsoft.com/azure/databricks/resources/limits: principals of an account, direct memberships of a
# group, and levels of nesting.
MOST = {GROUP: 5_000, USER: 10_000, SERVICE_PRINCIPAL: 10_000}
MOST_MEMBERS = 1_500
# Entitlements of everybody in a workspace: https://docs.databricks.com/en/security/auth/entitlements.html
OF_USERS = ("workspace-access", "databricks-sql-access")
MAX_LEVELS = 10
_REMOVE_ONE = re.compile(r'^(\w+)\[value eq "([^"]+)"\]$')


class Scim:
    """The routes for one account, or for one workspace of it.

    Args:
        account: the account.
        workspace: the workspace, for its own routes; it sees who is assigned to it.
        prefix: path before the collections.
        page_size: the most that a page holds when the client names no count.
    """

    def __init__(self, account: Callable[[], Account], workspace: str | None, prefix: str, page_size: int) -> None:
        self._account_now = account
        self._workspace_name = workspace
        self._prefix = prefix
        self._page_size = page_size

    @property
    def account(self) -> Account:
        """The account."""
        return self._account_now()

    @property
    def workspace(self) -> Workspace | None:
        """The workspace whose routes these are."""
        return self.account.workspaces[self._workspace_name] if self._workspace_name else None

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        found = [Endpoint("GET", f"{self._prefix}/Me", self.me)]
        for collection, kind in COLLECTIONS.items():
            path = f"{self._prefix}/{collection}"
            found += [
                Endpoint("GET", path, self._bind(self.list_all, kind), knows=("attributes", "excludedAttributes")),
                Endpoint("POST", path, self._bind(self.create, kind)),
                Endpoint("GET", f"{path}/{{id}}", self._bind(self.get, kind)),
                Endpoint("PUT", f"{path}/{{id}}", self._bind(self.replace, kind)),
                Endpoint("PATCH", f"{path}/{{id}}", self._bind(self.patch, kind)),
                Endpoint("DELETE", f"{path}/{{id}}", self._bind(self.delete, kind)),
            ]
        return found

    def _bind(self, method: Callable[[Call, str], Json | Answer], kind: str) -> Callable[[Call], Json | Answer]:
        return lambda call: method(call, kind)

    def me(self, call: Call) -> Json:
        """Answer who calls."""
        caller: Caller = call.caller
        return self._shown(caller.principal, call)

    def list_all(self, call: Call, kind: str) -> Json:
        """Answer a page of principals."""
        principals = [*self.account.of_type(kind), *(self._own_groups() if kind == GROUP else [])]
        shown = [self._shown(one, call) for one in principals if self._is_visible(one)]
        if text := call.query.get("filter"):
            try:
                matches = parse_filter(text)
            except InvalidFilter as error:
                raise scim(400, f"Invalid filter: {error}") from error
            full = {one.id: self._resource(one) for one in principals}
            shown = [one for one in shown if matches(full[one["id"]])]
        start = max(1, _number(call, "startIndex", 1))
        count = min(MAX_COUNT, max(0, _number(call, "count", self._page_size)))
        page = shown[start - 1 : start - 1 + count]
        return {
            "schemas": [LIST_RESPONSE],
            "totalResults": len(shown),
            "startIndex": start,
            "itemsPerPage": len(page),
            "Resources": page,
        }

    def get(self, call: Call, kind: str) -> Json:
        """Answer a principal."""
        return self._shown(self._find(call, kind), call)

    def create(self, call: Call, kind: str) -> Answer:
        """Make a principal."""
        self._require_admin(call)
        body = call.body
        principal = Principal("", kind, str(body.get("displayName") or ""))
        self._write(principal, body)
        self._require_unique(principal)
        if len(self.account.of_type(kind)) >= MOST[kind]:
            raise scim(400, f"The account has reached the limit of {MOST[kind]} {kind}s.")
        made = self.account.add(
            kind,
            principal.display_name,
            user_name=principal.user_name,
            application_id=principal.application_id,
            external_id=principal.external_id,
            active=principal.active,
            members=principal.members,
            entitlements=principal.entitlements if self.workspace is None else [],
            roles=principal.roles,
        )
        if self.workspace is not None:
            self.workspace.assignments[made.id] = "USER"
            self.workspace.entitlements[made.id] = principal.entitlements
        if kind == SERVICE_PRINCIPAL:
            caller: Caller = call.caller
            made_by(self.account, made, caller.principal)
        return Answer(self._resource(made), 201)

    def replace(self, call: Call, kind: str) -> Json:
        """Replace a principal's attributes; its id and application id stay."""
        self._require_admin(call)
        principal = self._find(call, kind)
        changed = Principal(principal.id, kind, "", application_id=principal.application_id)
        self._write(changed, call.body)
        self._require_unique(changed)
        self._require_no_cycle(changed)
        self._take_over(principal, changed)
        return self._resource(principal)

    def patch(self, call: Call, kind: str) -> Answer:
        """Apply operations to a principal, all or none."""
        self._require_admin(call)
        principal = self._find(call, kind)
        if PATCH_OPERATIONS not in call.body.get("schemas", []):
            raise scim(400, f"schemas must contain {PATCH_OPERATIONS}")
        body = self._resource(principal)
        for operation in call.body.get("Operations", []):
            _apply(body, operation)
        changed = Principal(principal.id, kind, "", application_id=principal.application_id)
        self._write(changed, body)
        self._require_unique(changed)
        self._require_no_cycle(changed)
        self._take_over(principal, changed)
        return Answer(None, 204) if kind == GROUP else Answer(self._resource(principal))

    def delete(self, call: Call, kind: str) -> Answer:
        """Remove a principal and all that it held."""
        self._require_admin(call)
        principal = self._find(call, kind)
        caller: Caller = call.caller
        if principal.id == caller.principal.id:
            raise scim(400, "You cannot delete yourself.")
        self.account.remove(principal.id)
        return Answer(None, 204)

    def _take_over(self, principal: Principal, changed: Principal) -> None:
        """Give a principal the attributes that a request has for it; entitlements are those of the workspace."""
        for name in ("display_name", "user_name", "external_id", "active", "members", "roles"):
            setattr(principal, name, getattr(changed, name))
        if self.workspace is None:
            principal.entitlements = changed.entitlements
            admins = [one for one in self.account.admins if one != principal.id]
            self.account.admins = [*admins, *([principal.id] if ACCOUNT_ADMIN in principal.roles else [])]
            principal.roles = [one for one in principal.roles if one != ACCOUNT_ADMIN]
        else:
            self.workspace.entitlements[principal.id] = changed.entitlements
            if principal.id == ADMINS:
                held = self.workspace.assignments.items()
                kept = {one: "USER" if level == "ADMIN" else level for one, level in held}
                self.workspace.assignments = {**kept, **dict.fromkeys(changed.members, "ADMIN")}

    def _entitlements(self, principal: Principal) -> list[str]:
        if self.workspace is None:
            return principal.entitlements
        if principal.id == USERS:
            return self.workspace.entitlements.get(USERS, [*OF_USERS])
        return self.workspace.entitlements.get(principal.id, [])

    def _find(self, call: Call, kind: str) -> Principal:
        own = {one.id: one for one in self._own_groups()}
        found = self.account.principals.get(call.parameters["id"]) or own.get(call.parameters["id"])
        if found is None or found.type != kind or not self._is_visible(found):
            raise scim(404, f"{kind} with id {call.parameters['id']} not found.")
        return found

    def _is_visible(self, principal: Principal) -> bool:
        own = principal.id in (ADMINS, USERS)
        if self.workspace is None or principal.local_to:
            return principal.local_to == (self._workspace_name or "")
        return own or self.account.is_in_workspace(self.workspace, principal.id)

    def _own_groups(self) -> list[Principal]:
        """Return a workspace's own groups: https://docs.databricks.com/en/admin/users-groups/groups.html (system)."""
        if self.workspace is None:
            return []
        # Administrators are those who are assigned as such: https://docs.databricks.com/en/admin/users-groups/#admin-roles
        administrators = [one for one, level in self.workspace.assignments.items() if level == "ADMIN"]
        return [
            Principal(ADMINS, GROUP, ADMINS, members=administrators, local_to=self.workspace.name),
            Principal(USERS, GROUP, USERS, local_to=self.workspace.name),
        ]

    def _require_admin(self, call: Call) -> None:
        caller: Caller = call.caller
        if self.workspace is None:
            if caller.principal.id not in self.account.admins:
                raise scim(403, "Only account admins can do this.")
        elif not caller.is_workspace_admin:
            raise scim(403, "Only workspace admins can do this.")

    def _require_unique(self, principal: Principal) -> None:
        """Refuse what would exist twice, in Databricks' own words and without scimType."""
        for other in self.account.of_type(principal.type):
            if other.id == principal.id:
                continue
            # Two groups may differ in case only: github.com/databricks/terraform-provider-databricks, #3596 and #3597.
            if principal.type == GROUP and other.display_name == principal.display_name:
                raise scim(409, f"Group with name {principal.display_name} already exists.")
            if principal.type == USER and other.user_name.lower() == principal.user_name.lower():
                raise scim(409, f"User with username {principal.user_name} already exists.")
            if principal.type == SERVICE_PRINCIPAL and principal.application_id == other.application_id:
                raise scim(409, f"Service principal with application ID {principal.application_id} already exists.")

    def _require_no_cycle(self, group: Principal) -> None:
        def levels(identity: str, above: tuple[str, ...]) -> int:
            if identity in above:
                raise scim(400, "A group cannot be a member of itself, directly or through other groups.")
            inner = self.account.principals.get(identity)
            members = group.members if identity == group.id else inner.members if inner else []
            nested = [one for one in members if (found := self.account.principals.get(one)) and found.type == GROUP]
            return 1 + max((levels(one, (*above, identity)) for one in nested), default=0)

        if group.type == GROUP and levels(group.id, ()) > MAX_LEVELS:
            raise scim(400, f"Groups can be nested at most {MAX_LEVELS} levels deep.")

    def _write(self, principal: Principal, body: Json) -> None:
        """Take the attributes of a SCIM resource."""
        # RFC 7643, 3: every resource names its schemas; Databricks takes one without.
        schemas = body.get("schemas") or [SCHEMAS[principal.type]]
        if SCHEMAS[principal.type] not in schemas:
            raise scim(400, f"schemas must contain {SCHEMAS[principal.type]}")
        principal.display_name = str(body.get("displayName") or body.get("userName") or "")
        principal.user_name = str(body.get("userName") or "")
        principal.external_id = str(body.get("externalId") or "")
        principal.active = _is_true(body.get("active", True))
        if principal.type == GROUP and not principal.display_name:
            raise scim(400, "displayName is required.")
        if principal.type == USER and not principal.user_name:
            raise scim(400, "userName is required.")
        if principal.type == SERVICE_PRINCIPAL:
            principal.application_id = str(principal.application_id or body.get("applicationId") or "")
            if not principal.display_name and not principal.application_id:
                raise scim(400, "displayName or applicationId is required.")
        members = [str(one.get("value")) for one in body.get("members") or []]
        for member in members:
            if member not in self.account.principals:
                raise scim(400, f"Principal with id {member} does not exist.")
        principal.members = list(dict.fromkeys(members))
        if len(principal.members) > MOST_MEMBERS:
            raise scim(400, f"A group can have at most {MOST_MEMBERS} direct members.")
        # A client that has none to give sends one that is empty.
        principal.entitlements = [str(one["value"]) for one in body.get("entitlements") or [] if one.get("value")]
        principal.roles = [str(one["value"]) for one in body.get("roles") or [] if one.get("value")]

    def _shown(self, principal: Principal, call: Call) -> Json:
        """Return a principal with the attributes that the call asks for."""
        resource = self._resource(principal)
        caller: Caller = call.caller
        if self.workspace is not None and principal.type == GROUP and not caller.is_workspace_admin:
            # https://docs.databricks.com/dev-tools/api/latest/scim/scim-groups.html: "Non-admin users: … returning
            # group display name and object ID only."
            resource = {key: value for key, value in resource.items() if key in FOR_EVERYBODY}
        if wanted := _names(call, "attributes"):
            return {key: value for key, value in resource.items() if key.lower() in wanted or key in ALWAYS_RETURNED}
        unwanted = _names(call, "excludedAttributes") - {"id"}
        return {key: value for key, value in resource.items() if key.lower() not in unwanted}

    def _resource(self, principal: Principal) -> Json:
        resource: Json = {"schemas": [SCHEMAS[principal.type]], "id": principal.id}
        if principal.display_name:
            resource["displayName"] = principal.display_name
        if principal.external_id:
            resource["externalId"] = principal.external_id
        if entitlements := self._entitlements(principal):
            resource["entitlements"] = [{"value": one} for one in entitlements]
        # https://docs.databricks.com/en/admin/users-groups/users.html: account admins hold the role `account_admin`.
        admin = [ACCOUNT_ADMIN] if self.workspace is None and principal.id in self.account.admins else []
        if roles := [*principal.roles, *admin]:
            resource["roles"] = [{"value": one} for one in roles]
        groups = [self._reference(one, "Groups") for one in self._direct_groups(principal)]
        if groups:
            resource["groups"] = groups
        if principal.type == GROUP:
            if principal.members:
                resource["members"] = [self._reference(one) for one in principal.members]
            # github.com/databrickslabs/ucx (workspace_access/groups.py): `WorkspaceGroup` for a group of one workspace.
            resource["meta"] = {"resourceType": "WorkspaceGroup" if principal.local_to else "Group"}
            return resource
        resource["active"] = principal.active
        if principal.type == SERVICE_PRINCIPAL:
            resource["applicationId"] = principal.application_id
            # Me answers a service principal with its application id as the user's name.
            resource["userName"] = principal.application_id
        else:
            resource["userName"] = principal.user_name
            resource["emails"] = [{"type": "work", "value": principal.user_name, "primary": True}]
        return resource

    def _direct_groups(self, principal: Principal) -> list[str]:
        return [one.id for one in self.account.of_type(GROUP) if principal.id in one.members]

    def _reference(self, principal_id: str, collection: str | None = None) -> Json:
        principal = self.account.principals[principal_id]
        plural = collection or f"{principal.type}s"
        return {"value": principal_id, "display": principal.display_name, "$ref": f"{plural}/{principal_id}"}


def _apply(body: Json, operation: Json) -> None:
    """Apply one operation of a PATCH to a resource: add and remove on lists, replace on single attributes."""
    action, path, value = str(operation.get("op", "")).lower(), str(operation.get("path") or ""), operation.get("value")
    if one := _REMOVE_ONE.match(path):
        if action != "remove":
            raise scim(400, f"{action} is not supported with the path {path}")
        name, wanted = one.groups()
        body[name] = [item for item in body.get(name, []) if item.get("value") != wanted]
        return
    if action in ("add", "replace") and not path and isinstance(value, dict):
        for name, inner in value.items():
            _apply(body, {"op": action, "path": name, "value": inner})
    elif action == "add" and isinstance(value, list):
        present = {item.get("value") for item in body.get(path, [])}
        body[path] = [*body.get(path, []), *(item for item in value if item.get("value") not in present)]
    elif action in ("add", "replace") and path:
        body[path] = value
    elif action == "remove" and path and isinstance(value, list):
        gone = {item.get("value") for item in value}
        body[path] = [item for item in body.get(path, []) if item.get("value") not in gone]
    elif action == "remove" and path:
        body.pop(path, None)
    else:
        raise scim(400, f"Invalid operation {action!r} with path {path!r}")


def _is_true(value: Any) -> bool:
    return value if isinstance(value, bool) else str(value).lower() == "true"


def _number(call: Call, name: str, default: int) -> int:
    try:
        return int(call.query.get(name) or default)
    except ValueError as error:
        raise scim(400, f"{name} must be a number") from error


def _names(call: Call, name: str) -> set[str]:
    return {part.strip().split(".")[0].lower() for part in call.query.get(name, "").split(",") if part.strip()}
