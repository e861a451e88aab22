"""One account as several workspaces list it."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from rolecall.errors import SystemRefused
from rolecall.systems.databricks import rights
from rolecall.systems.databricks.given_account import GivenAccount
from rolecall.systems.requests import Json
from tests.conftest import ROOT
from tests.support.contracts import compiled

TEXT = (ROOT / "tests" / "cases" / "contract" / "workspaces-only.yaml").read_text()


def test_a_group_has_the_members_that_any_workspace_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def group(*members: str) -> Json:
        return {"id": "1", "displayName": "engineers", "members": [{"value": one} for one in members]}

    account = GivenAccount(compiled(tmp_path, TEXT).contract)
    rows = {"dev": (group("7"), {"id": "2", "displayName": "analysts"}), "prod": (group("8", "7"),)}
    monkeypatch.setattr(account, "rows", lambda _: rows)
    engineers, analysts = account.scim("x", "Groups", "")
    assert [one["value"] for one in engineers["members"]] == ["7", "8"]
    assert "members" not in analysts


def test_rights_are_read_side_by_side_and_missing_ones_keep_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = compiled(tmp_path, TEXT).contract
    account = GivenAccount(contract)
    # All four requests must be in flight before any is answered.
    together = threading.Barrier(4, timeout=60)

    def refuse(*_: object) -> Json:
        together.wait()
        raise SystemRefused("no right")

    monkeypatch.setattr(account, "rule_set", refuse)
    monkeypatch.setattr(rights, "workspace_reader", lambda *_: SimpleNamespace(get=refuse))
    found = [*rights.missing_rights(contract, contract.environments, account)]
    assert [one.partition(" (")[0] for one in found] == [
        "workspace administrator of workspace nonprod",
        "workspace administrator of workspace prod",
        f"{rights.PRINCIPAL_MANAGER.name} on service principal churn/trainer in dev",
        f"{rights.PRINCIPAL_MANAGER.name} on service principal churn/trainer in prod",
    ]
