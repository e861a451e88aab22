"""Lineage and audit logs: tables of a metastore, which all its environments share."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi import Input, ProviderResource, Resource, ResourceOptions

from rolecall.compiled import CompiledContract
from rolecall.components.aliases import formerly
from rolecall.components.resources import Grant, SystemSchema
from rolecall.contract.naming import ACCESS_SCHEMA, former_group_resources, group_resource
from rolecall.slices.system_tables import table_grants


def declare_system_tables(
    compiled: CompiledContract,
    workspaces: Mapping[str, ProviderResource],
    names: Mapping[str, Input[str]],
    declared: Mapping[str, Resource],
) -> None:
    """Declare who may read lineage and audit logs.

    Each grant is an object of its own: the tables are Databricks', and others may hold something on them too.

    Args:
        compiled: the contract.
        workspaces: connections to the workspaces.
        names: the name that each group has now.
        declared: the resource that provisions each group into the account.
    """
    schemas: dict[str, Resource] = {}
    for one in table_grants(compiled):
        contract, metastore, group = compiled.contract, one.metastore, one.group
        workspace = next(name for name, each in contract.workspaces.items() if each.metastore == metastore)
        own = ResourceOptions(provider=workspaces[workspace])
        if metastore not in schemas:
            name = ACCESS_SCHEMA.partition(".")[2]
            schemas[metastore] = SystemSchema(f"{metastore}-access", {"schema": name}, own)
        after = ResourceOptions.merge(own, ResourceOptions(depends_on=[schemas[metastore], declared[group]]))
        former_names = (group, *former_group_resources(contract, group))
        former = [f"{metastore}{by}{each}{by}{one.name}" for each in former_names for by in "/-"]
        Grant(
            f"{metastore}/{group_resource(contract, group)}/{one.name}",
            {one.securable: one.name, "principal": names[group], "privileges": [one.privilege]},
            formerly(former, after),
        )
