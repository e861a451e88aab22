"""Objects of a metastore: their declarations, and how holders reach one through another."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.access.effective import effective
from rolecall.access.grant import Grant
from rolecall.access.graph.escalations import escalations
from rolecall.access.graph.powers import powers_of
from rolecall.errors import InvalidContract
from rolecall.ids.ids import DeployerId, GroupId, ObjectId, ServicePrincipalId
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.external_location import url_parts
from rolecall.kinds.registry import BY_NAME
from tests.support.contracts import CONTRACT, compiled, load
from tests.support.declared import declared

LAKE = """\
    storage_credentials:
      lake: {aws_iam_role: "arn:aws:iam::123456789012:role/churn"}
    external_locations:
      landing:
        url: s3://churn/dev
        reached_with: lake
        overrides: {prod: {url: "s3://churn/prod", read_only: true}}
"""
ENGINEERS, TRAINER = GroupId("engineers"), ServicePrincipalId("prod", "churn", "trainer")
LOCATION = ObjectId("prod", Kind.EXTERNAL_LOCATION, "churn", "landing")
CREDENTIAL = ObjectId("prod", Kind.STORAGE_CREDENTIAL, "churn", "lake")
QUEUE = ObjectId("prod", Kind.SERVICE_CREDENTIAL, "churn", "queue")
GRANTS = "databricks:index/grants:Grants"


def test_a_location_is_declared_with_its_credential_and_for_its_workspace_alone(tmp_path: Path) -> None:
    recorder = declared(compiled(tmp_path, CONTRACT + LAKE), "prod.churn")
    (credential,) = recorder.of("databricks:index/storageCredential:StorageCredential").values()
    assert credential == {
        "name": "prod-churn-lake",
        "awsIamRole": {"roleArn": "arn:aws:iam::123456789012:role/churn"},
        "comment": "Storage credential lake of churn",
        "isolationMode": "ISOLATION_MODE_ISOLATED",
        "readOnly": False,
    }
    (location,) = recorder.of("databricks:index/externalLocation:ExternalLocation").values()
    assert (location["name"], location["url"], location["readOnly"]) == ("prod-churn-landing", "s3://churn/prod", True)
    assert location["credentialName"] == "id-churn-lake", "its name is the id of the resource"
    assert location["isolationMode"] == "ISOLATION_MODE_ISOLATED"
    lists = recorder.of(GRANTS)
    assert lists["churn-landing"]["externalLocation"] == "id-churn-landing"
    assert lists["churn-lake"]["storageCredential"] == "id-churn-lake"
    words = sorted(BY_NAME[Kind.EXTERNAL_LOCATION].words[Verb.MANAGE])
    assert lists["churn-landing"]["grants"] == [{"principal": "emergency", "privileges": words}]


def test_of_what_is_managed_elsewhere_only_the_access_list_is_declared(tmp_path: Path) -> None:
    text = CONTRACT + "    external_locations: {shared: {existing: Lake, in: [prod]}}\n"
    contract = compiled(tmp_path, text)
    recorder = declared(contract, "prod.churn")
    assert not recorder.of("databricks:index/externalLocation:ExternalLocation")
    entries = recorder.of(GRANTS)["churn-shared"]
    assert entries["externalLocation"] == "Lake"
    deployer = contract.contract.databricks.deployer
    assert {one["principal"] for one in entries["grants"]} == {"emergency", deployer}, "it goes on to write the list"
    assert contract.access[ObjectId("prod", Kind.EXTERNAL_LOCATION, "churn", "shared")][DeployerId(deployer)]


def test_a_job_reads_the_path_of_a_location(tmp_path: Path) -> None:
    job = "        parameters: [{name: data, default: '${resources.external_locations.landing.url}'}]\n"
    text = CONTRACT.replace("        policy: small\n", "        policy: small\n" + job, 1) + LAKE
    (prod,) = declared(compiled(tmp_path, text), "prod.churn").of("databricks:index/job:Job").values()
    assert prod["parameters"] == [{"name": "data", "default": "s3://churn/prod"}]


def test_the_path_of_a_location_that_is_managed_elsewhere_is_not_known(tmp_path: Path) -> None:
    job = "        parameters: [{name: data, default: '${resources.external_locations.shared.url}'}]\n"
    text = CONTRACT.replace("        policy: small\n", "        policy: small\n" + job, 1)
    with pytest.raises(InvalidContract) as refused:
        load(
            tmp_path,
            text + "    external_locations: {shared: {existing: lake, overrides: {prod: {existing: lake2}}}}\n",
        )
    (problem,) = refused.value.problems
    assert problem.id == "unknown-attribute"
    assert "managed elsewhere" in problem.what


@pytest.mark.parametrize(("held", "reached"), [("view", "view"), ("edit", "edit"), ("manage", "edit")])
def test_holders_of_a_credential_reach_the_files_of_its_locations(tmp_path: Path, held: str, reached: str) -> None:
    powers = powers_of(load(tmp_path, CONTRACT + LAKE).contract)
    verbs = [one.verb for one in powers.includes[CREDENTIAL] if one.at.rank <= Verb(held).rank]
    assert max(verbs, key=lambda one: one.rank) is Verb(reached)


@pytest.mark.parametrize("path", ["s3://churn/prod/train.py", "s3a://CHURN/prod/train.py"])
def test_who_writes_to_a_location_decides_what_the_jobs_do_that_load_code_from_it(tmp_path: Path, path: str) -> None:
    contract = load(tmp_path, CONTRACT.replace("/Workspace/Shared/train.py", path) + LAKE).contract
    for target in (LOCATION, CREDENTIAL):
        (one,) = escalations(contract, effective([Grant(target, ENGINEERS, Verb.EDIT)]))
        assert (one.of, one.acting_as) == (ENGINEERS, TRAINER)
        assert escalations(contract, effective([Grant(target, ENGINEERS, Verb.VIEW)])) == []


def test_code_of_a_production_job_in_a_location_of_dev_is_an_escalation(tmp_path: Path) -> None:
    contract = load(tmp_path, CONTRACT.replace("/Workspace/Shared/train.py", "s3://churn/dev/train.py") + LAKE).contract
    edits = Grant(ObjectId("dev", Kind.EXTERNAL_LOCATION, "churn", "landing"), ENGINEERS, Verb.EDIT)
    assert TRAINER in {one.acting_as for one in escalations(contract, effective([edits]))}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("s3://Bucket/a/b", "s3a://bucket/a/b/"),
        ("abfss://box@account.dfs.core.windows.net/x", "abfs://box@account.dfs.core.windows.net//x"),
    ],
)
def test_ways_to_write_one_path_are_one(one: str, other: str) -> None:
    assert url_parts(one) == url_parts(other)


def test_paths_that_differ_in_case_are_two() -> None:
    assert url_parts("s3://bucket/a") != url_parts("s3://bucket/A")


def test_a_connection_signs_in_with_a_service_credential_and_its_list_names_it(tmp_path: Path) -> None:
    text = """\
    service_credentials: {queue: {aws_iam_role: "arn:aws:iam::123456789012:role/queue"}}
    connections: {glue: {type: GLUE, options: {aws_region: eu-central-1}, signs_in_with: queue}}
