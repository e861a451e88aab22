"""Pipelines: declarative transformations that write the tables of a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from rolecall.ids.ids import ObjectId, ServicePrincipalId
from rolecall.ids.model import Model
from rolecall.ids.name_types import CatalogName, Name
from rolecall.ids.names import NameSyntax
from rolecall.ids.project_object import Adjustable
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import PERMISSIONS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.named_objects import refers_by
from rolecall.kinds.references import reference_to, replace_references
from rolecall.kinds.spec import (
    Data,
    Execution,
    Facts,
    Naming,
    Owner,
    Ref,
    Resource,
    bracketed,
)
from rolecall.kinds.workspace_object import WorkspaceKind

Text = Annotated[str, Field(min_length=1)]


class CodePath(Model):
    """A notebook or a file in the workspace."""

    path: Text
    """its path; `${resources.folders.KEY.name}` is the path of a folder of the project"""


class CodePaths(Model):
    """All files below a path of the workspace."""

    include: Text
    """the path, ending in `/**`"""


class Library(Model):
    """Code of a pipeline, in the form of the Pipelines API: a notebook, a file, or all files below a path."""

    notebook: CodePath | None = None
    """a notebook"""
    file: CodePath | None = None
    """a file with Python or SQL"""
    glob: CodePaths | None = None
    """all files below a path"""

    @model_validator(mode="after")
    def _one_of_three(self) -> Library:
        if sum(one is not None for one in (self.notebook, self.file, self.glob)) != 1:
            raise ValueError("write one of `notebook: {path: …}`, `file: {path: …}` and `glob: {include: …}`")
        return self


class Pipeline(Adjustable):
    """A pipeline of Lakeflow Declarative Pipelines."""

    run_as: Name
    """the service principal of the project that it runs as"""
    dataset: CatalogName
    """the project's dataset whose tables it writes"""
    libraries: Annotated[list[Library], Field(min_length=1)]
    """its code, as in the Pipelines API"""
    policy: Name | None = None
    """the cluster policy of its compute; without one it is serverless"""
    max_workers: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """the most workers of its compute; only with `policy`"""
    configuration: dict[Text, str] = Field(default_factory=dict)
    """parameters of its code"""
    continuous: bool = False
    """whether it runs without end"""
    development: bool = False
    """whether it keeps its compute and does not retry"""
    channel: Literal["CURRENT", "PREVIEW"] = "CURRENT"
    """the release channel of its runtime"""

    @model_validator(mode="after")
    def _size_needs_compute(self) -> Pipeline:
        if self.max_workers is not None and self.policy is None:
            raise ValueError("`max_workers` needs `policy`: a serverless pipeline has no workers of its own")
        return self


def _principal(pipeline: Pipeline, identity: ObjectId) -> str:
    return pipeline.for_environment(identity.own_environment).run_as


def _executed(pipeline: Pipeline, environment: str) -> Mapping[str, Any]:
    own = pipeline.for_environment(environment)
    written = own.model_dump(mode="json", include={"libraries", "configuration"}, exclude_none=True)
    # Its values are data that the code reads.
    settings = {"libraries": written["libraries"], "configuration": {"parameters": written["configuration"]}}
    return {**settings, "policy": reference_to("cluster_policies", own.policy)} if own.policy else settings


def _properties(pipeline: Pipeline, facts: Facts) -> dict[str, object]:
    environment = facts.id.own_environment
    principal = Ref(ServicePrincipalId(environment, facts.project, pipeline.run_as))
    settings = _executed(pipeline, environment)
    declared: dict[str, object] = {
        "name": facts.name,
        "catalog": facts.catalog,
        "schema": Ref(ObjectId(environment, Kind.DATASET, facts.project, pipeline.dataset), "schema"),
        "libraries": replace_references(settings["libraries"], facts.reference),
        "configuration": replace_references(dict(pipeline.configuration), facts.reference),
        "serverless": pipeline.policy is None,
        "continuous": pipeline.continuous,
        "development": pipeline.development,
        "channel": pipeline.channel,
        "tags": dict(facts.tags),
        "runAs": {"servicePrincipalName": principal},
        # The provider reads back this one alone (pipelines/resource_pipeline.go, Read): without it, a refresh does not
        # see another principal there. It is never sent.
        "runAsUserName": principal,
    }
    if pipeline.policy is not None:
        cluster: dict[str, object] = {
            "label": "default",
            "policyId": facts.reference("cluster_policies", pipeline.policy, "id"),
            "applyPolicyDefaultValues": True,
        }
        if pipeline.max_workers is not None:
            cluster["autoscale"] = {"minWorkers": 1, "maxWorkers": pipeline.max_workers}
        declared["clusters"] = [cluster]
    return declared


PIPELINE = WorkspaceKind[Pipeline](
    Kind.PIPELINE,
    "https://docs.databricks.com/en/security/auth/access-control/index.html#lakeflow-spark-declarative-pipelines-acls",
    "declarative pipelines that write the tables of a dataset",
    Pipeline,
    id_field="pipeline_id",
    runs_jobs=True,
    tagged_in_cloud=True,
    refers=refers_by({"run_as": "service_principals", "dataset": "datasets"}),
    naming=Naming(bracketed, NameSyntax("https://docs.databricks.com/api/workspace/pipelines/create")),
    access=Access(PERMISSIONS, "pipelines", "pipelineId"),
    verbs={Verb.VIEW: "CAN_VIEW", Verb.RUN: "CAN_RUN", Verb.MANAGE: "CAN_MANAGE", Verb.OWN: "IS_OWNER"},
    without_verb={},
    owner=Owner("level", "IS_OWNER", "may delete it and change its permissions; it runs as `run_as`, not as its owner"),
    executes=Execution(_principal, Verb.MANAGE, _executed),
    api=Api(
        "/api/2.0/pipelines",
        "statuses",
        get="/api/2.0/pipelines/{id}",
        id="pipeline_id",
        # https://docs.databricks.com/api/workspace/pipelines/listpipelines: the most that a page may hold.
        query={"max_results": 100},
        runs_as="run_as_user_name",
    ),
    resource=Resource("databricks:index/pipeline:Pipeline", {"name": "name"}, properties=_properties),
    # https://docs.databricks.com/api/workspace/pipelines/delete: its tables go with it.
    data=Data("the tables that it writes", ()),
)
