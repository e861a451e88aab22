"""Who may read lineage and audit logs: tables of a metastore, which all its environments share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from rolecall.compiled import CompiledContract
from rolecall.contract.naming import ACCESS_SCHEMA, SYSTEM_CATALOG, subject_name
from rolecall.kinds.registry import SYSTEM_TABLES

# What the use of a table takes besides: https://docs.databricks.com/en/admin/system-tables/index.html#grant-access
AROUND = (("catalog", SYSTEM_CATALOG, "USE_CATALOG"), ("schema", ACCESS_SCHEMA, "USE_SCHEMA"))


@dataclass(frozen=True)
class TableGrant:
    """One privilege of one group on a system table, or on what the table lies in.

    Attributes:
        metastore: the metastore.
        group: the group's key.
        securable: `catalog`, `schema` or `table`.
        name: its full name.
        privilege: the privilege.
    """

    metastore: str
    group: str
    securable: str
    name: str
    privilege: str


def system_table_readers(compiled: CompiledContract) -> dict[str, dict[str, set[str]]]:
    """Return, for each metastore, the system tables that each group may read in any environment."""
    readers: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for target, subjects in compiled.access.items():
        for subject in subjects if target.kind in SYSTEM_TABLES else ():
            readers[target.key][subject_name(subject)] |= set(SYSTEM_TABLES[target.kind])
    return {metastore: dict(groups) for metastore, groups in readers.items()}


def table_grants(compiled: CompiledContract) -> Iterator[TableGrant]:
    """Yield the privileges that the account's stack declares, in a fixed order."""
    for metastore, groups in sorted(system_table_readers(compiled).items()):
        for group, tables in sorted(groups.items()):
            for securable, name, privilege in [*AROUND, *(("table", table, "SELECT") for table in sorted(tables))]:
                yield TableGrant(metastore, group, securable, name, privilege)
