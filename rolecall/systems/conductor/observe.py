"""Read who may do what on the workflows that are jobs' counterparts, as canonical grants on those jobs."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from rolecall.access.effective import Access
from rolecall.access.observation import Observation, Remark, RemarkKind
from rolecall.contract.contract import Contract
from rolecall.ids.ids import LiveSubject, ObjectId, Subject, SubjectType, ownership_mark
from rolecall.ids.verbs import Verb
from rolecall.systems.conductor.access import ACCESS, TAG, WORKFLOW
from rolecall.systems.conductor.application_names import ApplicationNames
from rolecall.systems.conductor.client import conductor, every
from rolecall.systems.conductor.client import one as read_one
from rolecall.systems.conductor.counterpart import REFERENCE, task_name
from rolecall.systems.conductor.definitions import WORKFLOWS
from rolecall.systems.conductor.permissions import APPLICATION, GROUP, holders
from rolecall.systems.conductor.roles import held_by_role
from rolecall.systems.conductor.ways import conductor_ways
from rolecall.systems.observer import AT_ONCE, Observer
from rolecall.systems.orchestrator import counterpart_of, place_of, principal_of, subjects_by_name, verb_of
from rolecall.systems.ownership import says_ours
from rolecall.systems.requests import Json

_TYPES = {GROUP: SubjectType.GROUP, APPLICATION: SubjectType.SERVICE_PRINCIPAL}

Known = Mapping[tuple[SubjectType, str], Subject]


def observe(contract: Contract, given: Access, group_names: Mapping[str, str]) -> Observation:
    """Return the holders of jobs' workflows; arguments and errors as in `System.observe`."""
    observer = Observer(conductor)
    workflows = {str(one["name"]): one for one in every(WORKFLOWS)}
    applications = ApplicationNames()
    present = {target: name for target in given if (name := counterpart_of(target)) in workflows}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        by_role = held_by_role(applications) if present else {}
        later = {target: pool.submit(_holders, name, applications, by_role) for target, name in present.items()}
        held = {target: one.result() for target, one in later.items()}
    ways = conductor_ways(contract, workflows, [*present.values()])
    known = subjects_by_name(given, group_names)
    remarks = [remark for target, found in held.items() for remark in _remarks(target, found, known)]
    remarks += [remark for target, name in present.items() for remark in _definition(contract, target, workflows[name])]
    access = {target: _subjects(found, known) for target, found in held.items()}
    return observer.counterparts(given, present, len(workflows), access, remarks, ways)


def _holders(name: str, applications: ApplicationNames, by_role: Mapping[tuple[str, str], set[str]]) -> list[Json]:
    """Return everybody who holds something on a workflow: on itself, on one of its tags, or by a role on all."""
    held: dict[tuple[str, str], set[str]] = {who: {*access} for who, access in by_role.items()}
    tags = read_one(f"{WORKFLOWS}/{name}/tags") or []
    targets = [(WORKFLOW, name), *((TAG, f"{tag['key']}:{tag['value']}") for tag in tags)]
    for kind, identity in targets:
        for holder in holders(kind, identity, applications):
            held.setdefault((holder["type"], holder["name"]), set()).update(holder["access"])
    return [{"type": sort, "name": who, "access": sorted(access)} for (sort, who), access in sorted(held.items())]


def _subjects(found: list[Json], known: Known) -> dict[Subject, Verb]:
    subjects: dict[Subject, Verb] = {}
    for one in found:
        verb, _ = verb_of(ACCESS, one["access"])
        if verb is not None:
            subjects[_subject(one, known)] = verb
    return subjects


def _subject(holder: Json, known: Known) -> Subject:
    named = (_TYPES.get(holder["type"], SubjectType.PERSON), str(holder["name"]))
    return known.get(named) or LiveSubject(*named)


def _remarks(target: ObjectId, found: list[Json], known: Known) -> list[Remark]:
    """Return what does not come to a verb exactly."""
    return [
        Remark(
            target,
            RemarkKind.DIFFERENT,
            f"{_subject(one, known)} holds {', '.join(one['access'])} on workflow {counterpart_of(target)}, "
            "which is no verb",
        )
        for one in found
        if not verb_of(ACCESS, one["access"])[1]
    ]


def _definition(contract: Contract, target: ObjectId, workflow: Json) -> list[Remark]:
    """Return in what a workflow does something else than to run its job as its principal."""
    name = counterpart_of(target)
    if not says_ours(workflow.get("description"), ownership_mark(contract.organization, target)):
        return [Remark(target, RemarkKind.DIFFERENT, f"workflow {name} does not say that it is Rolecall's")]
    tasks = workflow.get("tasks") or []
    principal = principal_of(contract, target)
    runs = task_name(principal)
    if [(one.get("name"), one.get("taskReferenceName")) for one in tasks] != [(runs, REFERENCE)]:
        shown = ", ".join(str(one.get("name")) for one in tasks)
        return [Remark(target, RemarkKind.DIFFERENT, f"workflow {name} does something else than its job: {shown}")]
    handed = tasks[0].get("inputParameters") or {}
    return [
        Remark(target, RemarkKind.DIFFERENT, f"workflow {name} hands over {key} {handed.get(key)!r}, not {value!r}")
        for key, value in place_of(contract, target).items()
        if handed.get(key) != value
    ]
