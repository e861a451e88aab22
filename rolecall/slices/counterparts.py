"""Counterparts of a slice's jobs in orchestrators, and the object of each of their access lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rolecall.access.effective import Access
from rolecall.contract.contract import Contract
from rolecall.contract.objects import Declared, objects_of
from rolecall.ids.ids import ObjectId, ServicePrincipalId
from rolecall.ids.verbs import Kind
from rolecall.kinds.job import JobBase
from rolecall.provider.registry import RESOURCES
from rolecall.slices.listed_objects import override_of
from rolecall.systems.orchestrator import Counterparts, JobToRun, Wanted, holders_of
from rolecall.systems.registry import BY_NAME, orchestrator


def jobs_to_run(
    system: str,
    contract: Contract,
    access: Access,
    environment: str,
    group_names: Mapping[str, str],
    workspace: Any = "",
    job_ids: Mapping[str, Any] | None = None,
) -> list[JobToRun]:
    """Return the jobs of a slice that have a counterpart in an orchestrator, by name.

    Args:
        system: the orchestrator.
        contract: the slice's part of the contract.
        access: the access in it.
        environment: its environment.
        group_names: by key, names of groups in orchestrators that differ from the key.
        workspace: the workspace's address; may not be known yet.
        job_ids: the jobs' ids, by their names in the project's file; empty ids where they do not matter.
    """
    every_job = {one.name: one for one in objects_of(contract, environment, Kind.JOB)}

    def job_of(declared: Declared) -> JobToRun:
        job = declared.value
        assert isinstance(job, JobBase)
        principal = job.service_principal(environment)
        assert principal is not None
        return JobToRun(
            declared,
            environment,
            ServicePrincipalId(environment, declared.project, principal),
            holders_of(contract, access.get(declared.id_in(environment), {})),
            contract.organization,
            workspace,
            job_ids[declared.name] if job_ids is not None else "",
            group_names=group_names,
        )

    found: list[JobToRun] = []
    for declared in sorted(Counterparts(system, contract).jobs(environment), key=lambda one: one.name):
        assert isinstance(declared.value, JobBase)
        counterpart = declared.value.counterpart(system)
        assert counterpart is not None
        before = tuple(job_of(every_job[f"{declared.project}/{key}"]) for key in counterpart.after)
        found.append(replace(job_of(declared), after=before, approved_by=counterpart.approved_by or ""))
    return found


def counterparts_of(system: str, jobs: Sequence[JobToRun], contract: Contract) -> list[Wanted]:
    """Return an orchestrator's declarations for jobs; each access list has the contract's override for it.

    Args:
        system: the orchestrator.
        jobs: the jobs.
        contract: the slice's part of the contract.
    """
    listed = lists_of(system, jobs)
    return [
        _with_override(one, listed[one.token, one.name], contract) if (one.token, one.name) in listed else one
        for one in orchestrator(system).for_project(jobs)
    ]


def lists_of(system: str, jobs: Sequence[JobToRun]) -> dict[tuple[str, str], ObjectId]:
    """Return the object that each access list of jobs' counterparts is about, by the list's type and name.

    It is the job, or the service principal where jobs of one principal share the list.
    """
    types = BY_NAME[system].counterpart_types
    found: dict[tuple[str, str], ObjectId] = {}
    for job in jobs:
        declared = job.declared
        own = {(f"rolecall:{system}:{noun}", f"{system}-{declared.resource}{ending}") for noun, ending in types}
        principal = ObjectId(job.environment, Kind.SERVICE_PRINCIPAL, job.runs_as.project, job.runs_as.key)
        for wanted in orchestrator(system).for_project([job]):
            if RESOURCES[wanted.token].access_list is not None:
                key = wanted.token, wanted.name
                found.setdefault(key, declared.id_in(job.environment) if key in own else principal)
    return found


def first_writes(system: str, jobs: Sequence[JobToRun]) -> Iterator[tuple[ObjectId, Wanted]]:
    """Yield the access lists of jobs' counterparts, each with the object that it is about."""
    listed = lists_of(system, jobs)
    for one in orchestrator(system).for_project(jobs):
        if (one.token, one.name) in listed:
            yield listed[one.token, one.name], one


def _with_override(wanted: Wanted, about: ObjectId, contract: Contract) -> Wanted:
    override = override_of(about, contract)
    if override is None:
        return wanted
    written = override.model_dump(mode="json", include={"reason", "owner", "expires"})
    return replace(wanted, properties={**wanted.properties, "removalOverride": written})
