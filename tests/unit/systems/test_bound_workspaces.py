"""Bindings to workspaces with unknown ids count neither as declared nor as undeclared."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from rolecall.errors import SystemUnreachable
from rolecall.systems.databricks import observe
from rolecall.systems.databricks.client import Reader
from rolecall.systems.databricks.ways import data
from rolecall.systems.databricks.ways.place import Place
from tests.support.contracts import CONTRACT, compiled

BINDINGS: list[dict[str, Any]] = [{"workspace_id": 1}, {"workspace_id": 42, "binding_type": "BINDING_TYPE_READ_ONLY"}]


class Catalog:
    """Answers with an isolated catalog and its bindings."""

    def get(self, path: str) -> dict[str, Any]:
        return {"name": path, "isolation_mode": "ISOLATED"}

    def every(self, path: str, items: str) -> list[dict[str, Any]]:
        return BINDINGS if path.endswith("/bindings/catalog/acme") else []


@pytest.mark.parametrize(("bound", "found"), [({"prod": "42"}, 0), ({"prod": "43"}, 1), ({}, 0)])
def test_a_binding_is_of_others_only_where_all_ids_are_known(tmp_path: Path, bound: dict[str, str], found: int) -> None:
    declared = "dev: {workspace: nonprod, catalog: acme, catalog_isolated: true, catalog_workspaces: {prod: read}"
    contract = compiled(tmp_path, CONTRACT.replace("dev: {workspace: nonprod", declared)).contract
    known = SimpleNamespace(is_administrator=lambda *_: True)
    unused = cast("Any", None)
    place = Place(contract, "dev", cast("Reader", Catalog()), unused, cast("Any", known), unused, unused, bound)
    assert len([*data._catalog(place, lambda: "1")]) == found


def test_a_workspace_that_does_not_answer_makes_bindings_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = "dev: {workspace: nonprod, catalog: acme, catalog_isolated: true, catalog_workspaces: {prod: read}"
    contract = compiled(tmp_path, CONTRACT.replace("dev: {workspace: nonprod", declared)).contract
    monkeypatch.setattr(observe, "ids_of_workspaces", lambda *_: {})
    with pytest.raises(SystemUnreachable, match="workspace prod does not answer"):
        observe._add_bound_ids(contract, cast("Reader", None), {})
