"""Jobs: written as in the Jobs API and in bundles, with a few words of Rolecall's own beside."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import Annotated, Any, Optional

from pydantic import Field, create_model
from pydantic.json_schema import SkipJsonSchema

from rolecall.ids.ids import ObjectId, ServicePrincipalId
from rolecall.ids.model import Model
from rolecall.ids.name_types import Name
from rolecall.ids.renamed import FormerPlaces
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import PERMISSIONS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.comparison import same_job
from rolecall.kinds.counterpart import Counterpart, Written, counterpart_of
from rolecall.kinds.job_settings import provider_properties
from rolecall.kinds.jobs_api import ROOT_TYPE, job_models, settings_fields
from rolecall.kinds.policy_values import filled
from rolecall.kinds.references import Substitution, reference_to, references_in, replace_references
from rolecall.kinds.spec import (
    Execution,
    Facts,
    Naming,
    Owner,
    Quota,
    Ref,
    Resource,
    Scope,
    Surroundings,
    Tags,
)
from rolecall.kinds.workspace_object import WorkspaceKind

# What Rolecall adds to a job; every other key is one of the Jobs API.
TARGETS = "targets"
OWN_KEYS = ("counterparts", "include", "in", "overrides", "policy", "renamed_from", "run_as", TARGETS)


class RunAs(Model):
    """Who a job runs as, in the form of the Jobs API."""

    service_principal_name: str
    """name of a service principal of the project"""


class JobBase(Model):
    """What Rolecall adds to the Jobs API's settings."""

    include: str | None = None
    """take the settings from a bundle's file: PATH#JOB"""
    in_: list[Name] | None = Field(default=None, alias="in", min_length=1)
    """the environments that have the job; without it, all"""
    run_as: Annotated[str | RunAs | dict[Name, str] | None, Field(union_mode="left_to_right")] = None
    """the service principal of the project that the job runs as, or one for each environment: {prod: NAME, …}"""
    policy: Name | None = None
    """the cluster policy that its new clusters are made under"""
    renamed_from: FormerPlaces = Field(default_factory=list)
    """where it stood before in this contract, the latest first: KEY, or PROJECT/KEY"""
    counterparts: dict[Name, Written] = Field(default_factory=dict)
    """the orchestrators that trigger it: {conductor: true}, a list of environments each, or {in, after, approved_by}"""
    overrides: dict[Name, Any] = Field(default_factory=dict)
    """what differs in an environment, in the form of the Jobs API"""
    targets: SkipJsonSchema[dict[Name, Any]] = Field(default_factory=dict)
    """the whole settings in environments where a job of a bundle has others; no contract writes it"""

    def is_in(self, environment: str) -> bool:
        """Return whether an environment has it."""
        return self.in_ is None or environment in self.in_

    def has_counterpart(self, orchestrator: str, environment: str) -> bool:
        """Return whether an orchestrator triggers it in an environment."""
        found = self.counterpart(orchestrator)
        return found is not None and self.is_in(environment) and found.is_in(environment)

    def counterpart(self, orchestrator: str) -> Counterpart | None:
        """Return its counterpart in an orchestrator, or None where it has none there."""
        return counterpart_of(self.counterparts.get(orchestrator, False))

    def service_principal(self, environment: str) -> str | None:
        """Return the name of the service principal that the job runs as in an environment."""
        if isinstance(self.run_as, RunAs):
            return self.run_as.service_principal_name
        return self.run_as.get(environment) if isinstance(self.run_as, dict) else self.run_as

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The settings in the form of the Jobs API, without `run_as`, as they were written; read only."""
        return settings_of(self.model_dump(mode="json", by_alias=True, exclude_unset=True))

    @cached_property
    def settings_of_targets(self) -> dict[str, dict[str, Any]]:
        """The settings of its bundle's targets, in the form of the Jobs API; read only."""
        dumped = {
            name: one.model_dump(mode="json", by_alias=True, exclude_unset=True) for name, one in self.targets.items()
        }
        return {name: settings_of(one) for name, one in dumped.items()}

    @cached_property
    def settings_by_environment(self) -> dict[str, dict[str, Any]]:
        """What `settings_in` has returned: it is asked for eight times for each job of a contract."""
        return {}

    @cached_property
    def references_by_environment(self) -> dict[str, tuple[Substitution, ...]]:
        """What `references_of` has returned."""
        return {}


