"""What one slice declares: its part of the contract, and the digest by which it is known again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from rolecall.access.compiler import Compilation
from rolecall.access.effective import Access
from rolecall.compiled import CompiledContract
from rolecall.contract.binding_checks import bound_workspaces
from rolecall.contract.cluster import makes_certificates
from rolecall.contract.cluster_groups import names_in_cluster
from rolecall.contract.contract import Contract
from rolecall.contract.loader import LoadedContract
from rolecall.contract.naming import service_principal_external_id
from rolecall.contract.removal_override import RemovalOverride
from rolecall.contract.source import Places
from rolecall.ids.ids import GroupId, ObjectId, ServicePrincipalId, Subject, SubjectType
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.persistent_volume import PERSISTENT_VOLUME
from rolecall.kinds.registry import BY_NAME
from rolecall.kinds.service import SERVICE
from rolecall.slices.slice import Slice, layers_of
from rolecall.systems.databricks.lookups import Lookups
from rolecall.systems.kubernetes.manifests import Accounts, callers_of
from rolecall.systems.orchestrator import Counterparts
from rolecall.systems.registry import ORCHESTRATORS
from rolecall.toolchain.versions import PULUMI_DATABRICKS

# Increment when the same input yields different declarations, so that every stack runs once after the upgrade. A test
# compares the examples' declarations with those recorded for this number (tests/unit/slices/test_format.py).
FORMAT = 4


@dataclass(frozen=True)
class Part:
    """All inputs of a slice's program; it declares from nothing else, so the digest changes with any of them.

    Attributes:
        slice: the slice.
        compiled: the contract without what is not the slice's: other projects and environments, roles, bindings.
        lookups: what the account knows of the groups, workspaces and service principals in it.
        external_ids: the external ids of service principals of other slices that it names.
        orchestrated: for each orchestrator, the groups that hold something there; only where all environments share it.
        external_groups: the ids in the identity provider of groups that hold something in it, by name.
        callers: the service accounts of the service principals with access to its services and claims.
        cluster_groups: names in its cluster of the groups with access to its claims, by key.
    """

    slice: Slice
    compiled: CompiledContract
    lookups: Lookups
    external_ids: Mapping[ServicePrincipalId, str]
    external_groups: Mapping[str, str]
    orchestrated: Mapping[str, Sequence[str]] = field(default_factory=dict)
    callers: Accounts = field(default_factory=dict)
    cluster_groups: Mapping[str, str] = field(default_factory=dict)

    @property
    def contract(self) -> Contract:
        """The slice's part of the contract."""
        return self.compiled.contract

    @property
    def has_counterparts(self) -> bool:
        """Return whether a job in it has a counterpart in an orchestrator."""
        return any(job.counterparts for project in self.contract.projects.values() for job in project.jobs.values())

    @property
    def has_cluster_access(self) -> bool:
        """Return whether it has services or claims: access to one is spread over several of a cluster's objects."""
        kinds = (SERVICE, PERSISTENT_VOLUME)
        return any(kind.objects(project) for project in self.contract.projects.values() for kind in kinds)

    @property
    def groups(self) -> dict[str, dict[str, str]]:
        """The groups that hold something in it, by key, each with its ids and its name now."""
        keys = {one.key for held in self.compiled.access.values() for one in held if isinstance(one, GroupId)}
        found = self.lookups.groups
        return {
            key: {
                "external": self.external_groups.get(key, ""),
                "name": found[key].name if key in found else key,
                "id": self.lookups.ids.get(key, ""),
                **({"orchestrators": names[key]} if key in (names := self.lookups.orchestrators) else {}),
            }
            for key in sorted(keys)
        }

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything that the stack's program reads; equal digests mean an identical deployment."""
        access = [
            [str(target), [[str(subject), verb] for subject, verb in sorted(subjects.items())]]
            for target, subjects in sorted(self.compiled.access.items())
        ]
        facts = {
            "objects": self.objects_digest,
            "access": access,
            "lookups": self.lookups.to_json(),
            "external_ids": {str(one): external for one, external in sorted(self.external_ids.items())},
            "external_groups": dict(sorted(self.external_groups.items())),
            **(
                {"orchestrated": {key: [*names] for key, names in self.orchestrated.items()}}
                if self.orchestrated
                else {}
            ),
            **({"callers": _callers(self.callers)} if self.callers else {}),
            **({"cluster_groups": dict(sorted(self.cluster_groups.items()))} if self.cluster_groups else {}),
        }
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    @cached_property
    def objects_digest(self) -> str:
        """SHA-256 of the same without the holders; while it is equal, only lists of holders can change."""
        # Sections of the account's stack change no other stack.
        left_out = {name for name in OF_ACCOUNT if not getattr(self.contract, name)}
        facts = {
            "stack": self.slice.stack,
            # Without unset fields, so that a new optional field changes no digest.
            # Administrators and invariants are compared with live state, and declared nowhere.
            "contract": self.contract.model_dump(
                mode="json", by_alias=True, exclude_unset=True, exclude={"administrators", "invariants", *left_out}
            ),
            "objects": [str(target) for target in sorted(self.compiled.access)],
            "format": FORMAT,
            "provider": PULUMI_DATABRICKS,
        }
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def part_of(compiled: CompiledContract, one: Slice, lookups: Lookups) -> Part:
    """Return a slice's part of a contract."""
    if one.environment is None:
        clusters = {name: one for name, one in compiled.contract.clusters.items() if makes_certificates(one)}
        without: dict[str, Any] = {"projects": {}, **({"clusters": clusters} if compiled.contract.clusters else {})}
        without |= _named_principals(compiled.contract, "", None)
        contract = compiled.contract.model_copy(update={**without, **_WITHOUT_RIGHTS})
        access = _of_account(compiled.access)
        found = lookups.groups
        if contract.identity is not None:
            # This slice provisions them: it only has to learn of new names.
            found = {name: group for name, group in found.items() if group.name != name}
        orchestrated = {
            system: names
            for system in ORCHESTRATORS
            if (names := Counterparts(system, compiled.contract).groups(compiled.access))
        }
        bound = bound_workspaces(contract)
        facts = Lookups(
            found,
            lookups.namesakes,
            orchestrators=lookups.orchestrators,
            taken=lookups.taken,
            workspaces={name: one for name, one in lookups.workspaces.items() if name in bound},
        )
        return Part(one, _reduced(contract, access), facts, {}, {}, orchestrated)
    contract = _of_environment(compiled.contract, one.environment, one.project)
    if one.project is None:
        access = _of_catalog(compiled.access, one.environment)
        external_ids = _external_ids(compiled.contract, access)
    else:
        access = _of_project(compiled.access, one.environment, one.project)
        external_ids = {}
    holders = {subject.key for held in access.values() for subject in held if isinstance(subject, GroupId)}
    declared = compiled.contract.groups
    groups = {name: one.external for name, one in declared.items() if name in holders and one.external}
    needed = _needed(lookups, contract, holders, external_ids)
    if one.project is not None:
        called = {group for system in ORCHESTRATORS for group in Counterparts(system, contract).groups(access)}
        renamed = {key: name for key, name in lookups.orchestrators.items() if key in called}
        needed = replace(needed, orchestrators=renamed)
    callers = callers_of(compiled.contract, access, one.environment, one.project) if one.project is not None else {}
    named = _cluster_groups(compiled.contract, one, access)
    return Part(one, _reduced(contract, access), needed, external_ids, groups, callers=callers, cluster_groups=named)


