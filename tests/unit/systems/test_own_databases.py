"""Postgres roles in the contract's database instances, and files of its locations in others' catalogs."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from rolecall.access.effective import Access
from rolecall.errors import ObjectMissing
from rolecall.ids.ids import GroupId, ObjectId
from rolecall.ids.verbs import Kind, Verb
from rolecall.systems.databricks.client import Reader
from rolecall.systems.databricks.ways import elsewhere
from rolecall.systems.databricks.ways.databases import own_databases
from rolecall.systems.databricks.ways.identities import Identities
from rolecall.systems.databricks.ways.place import Place

LEDGER, NEW = (ObjectId("dev", Kind.DATABASE_INSTANCE, "fraud", key) for key in ("ledger", "new"))
KNOWN = Identities(
    principals={},
    groups={"engineers": "group engineers"},
    scopes=frozenset(),
    data=frozenset(),
    deployer="app-0",
    subjects={"engineers": GroupId("engineers")},
)
OWN = {(str(one.kind), one.key): one for one in (NEW, LEDGER)}


class Databases(Reader):
    """Answers the roles of one instance; others are not there."""

    def __init__(self, roles: list[dict[str, Any]], code: str = "RESOURCE_DOES_NOT_EXIST") -> None:
        self._roles, self._code = roles, code

    def every(self, path: str, items: str, /, **query: str | int) -> Iterator[dict[str, Any]]:
        if "/ledger/" not in path:
            raise ObjectMissing(f"{path} does not exist", status=404, code=self._code)
        yield from self._roles if items == "database_instance_roles" else []


def roles(*found: dict[str, Any]) -> list[str]:
    given: Access = {LEDGER: {GroupId("engineers"): Verb.RUN}}
    return [one.thing for one in own_databases(Databases([*found]), "nonprod", KNOWN, OWN, given)]


def test_an_instance_that_is_not_there_yet_leaves_the_others_read() -> None:
    assert roles({"name": "ben@example.com"}) == [
        "Postgres role person ben@example.com of database instance fraud/ledger in dev"
    ]


def test_a_workspace_without_database_instances_is_no_empty_answer() -> None:
    with pytest.raises(ObjectMissing):
        [*own_databases(Databases([], "ENDPOINT_NOT_FOUND"), "nonprod", KNOWN, OWN, {})]


def test_built_in_roles_are_not_reported_but_principals_with_such_names_are() -> None:
    assert roles({"name": "databricks_superuser"}, {"name": "pg_monitor"}) == []
    assert len(roles({"name": "databricks_users", "identity_type": "GROUP"})) == 1


@pytest.mark.parametrize("field", ["attributes", "effective_attributes"])
def test_effective_attributes_are_evaluated(field: str) -> None:
    assert roles({"name": "engineers", field: {"bypassrls": False}}) == []
    assert len(roles({"name": "engineers", field: {"bypassrls": True}})) == 1


@pytest.mark.parametrize(
    ("noun", "item", "shown"),
    [
        ("table", {"table_type": "EXTERNAL"}, True),
        ("table", {"table_type": "FOREIGN"}, True),
        ("table", {}, True),
        ("table", {"table_type": "MANAGED"}, False),
        ("table", {"table_type": "STREAMING_TABLE"}, False),
        ("volume", {"volume_type": "EXTERNAL"}, True),
        ("volume", {"volume_type": "MANAGED"}, False),
    ],
)
def test_managed_data_of_others_below_a_location_has_files_of_its_own(
    noun: str, item: dict[str, Any], shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = ObjectId("dev", Kind.EXTERNAL_LOCATION, "fraud", "landing")
    monkeypatch.setattr(elsewhere, "_locations", lambda _: iter([(("s3", "fraud", "landing"), target)]))
    place = cast("Place", SimpleNamespace(known=KNOWN))
    live = {"full_name": "yard.sale.one", "owner": "ada", "storage_location": "s3://fraud/landing/one", **item}
    assert bool([*elsewhere.at_locations(place, noun, live)]) is shown
