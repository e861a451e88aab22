"""The emulator's state: an account, its principals, and its workspaces. All of it can be written as JSON."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import asdict, dataclass, field
from typing import Any

from rolecall.emulators.application import Json

# Databricks' own groups of every workspace: https://docs.databricks.com/en/admin/users-groups/groups.html
ADMINS, USERS = "admins", "users"
GROUP, USER, SERVICE_PRINCIPAL = "Group", "User", "ServicePrincipal"


@dataclass
class Principal:
    """A user, group or service principal of the account."""

    id: str
    type: str
    display_name: str
    user_name: str = ""
    application_id: str = ""
    external_id: str = ""
    active: bool = True
    members: list[str] = field(default_factory=list)
    entitlements: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    # The workspace in which alone a group exists; empty for one of the account.
    local_to: str = ""


@dataclass
class Metastore:
    """A Unity Catalog metastore: its securables, each by type and full name, and who holds what on them."""

    id: str
    name: str
    # "catalog", "schema", "volume", "function" (models) or "table" to full name to what is known of it.
    securables: dict[str, dict[str, Json]] = field(default_factory=dict)
    # Type and full name ("schema/a.b") to principal id to privileges: what was given directly.
    privileges: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    # Type and full name to tags.
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    system_schemas: list[str] = field(default_factory=list)
    owner: str = ""
    # Type and full name to policies by name, and to the workspaces that an isolated securable is bound to.
    policies: dict[str, dict[str, Json]] = field(default_factory=dict)
    bindings: dict[str, list[Json]] = field(default_factory=dict)
    # Whom data is shared with, and how long a new token of a recipient lasts; 0 is for ever.
    sharing_scope: str = "INTERNAL"
    recipient_token_seconds: int = 0


@dataclass
class Workspace:
    """A workspace: who is assigned to it, and what is in it."""

    id: int
    name: str
    # What it was made with through the account; empty for one that the account starts with.
    made_with: Json = field(default_factory=dict)
    ready_at: float = 0.0
    metastore: str = ""
    assignments: dict[str, str] = field(default_factory=dict)
    cluster_policies: dict[str, Json] = field(default_factory=dict)
    jobs: dict[str, Json] = field(default_factory=dict)
    runs: dict[str, Json] = field(default_factory=dict)
    clusters: dict[str, Json] = field(default_factory=dict)
    instance_pools: dict[str, Json] = field(default_factory=dict)
    warehouses: dict[str, Json] = field(default_factory=dict)
    experiments: dict[str, Json] = field(default_factory=dict)
    serving_endpoints: dict[str, Json] = field(default_factory=dict)
    folders: dict[str, Json] = field(default_factory=dict)
    secret_scopes: dict[str, Json] = field(default_factory=dict)
    # Principal id to what it may do in the workspace as a whole.
    entitlements: dict[str, list[str]] = field(default_factory=dict)
    conf: dict[str, str] = field(default_factory=dict)
    ip_access_lists: dict[str, Json] = field(default_factory=dict)
    settings: dict[str, Json] = field(default_factory=dict)
    personal_tokens: dict[str, Json] = field(default_factory=dict)
    # Objects of the collections of `collections.py`, by path and id.
    collections: dict[str, dict[str, Json]] = field(default_factory=dict)
    # Object ("/jobs/1") to principal id to level: what was given directly.
    permissions: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass
class Token:
    """An access token: whose it is, until when (seconds since 1970), and for which workspace (0: the account's)."""

    principal: str
    expires: float
    workspace: int


@dataclass
class Account:
    """An account with everything in it."""

    id: str
    principals: dict[str, Principal] = field(default_factory=dict)
    workspaces: dict[str, Workspace] = field(default_factory=dict)
    admins: list[str] = field(default_factory=list)
    # OAuth secrets by application id.
    client_secrets: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    # OAuth secrets that were made since, by id, under the id of their service principal.
    principal_secrets: dict[str, dict[str, Json]] = field(default_factory=dict)
    # Federation policies by their id, under the id of the service principal; under an empty one, the account's own.
    federation: dict[str, dict[str, Json]] = field(default_factory=dict)
    metastores: dict[str, Metastore] = field(default_factory=dict)
    # Rule sets by name: `etag` and `grant_rules`.
    rule_sets: dict[str, Json] = field(default_factory=dict)
    # What workspaces are made with: ids of credential, storage and network configurations and of keys, by sort.
    configurations: dict[str, list[str]] = field(default_factory=dict)
    # Governed tags by key.
    tag_policies: dict[str, Json] = field(default_factory=dict)
    # Objects of the collections of `account_objects.py`, by path and id.
    objects: dict[str, dict[str, Json]] = field(default_factory=dict)
    settings: dict[str, Json] = field(default_factory=dict)
    last_id: int = 4_000_000_000_000_000

    def next_id(self) -> int:
        """Return an id that was never used: Databricks' ids have 15 to 16 digits."""
        self.last_id += 7919
        return self.last_id

    def add(self, kind: str, display_name: str, **more: Any) -> Principal:
        """Add a principal."""
        principal = Principal(str(self.next_id()), kind, display_name, **more)
        if kind == SERVICE_PRINCIPAL and not principal.application_id:
            principal.application_id = str(uuid.uuid4())
        self.principals[principal.id] = principal
        return principal

    def of_type(self, kind: str) -> list[Principal]:
        """Return the principals of a type, in the order of their making."""
        return [one for one in self.principals.values() if one.type == kind]

    def groups_of(self, principal_id: str) -> set[str]:
        """Return the ids of all groups that a principal is in, through nested ones too."""
        found: set[str] = set()
        pending = [principal_id]
        while pending:
            current = pending.pop()
            for group in self.principals.values():
                if group.type == GROUP and current in group.members and group.id not in found:
                    found.add(group.id)
                    pending.append(group.id)
        return found

    def is_workspace_admin(self, workspace: Workspace, principal_id: str) -> bool:
        """Return whether a principal is administrator of a workspace, itself or through a group."""
        holders = {principal_id, *self.groups_of(principal_id)}
        return any(workspace.assignments.get(holder) == "ADMIN" for holder in holders)

    def is_in_workspace(self, workspace: Workspace, principal_id: str) -> bool:
        """Return whether a principal is assigned to a workspace, itself or through a group."""
        return any(holder in workspace.assignments for holder in (principal_id, *self.groups_of(principal_id)))

    def named(self, name: str) -> Principal | None:
        """Return the principal that a name means in Unity Catalog and secret scopes: of a group, a user or an id."""
        for one in self.principals.values():
            own = {GROUP: one.display_name, USER: one.user_name, SERVICE_PRINCIPAL: one.application_id}[one.type]
            if own.lower() == name.lower():
                return one
        return None

    def name_of(self, principal_id: str) -> str:
        """Return what Unity Catalog and secret scopes call a principal."""
        one = self.principals.get(principal_id)
        if one is None:
            return principal_id  # one of Databricks' own groups of everybody
        return {GROUP: one.display_name, USER: one.user_name, SERVICE_PRINCIPAL: one.application_id}[one.type]

    def remove(self, principal_id: str) -> None:
        """Remove a principal with its memberships, assignments and permissions."""
        gone = self.principals[principal_id]
        if gone.type == SERVICE_PRINCIPAL:
            self.rule_sets = {
                name: one for name, one in self.rule_sets.items() if f"/{gone.application_id}/" not in f"{name}/"
            }
        if gone.type == GROUP:
            self.rule_sets = {
                name: one for name, one in self.rule_sets.items() if f"/groups/{principal_id}/" not in name
            }
        del self.principals[principal_id]
        self.federation.pop(principal_id, None)
        self.principal_secrets.pop(principal_id, None)
        for metastore in self.metastores.values():
            for held in metastore.privileges.values():
                held.pop(principal_id, None)
        for group in self.of_type(GROUP):
            group.members = [member for member in group.members if member != principal_id]
        for workspace in self.workspaces.values():
            workspace.assignments.pop(principal_id, None)
            workspace.entitlements.pop(principal_id, None)
            for scope in workspace.secret_scopes.values():
                scope["acls"].pop(principal_id, None)
            for entries in workspace.permissions.values():
                entries.pop(principal_id, None)
        self.tokens = {text: token for text, token in self.tokens.items() if token.principal != principal_id}

    def issue(self, principal_id: str, expires: float, workspace: int) -> str:
        """Make an access token."""
        text = f"emulated-{secrets.token_urlsafe(24)}"
        self.tokens[text] = Token(principal_id, expires, workspace)
        return text

    def to_json(self) -> Json:
        """Return the whole state as plain values."""
        return asdict(self)


def account_from_json(value: Json) -> Account:
    """Return the state that `to_json` wrote."""
    plain = dict(value)
    principals = {key: Principal(**one) for key, one in plain.pop("principals").items()}
    workspaces = {key: Workspace(**one) for key, one in plain.pop("workspaces").items()}
    tokens = {key: Token(**one) for key, one in plain.pop("tokens").items()}
    metastores = {key: Metastore(**one) for key, one in plain.pop("metastores", {}).items()}
    return Account(principals=principals, workspaces=workspaces, tokens=tokens, metastores=metastores, **plain)
