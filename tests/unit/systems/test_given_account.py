"""One account as several workspaces list it."""

from __future__ import annotations

from pathlib import Path

import pytest

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