def settings_of(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a job in a contract is a setting of the Jobs API."""
    return {key: value for key, value in written.items() if key not in OWN_KEYS}


@lru_cache(maxsize=32)
def job_model(written: frozenset[str] | None = None) -> type[JobBase]:
    """Return the model of a job in a contract: the Jobs API's settings and Rolecall's own keys.

    Args:
        written: the names of fields that a document has; for all documents when not given.
    """
    models = job_models(written=written)
    settings = models[ROOT_TYPE].model_fields
    fields: dict[str, Any] = {
        name: (settings[name].annotation, settings[name]) for name in sorted(settings_fields() - set(OWN_KEYS))
    }
    partial: Any = job_models(partial=True, written=written)[ROOT_TYPE]
    overrides: Any = (dict[Name, Optional[partial]], Field(default_factory=dict))
    whole: Any = models[ROOT_TYPE]
    targets: Any = (SkipJsonSchema[dict[Name, whole]], Field(default_factory=dict))
    return create_model(
        "Job", __base__=JobBase, __module__=__name__, **fields, overrides=overrides, **{TARGETS: targets}
    )


def settings_in(job: JobBase, environment: str) -> dict[str, Any]:
    """Return a job's settings with what differs in an environment, in the form of the Jobs API.

    Tasks, job clusters and the like are matched by their keys, as bundles do for their targets; other lists are
    replaced, and mappings are merged: https://docs.databricks.com/en/dev-tools/bundles/job-task-override.html

    The content is shared by all callers: read only.
    """
    found = job.settings_by_environment.get(environment)
    if found is None:
        found = job.settings_by_environment[environment] = _settings_in(job, environment)
    return dict(found)


def references_of(job: JobBase, environment: str) -> tuple[Substitution, ...]:
    """Return the references in a job's settings in an environment."""
    found = job.references_by_environment.get(environment)
    if found is None:
        found = job.references_by_environment[environment] = references_in(settings_in(job, environment))
    return found


def _settings_in(job: JobBase, environment: str) -> dict[str, Any]:
    override = job.overrides.get(environment)
    settings = job.settings_of_targets.get(environment, job.settings)
    if override is None:
        return settings
    changes = override.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return dict(merge(settings, changes))


_KEYS_OF_LISTS = ("task_key", "job_cluster_key", "environment_key", "name")


def merge(base: Any, change: Any) -> Any:
    """Return a value in the form of the Jobs API with another laid over it."""
    if isinstance(base, dict) and isinstance(change, dict):
        merged = {**base, **{key: merge(base.get(key), value) for key, value in change.items()}}
        return {key: value for key, value in merged.items() if value is not None}
    if isinstance(base, list) and isinstance(change, list):
        for key in _KEYS_OF_LISTS:
            if all(isinstance(item, dict) and key in item for item in [*base, *change]):
                changes = {item[key]: item for item in change}
                kept = [merge(item, changes.pop(item[key], {})) for item in base]
                return [*kept, *changes.values()]
    return change


def _name(job: JobBase, identity: ObjectId, _: Surroundings) -> str:
    """Return its name: the environment in brackets, as bundles do, then the job's own name."""
    written = settings_in(job, identity.own_environment).get("name")
    return f"[{identity.environment}] {written or f'{identity.project}-{identity.key}'}"


def _tags(job: JobBase, identity: ObjectId, project_tags: Tags) -> dict[str, str]:
    """Return its tags; its own may not change those that Rolecall sets.

    `version` is the tag, commit or branch of its code.
    """
    settings = settings_in(job, identity.own_environment)
    source = settings.get("git_source") or {}
    version = source.get("git_tag") or source.get("git_commit") or source.get("git_branch")
    of_code = {"version": re.sub(r"[^\w.+-]", "-", str(version))} if version else {}
    return {**(settings.get("tags") or {}), **of_code, **project_tags, "job": identity.key}


def _executed(job: JobBase, environment: str) -> Mapping[str, Any]:
    """Return the settings of a job, with its policy as one of its references."""
    settings = settings_in(job, environment)
    return {**settings, "policy": reference_to("cluster_policies", job.policy)} if job.policy else settings


def under_policy(value: Any, policy_id: object) -> Any:
    """Return a job's properties in which every new cluster is made under a policy, unless it names one itself."""
    return _with_clusters(value, "newCluster", lambda cluster: {"policyId": policy_id, **cluster})


def with_values_of(definition: Mapping[str, Mapping[str, Any]], value: Any) -> Any:
    """Return a job's settings in which every new cluster that names no policy has the policy's values."""

    def own(cluster: dict[str, Any]) -> dict[str, Any]:
        return cluster if "policy_id" in cluster else filled(cluster, definition)

    return _with_clusters(value, "new_cluster", own)


def _with_clusters(value: Any, name: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """Return a job's properties with a change applied to every new cluster, at any depth."""
    if isinstance(value, list):
        return [_with_clusters(item, name, change) for item in value]
    if not isinstance(value, dict):
        return value
    placed = {key: _with_clusters(item, name, change) for key, item in value.items()}
    if isinstance(cluster := placed.get(name), dict):
        placed[name] = change(cluster)
    return placed


def _properties(job: JobBase, facts: Facts) -> dict[str, object]:
    """Return a job's settings in the provider's names, with what its references stand for."""
    environment = facts.id.own_environment
    settings = {**settings_in(job, environment), "name": facts.name, "tags": facts.tags}
    if job.policy:
        settings = with_values_of(facts.policy_definition(job.policy), settings)
    translated, _ = provider_properties(settings)
    properties: dict[str, object] = replace_references(translated, facts.reference)
    if job.policy:
        properties = under_policy(properties, facts.reference("cluster_policies", job.policy, "id"))
    if key := job.service_principal(environment):
        principal = Ref(ServicePrincipalId(environment, facts.project, key))
        properties["runAs"] = {"servicePrincipalName": principal}
    return properties


JOB = WorkspaceKind[JobBase](
    Kind.JOB,
    "https://docs.databricks.com/en/security/auth/access-control/index.html#job-acls",
    "jobs, as in the Jobs API 2.2 and in bundles",
    JobBase,
    tagged_in_cloud=True,
    model_for=job_model,
    id_field="job_id",
    # https://docs.databricks.com/en/jobs/run-job.html
    runs_jobs=True,
    # https://docs.databricks.com/en/resources/limits.html (Jobs: saved jobs)
    quota=Quota(10_000, Scope.WORKSPACE),
    naming=Naming(_name),
    tags=_tags,
    access=Access(PERMISSIONS, "jobs", "jobId"),
    verbs={Verb.VIEW: "CAN_VIEW", Verb.RUN: "CAN_MANAGE_RUN", Verb.EDIT: "CAN_MANAGE", Verb.OWN: "IS_OWNER"},
    without_verb={},
    owner=Owner("level", "IS_OWNER", "may delete it and change its permissions; it runs as `run_as`, not as its owner"),
    executes=Execution(lambda job, identity: job.service_principal(identity.own_environment), Verb.EDIT, _executed),
    api=Api(
        "/api/2.2/jobs/list",
        "jobs",
        get="/api/2.2/jobs/get?job_id={id}",
        name="settings.name",
        id="job_id",
        # https://docs.databricks.com/api/workspace/jobs/list: the most that a page may hold.
        query={"limit": 100},
        by_name="name",
        tags="settings.tags",
        counts_unmanaged=True,
        runs_as="run_as_user_name",
    ),
    resource=Resource(
        "databricks:index/job:Job",
        {"name": "settings.name", "tags": "settings.tags"},
        same=same_job,
        properties=_properties,
    ),
    data=None,
)