"""
    recorder = declared(compiled(tmp_path, CONTRACT + text), "prod.churn")
    (credential,) = recorder.of("databricks:index/credential:Credential").values()
    assert (credential["name"], credential["purpose"]) == ("prod-churn-queue", "SERVICE")
    (connection,) = recorder.of("databricks:index/connection:Connection").values()
    assert connection["options"] == {"aws_region": "eu-central-1", "credential": "id-churn-queue"}
    lists = recorder.of(GRANTS)
    assert lists["churn-glue"]["foreignConnection"] == "prod-churn-glue", "its id is no name"
    assert lists["churn-queue"]["credential"] == "id-churn-queue"


TWINS = (
    LAKE
    + """\
    service_credentials: {queue: {aws_iam_role: "arn:aws:iam::123456789012:role/churn"}}
"""
)


def test_code_with_a_service_credential_reaches_the_files_of_a_storage_credential_of_the_same_identity(
    tmp_path: Path,
) -> None:
    text = CONTRACT.replace("/Workspace/Shared/train.py", "s3://churn/prod/train.py") + TWINS
    contract = load(tmp_path, text).contract
    (one,) = escalations(contract, effective([Grant(QUEUE, ENGINEERS, Verb.RUN)]))
    assert one.acting_as == TRAINER
    in_dev = ObjectId("dev", Kind.SERVICE_CREDENTIAL, "churn", "queue")
    found = escalations(contract, effective([Grant(in_dev, ENGINEERS, Verb.RUN)]))
    assert TRAINER in {one.acting_as for one in found}, "one role in two environments is one identity"


def test_credentials_of_different_identities_reach_nothing_of_one_another(tmp_path: Path) -> None:
    text = CONTRACT + TWINS.replace('role/churn"}}\n', 'role/other"}}\n')
    reached = powers_of(load(tmp_path, text).contract).includes[QUEUE]
    assert {one.target.kind for one in reached} == {Kind.SERVICE_CREDENTIAL}, "its own, in the other environment"
