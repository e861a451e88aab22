"""The steps of a model's life: what each may do, and what nobody may."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.access.effective import may
from rolecall.contract import Kind, Verb
from rolecall.ids.ids import GroupId, ObjectId, ServicePrincipalId
from tests.support.contracts import CONTRACT, compiled

STEPS = """\
    datasets:
      transactions: {}
      other: {}
    models:
      churn:
        reads: [transactions]
        in: [prod]
        steps:
"""
for _step in ("train", "test", "validate", "deploy"):
    STEPS += f"          {_step}: {{tasks: [{{task_key: a, notebook_task: {{notebook_path: /{_step}}}}}]}}\n"
TEXT = (
    CONTRACT.replace("{workspace: nonprod}", "{workspace: nonprod, catalog: acme_dev}")
    .replace("{workspace: prod, protected", "{workspace: prod, catalog: acme_prod, protected")
    .replace("    jobs:\n", f"{STEPS}    jobs:\n")
)


def test_steps_become_jobs_and_principals_with_an_experiment_and_candidates(tmp_path: Path) -> None:
    project = compiled(tmp_path, TEXT).contract.projects["churn"]
    steps = {f"churn-{step}" for step in ("train", "test", "validate", "deploy")}
    assert steps < set(project.jobs)
    assert steps < set(project.service_principals)
    assert {project.jobs[step].service_principal("prod") for step in steps} == steps
    assert set(project.models) == {"churn", "churn_candidate"}
    assert set(project.experiments) == {"churn"}
    assert {tuple(one.in_ or ()) for one in (*project.experiments.values(), *project.models.values())} == {("prod",)}


@pytest.mark.parametrize(
    ("step", "model", "candidate", "data", "experiment"),
    [
        ("train", None, Verb.MANAGE, Verb.VIEW, Verb.EDIT),
        ("test", None, Verb.VIEW, Verb.VIEW, Verb.EDIT),
        ("validate", None, Verb.VIEW, Verb.VIEW, Verb.EDIT),
        ("deploy", Verb.MANAGE, Verb.VIEW, None, Verb.VIEW),
    ],
)
def test_each_step_has_what_it_needs_and_no_more(
    tmp_path: Path,
    step: str,
    model: Verb | None,
    candidate: Verb | None,
    data: Verb | None,
    experiment: Verb | None,
) -> None:
    access = compiled(tmp_path, TEXT).access
    subject = ServicePrincipalId("prod", "churn", f"churn-{step}")
    held = {target: subjects[subject] for target, subjects in access.items() if subject in subjects}
    wanted = {
        (Kind.WORKSPACE, "prod"): Verb.RUN,
        (Kind.CATALOG, "acme_prod"): Verb.RUN,
        (Kind.MODEL, "churn/churn"): model,
        (Kind.MODEL, "churn/churn_candidate"): candidate,
        (Kind.DATASET, "churn/transactions"): data,
        (Kind.EXPERIMENT, "churn/churn"): experiment,
    }
    assert {(target.kind, target.name): verb for target, verb in held.items()} == {
        place: verb for place, verb in wanted.items() if verb
    }
    assert {target.environment for target in held} == {"prod"}


def test_whoever_may_run_starts_a_retrain_and_nothing_else(tmp_path: Path) -> None:
    text = TEXT.replace("runner: [{may: run, kind: job}]", "runner: [{may: run, kind: job, tags: {step: train}}]")
    text = text.replace(
        "      - {role: viewer", "      - {role: runner, to: engineers, in: [prod]}\n      - {role: viewer"
    )
    access = compiled(tmp_path, text).access
    engineers = GroupId("engineers")
    assert may(access, engineers, Verb.RUN, ObjectId("prod", Kind.JOB, "churn", "churn-train"))
    assert not may(access, engineers, Verb.VIEW, ObjectId("prod", Kind.JOB, "churn", "churn-deploy"))
