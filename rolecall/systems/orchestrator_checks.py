"""What orchestrators can hold of a contract, and what would give more in one than the contract gives."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.access.effective import Access
from rolecall.access.grant import Subject, Target
from rolecall.contract import LoadedContract
from rolecall.contract.contract import Contract
from rolecall.contract.job import JobBase
from rolecall.contract.objects import Declared
from rolecall.contract.problems import one_of
from rolecall.contract.verbs import Kind, Verb
from rolecall.errors import Place, Problem
from rolecall.systems.orchestrator import Counterparts, everybody_holds
from rolecall.systems.registry import ORCHESTRATORS, orchestrator


def check_orchestrators(loaded: LoadedContract, access: Access) -> Iterator[Problem]:
    """Find counterparts in what is no orchestrator, and grants that no orchestrator can hold.

    Args:
        loaded: the contract.
        access: what it gives.
    """
    yield from _unknown(loaded)
    for system in ORCHESTRATORS:
        counterparts = Counterparts(system, loaded.contract)
        for target, group in everybody_holds(counterparts.access(access)):
            what = f"{group!r}, Databricks' group of everybody, holds something on {target}; {system} has no such group"
            how = "Bind the groups that are meant, or leave the counterpart out."
            yield Problem("subject-not-in-orchestrator", _place(loaded, target, system), what, how)
        for environment in loaded.contract.environments:
            for declared in counterparts.jobs(environment):
                yield from _stages(loaded, access, system, environment, declared)


def _unknown(loaded: LoadedContract) -> Iterator[Problem]:
    for project_name, project in loaded.contract.projects.items():
        for name, job in project.jobs.items():
            for system in job.counterparts:
                place = loaded.places.of("projects", project_name, "jobs", name, "counterparts", system)
                if system not in ORCHESTRATORS:
                    what = f"there is no orchestrator {system!r}"
                    yield Problem("unknown-orchestrator", place, what, one_of(system, ORCHESTRATORS))
                    continue
                found = job.counterpart(system)
                if found is not None and found.has_stages and not orchestrator(system).has_stages:
                    able = ", ".join(one for one in ORCHESTRATORS if orchestrator(one).has_stages)
                    what = f"a counterpart in {system} runs its job and nothing else"
                    yield Problem("stages-not-in-orchestrator", place, what, f"Write `true`, or take {able} for it.")


def _stages(
    loaded: LoadedContract, access: Access, system: str, environment: str, declared: Declared
) -> Iterator[Problem]:
    """Find who could run, by running a job's counterpart, another job that they may not run."""
    assert isinstance(declared.value, JobBase)
    found = declared.value.counterpart(system)
    runners = _runners(access, loaded.contract, Target(environment, Kind.JOB, declared.name))
    for before in found.after if found else []:
        stage = Target(environment, Kind.JOB, f"{declared.project}/{before}")
        may = _runners(access, loaded.contract, stage)
        if more := sorted(str(one) for one in runners - may):
            what = f"{', '.join(more)} may run {declared.name} in {environment}, and so {before}, which they may not"
            how = f"Let them run {before} too, or take it out of `after`."
            place = _place(loaded, Target(environment, Kind.JOB, declared.name), system)
            yield Problem("stage-gives-more", place, what, how)


def _runners(access: Access, contract: Contract, job: Target) -> set[Subject]:
    """Return who may run a job; its own service principal, which is let in for that, is left out."""
    project, _, key = job.name.partition("/")
    declared = contract.projects[project].jobs[key]
    own = declared.service_principal(job.environment)
    mine = f"{job.environment}-{project}-{own}"
    held = access.get(job, {})
    return {subject for subject, verb in held.items() if verb.rank >= Verb.RUN.rank and subject.name != mine}


def _place(loaded: LoadedContract, target: Target, system: str) -> Place | None:
    project, _, name = target.name.partition("/")
    return loaded.places.of("projects", project, "jobs", name, "counterparts", system)
