"""Custom authorization servers with their scopes, claims and access policies, as one object.

https://developer.okta.com/docs/api/openapi/okta-management/management/tag/AuthorizationServer/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from rolecall.errors import ObjectMissing, RequestRejected, RolecallError
from rolecall.kinds.api import value_at
from rolecall.systems.okta.client import PAGE, every, okta, one
from rolecall.systems.okta.group import INVALID
from rolecall.systems.ownership import UNOWNED, is_marked, marked, require_own, require_writable, unmarked
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, PartlyMade, Resource

PATH = "/api/v1/authorizationServers"


class Scope(Model):
    """What a client may ask for."""

    name: str = Field(min_length=1, description="its name")
    description: str = Field(default="", description="what it allows")


class Claim(Model):
    """What an access token says."""

    name: str = Field(min_length=1, description="its name in the token")
    value: str = Field(min_length=1, description="an expression, or what names of groups are compared with")
    value_type: Literal["EXPRESSION", "GROUPS"] = Field(default="EXPRESSION", description="how the value is read")
    group_filter: Literal["STARTS_WITH", "EQUALS", "CONTAINS", "REGEX"] | None = Field(
        default=None, description="how names of groups are compared"
    )
    scopes: list[str] = Field(default_factory=list, description="only in tokens with one of these scopes; all if empty")


class AccessRule(Model):
    """What a policy allows."""

    name: str = Field(min_length=1, description="its name in the policy")
    grant_types: list[str] = Field(min_length=1, description="OAuth grant types, say client_credentials")
    scopes: list[str] = Field(min_length=1, description="names of scopes, or *")
    token_minutes: int = Field(default=60, ge=5, le=1440, description="minutes that an access token lasts")


class AccessPolicy(Model):
    """Which clients get tokens, and by which rules."""

    name: str = Field(min_length=1, description="its name in the server")
    clients: list[str] = Field(min_length=1, description="ids of clients, or ALL_CLIENTS")
    rules: list[AccessRule] = Field(min_length=1, description="what they may have; the first that fits decides")


class ServerInputs(Model):
    """An authorization server with all that is in it."""

    name: str = Field(min_length=1, description="its name in the organization")
    description: str = Field(default="", description="what it is for")
    audience: str = Field(min_length=1, description="for whom its tokens are meant")
    managed_by: str = Field(min_length=1, description="whose it is; written at the end of its description")
    scopes: list[Scope] = Field(default_factory=list, description="its scopes, beside those of OpenID Connect")
    claims: list[Claim] = Field(default_factory=list, description="claims that it adds to access tokens")
    policies: list[AccessPolicy] = Field(default_factory=list, description="its access policies, the first one first")
    adopt: bool = Field(default=False, description="take over a server of this name that is there already")


class AuthorizationServer(Resource[ServerInputs]):
    """An authorization server that Rolecall makes in Okta."""

    token = "rolecall:okta:AuthorizationServer"
    description = "A custom authorization server in Okta with its scopes, claims and access policies."
    computed = {"issuer": "the address that its tokens name as their issuer"}

    def create(self, inputs: ServerInputs) -> Live[ServerInputs]:
        """Make it with all its parts."""
        request = Request("POST", PATH, body=_body(inputs))
        try:
            made = okta().once(lambda: _own(inputs), request, lambda answer: dict(answer.body))
        except RequestRejected as error:
            found = _named(inputs.name) if error.code == INVALID else None
            if found is None:
                raise
            what = f"Okta authorization server {inputs.name!r} ({found['id']})"
            require_writable(what, found.get("description"), inputs.managed_by, adopt=inputs.adopt)
            made = okta().send(Request("PUT", f"{PATH}/{found['id']}", body=_body(inputs))).body
        identity, computed = str(made["id"]), {"issuer": str(made["issuer"])}
        try:
            _write_parts(identity, inputs)
        except RolecallError as error:
            empty = inputs.model_copy(update={"scopes": [], "claims": [], "policies": []})
            raise PartlyMade(Live(identity, empty, computed), error) from error
        return Live(identity, inputs, computed)

    def read(self, identity: str, declared: ServerInputs | None) -> Live[ServerInputs] | None:
        """Return it with all its parts."""
        found = one(f"{PATH}/{identity}")
        if found is None:
            return None
        managed_by = declared.managed_by if declared else "rolecall"
        ours = is_marked(found.get("description"), managed_by)
        inputs = ServerInputs(
            name=found["name"],
            description=unmarked(found.get("description"), managed_by),
            audience=", ".join(map(str, found.get("audiences") or [])),
            managed_by=managed_by if ours else UNOWNED,
            scopes=_in_order(
                [_scope(one_) for one_ in _parts(identity, "scopes")], declared.scopes if declared else None
            ),
            claims=_in_order(
                [_claim(one_) for one_ in _parts(identity, "claims")], declared.claims if declared else None
            ),
            policies=[_policy(identity, one_) for one_ in sorted(_parts(identity, "policies"), key=_priority)],
        )
        return Live(identity, inputs, {"issuer": str(found.get("issuer") or "")})

    def update(self, identity: str, old: ServerInputs, new: ServerInputs) -> Live[ServerInputs]:
        """Change it and what differs in it."""
        made = okta().send(Request("PUT", f"{PATH}/{identity}", body=_body(new))).body
        _write_parts(identity, new)
        return Live(identity, new, {"issuer": str(made["issuer"])})

    def delete(self, identity: str, declared: ServerInputs) -> None:
        """Remove it; Okta wants it stopped first."""
        found = one(f"{PATH}/{identity}")
        if found is None:
            return
        what = f"Okta authorization server {found['name']!r} ({identity})"
        require_own(what, found.get("description"), declared.managed_by)
        try:
            okta().send(Request("POST", f"{PATH}/{identity}/lifecycle/deactivate"))
            okta().send(Request("DELETE", f"{PATH}/{identity}"))
        except ObjectMissing:
            return


def _named(name: str) -> Json | None:
    return next((found for found in every(PATH, limit=PAGE, q=name) if found["name"] == name), None)


def _own(inputs: ServerInputs) -> Json | None:
    found = _named(inputs.name)
    return found if found and is_marked(found.get("description"), inputs.managed_by) else None


def _body(inputs: ServerInputs) -> Json:
    return {
        "name": inputs.name,
        "description": marked(inputs.description, inputs.managed_by),
        "audiences": [inputs.audience],
    }


def _parts(identity: str, kind: str) -> list[Json]:
    """Return the parts of a kind that are not Okta's own."""
    return [part for part in every(f"{PATH}/{identity}/{kind}", limit=PAGE) if not part.get("system")]


