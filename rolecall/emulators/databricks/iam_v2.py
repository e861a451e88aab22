"""Principals, members and access to workspaces by the second version of the identity API.

https://docs.databricks.com/api/account/accountiamv2; a workspace answers the same below /api/2.0/identity. The same
principals are answered as by SCIM. Filters, entitlements of assignments and visibility filters are not implemented.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rolecall.emulators.application import Call, Endpoint, Json
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import denied, exists, invalid, missing
from rolecall.emulators.databricks.models import GROUP, SERVICE_PRINCIPAL, USER, Account, Principal, Workspace

# Path, key of a list, type, the field with the id, and the fields that can be changed.
KINDS = (
    ("groups", "groups", GROUP, "group_id", ("group_name", "external_id")),
    ("users", "users", USER, "user_id", ("username", "full_name", "account_user_status", "external_id")),
    (
        "service-principals", "service_principals", SERVICE_PRINCIPAL, "service_principal_id",
        ("display_name", "account_sp_status", "external_id"),
    ),
)  # fmt: skip
_TYPES = {GROUP: "GROUP", USER: "USER", SERVICE_PRINCIPAL: "SERVICE_PRINCIPAL"}
_Kind = tuple[str, str, str, str, tuple[str, ...]]


class IamV2:
    """The routes of the account, or of one workspace.

    Args:
        account: returns the account as it is now.
        workspace: the workspace's name; None for the account.
        page: how many entries a page has.
    """

    def __init__(self, account: Callable[[], Account], workspace: str | None, page: int) -> None:
        self._account = account
        self._workspace = workspace
        self._page = page

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        above = "/api/2.0/identity" if self._workspace else "/api/2.0/identity/accounts/{account_id}"
        found: list[Endpoint] = []
        for one in KINDS:
            path = f"{above}/{one[0]}"
            found += [
                Endpoint("GET", path, self._bound(self.list_all, one)),
                Endpoint("POST", path, self._bound(self.create, one)),
                Endpoint("GET", f"{path}/{{id}}", self._bound(self.get, one)),
                Endpoint("PATCH", f"{path}/{{id}}", self._bound(self.update, one)),
                Endpoint("DELETE", f"{path}/{{id}}", self._bound(self.delete, one)),
            ]
        members = f"{above}/groups/{{id}}/direct-members"
        details = "/workspace-access-details/{principal}"
        details = f"{above}{details}" if self._workspace else f"{above}/workspaces/{{workspace_id}}{details}"
        return [
            *found,
            Endpoint("GET", members, self.list_members),
            Endpoint("POST", members, self.add_member),
            Endpoint("GET", f"{members}/{{principal}}", self.get_member),
            Endpoint("DELETE", f"{members}/{{principal}}", self.remove_member),
            Endpoint("GET", f"{above}/principals/{{id}}/transitive-parent-groups", self.list_parents),
            Endpoint("GET", details, self.access),
        ]

    def _bound(self, method: Callable[[Call, _Kind], Any], one: _Kind) -> Callable[[Call], Any]:
        return lambda call: method(call, one)

    def list_all(self, call: Call, one: _Kind) -> Json:
        """Answer a page of principals."""
        self._require_admin(call)
        return self._paged(call, one[1], [self._shown(each) for each in self._account().of_type(one[2])])

    def create(self, call: Call, one: _Kind) -> Json:
        """Make a principal."""
        self._require_admin(call)
        _, _, kind, _, fields = one
        body = self._given(call, one, fields)
        name = str(body.get(fields[0]) or "")
        if not name:
            raise invalid(f"{fields[0]} is required.")
        self._unused(kind, name, None)
        shown = _full_name(body) or name if kind == USER else name
        made = self._account().add(kind, shown, user_name=name if kind == USER else "")
        self._set(made, {key: value for key, value in body.items() if key != fields[0]})
        return self._shown(made)

    def get(self, call: Call, one: _Kind) -> Json:
        """Answer a principal."""
        self._require_admin(call)
        return self._shown(self._find(call.parameters["id"], one[2]))

    def update(self, call: Call, one: _Kind) -> Json:
        """Change the fields of a principal that the mask names."""
        self._require_admin(call)
        found, fields = self._find(call.parameters["id"], one[2]), one[4]
        mask = [part for part in call.query.get("update_mask", "").split(",") if part]
        if not mask or any(part.partition(".")[0] not in fields for part in mask):
            raise invalid(f"Invalid update mask: {','.join(mask)!r}; one of {', '.join(fields)}.")
        body = self._given(call, one, fields)
        wanted = {part.partition(".")[0]: body.get(part.partition(".")[0]) for part in mask}
        if wanted.get(fields[0]):
            self._unused(one[2], str(wanted[fields[0]]), found)
        self._set(found, wanted)
        return self._shown(found)

    def delete(self, call: Call, one: _Kind) -> Json:
        """Remove a principal."""
        self._require_admin(call)
        self._account().remove(self._find(call.parameters["id"], one[2]).id)
        return {}

    def list_members(self, call: Call) -> Json:
        """Answer a page of a group's direct members."""
        self._require_admin(call)
        group = self._find(call.parameters["id"], GROUP)
        return self._paged(call, "direct_group_members", [self._member(group, one) for one in group.members])

    def add_member(self, call: Call) -> Json:
        """Put a principal into a group."""
        self._require_admin(call)
        group = self._find(call.parameters["id"], GROUP)
        member = self._find(str(call.body.get("principal_id")), None)
        if member.id in group.members:
            raise exists(f"Principal {member.id} is a member of group {group.id} already.")
        if member.id == group.id or member.id in self._account().groups_of(group.id):
            raise invalid("A group cannot be a member of itself.")
        group.members.append(member.id)
        return self._member(group, member.id)

    def get_member(self, call: Call) -> Json:
        """Answer a group's direct member."""
        self._require_admin(call)
        return self._member(*self._membership(call))

    def remove_member(self, call: Call) -> Json:
        """Take a principal out of a group."""
        self._require_admin(call)
        group, member = self._membership(call)
        group.members.remove(member)
        return {}

    def list_parents(self, call: Call) -> Json:
        """Answer a page of the groups that a principal is in, in any number of steps."""
        self._require_admin(call)
        account = self._account()
        above = account.groups_of(self._find(call.parameters["id"], None).id)
        found = [account.principals[one] for one in sorted(above) if one in account.principals]
        shown = [{"account_id": account.id, "external_id": one.external_id, "group_id": one.id} for one in found]
        return self._paged(call, "transitive_parent_groups", shown)

    def access(self, call: Call) -> Json:
        """Answer how a principal reaches a workspace: by an assignment of its own, or of a group that it is in."""
        self._require_admin(call)
        account, workspace = self._account(), self._meant(call)
        view = call.query.get("view", "BASIC")
        if view not in ("BASIC", "FULL"):
            raise invalid(f"Invalid view: {view}.")
        principal = self._find(call.parameters["principal"], None)
        above = account.groups_of(principal.id)
        levels = [workspace.assignments[one] for one in (principal.id, *above) if one in workspace.assignments]
        if not levels:
            raise missing(f"Principal {principal.id} is not assigned to workspace {workspace.id}.")
        shown: Json = {
            "account_id": account.id,
            "workspace_id": workspace.id,
            "principal_id": int(principal.id),
            "principal_type": _TYPES[principal.type],
            "access_type": "DIRECT" if principal.id in workspace.assignments else "INDIRECT",
            "status": "ACTIVE" if principal.active else "INACTIVE",
        }
        permissions = sorted({f"{level}_PERMISSION" for level in levels})
        return {**shown, **({"permissions": permissions} if view == "FULL" else {})}

    def _given(self, call: Call, one: _Kind, fields: tuple[str, ...]) -> Json:
        for key in ("account_id", one[3], "application_id"):
            call.body.get(key)
        return {key: call.body[key] for key in fields if key in call.body}

    def _set(self, principal: Principal, values: Json) -> None:
        for key, value in values.items():
            if key == "external_id":
                principal.external_id = str(value or "")
            elif key in ("group_name", "display_name"):
                principal.display_name = str(value)
            elif key == "username":
                principal.user_name = str(value)
            elif key == "full_name":
                principal.display_name = _full_name({key: value}) or principal.user_name
            elif value not in ("ACTIVE", "INACTIVE"):
                raise invalid(f"Invalid {key}: {value}.")
            else:
                principal.active = value == "ACTIVE"

    def _unused(self, kind: str, name: str, own: Principal | None) -> None:
        for one in self._account().of_type(kind) if kind != SERVICE_PRINCIPAL else ():
            if one is not own and (one.user_name if kind == USER else one.display_name) == name:
                raise exists(f"{_TYPES[kind].capitalize()} with name {name} already exists.")

    def _shown(self, one: Principal) -> Json:
        shown: Json = {"account_id": self._account().id, "external_id": one.external_id}
        status = "ACTIVE" if one.active else "INACTIVE"
        if one.type == GROUP:
            return {**shown, "group_id": one.id, "group_name": one.display_name}
        if one.type == USER:
            given, _, family = one.display_name.partition(" ")
            name = {"full_name": {"given_name": given, "family_name": family}}
            return {**shown, "user_id": one.id, "username": one.user_name, "account_user_status": status, **name}
        named = {"service_principal_id": one.id, "application_id": one.application_id}
        return {**shown, **named, "display_name": one.display_name, "account_sp_status": status}

    def _member(self, group: Principal, member: str) -> Json:
        found = self._account().principals[member]
        return {
            "group_id": int(group.id),
            "principal_id": int(found.id),
            "principal_type": _TYPES[found.type],
            "display_name": found.display_name,
            "external_id": found.external_id,
            "membership_source": "IDENTITY_PROVIDER" if group.external_id else "INTERNAL",
        }

    def _membership(self, call: Call) -> tuple[Principal, str]:
        group, member = self._find(call.parameters["id"], GROUP), call.parameters["principal"]
        if member not in group.members:
            raise missing(f"Principal {member} is no direct member of group {group.id}.")
        return group, member

    def _find(self, identity: str, kind: str | None) -> Principal:
        found = self._account().principals.get(identity)
        if found is None or kind not in (None, found.type):
            raise missing(f"{_TYPES[kind] if kind else 'PRINCIPAL'} {identity} does not exist.")
        return found

    def _meant(self, call: Call) -> Workspace:
        workspaces = self._account().workspaces
        if self._workspace:
            return workspaces[self._workspace]
        wanted = call.parameters["workspace_id"]
        found = next((one for one in workspaces.values() if str(one.id) == wanted), None)
        if found is None:
            raise missing(f"Workspace {wanted} does not exist.")
        return found

    def _paged(self, call: Call, key: str, found: list[Json]) -> Json:
        start, page = int(call.query.get("page_token") or 0), int(call.query.get("page_size") or self._page)
        following = {"next_page_token": str(start + page)} if start + page < len(found) else {}
        return {key: found[start : start + page], **following}

    def _require_admin(self, call: Call) -> None:
        caller: Caller = call.caller
        is_admin = caller.is_workspace_admin if self._workspace else caller.principal.id in self._account().admins
        if not is_admin:
            raise denied("Only administrators can do this.")


def _full_name(body: Json) -> str:
    name = body.get("full_name") or {}
    return f"{name.get('given_name') or ''} {name.get('family_name') or ''}".strip()
