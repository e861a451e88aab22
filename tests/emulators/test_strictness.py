"""In strict mode no emulator says yes to what it does not know: 501 with the name."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.support.identity import GROUPS, Company, company


@pytest.fixture(scope="module")
def systems() -> Iterator[Company]:
    with company() as running:
        yield running


def okta(systems: Company, method: str, path: str, **more: object) -> httpx.Response:
    headers = {"Authorization": f"SSWS {systems.okta.token}"}
    return httpx.request(method, f"{systems.okta.address}{path}", headers=headers, **more)  # type: ignore[arg-type]


def test_an_unknown_parameter_is_named(systems: Company) -> None:
    assert okta(systems, "GET", "/api/v1/groups", params={"limit": "2"}).status_code == 200
    answer = okta(systems, "GET", "/api/v1/groups", params={"limit": "2", "colour": "red"})
    assert answer.status_code == 501
    assert "parameter colour" in answer.json()["message"]


def test_an_unknown_field_is_named(systems: Company) -> None:
    body = {"profile": {"name": "strict"}, "colour": "red", "shape": "round"}
    answer = okta(systems, "POST", "/api/v1/groups", json=body)
    assert answer.status_code == 501
    assert answer.json()["message"].endswith("field colour, field shape")


def test_an_unknown_header_with_a_meaning_is_named(systems: Company) -> None:
    headers = {"Authorization": f"SSWS {systems.okta.token}", "If-Match": "x", "X-Forwarded-For": "127.0.0.1"}
    answer = httpx.get(f"{systems.okta.address}/api/v1/groups", headers=headers)
    assert answer.status_code == 501
    assert answer.json()["message"].endswith("header if-match")


def test_a_refusal_goes_before(systems: Company) -> None:
    answer = okta(systems, "POST", "/api/v1/groups", json={"profile": {"name": ""}, "colour": "red"})
    assert answer.status_code == 400, "the service does not look at the rest of what it refuses"


def test_only_tests_are_that_strict(systems: Company) -> None:
    emulator = systems.okta.emulator
    emulator.strict = False
    try:
        assert okta(systems, "GET", "/api/v1/groups", params={"colour": "red"}).status_code == 200
    finally:
        emulator.strict = True


def test_an_unknown_field_of_an_inner_object_is_named(systems: Company) -> None:
    body = {
        "type": "group_rule",
        "name": "strict inside",
        "conditions": {"expression": {"value": 'user.department=="ML"', "colour": "red"}, "shape": {"round": True}},
        "actions": {"assignUserToGroups": {"groupIds": [GROUPS["okta"]["engineers"]]}},
    }
    answer = okta(systems, "POST", "/api/v1/groups/rules", json=body)
    assert answer.status_code == 501
    assert answer.json()["message"].endswith("field conditions.shape, field conditions.expression.colour")
