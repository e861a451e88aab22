"""Read what is live in the account and the workspaces, as canonical grants."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from databricks.sdk.errors import NotFound

from rolecall.access.effective import Access
from rolecall.access.grant import Subject, Target
from rolecall.access.observation import Observation, Remark, RemarkKind
from rolecall.contract.contract import Contract
from rolecall.contract.naming import cluster_policy_name, job_name
from rolecall.contract.verbs import Kind, Verb
from rolecall.errors import RolecallError
from rolecall.systems.databricks.client import Reader, account_reader, total_calls, workspace_reader
from rolecall.systems.databricks.permissions import verb_of
from rolecall.systems.databricks.principals import Principals, read_principals

# Requests under way at once to one workspace; the pace is held by the reader.
AT_ONCE = 16


@dataclass(frozen=True)
class _Found:
    """What was read of one object."""

    target: Target
    subjects: Mapping[Subject, Verb]
    remarks: tuple[Remark, ...]


def observe(contract: Contract, given: Access, environments: tuple[str, ...]) -> Observation:
    """Read what Databricks holds of a contract's access.

    A workspace that does not answer, or refuses, makes everything in it unknown; the others are still read.

    Args:
        contract: the contract.
        given: the access that it gives; its objects are looked for.
        environments: the environments to read.

    Raises:
        SystemUnreachable: the account does not answer.
        SystemRefused: the account refuses the caller.
    """
    started = time.monotonic()
    account = account_reader(contract.databricks.host, contract.databricks.account_id)
    workspaces = sorted({contract.environments[name].workspace for name in environments})
    readers = {name: workspace_reader(name, contract.workspaces[name].host) for name in workspaces}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        principals_later = pool.submit(read_principals, contract, account)
        assigned_later = {name: pool.submit(_assignments, reader) for name, reader in readers.items()}
        jobs_later = {name: pool.submit(_by_name, reader.jobs()) for name, reader in readers.items()}
        policies_later = {name: pool.submit(_policies, reader) for name, reader in readers.items()}
        principals = principals_later.result()
        found: list[_Found] = []
        absent: list[Target] = []
        remarks = list(principals.remarks)
        unmanaged = 0
        for name, reader in readers.items():
            stages = [one for one in environments if contract.environments[one].workspace == name]
            targets = [target for target in given if target.environment in stages]
            try:
                assigned = assigned_later[name].result()
                listed = {Kind.JOB: jobs_later[name].result(), Kind.CLUSTER_POLICY: policies_later[name].result()}
                sought = _Sought(contract, reader, principals, listed)
                lookups = [pool.submit(sought.read, target) for target in targets if target.kind is not Kind.WORKSPACE]
                results = [one.result() for one in lookups]
            except RolecallError as error:
                remarks += [Remark(target, RemarkKind.UNKNOWN, error.what) for target in targets]
                continue
            found += [one for one in results if isinstance(one, _Found)]
            absent += [one for one in results if isinstance(one, Target)]
            found += _workspace_access(contract, given, name, stages, assigned, principals)
            unmanaged += sought.unmanaged(targets)
    return Observation(
        access={one.target: dict(one.subjects) for one in found},
        absent=tuple(sorted(absent)),
        remarks=tuple(sorted({*remarks, *(remark for one in found for remark in one.remarks)}, key=str)),
        groups=principals.groups,
        unmanaged=unmanaged,
        calls=total_calls([account, *readers.values()]),
        took=timedelta(seconds=time.monotonic() - started),
    )


class _Sought:
    """Finds the contract's objects among what a workspace lists, and reads who holds what on them."""

    def __init__(
        self,
        contract: Contract,
        reader: Reader,
        principals: Principals,
        listed: Mapping[Kind, Mapping[str, list[dict[str, Any]]]],
    ) -> None:
        self._contract = contract
        self._reader = reader
        self._principals = principals
        self._listed = listed

    def read(self, target: Target) -> _Found | Target:
        """Return what is held on an object, or the object itself where it is not there."""
        matching = self._listed[target.kind].get(self._name(target), [])
        if not matching:
            return target
        if len(matching) > 1:
            text = f"{len(matching)} objects are called {self._name(target)!r}; which one is meant cannot be told"
            return _Found(target, {}, (Remark(target, RemarkKind.UNKNOWN, text),))
        identity = matching[0]["job_id" if target.kind is Kind.JOB else "policy_id"]
        kind_in_path = "jobs" if target.kind is Kind.JOB else "cluster-policies"
        try:
            permissions = self._reader.get(f"/api/2.0/permissions/{kind_in_path}/{identity}")
            remarks = self._identity(target, identity) if target.kind is Kind.JOB else ()
        except NotFound:
            return target  # it went away between the list and the look
        subjects, more = self._subjects(target, permissions)
        return _Found(target, subjects, (*remarks, *more))

    def unmanaged(self, targets: Iterable[Target]) -> int:
        """Return how many objects the workspace lists that the contract does not have."""
        wanted = {kind: {self._name(one) for one in targets if one.kind is kind} for kind in self._listed}
        return sum(
            len(same)
            for kind, by_name in self._listed.items()
            for name, same in by_name.items()
            if name not in wanted[kind]
        )

    def _name(self, target: Target) -> str:
        project, _, key = target.name.partition("/")
        if target.kind is Kind.JOB:
            return job_name(self._contract, project, key, target.environment)
        return cluster_policy_name(project, key, target.environment)

    def _identity(self, target: Target, job_id: int) -> tuple[Remark, ...]:
        """Compare who a job runs as: that is access too, to all that this identity may reach."""
        project, _, key = target.name.partition("/")
        wanted = self._contract.projects[project].jobs[key].service_principal()
        live = str(self._reader.get("/api/2.2/jobs/get", job_id=job_id).get("run_as_user_name") or "nobody")
        expected = self._principals.application_id(project, wanted, target.environment) if wanted else None
        if wanted is None or live == expected:
            return ()
        text = f"it runs as {self._principals.shown(live)}; the contract says {wanted}"
        return (Remark(target, RemarkKind.DIFFERENT, text),)

    def _subjects(self, target: Target, permissions: Mapping[str, Any]) -> tuple[dict[Subject, Verb], list[Remark]]:
        subjects: dict[Subject, Verb] = {}
        remarks: list[Remark] = []
        for control in permissions.get("access_control_list") or []:
            subject = self._principals.subject(control)
            for permission in control.get("all_permissions") or []:
                if permission.get("inherited"):
                    continue
                level = str(permission.get("permission_level"))
                verb = verb_of(target.kind, level)
                if verb is None:
                    text = f"{subject} holds {level}, which Rolecall does not know"
                    remarks.append(Remark(target, RemarkKind.UNKNOWN, text))
                elif subject not in subjects or verb.rank > subjects[subject].rank:
                    subjects[subject] = verb
        return subjects, remarks


