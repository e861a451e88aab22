"""Objects of a workspace, made by hand through the vendor's client: each maker returns the id that permissions use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from databricks.sdk import WorkspaceClient
from databricks.sdk.service import pipelines

from rolecall.ids.verbs import Kind


class World(Protocol):
    """The world in which objects are made.

    Attributes:
        workspace: the vendor's client of the workspace.
    """

    workspace: WorkspaceClient

    @property
    def application(self) -> str:
        """The application id of the project's service principal."""


def _pipeline(world: World, name: str) -> str:
    made = world.workspace.pipelines.create(
        name=name,
        catalog="acme",
        schema="fraud_scores",
        serverless=True,
        libraries=[pipelines.PipelineLibrary(file=pipelines.FileLibrary(path="/Workspace/refine.sql"))],
        run_as=pipelines.RunAs(service_principal_name=world.application),
    )
    return str(made.pipeline_id)


MAKERS: Mapping[Kind, Callable[[World, str], str]] = {Kind.PIPELINE: _pipeline}
