"""Pipelines: what they name has to be there, who decides what they do acts as their principal, and jobs start them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.access.effective import effective
from rolecall.access.grant import Grant
from rolecall.access.graph.escalations import escalations
from rolecall.errors import InvalidContract
from rolecall.ids.ids import DeployerId, GroupId, ObjectId, ServicePrincipalId
from rolecall.ids.verbs import Kind, Verb
from tests.support.contracts import CONTRACT, compiled, load
from tests.support.declared import Numbering, declared

TOKEN = "databricks:index/pipeline:Pipeline"
WITH_CATALOGS = CONTRACT.replace("{workspace: nonprod}", "{workspace: nonprod, catalog: acme_dev}").replace(
    "{workspace: prod, protected: true}", "{workspace: prod, protected: true, catalog: acme_prod}"
)
OTHERS = "    datasets: {scores: {}}\n    folders: {code: {}}\n"
LIBRARY = "{glob: {include: '${resources.folders.code.name}/refine/**'}}"
PIPELINE = f"    pipelines:\n      refine: {{run_as: trainer, dataset: scores, libraries: [{LIBRARY}]}}\n"
WHOLE = WITH_CATALOGS + OTHERS + PIPELINE
ENGINEERS, TRAINER = GroupId("engineers"), ServicePrincipalId("prod", "churn", "trainer")
REFINE = ObjectId("prod", Kind.PIPELINE, "churn", "refine")
FOLDER = ObjectId("prod", Kind.FOLDER, "churn", "code")


def with_settings(more: str) -> str:
    return WHOLE.replace("dataset: scores,", f"dataset: scores, {more},")


def problems(folder: Path, text: str) -> list[tuple[str, str]]:
    with pytest.raises(InvalidContract) as refused:
        load(folder, text)
    return [(problem.id, problem.what) for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("change", "identity", "names"),
    [
        (("run_as: trainer, dataset", "run_as: nobody, dataset"), "unknown-service-principal", "nobody"),
        (("dataset: scores", "dataset: nothing"), "unknown-dataset", "nothing"),
        (("resources.folders.code", "resources.folders.none"), "unknown-folder", "none"),
        (("folders.code.name", "folders.code.alias"), "unknown-attribute", "alias"),
        (("folders: {code: {}}", "folders: {code: {in: [dev]}}"), "not-in-environment", "prod"),
        (("datasets: {scores: {}}", "datasets: {scores: {in: [dev]}}"), "not-in-environment", "prod"),
        (("dataset: scores,", "dataset: scores, policy: none,"), "unknown-cluster-policy", "none"),
        (("dataset: scores,", "dataset: scores, max_workers: 2,"), "wrong-value", "refine"),
        (("libraries: [", "libraries: [{},"), "wrong-value", "libraries"),
        (("dataset: scores,", "dataset: scores, overrides: {prod: {dataset: gone}},"), "unknown-dataset", "gone"),
        (("dataset: scores,", "dataset: scores, overrides: {prod: {channel: NONE}},"), "wrong-value", "NONE"),
    ],
)
def test_what_a_pipeline_names_has_to_be_there(
    tmp_path: Path, change: tuple[str, str], identity: str, names: str
) -> None:
    assert change[0] in WHOLE
    ((found, what),) = problems(tmp_path, WHOLE.replace(*change))
    assert (found, names in what) == (identity, True), what


def test_a_pipeline_writes_a_dataset_of_the_project_as_its_principal(tmp_path: Path) -> None:
    recorder = declared(compiled(tmp_path, WHOLE), "prod.churn")
    (pipeline,) = recorder.of(TOKEN).values()
    assert pipeline["name"] == "[prod] churn-refine"
    assert pipeline["catalog"] == "acme_prod"
    assert pipeline["runAs"] == {"servicePrincipalName": pipeline["runAsUserName"]}
    (library,) = pipeline["libraries"]
    assert library["glob"]["include"].endswith("[prod] churn-code/refine/**")
    assert (pipeline["serverless"], "clusters" in pipeline) == (True, False)
    assert pipeline["tags"]["project"] == "churn"
    assert "pipelineId" in recorder.of("databricks:index/permissions:Permissions")["churn-refine"]


def test_a_pipeline_with_compute_is_made_under_its_policy(tmp_path: Path) -> None:
    text = with_settings("policy: small, overrides: {prod: {max_workers: 4}}")
    recorder = declared(compiled(tmp_path, text), "prod.churn")
    (pipeline,) = recorder.of(TOKEN).values()
    assert pipeline["serverless"] is False
    (cluster,) = pipeline["clusters"]
    assert cluster["policyId"] == "id-churn-small"
    assert cluster["autoscale"] == {"minWorkers": 1, "maxWorkers": 4}
    access = compiled(tmp_path, text).access
    assert access[ObjectId("prod", Kind.CLUSTER_POLICY, "churn", "small")][TRAINER] is Verb.RUN


def test_its_principal_reads_its_code_and_the_deployer_owns_it(tmp_path: Path) -> None:
    result = compiled(tmp_path, WHOLE)
    assert result.access[FOLDER][TRAINER] is Verb.RUN
    deployer = DeployerId(result.contract.databricks.deployer)
    assert result.access[REFINE][deployer] is Verb.OWN
    assert result.access[REFINE][GroupId("emergency")] is Verb.MANAGE


@pytest.mark.parametrize(
    ("target", "verb", "acts"),
    [
        (REFINE, Verb.MANAGE, True),
        (REFINE, Verb.RUN, False),
        (FOLDER, Verb.EDIT, True),
        (FOLDER, Verb.RUN, False),
    ],
)
def test_who_decides_what_it_does_acts_as_its_principal(
    tmp_path: Path, target: ObjectId, verb: Verb, acts: bool
) -> None:
    contract = load(tmp_path, WHOLE).contract
    found = escalations(contract, effective([Grant(target, ENGINEERS, verb)]))
    assert [(one.of, one.acting_as) for one in found] == ([(ENGINEERS, TRAINER)] if acts else [])


STARTS = """\
      nightly:
        run_as: trainer
        tasks:
          - {task_key: refine, pipeline_task: {pipeline_id: "${resources.pipelines.refine.id}"}}
          - {task_key: train, run_job_task: {job_id: "${resources.jobs.train.id}"}}
