"""Checks on workspaces: who they speak of, and what their environments need of them."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.contract.binding import Binding
from rolecall.contract.contract import Contract
from rolecall.contract.problems import known
from rolecall.contract.source import Path, Places
from rolecall.errors import Problem
from rolecall.ids.addresses import parse_address
from rolecall.kinds.registry import SYSTEM_TABLES


def check_workspaces(contract: Contract, places: Places) -> Iterator[Problem]:
    """Yield what is wrong with workspaces."""
    for name, workspace in contract.workspaces.items():
        at: Path = ("workspaces", name)
        for group in workspace.entitlements:
            yield from known("group", group, contract.groups, places, (*at, "entitlements", group))
        for position, group in enumerate(workspace.tokens.users if workspace.tokens else []):
            yield from known("group", group, contract.groups, places, (*at, "tokens", "users", position))
    yield from _metastores(contract, places)
    yield from _one_host_twice(contract, places)
    yield from _system_tables(contract, places)


def _metastores(contract: Contract, places: Places) -> Iterator[Problem]:
    """A metastore is reached through a workspace, and its privileges have one writer."""
    first: dict[str, str] = {}
    used = {workspace.metastore.casefold() for workspace in contract.workspaces.values() if workspace.metastore}
    for name, metastore in contract.metastores.items():
        at: Path = ("metastores", name)
        for group in metastore.privileges:
            yield from known("group", group, contract.groups, places, (*at, "privileges", group))
        if metastore.id.casefold() not in used:
            what = f"metastore {name!r} has the id {metastore.id}, and no workspace of the contract names it"
            how = f"Write `metastore: {metastore.id}` in a workspace to which it is assigned, or correct the id."
            yield Problem("metastore-without-workspace", places.of(*at, "id"), what, how)
        other = first.setdefault(metastore.id.casefold(), name)
        if other != name:
            what = f"metastores {other!r} and {name!r} have one id"
            yield Problem("declared-twice", places.of(*at, "id"), what, "Declare its privileges once.")


def _one_host_twice(contract: Contract, places: Places) -> Iterator[Problem]:
    """One workspace under two names would be development and production at once, and hold each object twice."""
    first: dict[str, str] = {}
    for name, workspace in contract.workspaces.items():
        if workspace.host is not None:
            other = first.setdefault(parse_address(workspace.host).place, name)
            if other != name:
                what = f"workspaces {other!r} and {name!r} have one address"
                how = f"Declare it once: environments may share it, with `workspace: {other}`."
                yield Problem("declared-twice", places.of("workspaces", name, "host"), what, how)


def _system_tables(contract: Contract, places: Places) -> Iterator[Problem]:
    """Lineage and audit logs belong to a metastore, which the workspace has to name."""
    bindings: list[tuple[Binding, Path]] = [
        (binding, ("bindings", index)) for index, binding in enumerate(contract.bindings)
    ]
    for name, project in contract.projects.items():
        bindings += [(binding, ("projects", name, "bindings", index)) for index, binding in enumerate(project.bindings)]
    for binding, at in bindings:
        principals = contract.projects[str(at[1])].service_principals if at[0] == "projects" else {}
        kinds = [kind for right in contract.roles.get(binding.role, []) for kind in right.kinds()]
        wanted = next((kind for kind in kinds if kind in SYSTEM_TABLES), None)
        if wanted and binding.to in principals:
            what = f"{binding.to!r} is a service principal, and role {binding.role!r} is about {wanted}"
            how = "The tables belong to the metastore, which all environments share: bind a group."
            yield Problem("principal-on-system-tables", places.of(*at, "to"), what, how)
        for position, environment in enumerate(binding.in_):
            stage = contract.environments.get(environment)
            workspace = contract.workspaces.get(stage.workspace) if stage else None
            if wanted and stage and workspace and workspace.metastore is None:
                what = f"role {binding.role!r} is about {wanted}, and workspace {stage.workspace!r} names no metastore"
                how = f"Write `metastore: ID` in workspace {stage.workspace!r}: the tables belong to its metastore."
                yield Problem("workspace-without-metastore", places.of(*at, "in", position), what, how)
