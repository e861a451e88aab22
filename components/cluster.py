"""What a project has in its environment's Kubernetes cluster: a namespace, service accounts and mesh policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi import ComponentResource, ProviderResource, Resource, ResourceOptions

from rolecall.components.native import Native
from rolecall.components.stage import Stage
from rolecall.contract.contract import Contract
from rolecall.slices.part import Part
from rolecall.systems.kubernetes.declared_objects import Wanted, declared_certificates, declared_objects

OBJECT, COMPONENT = "rolecall:kubernetes:Object", "rolecall:kubernetes:Namespace"


class ClusterObjects(ComponentResource):
    """A project's objects in a cluster, each made after those that it needs.

    Args:
        name: its name among the stack's resources.
        wanted: the objects.
        native: the connection to the cluster.
        opts: options of the component.
    """

    def __init__(
        self, name: str, wanted: Sequence[Wanted], native: ProviderResource, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__(COMPONENT, name, None, opts)
        made: dict[str, Resource] = {}
        for one in wanted:
            options = ResourceOptions(parent=self, provider=native, depends_on=[made[key] for key in one.after])
            properties: Mapping[str, Any] = one.properties
            made[one.name] = Native(OBJECT, one.name, properties, options)
        self.register_outputs({})


def declare_cluster_objects(part: Part, stage: Stage) -> None:
    """Declare what a project has in its environment's cluster."""
    project = part.slice.project
    assert project is not None
    contract, access = part.contract, part.compiled.access
    wanted = declared_objects(contract, access, stage.environment, project, part.callers, part.cluster_groups)
    if wanted:
        assert stage.native is not None
        ClusterObjects(f"{project}-cluster", wanted, stage.native)


def declare_certificates(contract: Contract, native: ProviderResource) -> None:
    """Declare the certificates of the clusters' meshes, which all environments share."""
    wanted = declared_certificates(contract)
    if wanted:
        ClusterObjects("mesh-certificates", wanted, native)
