"""References of jobs to other objects: found with their places, and replaced."""

from __future__ import annotations

from typing import Any

from rolecall.kinds.references import Substitution, references_in, replace_references

SETTINGS: dict[str, Any] = {
    "tasks": [
        {"sql_task": {"warehouse_id": "${resources.warehouses.reports.id}"}},
        {"notebook_task": {"base_parameters": {"from": "table ${resources.datasets.features.name}.latest"}}},
        {"notebook_task": {"base_parameters": {"job": "{{job.id}}", "other": "${var.x}"}}},
    ]
}


def test_references_are_found_where_they_stand() -> None:
    assert list(references_in(SETTINGS)) == [
        Substitution(("tasks", 0, "sql_task", "warehouse_id"), "warehouses", "reports", "id", True),
        Substitution(("tasks", 1, "notebook_task", "base_parameters", "from"), "datasets", "features", "name", False),
    ]


def test_a_whole_value_becomes_whatever_stands_for_it_and_a_part_becomes_text() -> None:
    output = object()
    replaced = replace_references(SETTINGS, lambda _section, _name, attribute: output if attribute == "id" else "a.b")
    assert replaced["tasks"][0]["sql_task"]["warehouse_id"] is output
    assert replaced["tasks"][1]["notebook_task"]["base_parameters"]["from"] == "table a.b.latest"
    assert replaced["tasks"][2] == SETTINGS["tasks"][2]
