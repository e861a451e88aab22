"""Sources of views with partially qualified names, from the service's list of dependencies."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from rolecall.systems.databricks.ways import data
from rolecall.systems.databricks.ways.place import Place

READS = {"dependencies": [{"table": {"table_full_name": "acme.fraud.cards"}}]}


class Tables:
    """Answers one view, and counts the requests."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def get(self, path: str, /) -> dict[str, Any]:
        self.asked.append(path)
        return {"view_dependencies": READS}


@pytest.mark.parametrize(
    ("definition", "listed", "found", "asked"),
    [
        ("SELECT * FROM fraud.cards", {}, ["acme.fraud.cards"], 1),
        ("SELECT * FROM cards c JOIN x.y.z", {}, ["acme.fraud.cards"], 1),
        ("SELECT * FROM `fraud` . `cards`", {}, ["acme.fraud.cards"], 1),
        ("SELECT * FROM fraud.cards", {"view_dependencies": READS}, ["acme.fraud.cards"], 0),
        ("SELECT * FROM acme.other.t", {}, [], 0),
        ("SELECT * FROM `acme`.`other`.`t` JOIN a.b.c ON 1=1", {}, [], 0),
        ("SELECT 1", {}, [], 0),
    ],
)
def test_a_views_sources_are_read_only_if_list_and_text_omit_them(
    definition: str, listed: dict[str, Any], found: list[str], asked: int
) -> None:
    tables = Tables()
    place = cast("Place", SimpleNamespace(reader=tables))
    item = {"full_name": "lab.play.peek", "view_definition": definition, **listed}
    assert data._sources(place, "table", item, definition) == found
    assert len(tables.asked) == asked
