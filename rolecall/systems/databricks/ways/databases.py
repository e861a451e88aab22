"""Postgres roles and copied tables in the contract's own database instances.

A role's holder signs in to Postgres regardless of the instance's permissions, and a superuser reads everything:
https://docs.databricks.com/en/oltp/instances/pg-roles.html. A synced table is a copy with Postgres' rights:
https://docs.databricks.com/en/oltp/instances/sync-data/sync-table.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rolecall.access.effective import Access
from rolecall.access.graph.live_step import LiveStep, strongest, weakest
from rolecall.access.observation import Unmanaged
from rolecall.access.ways import is_route_missing
from rolecall.errors import ObjectMissing
from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Kind, Verb
from rolecall.systems.databricks.client import Reader
from rolecall.systems.databricks.ways.identities import Identities
from rolecall.systems.requests import Json

READ = "Postgres roles and synced tables of the contract's database instances"
PATH = "/api/2.0/database/instances"
# Built-in roles of Postgres and Databricks; roles of principals have an identity.
SYSTEM_ROLES = ("databricks_", "pg_")
IDENTITIES = ("USER", "GROUP", "SERVICE_PRINCIPAL")
SUPERUSER = "DATABRICKS_SUPERUSER"


def own_databases(
    reader: Reader, workspace: str, known: Identities, own: Mapping[tuple[str, str], ObjectId], given: Access
) -> Iterator[Unmanaged]:
    """Report undeclared roles and synced tables."""
    for (kind, name), target in sorted(own.items()):
        if kind == str(Kind.DATABASE_INSTANCE) == str(target.kind):
            try:
                roles = [*reader.every(f"{PATH}/{name}/roles", "database_instance_roles")]
                copies = [*reader.every(f"{PATH}/{name}/synced_tables", "synced_tables")]
            except ObjectMissing as error:
                if is_route_missing(error):
                    raise
                # It is reported as missing, with its access.
                continue
            for role in roles:
                yield from _role(role, name, target, known, given)
            for table in copies:
                yield from _copy(table, workspace, target, known)


def _role(role: Json, instance: str, target: ObjectId, known: Identities, given: Access) -> Iterator[Unmanaged]:
    name = str(role.get("name"))
    is_system = name.startswith(SYSTEM_ROLES) and role.get("identity_type") not in IDENTITIES
    if known.is_administrator(name) or is_system:
        return
    actor = known.actor(name)
    held = given.get(target, {}).get(actor)
    # The declared and the effective attributes.
    attributes = [role.get(key) or {} for key in ("attributes", "effective_attributes")]
    strong = sorted({key for each in attributes for key, value in each.items() if value is True})
    superuser = role.get("membership_role") == SUPERUSER
    if held is not None and (held.rank >= Verb.MANAGE.rank or not (superuser or strong)):
        return
    powers = ", ".join([*(["superuser"] if superuser else []), *strong])
    right = strongest(target) if powers else weakest(target, Verb.RUN)
    yield Unmanaged(
        f"Postgres role {known.shown(name)} of {target}",
        f"signs in to its databases beside the contract{f' with {powers}' if powers else ''}",
        f"a manager of it: `databricks database delete-database-instance-role {instance} {name}`",
        (LiveStep(actor, right, "has a Postgres role in, so may"),),
    )


def _copy(table: Json, workspace: str, target: ObjectId, known: Identities) -> Iterator[Unmanaged]:
    name = str(table.get("name"))
    if data := known.reads(table.get("spec") or {}):
        thing = f"synced table {name} of {target} in workspace {workspace}"
        yield Unmanaged(
            thing,
            f"copies {', '.join(data)} for everybody who may use {target}",
            f"its owner: `databricks database delete-synced-database-table {name}`",
            tuple(
                LiveStep(weakest(target, Verb.RUN), weakest(one, Verb.VIEW), "has a copy, so that its users may")
                for source in data
                for one in known.objects_at(source)
            ),
        )
