"""Load the context of rules from the contract of the project in the engine's working folder."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import psutil

from rolecall import plain_yaml, settings
from rolecall.access.systems import counterpart_types
from rolecall.contract import LoadedContract, load_contract
from rolecall.contract.contract import Contract
from rolecall.contract.identity_checks import issuer_addresses
from rolecall.contract.naming import (
    ALL_USERS,
    group_resource,
    service_principal_external_id,
    service_principal_name,
    stack_name,
)
from rolecall.contract.objects import objects_of
from rolecall.contract.resource_names import ResourceKey, declared_resources
from rolecall.errors import Place, RolecallError
from rolecall.ids.verbs import Kind
from rolecall.kinds.job import JobBase
from rolecall.kinds.service_principal import SERVICE_PRINCIPAL, ServicePrincipal
from rolecall.policies.exemptions import load_exemptions
from rolecall.policies.hosts import Hosts, address, hosts_of_contract
from rolecall.policies.identity_facts import identity_facts
from rolecall.policies.organization import Context as Context
from rolecall.policies.organization import Fact as Fact
from rolecall.project import PROJECT_FILE, contract_path, find_project


@cache
def project_folder() -> tuple[Path | None, Path | None]:
    """Return the folder of the project in which the engine runs, and the folder of its program; None where unknown."""
    root = next((found for folder in _folders_of_callers() if (found := find_project(folder))), None)
    if root is None:
        return None, None
    described = plain_yaml.load((root / PROJECT_FILE).read_text(encoding="utf-8"))
    main = str(described.get("main") or "") if isinstance(described, dict) else ""
    program = root / main
    return root, program if program.is_dir() else program.parent


@cache
def context_of_stack(stack: str) -> Context:
    """Return the context of the project in whose folder the engine runs."""
    root, _ = project_folder()
    of_run = os.environ.get("DATABRICKS_HOST")
    hosts = Hosts(of_run=address(of_run) if of_run else None)
    if root is None:
        return _with_group_keys(Context(hosts=hosts))
    exemptions = load_exemptions(root, datetime.now(UTC).date())
    path = contract_path(root, stack, os.environ)
    if path is None:
        return Context(exemptions=exemptions, hosts=hosts)
    found = _context_of_file(root, path)
    hosts = replace(found.hosts, of_run=hosts.of_run)
    own = settings.OWN_PROGRAM.read()
    found = _with_group_keys(found)
    return replace(found, exemptions=exemptions, hosts=hosts, own_program=own, now=time.time())


def _with_group_keys(context: Context) -> Context:
    """Return a context with what the run that started the engine knows of renamed groups."""
    file = settings.GROUP_KEYS_FILE.read()
    if not file:
        return context
    found: dict[str, dict[str, str]] = json.loads(Path(file).read_text(encoding="utf-8"))
    return replace(context, group_keys=found["databricks"], orchestrator_keys=found["orchestrators"])


@cache
def _context_of_file(root: Path, path: Path) -> Context:
    """Return the context of a contract's file; nearly always all stacks share one file."""
    # Messages name files as the user would, from the project's folder.
    os.chdir(root)
    try:
        return context_of_contract(load_contract(Path(os.path.relpath(path, root))))
    except RolecallError as error:
        return Context(is_known=True, failure=str(error))


def _folders_of_callers() -> Iterator[Path]:
    """Yield the folders in which the processes above this one work, the engine's first.

    The engine starts a pack in the pack's own folder and tells it nothing of the project's.
    """
    above = psutil.Process().parents()
    engines = [process for process in above if process.name() == "pulumi"]
    for process in [*engines, *(one for one in above if one not in engines)]:
        with suppress(psutil.Error):
            yield Path(process.cwd())


def context_of_contract(loaded: LoadedContract) -> Context:
    """Return the context of a contract's file."""
    contract = loaded.contract
    bound: dict[str, set[str]] = {name: set(ALL_USERS) for name in contract.environments}
    everywhere = [*contract.bindings, *(one for project in contract.projects.values() for one in project.bindings)]
    for binding in everywhere:
        for environment in binding.in_:
            bound[environment].add(binding.to)
    group = contract.break_glass.group if contract.break_glass else None
    for groups in bound.values():
        groups |= {group} if group else set()
    return Context(
        is_known=True,
        break_glass=group,
        break_glass_resource=group_resource(contract, group) if group in contract.groups else group,
        no_break_glass=contract.break_glass_reason if group is None else None,
        protected=frozenset(name for name, stage in contract.environments.items() if stage.protected),
        bound={name: frozenset(groups) for name, groups in bound.items()},
        identity=identity_facts(contract),
        has_contract=True,
        hosts=hosts_of_contract(contract),
        account_id=contract.databricks.account_id,
        deployer=contract.databricks.deployer,
        removal_overrides=tuple(contract.removal_overrides),
        places=_places(loaded),
        principals=frozenset({contract.databricks.deployer}),
        principal_marks=frozenset(
            service_principal_external_id(contract, project, key, environment)
            for environment in contract.environments
            for project, each in contract.projects.items()
            for key in each.service_principals
        ),
        workloads=_workloads(contract),
        counterparts=_counterparts(contract),
        meshes={name: cluster.mesh for name, cluster in contract.clusters.items()},
    )


def _counterparts(contract: Contract) -> dict[str, frozenset[str]]:
    """Return the service principals that run in each counterpart: its job's own, and those of the jobs before it."""
    found: dict[str, frozenset[str]] = {}
    for environment in contract.environments:
        jobs = {(one.project, one.key): one.value for one in objects_of(contract, environment, Kind.JOB)}
        for (project, key), job in jobs.items():
            assert isinstance(job, JobBase)
            principals: set[str] = set()
            for orchestrator in job.counterparts:
                counterpart = job.counterpart(orchestrator)
                for name in (key, *counterpart.after) if counterpart is not None else ():
                    stage = jobs.get((project, name))
                    if isinstance(stage, JobBase) and (principal := stage.service_principal(environment)):
                        principals.add(service_principal_name(project, principal, environment))
            if principals:
                found[f"{environment}-{project}-{key}"] = frozenset(principals)
    return found


def _workloads(contract: Contract) -> dict[ResourceKey, frozenset[tuple[str, str]]]:
    """Return who may act as each service principal, by where it is among Pulumi's resources: issuer and subject."""
    issuers = issuer_addresses(contract)
    found: dict[ResourceKey, frozenset[tuple[str, str]]] = {}
    for environment in contract.environments:
        for one in objects_of(contract, environment, Kind.SERVICE_PRINCIPAL):
            assert isinstance(one.value, ServicePrincipal)
            workloads = one.value.federation_in(environment)
            key = (stack_name(environment, one.project), SERVICE_PRINCIPAL.component, one.resource)
            found[key] = frozenset((issuers[each.issuer], each.subject_in(environment)) for each in workloads)
    return found


def _counterpart_types(contract: Contract) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Return the types of counterparts; without loading any system where no job has a counterpart."""
    has_counterparts = any(job.counterparts for project in contract.projects.values() for job in project.jobs.values())
    return counterpart_types() if has_counterparts else {}


def _places(loaded: LoadedContract) -> dict[ResourceKey, Place]:
    found = (
        (key, loaded.places.of(*path))
        for key, path in declared_resources(loaded.contract, _counterpart_types(loaded.contract))
    )
    return {key: place for key, place in found if place is not None}
