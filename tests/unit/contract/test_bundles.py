"""Bundles are taken as they are: variables, targets, references and paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.contract import load_contract
from rolecall.errors import InvalidContract
from rolecall.kinds.job import job_model, merge, settings_in
from tests.support.contracts import CLUSTER, CONTRACT, VARIABLES, write

BUNDLE = f"""\
bundle: {{name: shop}}
include: [resources/*.yml]
variables:
  catalog: {{default: dev_catalog}}
  only_in_targets: {{description: no default}}
workspace: {{root_path: /Workspace/Shared/shop}}
targets:
  dev: {{variables: {{only_in_targets: d}}}}
  prod:
    variables: {{catalog: prod_catalog, only_in_targets: p}}
    resources:
      jobs:
        score:
          max_concurrent_runs: 3
          tasks:
            - {{task_key: a, max_retries: 2}}
resources:
  jobs:
    score:
      name: score-${{bundle.name}}
      run_as: {{user_name: ada@example.com}}
      tasks:
        - task_key: a
          new_cluster: {CLUSTER}
          notebook_task:
            notebook_path: ./src/score.ipynb
            base_parameters:
              {{catalog: "${{var.catalog}}", x: "${{var.only_in_targets}}", date: "{{{{job.start_time}}}}"}}
        - task_key: b
          depends_on: [{{task_key: a}}]
          new_cluster: {CLUSTER}
          spark_python_task: {{python_file: ./src/b.py}}
"""
MORE = f"""\
resources:
  jobs:
    other:
      tasks:
        - task_key: a
          new_cluster: {CLUSTER}
          notebook_task: {{notebook_path: ../src/other.py}}
"""


def test_a_bundle_is_taken_with_its_targets(tmp_path: Path) -> None:
    write(tmp_path, BUNDLE, "bundle/databricks.yml")
    write(tmp_path, MORE, "bundle/resources/more.yml")
    text = CONTRACT.replace(
        "    jobs:\n",
        "    bundles:\n      - {path: bundle/databricks.yml, run_as: trainer, policy: small}\n    jobs:\n",
    )
    loaded = load_contract(write(tmp_path, text), VARIABLES)
    jobs = loaded.contract.projects["churn"].jobs
    assert set(jobs) == {"train", "score", "other"}
    dev, prod = (settings_in(jobs["score"], environment) for environment in ("dev", "prod"))
    assert dev["name"] == "score-shop"
    assert dev["tasks"][0]["notebook_task"] == {
        "notebook_path": "/Workspace/Shared/shop/files/src/score",
        "base_parameters": {"catalog": "dev_catalog", "x": "d", "date": "{{job.start_time}}"},
    }
    assert dev["tasks"][1]["spark_python_task"] == {"python_file": "/Workspace/Shared/shop/files/src/b.py"}
    assert prod["tasks"][0]["notebook_task"]["base_parameters"]["catalog"] == "prod_catalog"
    assert prod["tasks"][0]["max_retries"] == 2
    assert prod["max_concurrent_runs"] == 3
    assert len(prod["tasks"]) == 2
    assert "max_concurrent_runs" not in dev
    assert "run_as" not in dev, "who runs it is the contract's to say"
    assert jobs["score"].service_principal("dev") == "trainer"
    path = settings_in(jobs["other"], "dev")["tasks"][0]["notebook_task"]["notebook_path"]
    assert path == "/Workspace/Shared/shop/files/src/other", "paths are relative to the file that says them"


def test_one_job_of_a_bundle_can_be_changed_where_it_is_included(tmp_path: Path) -> None:
    write(tmp_path, BUNDLE, "bundle/databricks.yml")
    text = CONTRACT + (
        "      score:\n        include: bundle/databricks.yml#score\n        run_as: trainer\n"
        "        name: renamed\n        overrides: {prod: {max_concurrent_runs: 9}}\n"
    )
    job = load_contract(write(tmp_path, text), VARIABLES).contract.projects["churn"].jobs["score"]
    assert settings_in(job, "dev")["name"] == "renamed"
    assert settings_in(job, "prod")["max_concurrent_runs"] == 9
    assert len(settings_in(job, "dev")["tasks"]) == 2


def test_merging_matches_tasks_by_key_and_none_takes_away() -> None:
    base = {"schedule": {"a": 1}, "tags": {"x": "1"}, "tasks": [{"task_key": "a", "n": 1}, {"task_key": "b"}]}
    change = {"schedule": None, "tags": {"y": "2"}, "tasks": [{"task_key": "a", "n": 2}, {"task_key": "c"}]}
    assert merge(base, change) == {
        "tags": {"x": "1", "y": "2"},
        "tasks": [{"task_key": "a", "n": 2}, {"task_key": "b"}, {"task_key": "c"}],
    }


def test_all_jobs_of_a_bundle_may_have_counterparts(tmp_path: Path) -> None:
    write(tmp_path, BUNDLE, "bundle/databricks.yml")
    write(tmp_path, MORE, "bundle/resources/more.yml")
    entry = "{path: bundle/databricks.yml, run_as: trainer, policy: small, counterparts: {conductor: [prod]}}"
    text = CONTRACT.replace("    jobs:\n", f"    bundles:\n      - {entry}\n    jobs:\n")
    jobs = load_contract(write(tmp_path, text), VARIABLES).contract.projects["churn"].jobs
    assert {name for name, job in jobs.items() if job.has_counterpart("conductor", "prod")} == {"score", "other"}
    assert not any(job.has_counterpart("conductor", "dev") for job in jobs.values())


def test_settings_are_computed_once_and_a_caller_may_add_to_them() -> None:
    job = job_model().model_validate({"name": "first", "overrides": {"prod": {"name": "second"}}})
    settings_in(job, "dev")["name"] = "changed by a caller"
    assert settings_in(job, "dev")["name"] == "first"
    assert settings_in(job, "prod")["name"] == "second"
    fresh = job_model().model_validate({"name": "first", "overrides": {"prod": {"name": "second"}}})
    assert fresh == job, "what was computed is no part of the job"


def test_a_bundles_folder_is_no_bundle(tmp_path: Path) -> None:
    write(tmp_path, BUNDLE, "bundle/databricks.yml")
    text = CONTRACT.replace("    jobs:\n", "    bundles:\n      - {path: bundle, run_as: trainer}\n    jobs:\n")
    with pytest.raises(InvalidContract) as caught:
        load_contract(write(tmp_path, text), VARIABLES)
    (found,) = caught.value.problems
    assert (found.id, found.what) == ("file-not-found", f"{str(tmp_path / 'bundle')!r} is a folder")
    assert "bundle/databricks.yml" in found.allowed
