"""The emulator's state: an organization with its users, groups, rules, applications and authorization servers."""

from __future__ import annotations

import secrets
import string
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from rolecall.emulators.application import Json
from rolecall.emulators.okta.expressions import Expression, parse_expression

_LETTERS = string.ascii_letters + string.digits
ACTIVE, INACTIVE, DEPROVISIONED = "ACTIVE", "INACTIVE", "DEPROVISIONED"
STAGED, PROVISIONED = "STAGED", "PROVISIONED"


def new_id(prefix: str) -> str:
    """Return an id as Okta makes them: twenty letters and digits, three of which say what it is."""
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(20 - len(prefix)))


@dataclass
class User:
    """A person."""

    id: str
    status: str
    profile: Json
    created: str
    changed: str
    activated: str | None = None
    # When the status changed; empty where that was when the user was created.
    status_changed: str = ""
    password_changed: str | None = None
    has_password: bool = False
    question: str = ""
    # Whose password it is: OKTA, IMPORT (a hash), FEDERATION.
    provider: str = "OKTA"
    user_type: str = ""
    risk: str = ""


@dataclass
class Group:
    """A group; `members` are those that were added one by one, not those that a rule adds."""

    id: str
    type: str
    profile: Json
    created: str
    changed: str
    members: list[str] = field(default_factory=list)
    membership_changed: str = ""


@dataclass
class Rule:
    """A rule that adds users to groups."""

    id: str
    name: str
    status: str
    expression: str
    groups: list[str]
    created: str
    changed: str
    # Whom it had added when it was deactivated: they stay until it is active again.
    held: list[str] = field(default_factory=list)
    # Users and groups whom it never adds.
    excluded_users: list[str] = field(default_factory=list)
    excluded_groups: list[str] = field(default_factory=list)


@dataclass
class Application:
    """An application; the groups and users that are assigned to it get into it.

    `provisions` is the name of the service that it writes users and groups into by SCIM, or empty.
    """

    id: str
    name: str
    label: str
    status: str
    created: str
    groups: dict[str, Json] = field(default_factory=dict)
    users: dict[str, Json] = field(default_factory=dict)
    provisions: str = ""
    # What an OAuth client signs in with: a secret, or public keys.
    client_secret: str = ""
    keys: Json = field(default_factory=dict)
    scopes: list[str] = field(default_factory=list)
    redirects: list[str] = field(default_factory=list)
    # What a call set, as it is answered: `signOnMode`, `credentials`, `settings`, `visibility` and more.
    set: Json = field(default_factory=dict)
    changed: str = ""
    # Keys that sign for it, its secrets, features, push mappings and claims, by their ids.
    signing_keys: dict[str, Json] = field(default_factory=dict)
    secrets: dict[str, Json] = field(default_factory=dict)
    features: dict[str, Json] = field(default_factory=dict)
    pushes: dict[str, Json] = field(default_factory=dict)
    federated_claims: dict[str, Json] = field(default_factory=dict)
    connection: Json = field(default_factory=dict)
    access_policy: str = ""
    identity_token: Json = field(default_factory=dict)
    # Custom attributes of its users' profiles.
    attributes: Json = field(default_factory=dict)


@dataclass
class AuthorizationServer:
    """A custom authorization server with its scopes, claims and policies, each with its rules."""

    id: str
    status: str
    settings: Json
    created: str
    scopes: dict[str, Json] = field(default_factory=dict)
    claims: dict[str, Json] = field(default_factory=dict)
    policies: dict[str, Json] = field(default_factory=dict)
    rules: dict[str, dict[str, Json]] = field(default_factory=dict)
    changed: str = ""