def digests_of(compiled: CompiledContract, lookups: Lookups) -> dict[str, str]:
    """Return the digest of what each stack of a contract declares, by the stack's name."""
    layers = layers_of(compiled.contract)
    return {one.stack: part_of(compiled, one, lookups).digest for layer in layers for one in layer}


# Sections of which the account's stack declares everything.
OF_ACCOUNT = ("metastores", "governed_tags", "budget_policies")
_WITHOUT_RIGHTS: Mapping[str, Any] = {
    "roles": {},
    "bindings": [],
    "include": [],
    "policy_packs": [],
    "accepted_escalations": [],
    # They are judged before a program runs; no program declares otherwise for them.
    "deletions": [],
}


def _cluster_groups(contract: Contract, one: Slice, access: Access) -> dict[str, str]:
    """Return the names in a slice's cluster of the groups with access to its claims, by key."""
    cluster = contract.environments[one.environment].cluster if one.environment is not None else None
    held = [subjects for target, subjects in access.items() if target.kind is Kind.PERSISTENT_VOLUME]
    keys = {subject.key for subjects in held for subject in subjects if isinstance(subject, GroupId)}
    names = names_in_cluster(contract, cluster) if cluster is not None and keys else {}
    return {key: name for key, name in names.items() if key in keys}


