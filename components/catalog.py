"""Catalogs of Unity Catalog: made in the account's stack, and used through a list in the environment's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi import Input, ProviderResource, ResourceOptions

from rolecall.components.connections import workspace_provider
from rolecall.components.identities import group_identities, principal_identities
from rolecall.components.permissions import declare_access
from rolecall.components.resources import Databricks
from rolecall.components.stage import Stage
from rolecall.contract.contract import Contract
from rolecall.contract.naming import catalog_comment
from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Kind
from rolecall.kinds.catalog import CATALOG
from rolecall.kinds.registry import TOKENS
from rolecall.kinds.workspace_binding import BINDING, BINDING_TYPES
from rolecall.slices.part import Part
from rolecall.systems.databricks.permissions import access_controls


def declare_catalogs(
    contract: Contract, connections: Mapping[str, ProviderResource], bound: Mapping[str, Input[str]]
) -> None:
    """Declare each environment's catalog, with the workspaces from which it is used.

    Args:
        contract: the contract.
        connections: connections to the workspaces, by name.
        bound: ids of the workspaces to which catalogs are bound, by name.
    """
    for name, environment in contract.environments.items():
        if environment.catalog is None:
            continue
        properties: dict[str, Any] = {
            "name": environment.catalog,
            "comment": catalog_comment(contract.organization, name),
        }
        if environment.catalog_storage:
            properties["storageRoot"] = environment.catalog_storage
        if environment.catalog_isolated:
            # The provider binds it to the workspace of its connection (catalog/resource_catalog.go).
            properties["isolationMode"] = "ISOLATED"
        inside = ResourceOptions(provider=connections[environment.workspace])
        made = Databricks(TOKENS[Kind.CATALOG], environment.catalog, properties, inside)
        for workspace, mode in sorted(environment.catalog_workspaces.items()):
            binding = {
                "securableName": made.id,
                "securableType": "catalog",
                "workspaceId": bound[workspace],
                "bindingType": BINDING_TYPES[mode],
            }
            Databricks(BINDING, f"{environment.catalog}-in-{workspace}", binding, inside)


def declare_catalog_access(part: Part) -> None:
    """Declare who may use an environment's catalog: holding something in it takes that."""
    environment = part.slice.environment
    assert environment is not None
    stage_of = part.contract.environments[environment]
    catalog = stage_of.catalog
    assert catalog is not None
    connection = workspace_provider(part, stage_of.workspace)
    stage = Stage(part.compiled, environment, connection, connection, None)
    identities = {**group_identities(part), **principal_identities(part)}
    held = part.compiled.access.get(ObjectId(environment, Kind.CATALOG, None, catalog), {})
    entries = access_controls(Kind.CATALOG, held)
    declare_access(CATALOG, catalog, catalog, entries, identities, stage.in_workspace())
