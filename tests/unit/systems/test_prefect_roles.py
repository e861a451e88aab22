"""Roles in Prefect's workspace: roles that can change deployments are reported; Viewer and Runner are not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rolecall.contract.contract import Contract
from rolecall.systems.prefect import ways

ROLES = [
    {"id": "v", "name": "Viewer", "account_id": None, "scopes": ["see_flows"]},
    {"id": "r", "name": "Runner", "account_id": None, "scopes": ["run_flows"]},
    {"id": "d", "name": "Developer", "account_id": None, "scopes": ["manage_deployments"]},
    {"id": "w", "name": "Worker", "account_id": None, "scopes": ["run_workers"]},
    {"id": "x", "name": "Viewer", "account_id": "a", "scopes": ["manage_variables"]},
    {"id": "s", "name": "auditor", "account_id": "a", "scopes": ["see_flows", "see_deployments"]},
]
ACTORS = {
    "/account_memberships/filter": [{"id": "m1", "user_id": "u1", "email": "ben@example.com"}],
    "/teams/filter": [{"id": "t1", "name": "analysts"}],
    "/bots/filter": [{"id": "b1", "name": "poller"}],
}


def answering(access: dict[str, list[dict[str, str]]], monkeypatch: pytest.MonkeyPatch) -> None:
    answers: dict[str, list[Any]] = {"/workspace_roles/filter": ROLES, **ACTORS, **access}

    def every(path: str) -> Iterator[Any]:
        return iter(answers.get(path, []))

    monkeypatch.setattr(ways, "every", every)
    monkeypatch.setattr(ways, "account", lambda path: path)


@pytest.mark.parametrize(
    ("path", "access", "named"),
    [
        (
            "/user_access/filter",
            {"user_id": "u1", "workspace_role_id": "d"},
            "Developer of the Prefect workspace: person",
        ),
        (
            "/team_access/filter",
            {"team_id": "t1", "workspace_role_id": "d"},
            "Developer of the Prefect workspace: team",
        ),
        (
            "/bot_access/filter",
            {"bot_id": "b1", "workspace_role_id": "w"},
            "Worker of the Prefect workspace: service acc",
        ),
        (
            "/user_access/filter",
            {"user_id": "u1", "workspace_role_id": "x"},
            "Viewer of the Prefect workspace: person ben",
        ),
        (
            "/user_access/filter",
            {"user_id": "u9", "workspace_role_id": "gone"},
            "an unknown role of the Prefect workspace",
        ),
        ("/user_access/filter", {"user_id": "u1", "workspace_role_id": "v"}, ""),
        ("/team_access/filter", {"team_id": "t1", "workspace_role_id": "r"}, ""),
        ("/team_access/filter", {"team_id": "t1", "workspace_role_id": "s"}, ""),
    ],
)
def test_roles_that_can_change_deployments_are_reported(
    path: str, access: dict[str, str], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering({path: [{"id": "access", **access}]}, monkeypatch)
    found = [*ways.workspace_roles(Contract.model_construct(**_contract()))]
    assert [one.thing.startswith(named) for one in found] == ([True] if named else [])
    assert all(one.how for one in found)


def test_an_administrator_of_the_contract_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    answering({"/user_access/filter": [{"id": "a", "user_id": "u1", "workspace_role_id": "d"}]}, monkeypatch)
    contract = Contract.model_construct(**{**_contract(), "administrators": ["Ben@example.com"]})
    assert [*ways.workspace_roles(contract)] == []


class _Section:
    deployer = "rolecall"


def _contract() -> dict[str, Any]:
    return {"break_glass": None, "databricks": _Section(), "administrators": []}
