"""Check that orchestrators can represent a contract's grants without granting more."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.access.effective import Access
from rolecall.contract import LoadedContract
from rolecall.contract.contract import Contract
from rolecall.contract.objects import Declared
from rolecall.contract.problems import one_of
from rolecall.errors import Place, Problem
from rolecall.ids.ids import ObjectId, Subject
from rolecall.ids.verbs import Verb
from rolecall.kinds.job import JobBase
from rolecall.systems.orchestrator import Counterparts, everybody_holds, runs_as
from rolecall.systems.registry import ORCHESTRATORS, orchestrator


def check_orchestrators(loaded: LoadedContract, access: Access) -> Iterator[Problem]:
    """Find counterparts in what is no orchestrator, and grants that no orchestrator can hold.

    Args:
        loaded: the contract.
        access: its grants.
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
    """Find who could run or change, by a job's counterpart, another job that they may not run or change.

    An editor of a pipeline changes all of its stages, each of which acts as its own job's principal.
    """
    assert isinstance(declared.value, JobBase)
    found = declared.value.counterpart(system)
    job = declared.id_in(environment)
    for before in found.after if found else []:
        stage = job.sibling(before)
        for verb in (Verb.RUN, Verb.EDIT):
            more = _able(access, loaded.contract, job, verb) - _able(access, loaded.contract, stage, verb)
            if more:
                who = ", ".join(sorted(str(one) for one in more))
                what = f"{who} may {verb} {declared.name} in {environment}, and so {before}, which they may not"
                how = f"Let them {verb} {before} too, or take it out of `after`."
                yield Problem("stage-gives-more", _place(loaded, job, system), what, how)
                break


def _able(access: Access, contract: Contract, job: ObjectId, verb: Verb) -> set[Subject]:
    """Return who may do something with a job; its own service principal, which may run it, is left out."""
    mine = runs_as(contract, job)
    held = access.get(job, {})
    return {subject for subject, one in held.items() if one.rank >= verb.rank and subject != mine}


def _place(loaded: LoadedContract, target: ObjectId, system: str) -> Place | None:
    return loaded.places.of("projects", target.own_project, "jobs", target.key, "counterparts", system)
