"""Cluster policies hold the clusters of jobs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from databricks.sdk.errors import BadRequest, InvalidParameterValue, PermissionDenied, ResourceDoesNotExist
from databricks.sdk.service import compute, jobs

from rolecall.emulators.databricks.policy_enforcement import violations
from tests.emulators.conftest import Target
from tests.support.emulator import ServedEmulator

CLUSTER = {"node_type_id": "i3.xlarge", "num_workers": 4, "custom_tags": {"team.name": "x"}}


@pytest.mark.parametrize(
    ("definition", "allowed"),
    [
        ({"num_workers": {"type": "range", "maxValue": 4}}, True),
        ({"num_workers": {"type": "range", "maxValue": 3}}, False),
        ({"num_workers": {"type": "fixed", "value": 4}}, True),
        ({"num_workers": {"type": "fixed", "value": 0}}, False),
        ({"num_workers": {"type": "forbidden"}}, False),
        ({"node_type_id": {"type": "allowlist", "values": ["i3.xlarge"]}}, True),
        ({"node_type_id": {"type": "allowlist", "values": ["m5d.large"]}}, False),
        ({"node_type_id": {"type": "blocklist", "values": ["i3.xlarge"]}}, False),
        ({"node_type_id": {"type": "regex", "pattern": "i3\\..*"}}, True),
        ({"node_type_id": {"type": "regex", "pattern": "i3"}}, False),
        ({"node_type_id": {"type": "unlimited", "defaultValue": "x"}}, True),
        ({"custom_tags.team.name": {"type": "fixed", "value": "y"}}, False),
        ({"custom_tags.project": {"type": "fixed", "value": "y"}}, True),
        ({"autoscale.max_workers": {"type": "range", "maxValue": 4}}, False),
        ({"autoscale.max_workers": {"type": "range", "maxValue": 4, "isOptional": True}}, True),
        ({"autotermination_minutes": {"type": "range", "maxValue": 4}}, True),
    ],
)
def test_each_sort_of_limit(definition: dict[str, Any], allowed: bool) -> None:
    assert (not list(violations(CLUSTER, json.dumps(definition)))) is allowed


def test_a_job_whose_cluster_its_policy_does_not_allow_is_refused(target: Target) -> None:
    definition = json.dumps({"num_workers": {"type": "range", "maxValue": 1}})
    policy = target.workspace.cluster_policies.create(name=target.name("small"), definition=definition)
    target.later(lambda: target.workspace.cluster_policies.delete(str(policy.policy_id)))

    def task(workers: int) -> jobs.Task:
        cluster = compute.ClusterSpec(
            spark_version="16.4.x-scala2.12", node_type_id="i3.xlarge", num_workers=workers, policy_id=policy.policy_id
        )
        notebook = jobs.NotebookTask(notebook_path="/Shared/a")
        return jobs.Task(task_key="a", notebook_task=notebook, new_cluster=cluster)

    made = target.workspace.jobs.create(name=target.name("fits"), tasks=[task(1)])
    target.later(lambda: target.workspace.jobs.delete(int(str(made.job_id))))
    with pytest.raises((InvalidParameterValue, BadRequest), match="num_workers"):
        target.workspace.jobs.create(name=target.name("too-large"), tasks=[task(2)])


def test_a_cluster_needs_a_policy_that_its_maker_may_use(emulator: ServedEmulator) -> None:
    emulator.assign("ada@example.com")
    admin, ada = emulator.workspace(), emulator.as_person()
    settings: dict[str, Any] = {"cluster_name": "x", "spark_version": "16.4.x-scala2.12", "num_workers": 1}

    def make(**more: Any) -> str:
        answer = ada.api_client.do("POST", "/api/2.1/clusters/create", body={**settings, **more})
        assert isinstance(answer, dict)
        return str(answer["cluster_id"])

    with pytest.raises(PermissionDenied, match="without a policy"):
        make()
    definition = json.dumps({"autotermination_minutes": {"type": "range", "maxValue": 60}})
    policy = admin.cluster_policies.create(name="small", definition=definition).policy_id
    with pytest.raises(PermissionDenied):
        make(policy_id=policy)
    entry = {"user_name": "ada@example.com", "permission_level": "CAN_USE"}
    path = f"/api/2.0/permissions/cluster-policies/{policy}"
    admin.api_client.do("PATCH", path, body={"access_control_list": [entry]})
    with pytest.raises((InvalidParameterValue, BadRequest), match="must be present"):
        make(policy_id=policy)
    made = make(policy_id=policy, autotermination_minutes=30)
    assert ada.clusters.get(made).state is compute.State.PENDING
    emulator.emulator.clock.forward(10)
    assert ada.clusters.get(made).state is compute.State.RUNNING
    ada.api_client.do("POST", "/api/2.1/clusters/delete", body={"cluster_id": made})
    assert ada.clusters.get(made).state is compute.State.TERMINATED
    assert [one.cluster_id for one in admin.clusters.list()] == [made]
    ada.clusters.permanent_delete(made)
    with pytest.raises(ResourceDoesNotExist):
        ada.clusters.get(made)
