"""Jobs with their permissions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi import ComponentResource, Input, Output, ProviderResource, ResourceOptions

from components.permissions import declare_permissions
from components.resources import Job
from rolecall.access.grant import Subject
from rolecall.systems.databricks.permissions import AccessControl


@dataclass(frozen=True)
class JobArguments:
    """What a job needs.

    Attributes:
        properties: its settings in the provider's names, without who it runs as.
        run_as: the service principal that it runs as, or None.
        policy_id: id of the cluster policy that its new clusters are made under, or None.
        entries: everybody who holds something on it.
    """

    properties: Mapping[str, Any]
    run_as: Subject | None
    policy_id: Input[str] | None
    entries: Sequence[AccessControl]


class GovernedJob(ComponentResource):
    """A job and the whole list of who may see, run, edit and own it."""

    job_id: Output[str]

    def __init__(
        self,
        name: str,
        arguments: JobArguments,
        workspace: ProviderResource,
        identities: Mapping[Subject, Input[str]],
        opts: ResourceOptions | None = None,
    ) -> None:
        super().__init__("rolecall:databricks:Job", name, None, opts)
        own = ResourceOptions(parent=self, provider=workspace)
        properties = dict(arguments.properties)
        if arguments.policy_id is not None:
            properties = with_cluster_policy(properties, arguments.policy_id)
        if arguments.run_as is not None:
            properties["runAs"] = {"servicePrincipalName": identities[arguments.run_as]}
        job = Job(name, properties, own)
        declare_permissions(name, "jobId", job.id, arguments.entries, identities, own)
        self.job_id = job.id
        self.register_outputs({"jobId": self.job_id})


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
