"""What the Okta emulator answers, checked against Okta's own OpenAPI document.

The document comes with Okta's Go SDK, through the Go module proxy; where neither the proxy nor its cache can be reached
the test is skipped with that reason.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

from rolecall.errors import ToolchainError
from rolecall.toolchain.go import find_go
from rolecall.toolchain.progress import Progress
from tests.support.identity import GROUPS, OKTA_APPLICATION, Company, company

MODULE = "github.com/okta/okta-sdk-golang/v5@v5.0.2"
DOCUMENT = "urn:okta"


@pytest.fixture
def systems() -> Iterator[Company]:
    with company() as running:
        yield running


class TextLoader(yaml.CSafeLoader):
    """Reads dates as texts: some of the document's examples are no dates at all."""


TextLoader.yaml_implicit_resolvers = {
    first: [one for one in found if one[0] != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


@cache
def document() -> dict[str, Any]:
    """Return Okta's document as JSON; what a reader of YAML takes for dates or numbers stays a text."""
    try:
        go = find_go(Progress())
        told = subprocess.run(
            [go, "mod", "download", "-json", MODULE], capture_output=True, text=True, timeout=300, check=True
        )
    except (ToolchainError, OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"Okta's OpenAPI document cannot be had through the Go module proxy: {error}")
    path = Path(json.loads(told.stdout)["Dir"]) / "okta" / "api" / "openapi.yaml"
    found: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=TextLoader)  # noqa: S506 - it is a safe one
    return found


def schema_of(method: str, route: str, status: str) -> dict[str, Any] | None:
    """Return the schema of an answer, or None where it has no body."""
    operation = document()["paths"][route][method.lower()]
    answers = operation["responses"]
    assert status in answers, f"{method} {route} answers {sorted(answers)}, not {status}"
    answer = answers[status]
    if "$ref" in answer:
        answer = document()["components"]["responses"][answer["$ref"].rsplit("/", 1)[-1]]
    content = answer.get("content") or {}
    return content["application/json"]["schema"] if "application/json" in content else None


def problems(schema: dict[str, Any], value: Any) -> list[str]:
    # OpenAPI 3.0 is JSON Schema of draft 4 with a few words more; references lead into the whole document.
    registry: Registry[Any] = Registry().with_resource(DOCUMENT, DRAFT4.create_resource(document()))
    absolute = json.loads(json.dumps(schema, default=str).replace('"#/', f'"{DOCUMENT}#/'))
    validator = OAS30Validator(absolute, registry=registry)
    return [f"{list(one.absolute_path)}: {one.message[:200]}" for one in validator.iter_errors(value)]


def requests_of(systems: Company) -> list[tuple[str, str, str, Any]]:
    """Return method, route of the document, path and body of what is asked, in an order in which it works."""
    group, user = GROUPS["okta"]["engineers"], systems.okta_call("GET", "users/dora@example.com")["id"]
    rule = systems.okta_call(
        "POST",
        "groups/rules",
        {
            "type": "group_rule",
            "name": "one",
            "conditions": {"expression": {"value": 'user.department=="ML"', "type": "urn:okta:expression:1.0"}},
            "actions": {"assignUserToGroups": {"groupIds": [group]}},
        },
    )
    server = systems.okta_call("POST", "authorizationServers", {"name": "one", "audiences": ["api://one"]})["id"]
    own = "/api/v1/authorizationServers/{authServerId}"
    scope = {"name": "jobs", "consent": "IMPLICIT"}
    claim = {"name": "a", "claimType": "RESOURCE", "valueType": "EXPRESSION", "value": "user.login"}
    policy = {
        "type": "OAUTH_AUTHORIZATION_POLICY",
        "name": "p",
        "description": "p",
        "priority": 1,
        "status": "ACTIVE",
        "conditions": {"clients": {"include": ["ALL_CLIENTS"]}},
    }
    application = f"apps/{OKTA_APPLICATION}"
    return [
        ("GET", "/api/v1/groups", "groups?expand=stats", None),
        ("POST", "/api/v1/groups", "groups", {"profile": {"name": "made", "description": "by a test"}}),
        ("GET", "/api/v1/groups/{groupId}", f"groups/{group}", None),
        ("PUT", "/api/v1/groups/{groupId}", f"groups/{group}", {"profile": {"name": "engineers"}}),
        ("GET", "/api/v1/groups/{groupId}/users", f"groups/{group}/users", None),
        ("PUT", "/api/v1/groups/{groupId}/users/{userId}", f"groups/{group}/users/{user}", None),
        ("DELETE", "/api/v1/groups/{groupId}/users/{userId}", f"groups/{group}/users/{user}", None),
        ("GET", "/api/v1/groups/rules", "groups/rules", None),
        ("GET", "/api/v1/groups/rules/{groupRuleId}", f"groups/rules/{rule['id']}", None),
        (
            "POST",
            "/api/v1/groups/rules/{groupRuleId}/lifecycle/activate",
            f"groups/rules/{rule['id']}/lifecycle/activate",
            None,
        ),
        ("DELETE", "/api/v1/groups/rules/{groupRuleId}", f"groups/rules/{rule['id']}?removeUsers=true", None),
        ("GET", "/api/v1/users", "users", None),
        ("GET", "/api/v1/users/{userId}", f"users/{user}", None),
        ("GET", "/api/v1/apps/{appId}/groups", f"{application}/groups", None),
        ("PUT", "/api/v1/apps/{appId}/groups/{groupId}", f"{application}/groups/{group}", {}),
        ("GET", "/api/v1/apps/{appId}/groups/{groupId}", f"{application}/groups/{group}", None),
        ("DELETE", "/api/v1/apps/{appId}/groups/{groupId}", f"{application}/groups/{group}", None),
        ("GET", "/api/v1/authorizationServers", "authorizationServers", None),
        ("GET", own, f"authorizationServers/{server}", None),
        ("POST", f"{own}/scopes", f"authorizationServers/{server}/scopes", scope),
        ("GET", f"{own}/scopes", f"authorizationServers/{server}/scopes", None),
        ("POST", f"{own}/claims", f"authorizationServers/{server}/claims", claim),
        ("GET", f"{own}/claims", f"authorizationServers/{server}/claims", None),
        ("POST", f"{own}/policies", f"authorizationServers/{server}/policies", policy),
        ("GET", f"{own}/policies", f"authorizationServers/{server}/policies", None),
        ("GET", "/api/v1/logs", "logs", None),
        ("DELETE", "/api/v1/groups/{groupId}", f"groups/{GROUPS['okta']['analysts']}", None),
    ]


def test_every_answer_fits_oktas_document(systems: Company) -> None:
    document()
    found: list[str] = []
    headers = {"Authorization": f"SSWS {systems.okta.token}"}
    for method, route, path, body in requests_of(systems):
        address = f"{systems.okta.address}/api/v1/{path}"
        answer = systems.http.request(method, address, json=body, headers=headers)
        schema = schema_of(method, route, str(answer.status_code))
        assert (schema is None) is (not answer.content), f"{method} {route}"
        if schema is not None:
            found += [f"{method} {route} {one}" for one in problems(schema, answer.json())]
    assert not found, "\n".join(found)


def test_refusals_fit_oktas_document(systems: Company) -> None:
    document()
    headers = {"Authorization": f"SSWS {systems.okta.token}"}
    for status, path, sent in (
        ("403", "groups", {"Authorization": "SSWS reader"}),
        ("404", "groups/00gnobody", headers),
        ("429", "groups", headers),
    ):
        systems.okta.organization.tokens["reader"] = "read-only"
        systems.fault("okta", *([{"kind": "status", "status": 429}] if status == "429" else []))
        method = "POST" if status == "403" else "GET"
        answer = systems.http.request(method, f"{systems.okta.address}/api/v1/{path}", json={}, headers=sent)
        assert str(answer.status_code) == status
        route = "/api/v1/groups/{groupId}" if status == "404" else "/api/v1/groups"
        schema = schema_of(method, route, status)
        assert schema is not None
        assert problems(schema, answer.json()) == []
