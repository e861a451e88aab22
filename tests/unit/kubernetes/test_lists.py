"""Lists from `kubectl get`: each must be present and complete."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rolecall.errors import UsageError
from rolecall.systems.kubernetes.lists import LISTS, objects_of
from tests.support.cluster_contract import cluster_contract
from tests.support.mesh_by_hand import Objects, accepted, declared


def lists(objects: Objects) -> list[dict[str, Any]]:
    return [
        {
            "apiVersion": f"{one.group}/v1" if one.group else "v1",
            "kind": f"{one.kind}List",
            "metadata": {"resourceVersion": "1"},
            "items": [
                {key: value for key, value in item.items() if key not in ("apiVersion", "kind")}
                for item in objects
                if item["kind"] == one.kind and item["apiVersion"].rpartition("/")[0] == one.group
            ],
        }
        for one in LISTS
    ]


def test_a_list_that_was_not_read_is_no_empty_list(tmp_path: Path) -> None:
    compiled = cluster_contract(tmp_path)
    documents = lists(accepted(declared(compiled)))
    listed = [one for one in declared(compiled) if one["kind"] in {each.kind for each in LISTS}]
    assert len(objects_of(documents, gateway=True)) == len(listed) + 1
    for number, one in enumerate(LISTS):
        with pytest.raises(UsageError, match=f"{one.kind} of") as caught:
            objects_of(documents[:number] + documents[number + 1 :], gateway=True)
        assert one.path in caught.value.how_to_go_on
    assert objects_of(documents[:-2], gateway=False)
    part = {**documents[3], "metadata": {"continue": "more"}}
    with pytest.raises(UsageError, match="more pages"):
        objects_of([*documents, part], gateway=True)
    others: list[object] = [
        {"kind": "Status", "code": 403},
        [],
        "text",
        {"kind": "List", "apiVersion": "v1", "items": []},
    ]
    for wrong in others:
        with pytest.raises(UsageError, match="none of these lists"):
            objects_of([*documents, wrong], gateway=True)
