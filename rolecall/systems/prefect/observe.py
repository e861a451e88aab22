"""Read who may do what with the deployments that are jobs' counterparts, as canonical grants on those jobs."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from rolecall.access.effective import Access
from rolecall.access.observation import Observation, Remark, RemarkKind
from rolecall.contract.contract import Contract
from rolecall.ids.ids import LiveSubject, ObjectId, Subject, SubjectType, ownership_mark
from rolecall.ids.verbs import Verb
from rolecall.systems.observer import AT_ONCE, Observer
from rolecall.systems.orchestrator import counterpart_of, place_of, principal_of, subjects_by_name
from rolecall.systems.ownership import says_ours
from rolecall.systems.prefect.access import VERBS
from rolecall.systems.prefect.actors import SERVICE_ACCOUNT, TEAM
from rolecall.systems.prefect.client import every, prefect
from rolecall.systems.prefect.counterpart import ENTRYPOINT, FLOW, account_mark, pool_name, variable_name
from rolecall.systems.prefect.deployment import runs
from rolecall.systems.prefect.permissions import access_path, holders
from rolecall.systems.prefect.ways import prefect_ways
from rolecall.systems.requests import Json, Request

_TYPES = {TEAM: SubjectType.GROUP, SERVICE_ACCOUNT: SubjectType.SERVICE_PRINCIPAL}


def observe(contract: Contract, given: Access, group_names: Mapping[str, str]) -> Observation:
    """Return the holders of jobs' deployments; arguments and errors as in `System.observe`."""
    observer, owner = Observer(prefect), account_mark(contract.organization)
    in_all = int(prefect().send(Request("POST", "/deployments/count", body={}, reads=True)).body)
    ours = {str(one["name"]): one for one in every("/deployments/filter", {"flows": {"name": {"any_": [FLOW]}}})}
    names = [variable_name(counterpart_of(target)) for target in given]
    variables = {
        str(one["name"]): one["value"] for one in every("/variables/filter", {"variables": {"name": {"any_": names}}})
    }
    present = {target: ours[name] for target in given if (name := counterpart_of(target)) in ours}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        later = {target: pool.submit(holders, access_path(one["id"]), owner) for target, one in present.items()}
        held = {target: one.result() for target, one in later.items()}
    pools = {pool_name(principal_of(contract, target)) for target in given}
    ways = prefect_ways(contract, {str(one["id"]) for one in present.values()}, pools)
    known = subjects_by_name(given, group_names)
    remarks = [remark for target, one in present.items() for remark in _definition(contract, target, one)]
    remarks += [remark for target in present for remark in _job(contract, target, variables)]
    access = {target: _subjects(found, known) for target, found in held.items()}
    return observer.counterparts(given, present, in_all, access, remarks, ways)


def _subjects(found: list[Json], known: Mapping[tuple[SubjectType, str], Subject]) -> dict[Subject, Verb]:
    subjects: dict[Subject, Verb] = {}
    for one in found:
        named = (_TYPES.get(one["type"], SubjectType.PERSON), str(one["name"]))
        subjects[known.get(named) or LiveSubject(*named)] = VERBS[one["access"]]
    return subjects


def _definition(contract: Contract, target: ObjectId, deployment: Json) -> list[Remark]:
    """Return in what a deployment does something else than to run the shipped flow in its principal's pool."""
    name = counterpart_of(target)
    if not says_ours(deployment.get("description"), ownership_mark(contract.organization, target)):
        return [Remark(target, RemarkKind.DIFFERENT, f"deployment {name} does not say that it is Rolecall's")]
    pool = pool_name(principal_of(contract, target))
    wanted = {"runs": (runs(deployment), ENTRYPOINT), "is in work pool": (deployment.get("work_pool_name"), pool)}
    return [
        Remark(target, RemarkKind.DIFFERENT, f"deployment {name} {what} {found}, not {right}")
        for what, (found, right) in wanted.items()
        if found != right
    ]


def _job(contract: Contract, target: ObjectId, variables: Mapping[str, object]) -> list[Remark]:
    """Return in what the variable of a deployment names another job's place."""
    name = variable_name(counterpart_of(target))
    value = variables.get(name)
    if not isinstance(value, dict):
        return [Remark(target, RemarkKind.DIFFERENT, f"variable {name} does not say which job to run")]
    return [
        Remark(target, RemarkKind.DIFFERENT, f"variable {name} says {key} {value.get(key)!r}, not {right!r}")
        for key, right in place_of(contract, target).items()
        if value.get(key) != right
    ]