def _write_parts(identity: str, inputs: ServerInputs) -> None:
    """Update scopes, claims and policies to the declared ones: missing ones first, removals last."""
    root = f"{PATH}/{identity}"
    _reconcile(f"{root}/scopes", _parts(identity, "scopes"), [_scope_body(one_) for one_ in inputs.scopes])
    _reconcile(f"{root}/claims", _parts(identity, "claims"), [_claim_body(one_) for one_ in inputs.claims])
    policies = [_policy_body(policy, number + 1) for number, policy in enumerate(inputs.policies)]
    identities = _reconcile(f"{root}/policies", _parts(identity, "policies"), policies)
    for policy in inputs.policies:
        path = f"policies/{identities[policy.name]}/rules"
        rules = [_rule_body(rule, number + 1) for number, rule in enumerate(policy.rules)]
        _reconcile(f"{root}/{path}", _parts(identity, path), rules)


def _reconcile(path: str, held: Sequence[Json], wanted: Sequence[Json]) -> dict[str, str]:
    """Make, change and remove parts by their names; return the id of each by its name."""
    by_name = {str(part["name"]): part for part in held}
    identities: dict[str, str] = {}
    for body in wanted:
        found = by_name.get(body["name"])
        if found is None:
            identities[body["name"]] = str(okta().send(Request("POST", path, body=body)).body["id"])
            continue
        identities[body["name"]] = str(found["id"])
        if any(found.get(key) != value for key, value in body.items()):
            okta().send(Request("PUT", f"{path}/{found['id']}", body=body))
    for name, part in by_name.items():
        if name not in identities:
            okta().send(Request("DELETE", f"{path}/{part['id']}"))
    return identities


def _scope_body(scope: Scope) -> Json:
    return {"name": scope.name, "description": scope.description, "consent": "IMPLICIT"}


def _scope(body: Json) -> Scope:
    return Scope(name=body["name"], description=body.get("description") or "")


def _claim_body(claim: Claim) -> Json:
    filtered = {"group_filter_type": claim.group_filter} if claim.group_filter else {}
    return {
        "name": claim.name,
        "claimType": "RESOURCE",
        "valueType": claim.value_type,
        "value": claim.value,
        "conditions": {"scopes": list(claim.scopes)},
        "alwaysIncludeInToken": True,
        **filtered,
    }


def _claim(body: Json) -> Claim:
    return Claim(
        name=body["name"],
        value=value_at(body, "value"),
        value_type=value_at(body, "valueType"),
        group_filter=body.get("group_filter_type"),
        scopes=list((body.get("conditions") or {}).get("scopes") or []),
    )


def _policy_body(policy: AccessPolicy, priority: int) -> Json:
    return {
        "type": "OAUTH_AUTHORIZATION_POLICY",
        "name": policy.name,
        "description": policy.name,
        "status": "ACTIVE",
        "priority": priority,
        "conditions": {"clients": {"include": list(policy.clients)}},
    }


def _rule_body(rule: AccessRule, priority: int) -> Json:
    return {
        "type": "RESOURCE_ACCESS",
        "name": rule.name,
        "status": "ACTIVE",
        "priority": priority,
        "conditions": {
            "people": {"groups": {"include": ["EVERYONE"]}},
            "grantTypes": {"include": list(rule.grant_types)},
            "scopes": {"include": list(rule.scopes)},
        },
        "actions": {"token": {"accessTokenLifetimeMinutes": rule.token_minutes}},
    }


def _policy(identity: str, body: Json) -> AccessPolicy:
    rules = sorted(_parts(identity, f"policies/{body['id']}/rules"), key=_priority)
    return AccessPolicy(
        name=body["name"],
        clients=list(value_at(body, "conditions.clients.include") or []),
        rules=[
            AccessRule(
                name=rule["name"],
                grant_types=list(value_at(rule, "conditions.grantTypes.include") or []),
                scopes=list(value_at(rule, "conditions.scopes.include") or []),
                token_minutes=value_at(rule, "actions.token.accessTokenLifetimeMinutes") or 60,
            )
            for rule in rules
        ],
    )


def _priority(part: Json) -> int:
    return int(part.get("priority") or 0)


def _in_order(found: list[Any], declared: list[Any] | None) -> list[Any]:
    """Return parts in the order in which they were declared, the others behind: the system keeps no order."""
    names = [one_.name for one_ in declared or []]
    return sorted(found, key=lambda one_: (names.index(one_.name) if one_.name in names else len(names), one_.name))
