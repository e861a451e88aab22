"""Jobs with their permissions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.permissions import declare_permissions
from components.resources import Job
from components.stage import Stage
from rolecall.contract.naming import object_name
from rolecall.contract.objects import Declared
from rolecall.ids.verbs import Kind
from rolecall.kinds.job import JobBase, settings_in
from rolecall.kinds.job_settings import provider_properties
from rolecall.kinds.references import replace_references
from rolecall.kinds.registry import BY_NAME, BY_SECTION


class GovernedJob(ComponentResource):
    """A job and the whole list of who may see, run, edit and own it."""

    job_id: Output[str]

    def __init__(self, declared: Declared, stage: Stage, ids: Mapping[Kind, Mapping[str, Input[str]]]) -> None:
        super().__init__(BY_NAME[Kind.JOB].component, declared.resource)
        assert isinstance(declared.value, JobBase)
        own = stage.in_workspace(ResourceOptions(parent=self))
        properties = _properties(declared, declared.value, stage, ids)
        job = Job(declared.resource, properties, own)
        entries = stage.entries(declared)
        declare_permissions(declared.resource, "jobId", job.id, entries, stage.identities, own)
        self.job_id = job.id
        self.register_outputs({"jobId": self.job_id})


def _properties(
    declared: Declared, job: JobBase, stage: Stage, ids: Mapping[Kind, Mapping[str, Input[str]]]
) -> dict[str, Any]:
    """Return a job's settings in the provider's names, with what its references stand for."""

    def resolve(section: str, name: str, attribute: str) -> Any:
        kind = BY_SECTION[section].name
        if attribute == "alias":
            return stage.contract.projects[declared.project].models[name].aliases[0]
        if attribute == "name":
            return object_name(stage.contract, kind, declared.project, name, stage.environment)
        return ids[kind][f"{declared.project}/{name}"]

    settings = {
        **settings_in(job, stage.environment),
        "name": stage.name_of(declared),
        "tags": stage.tags(declared),
    }
    properties, _ = provider_properties(settings)
    properties = replace_references(properties, resolve)
    if job.policy:
        properties = with_cluster_policy(properties, ids[Kind.CLUSTER_POLICY][f"{declared.project}/{job.policy}"])
    if principal := job.service_principal(stage.environment):
        identity = stage.usable[stage.principal(declared.project, principal)]
        properties["runAs"] = {"servicePrincipalName": identity}
    return properties


def with_cluster_policy(properties: Mapping[str, Any], policy_id: Input[str]) -> dict[str, Any]:
    """Return a job's properties in which every new cluster is made under a policy, unless it names one itself."""

    def place(value: Any) -> Any:
        if isinstance(value, list):
            return [place(item) for item in value]
        if not isinstance(value, dict):
            return value
        placed = {key: place(item) for key, item in value.items()}
        cluster = placed.get("newCluster")
        if isinstance(cluster, dict):
            # applyPolicyDefaultValues fills in what the policy fixes and the job leaves open.
            placed["newCluster"] = {"policyId": policy_id, "applyPolicyDefaultValues": True, **cluster}
        return placed

    return {key: place(value) for key, value in properties.items()}