def _callers(accounts: Accounts) -> dict[str, str]:
    return {str(principal): f"{one.namespace}/{one.name}" for principal, one in sorted(accounts.items())}


def _reduced(contract: Contract, access: Access) -> CompiledContract:
    return CompiledContract(LoadedContract(contract, Places(), ()), Compilation({}, (), (), access))


def _of_environment(contract: Contract, environment: str, project: str | None) -> Contract:
    stage = contract.environments[environment]
    workspace = contract.workspaces[stage.workspace]
    clusters = {name: one for name, one in contract.clusters.items() if name == stage.cluster}
    projects = {} if project is None else {project: contract.projects[project].model_copy(update={"bindings": []})}
    return contract.model_copy(
        update={
            **_WITHOUT_RIGHTS,
            "groups": {},
            "removal_overrides": [
                one for one in contract.removal_overrides if project and _is_of_project(one, project)
            ],
            "break_glass": None,
            "environments": {environment: stage},
            "workspaces": {stage.workspace: type(workspace)(host=workspace.host, create=workspace.create)},
            "projects": projects,
            **({"clusters": clusters} if contract.clusters else {}),
            **{name: {} for name in OF_ACCOUNT if getattr(contract, name)},
            **_named_principals(contract, environment, project),
        }
    )


def _is_of_project(override: RemovalOverride, project: str | None) -> bool:
    """Return whether an override is about an object of a project that an orchestrator's list can be about."""
    owner, _, _ = (override.object or "").partition("/")
    return project is not None and owner == project and override.kind in (None, Kind.JOB, Kind.SERVICE_PRINCIPAL)


def _named_principals(contract: Contract, environment: str, project: str | None) -> dict[str, Any]:
    """Return the change of a contract by which it names the service principals of one project in one environment."""
    if not contract.databricks.service_principals:
        return {}
    kept = {
        path: {environment: ids[environment]}
        for path, ids in contract.databricks.service_principals.items()
        if environment in ids and path.partition("/")[0] == project
    }
    return {"databricks": contract.databricks.model_copy(update={"service_principals": kept})}


def _of_account(access: Access) -> Access:
    """Return what groups hold of what environments share."""
    return {
        target: {subject: verb for subject, verb in held.items() if subject.type is SubjectType.GROUP}
        for target, held in access.items()
        if BY_NAME[target.kind].stack == "account"
    }


def _of_catalog(access: Access, environment: str) -> Access:
    return {
        target: held
        for target, held in access.items()
        if target.environment == environment and BY_NAME[target.kind].stack == "environment"
    }


def _of_project(access: Access, environment: str, project: str) -> Access:
    found: dict[ObjectId, dict[Subject, Verb]] = {}
    for target, held in access.items():
        if target.environment != environment:
            continue
        if not BY_NAME[target.kind].access.interface.whole:
            # A list of which each stack declares the entries of its own subjects.
            found[target] = {subject: verb for subject, verb in held.items() if _is_of(subject, project)}
        elif target.project == project:
            found[target] = held
    return found


def _is_of(subject: Subject, project: str) -> bool:
    return isinstance(subject, ServicePrincipalId) and subject.project == project


def _external_ids(contract: Contract, access: Access) -> dict[ServicePrincipalId, str]:
    """Return the external ids of the service principals that hold something."""
    holders = {subject for held in access.values() for subject in held if isinstance(subject, ServicePrincipalId)}
    return {one: service_principal_external_id(contract, one.project, one.key, one.environment) for one in holders}


def _needed(
    lookups: Lookups, contract: Contract, holders: Collection[str], external_ids: Mapping[ServicePrincipalId, str]
) -> Lookups:
    """Return a slice's facts of the account: changes to any other do not affect it."""
    return Lookups(
        groups={name: group for name, group in lookups.groups.items() if name in holders},
        hosts={name: host for name, host in lookups.hosts.items() if name in contract.workspaces},
        application_ids={
            external: found for external, found in lookups.application_ids.items() if external in external_ids.values()
        },
        ids={key: identity for key, identity in lookups.ids.items() if key in holders},
        workspaces={name: one for name, one in lookups.workspaces.items() if name in bound_workspaces(contract)},
    )