@dataclass
class Organization:
    """An organization with everything in it."""

    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    applications: dict[str, Application] = field(default_factory=dict)
    servers: dict[str, AuthorizationServer] = field(default_factory=dict)
    # SSWS tokens: text to the permission that it carries, `admin` or `read-only`.
    tokens: dict[str, str] = field(default_factory=dict)
    log: list[Json] = field(default_factory=list)
    # Owners of groups by the group's id and their own, and administrators' roles by the user's or group's id.
    owners: dict[str, dict[str, Json]] = field(default_factory=dict)
    roles: dict[str, dict[str, Json]] = field(default_factory=dict)
    # Id and default user type of the organization, the realm of its users, and the owner of the first token.
    id: str = field(default_factory=lambda: new_id("00o"))
    user_type: str = field(default_factory=lambda: new_id("oty"))
    realm: str = field(default_factory=lambda: new_id("guo"))
    administrator: str = ""
    # Policies and rules of policies by id; user types, link definitions, custom roles, resource sets.
    policies: dict[str, Json] = field(default_factory=dict)
    policy_rules: dict[str, dict[str, Json]] = field(default_factory=dict)
    user_types: dict[str, Json] = field(default_factory=dict)
    linked_objects: dict[str, Json] = field(default_factory=dict)
    links: dict[str, dict[str, str]] = field(default_factory=dict)
    forms: dict[str, Json] = field(default_factory=dict)
    custom_roles: dict[str, Json] = field(default_factory=dict)
    # Attributes of users' profiles beyond Okta's own by user type, and of groups' profiles under the empty name.
    attributes: dict[str, Json] = field(default_factory=dict)
    base_changes: dict[str, Json] = field(default_factory=dict)

    def members(self, group_id: str) -> list[str]:
        """Return the ids of everybody in a group: added one by one, or by an active rule."""
        return self._members(group_id, frozenset())

    def _members(self, group_id: str, above: frozenset[str]) -> list[str]:
        if group_id in above or group_id not in self.groups:
            return []
        group = self.groups[group_id]
        if group.type == "BUILT_IN":
            return [one.id for one in self.users.values() if one.status != DEPROVISIONED]
        found = dict.fromkeys(group.members)
        inner = above | {group_id}
        for rule in self.rules.values():
            if group_id in rule.groups:
                added = self._added_by(rule, inner) if rule.status == ACTIVE else rule.held
                found.update(dict.fromkeys(added))
        return [one for one in found if one in self.users and self.users[one].status != DEPROVISIONED]

    def added_by(self, rule: Rule) -> list[str]:
        """Return whom an active rule adds to its groups."""
        return self._added_by(rule, frozenset()) if rule.status == ACTIVE else rule.held

    def _added_by(self, rule: Rule, above: frozenset[str]) -> list[str]:
        excluded = {*rule.excluded_users, *(one for key in rule.excluded_groups for one in self._members(key, above))}
        found = self._matching(parse_expression(rule.expression), above)
        return [one for one in found if one not in excluded]

    def _matching(self, expression: Expression, above: frozenset[str]) -> list[str]:
        """Return the users whom a rule means."""
        names = {one.id: str(one.profile["name"]) for one in self.groups.values()}
        asked = [*names] if expression.by_name else [*expression.groups]
        groups = {one: set(self._members(one, above)) for one in asked}
        held = {user: {one: names.get(one, "") for one in asked if user in groups[one]} for user in self.users}
        return [
            user.id
            for user in self.users.values()
            if user.status != DEPROVISIONED and expression.holds(user.profile, held[user.id])
        ]

    def groups_of(self, user_id: str) -> list[Group]:
        """Return the groups that a user is in."""
        return [group for group in self.groups.values() if user_id in self.members(group.id)]

    def to_json(self) -> Json:
        """Return the whole state as plain values."""
        return asdict(self)


def organization_from_json(value: Json) -> Organization:
    """Return the state that `to_json` wrote; states of earlier versions lack fields that have defaults."""
    parts: Json = {
        "users": {key: User(**one) for key, one in value["users"].items()},
        "groups": {key: Group(**one) for key, one in value["groups"].items()},
        "rules": {key: Rule(**one) for key, one in value["rules"].items()},
        "applications": {key: Application(**one) for key, one in value["applications"].items()},
        "servers": {key: AuthorizationServer(**one) for key, one in value["servers"].items()},
    }
    return Organization(**{**value, **parts})


def timestamp(now: float) -> str:
    """Return a time as Okta writes it."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
