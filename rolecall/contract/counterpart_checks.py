"""What must hold between a job's counterparts and the rest of the contract."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.contract.contract import Contract
from rolecall.contract.problems import known
from rolecall.contract.project import Project
from rolecall.contract.source import Path, Places
from rolecall.errors import Problem
from rolecall.kinds.job import JobBase


def check_counterparts(
    contract: Contract, project: Project, name: str, job: JobBase, places: Places, at: Path
) -> Iterator[Problem]:
    """Yield everything that is wrong with a job's counterparts.

    Args:
        contract: the contract.
        project: the job's project.
        name: the job's key.
        job: the job.
        places: where things are written.
        at: the job's path.
    """
    if job.counterparts and job.run_as is None:
        what = f"job {name!r} has counterparts, which trigger it as its service principal, and none is named"
        yield Problem("run-as-missing", places.of(*at, "counterparts"), what, "Add `run_as: NAME`.")
    for orchestrator, written in job.counterparts.items():
        where: Path = (*at, "counterparts", orchestrator)
        found = job.counterpart(orchestrator)
        if found is None:
            continue
        within: Path = where if isinstance(written, list) else (*where, "in")
        for position, environment in enumerate(found.in_ or []):
            yield from known("environment", environment, contract.environments, places, (*within, position))
        if found.approved_by:
            yield from known("group", found.approved_by, contract.groups, places, (*where, "approved_by"))
        for position, before in enumerate(found.after):
            place: Path = (*where, "after", position)
            if before not in project.jobs:
                yield from known("job", before, project.jobs, places, place)
                continue
            yield from _stage(contract, name, job, orchestrator, before, project.jobs[before], places, place)


def _stage(
    contract: Contract,
    name: str,
    job: JobBase,
    orchestrator: str,
    before: str,
    stage: JobBase,
    places: Places,
    place: Path,
) -> Iterator[Problem]:
    """Yield what is wrong with a job that is to run before another."""
    if before == name:
        yield Problem("wrong-value", places.of(*place), f"job {name!r} would run before itself", "Take it out.")
    environments = [one for one in contract.environments if job.has_counterpart(orchestrator, one)]
    if missing := [one for one in environments if not stage.is_in(one)]:
        what = f"job {before!r} is not in {', '.join(missing)}, where {name!r} would run after it"
        yield Problem("stage-missing", places.of(*place), what, "Put it there, or the counterpart elsewhere with `in`.")
    elif without := [one for one in environments if stage.service_principal(one) is None]:
        what = f"job {before!r} has no service principal in {', '.join(without)}"
        yield Problem("run-as-missing", places.of(*place), what, f"Add `run_as: NAME` to job {before!r}.")