"""
STARTED = WITH_CATALOGS + STARTS + OTHERS + PIPELINE


def test_a_job_starts_a_pipeline_and_a_job_of_its_project(tmp_path: Path) -> None:
    result = compiled(tmp_path, STARTED)
    recorder = declared(result, "prod.churn", recorder=Numbering())
    job = recorder.of("databricks:index/job:Job")["churn-nightly"]
    tasks = {one["taskKey"]: one for one in job["tasks"]}
    assert tasks["refine"]["pipelineTask"]["pipelineId"].isdigit()
    assert tasks["train"]["runJobTask"]["jobId"].isdigit()
    assert result.access[REFINE][TRAINER] is Verb.RUN
    assert result.access[ObjectId("prod", Kind.JOB, "churn", "train")][TRAINER] is Verb.RUN


def test_an_id_of_what_the_contract_does_not_name_stays_as_it_is(tmp_path: Path) -> None:
    text = STARTED.replace('"${resources.pipelines.refine.id}"', "0f-11").replace('"${resources.jobs.train.id}"', "17")
    job = declared(compiled(tmp_path, text), "prod.churn").of("databricks:index/job:Job")["churn-nightly"]
    tasks = {one["taskKey"]: one for one in job["tasks"]}
    assert tasks["refine"]["pipelineTask"] == {"pipelineId": "0f-11"}
    assert tasks["train"]["runJobTask"] == {"jobId": 17}


@pytest.mark.parametrize("name", ["train", "nightly"])
def test_jobs_that_start_each_other_are_refused(tmp_path: Path, name: str) -> None:
    back = '          - {task_key: more, run_job_task: {job_id: "${resources.jobs.nightly.id}"}}\n'
    end = {"train": "/Workspace/Shared/train.py}\n", "nightly": STARTS}[name]
    ((identity, what),) = problems(tmp_path, STARTED.replace(end, end + back))
    assert (identity, "nightly" in what) == ("jobs-in-a-ring", True)