def _workspace_access(
    contract: Contract,
    given: Access,
    workspace: str,
    stages: list[str],
    assigned: list[dict[str, Any]],
    principals: Principals,
) -> Iterator[_Found]:
    """Tell each environment of a workspace what it holds there; one assignment serves all of them.

    A principal that several environments need has the highest of their levels, which is right for each of them; one
    that no environment needs is extra in the first.
    """
    live: dict[Subject, Verb] = {}
    for entry in assigned:
        for level in entry.get("permissions") or []:
            verb = verb_of(Kind.WORKSPACE, str(level))
            if verb is not None:
                live[principals.subject(entry.get("principal") or {})] = verb
    sharing = [name for name, stage in contract.environments.items() if stage.workspace == workspace]
    wanted: dict[Subject, Verb] = {}
    for environment in sharing:
        for subject, verb in given.get(Target(environment, Kind.WORKSPACE, workspace), {}).items():
            wanted[subject] = max(verb, wanted.get(subject, verb), key=lambda one: one.rank)
    for position, environment in enumerate(stages):
        target = Target(environment, Kind.WORKSPACE, workspace)
        own = given.get(target, {})
        seen = {
            subject: own[subject] if live[subject] == wanted[subject] else live[subject]
            for subject in own
            if subject in live
        }
        if position == 0:
            seen.update({subject: verb for subject, verb in live.items() if subject not in wanted})
        yield _Found(target, seen, ())


def _assignments(reader: Reader) -> list[dict[str, Any]]:
    return list(reader.get("/api/2.0/preview/permissionassignments").get("permission_assignments") or [])


def _policies(reader: Reader) -> dict[str, list[dict[str, Any]]]:
    by_name: dict[str, list[dict[str, Any]]] = {}
    for policy in reader.get("/api/2.0/policies/clusters/list").get("policies") or []:
        by_name.setdefault(str(policy["name"]), []).append(policy)
    return by_name


def _by_name(jobs: Iterator[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    by_name: dict[str, list[dict[str, Any]]] = {}
    for job in jobs:
        by_name.setdefault(str(job.get("settings", {}).get("name")), []).append(job)
    return by_name
