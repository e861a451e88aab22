"""Declarations in a project's file that reach beyond its project."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from rolecall.contract.contract import Contract
from rolecall.contract.former import written_places
from rolecall.contract.objects import section
from rolecall.contract.packs import OWN_PACKS, PREFIX, own_pack, own_packs
from rolecall.contract.problems import one_of
from rolecall.contract.repository import inside, links_that_leave, outside, project_folder_of
from rolecall.contract.schema_checks import is_in_own_schema
from rolecall.contract.scopes import OUT_OF_SCOPE, FileScope
from rolecall.contract.source import Path, Places
from rolecall.contract.storage_checks import outside_resources
from rolecall.errors import Problem
from rolecall.ids.ids import ObjectId
from rolecall.kinds.metastore_object import MetastoreObject
from rolecall.kinds.registry import BY_NAME, EXECUTED, OF_ENVIRONMENT, SECTIONS
from rolecall.kinds.schema_part import SchemaPart
from rolecall.kinds.secret_scope import SECRET_SCOPE
from rolecall.kinds.spec import Execution


def check_scopes(contract: Contract, places: Places, scopes: Mapping[str, FileScope]) -> Iterator[Problem]:
    """Yield a problem for each declaration in a project's file that reaches beyond its project.

    Args:
        contract: the contract.
        places: where its parts stand.
        scopes: what each file may hold, by its name.
    """
    by_project: dict[str, FileScope] = {}
    for name in contract.projects:
        place = places.of("projects", name)
        scope = scopes.get(place.file) if place else None
        if scope is not None and not scope.is_platform:
            by_project[name] = scope
    if by_project:
        yield from _shared_kinds(contract, places, by_project)
        yield from _former_projects(contract, places, by_project)
        yield from _key_vaults(contract, places, by_project)
        yield from _external_resources(contract, places, by_project)
        yield from _run_as_deployer(contract, places, by_project)


def _key_vaults(contract: Contract, places: Places, scopes: Mapping[str, FileScope]) -> Iterator[Problem]:
    """A scope on a key vault discloses the vault's content to its readers: only a platform file may declare one.

    https://learn.microsoft.com/azure/databricks/security/secrets/#akv-ss: Databricks reads each vault that trusts its
    application, of which there is one for all workspaces of a tenant.
    """
    for project, scope in scopes.items():
        for key, declared in SECRET_SCOPE.objects(contract.projects[project]).items():
            vault = declared.key_vault
            if vault is None or any(one.is_for(project, vault.resource_id) for one in contract.key_vaults):
                continue
            what = (
                f"secret scope {key!r} is a key vault's, and this file may hold nothing but {scope} ({scope.said} "
                "includes it)"
            )
            entry = f"{{resource_id: {vault.resource_id}, projects: [{project}]}}"
            how = f"Allow it in a platform file: `key_vaults: [{entry}]`."
            at = ("projects", project, "secret_scopes", key, "key_vault")
            yield Problem(OUT_OF_SCOPE, places.of(*at), what, how)


def _external_resources(contract: Contract, places: Places, scopes: Mapping[str, FileScope]) -> Iterator[Problem]:
    """A cloud identity reaches data of other projects: only a platform file may grant it to one."""
    for project, scope in scopes.items():
        for kind in SECTIONS:
            for key, declared in section(contract.projects[project], kind).items():
                if not isinstance(declared, MetastoreObject | SchemaPart):
                    continue
                for field, resource in outside_resources(contract, declared):
                    if any(one.is_for(project, resource) for one in contract.external_resources):
                        continue
                    if isinstance(declared, SchemaPart) and is_in_own_schema(
                        project, contract.projects[project], resource
                    ):
                        continue
                    what = (
                        f"{BY_NAME[kind].noun} {key!r} uses {resource!r}, which is not the project's, and this file "
                        f"may hold nothing but {scope} ({scope.said} includes it)"
                    )
                    entry = f"{{resource: '{resource}', projects: [{project}]}}"
                    how = f"Allow it in a platform file: `external_resources: [{entry}]`."
                    at: Path = ("projects", project, SECTIONS[kind], key)
                    inner = next((name for name, one in declared.overrides.items() if one.get(field) == resource), None)
                    path = (*at, "overrides", inner, field) if inner else (*at, field)
                    yield Problem(OUT_OF_SCOPE, places.of(*path), what, how)


def _run_as_deployer(contract: Contract, places: Places, scopes: Mapping[str, FileScope]) -> Iterator[Problem]:
    """What runs as the deployer has every right in every project: its file decides what it runs.

    https://docs.databricks.com/api/workspace/jobs/create (run_as): without it, a job runs as its owner.
    """
    for project, scope in scopes.items():
        for kind in EXECUTED:
            executes = kind.executes
            for key, value in kind.objects(contract.projects[project]).items() if executes else ():
                targets = [ObjectId(one, kind.name, project, key) for one in contract.environments_of(value)]
                if executes is None or not any(_runs_as_deployer(executes, value, one) for one in targets):
                    continue
                what = (
                    f"{kind.noun} {key!r} {executes.otherwise}, and this file may hold "
                    f"nothing but {scope} ({scope.said} includes it)"
                )
                at = ("projects", project, SECTIONS[kind.name], key)
                yield Problem("run-as-missing", places.of(*at), what, executes.instead)


def _runs_as_deployer(executes: Execution[Any], value: Any, target: ObjectId) -> bool:
    try:
        as_caller = executes.as_caller(value, target.own_environment)
        return not as_caller and executes.principal(value, target) is None
    except ValidationError:
        return False  # reported as a problem of its `overrides`


def _shared_kinds(contract: Contract, places: Places, scopes: Mapping[str, FileScope]) -> Iterator[Problem]:
    """A role on what all projects share, such as the workspace or the audit log, is bound in a platform file."""
    for name, scope in scopes.items():
        for index, binding in enumerate(contract.projects[name].bindings):
            kinds = [kind for right in contract.roles.get(binding.role, []) for kind in right.kinds()]
            shared = next((kind for kind in kinds if kind in OF_ENVIRONMENT), None)
            if shared is not None:
                what = (
                    f"role {binding.role!r} is about the {shared}, which all projects share, and this file may hold "
                    f"nothing but {scope} ({scope.said} includes it)"
                )
                how = f"Bind it in a platform file: `bindings: [{{role: {binding.role}, …, projects: [{name}]}}]`."
                yield Problem(OUT_OF_SCOPE, places.of("projects", name, "bindings", index, "role"), what, how)


def _former_projects(contract: Contract, places: Places, scopes: Mapping[str, FileScope]) -> Iterator[Problem]:
    """Taking over another project's objects takes over their rights."""
    claimed: list[tuple[str, str, Path]] = [
        (name, former, ("projects", name, "renamed_from"))
        for name in scopes
        for former in contract.projects[name].renamed_from
    ]
    claimed += [
        (name, place.project, ("projects", name, SECTIONS[kind], key, "renamed_from", position))
        for name, kind, key, position, place in written_places(contract)
        if name in scopes and place.project not in (None, name)
    ]
    for name, former, path in claimed:
        scope = scopes[name]
        if scope.projects is not None and former not in scope.projects:
            what = (
                f"it takes over what was the project {former!r}'s, and this file may hold nothing but {scope} "
                f"({scope.said} includes it)"
            )
            how = f"Let a platform file allow it: `include: [{{path: …, projects: [{name}, {former}]}}]`."
            yield Problem(OUT_OF_SCOPE, places.of(*path), what, how)


def check_packs(contract: Contract, places: Places, repository: FilePath, main: FilePath) -> Iterator[Problem]:
    """Yield a problem for each policy pack that is neither in the repository nor one of Rolecall's own.

    A pack's code runs before every deployment.
    """
    root = project_folder_of(main)
    for index, name in enumerate(contract.policy_packs):
        folder = root / name
        place = places.of("policy_packs", index)
        if name.startswith(PREFIX):
            if own_pack(name) is None:
                what = f"Rolecall has no policy pack `{name}`"
                yield Problem("unknown-policy-pack", place, what, one_of(name, own_packs()))
            continue
        if inside(OWN_PACKS, folder) is not None:
            continue
        if inside(repository, folder) is None:
            yield outside(name, place)
            continue
        for link in links_that_leave(repository, folder):
            yield outside(os.path.relpath(link, root), place)
