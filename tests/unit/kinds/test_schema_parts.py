"""Tables, volumes and functions: their declarations, and the access of holders of the schema."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.access.effective import effective
from rolecall.access.grant import Grant
from rolecall.access.graph.escalations import escalations
from rolecall.access.graph.powers import powers_of
from rolecall.contract.invariant import What
from rolecall.contract.invariant_checks import targets_of
from rolecall.ids.ids import GroupId, ObjectId, ServicePrincipalId
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.registry import BY_NAME
from rolecall.slices.data_objects import data_object
from tests.support.contracts import CONTRACT, compiled, load
from tests.support.declared import declared

HERE = CONTRACT.replace(
    "prod: {workspace: prod, protected: true}", "prod: {workspace: prod, protected: true, catalog: acme}"
)
HERE = HERE.replace("dev: {workspace: nonprod}", "dev: {workspace: nonprod, catalog: acme_dev}")
PARTS = """\
    datasets: {scores: {}}
    tables:
      latest: {dataset: scores}
      prices: {existing: market.prices}
    volumes:
      reports: {dataset: scores, description: Reports, overrides: {prod: {name: old_reports}}}
      shared: {existing: market.files}
    functions: {mask: {dataset: scores}}
"""
GRANTS, VOLUME = "databricks:index/grants:Grants", "databricks:index/volume:Volume"
ENGINEERS, TRAINER = GroupId("engineers"), ServicePrincipalId("prod", "churn", "trainer")


def of(kind: Kind, key: str, environment: str = "prod") -> ObjectId:
    return ObjectId(environment, kind, "churn", key)


def test_a_volume_of_a_dataset_is_made_and_of_all_others_the_access_list_is_declared(tmp_path: Path) -> None:
    recorder = declared(compiled(tmp_path, HERE + PARTS), "prod.churn")
    ((name, volume),) = recorder.of(VOLUME).items()
    assert name == "churn-reports"
    assert volume == {
        "catalogName": "acme",
        "schemaName": "",
        "name": "old_reports",
        "volumeType": "MANAGED",
        "comment": "Reports",
    } | {"schemaName": volume["schemaName"]}
    lists = recorder.of(GRANTS)
    assert lists["churn-latest"]["table"] == "acme.churn_scores.latest"
    assert lists["churn-prices"]["table"] == "acme.market.prices"
    assert lists["churn-reports"]["volume"] == "id-churn-reports"
    assert lists["churn-shared"]["volume"] == "acme.market.files"
    assert lists["churn-mask"]["function"] == "acme.churn_scores.mask"
    assert lists["churn-latest"]["grants"] == [
        {"principal": "emergency", "privileges": sorted(BY_NAME[Kind.TABLE].words[Verb.MANAGE])}
    ]


def test_who_holds_one_table_may_use_its_catalog(tmp_path: Path) -> None:
    roles = HERE.replace("roles:\n", "roles:\n  reader: [{may: view, kind: table}]\n")
    bound = "      - {role: reader, to: analysts, in: [dev]}\n"
    text = roles.replace("    service_principals:", bound + "    service_principals:", 1) + PARTS
    access = compiled(tmp_path, text).access
    assert access[of(Kind.TABLE, "latest", "dev")][GroupId("analysts")] is Verb.VIEW
    assert access[ObjectId("dev", Kind.CATALOG, None, "acme_dev")][GroupId("analysts")] is Verb.RUN


@pytest.mark.parametrize(
    ("verb", "reached"),
    [
        (Verb.VIEW, {("table", "view"), ("volume", "view")}),
        (Verb.EDIT, {("table", "edit"), ("volume", "edit")}),
        (Verb.MANAGE, {("table", "manage"), ("volume", "manage"), ("function", "manage")}),
    ],
)
def test_holders_of_a_schema_hold_what_is_in_it(tmp_path: Path, verb: Verb, reached: set[tuple[str, str]]) -> None:
    includes = powers_of(load(tmp_path, HERE + PARTS).contract).includes[of(Kind.DATASET, "scores")]
    assert {(str(one.target.kind), str(one.verb)) for one in includes if one.at is verb} == reached
    assert {one.target.key for one in includes} == {"latest", "reports", "mask"}, "the others are in another schema"


def test_who_writes_to_a_volume_with_code_acts_as_what_runs_it(tmp_path: Path) -> None:
    code = "/Volumes/acme/churn_scores/old_reports/train.py"
    contract = load(tmp_path, HERE.replace("/Workspace/Shared/train.py", code) + PARTS).contract
    for target in (of(Kind.VOLUME, "reports"), of(Kind.DATASET, "scores")):
        found = escalations(contract, effective([Grant(target, ENGINEERS, Verb.EDIT)]))
        assert TRAINER in {one.acting_as for one in found}, target
    assert not escalations(contract, effective([Grant(of(Kind.VOLUME, "shared"), ENGINEERS, Verb.EDIT)]))


def test_an_invariant_about_a_dataset_is_about_its_tables(tmp_path: Path) -> None:
    contract = load(tmp_path, HERE + PARTS).contract
    found = targets_of(contract, What(kind=Kind.DATASET, environment="prod"))
    assert {(str(one.kind), one.key) for one in found} == {
        ("dataset", "scores"),
        ("table", "latest"),
        ("volume", "reports"),
        ("function", "mask"),
    }


class Held:
    """A volume as a state has it."""

    def __init__(self, name: str, volume: str) -> None:
        self.type, self.name = VOLUME, name
        self.inputs = {"catalogName": "acme", "schemaName": "churn_scores", "name": volume, "volumeType": "MANAGED"}


@pytest.mark.parametrize(
    ("resource", "volume"), [("churn-scores-landing", "landing"), ("churn-reports", "old_reports")]
)
def test_a_volume_is_deleted_by_one_name_whatever_section_declares_it(
    tmp_path: Path, resource: str, volume: str
) -> None:
    contract = load(tmp_path, HERE + PARTS).contract
    found = data_object(Held(resource, volume), "prod", "churn", contract)
    assert found is not None
    assert found.object == f"churn/scores/{volume}"
    assert found.entry() == f"kind: volume, object: churn/scores/{volume}, in: [prod]"
