"""Lineage and audit logs: tables of a metastore, which all its environments share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from pulumi import Input, ProviderResource, Resource, ResourceOptions

from rolecall.compiled import CompiledContract
from rolecall.components.aliases import formerly
from rolecall.components.resources import Grant, SystemSchema
from rolecall.contract.naming import (
    ACCESS_SCHEMA,
    SYSTEM_CATALOG,
    former_group_resources,
    group_resource,
    subject_name,
)
from rolecall.kinds.registry import SYSTEM_TABLES

# What the use of a table takes besides: https://docs.databricks.com/en/admin/system-tables/index.html#grant-access
AROUND = (("catalog", SYSTEM_CATALOG, "USE_CATALOG"), ("schema", ACCESS_SCHEMA, "USE_SCHEMA"))


def system_table_readers(compiled: CompiledContract) -> dict[str, dict[str, set[str]]]:
    """Return, for each metastore, the system tables that each group may read: what any environment gives."""
    readers: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for target, subjects in compiled.access.items():
        for subject in subjects if target.kind in SYSTEM_TABLES else ():
            readers[target.key][subject_name(subject)] |= set(SYSTEM_TABLES[target.kind])
    return {metastore: dict(groups) for metastore, groups in readers.items()}


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
        declared: what brings each group into the account.
    """
    for metastore, groups in sorted(system_table_readers(compiled).items()):
        workspace = next(name for name, one in compiled.contract.workspaces.items() if one.metastore == metastore)
        own = ResourceOptions(provider=workspaces[workspace])
        schema = SystemSchema(f"{metastore}-access", {"schema": ACCESS_SCHEMA.partition(".")[2]}, own)
        for group, tables in sorted(groups.items()):
            after = ResourceOptions.merge(own, ResourceOptions(depends_on=[schema, declared[group]]))
            wanted = [*AROUND, *(("table", table, "SELECT") for table in sorted(tables))]
            for securable, full_name, privilege in wanted:
                contract = compiled.contract
                former_names = (group, *former_group_resources(contract, group))
                former = [f"{metastore}{by}{one}{by}{full_name}" for one in former_names for by in "/-"]
                Grant(
                    f"{metastore}/{group_resource(contract, group)}/{full_name}",
                    {securable: full_name, "principal": names[group], "privileges": [privilege]},
                    formerly(former, after),
                )
