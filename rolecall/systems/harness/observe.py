"""Read who may do what with the pipelines that are jobs' counterparts, as canonical grants on those jobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from rolecall import settings
from rolecall.access.effective import Access
from rolecall.access.observation import Observation, Remark, RemarkKind
from rolecall.contract.contract import Contract
from rolecall.ids.ids import GroupId, ObjectId, ownership_mark
from rolecall.kinds.job import JobBase
from rolecall.systems.harness.access import ACCESS
from rolecall.systems.harness.client import TAG, every, harness
from rolecall.systems.harness.counterpart import SCRIPT, delegate_of
from rolecall.systems.harness.held import held_on_pipelines
from rolecall.systems.harness.identifiers import identifier
from rolecall.systems.harness.pipeline import PATH as PIPELINES
from rolecall.systems.harness.pipeline import pipeline
from rolecall.systems.harness.ways import harness_ways
from rolecall.systems.observer import AT_ONCE, Observer
from rolecall.systems.orchestrator import counterpart_of, name_of, principal_of, verb_of, workspace_of
from rolecall.systems.ownership import organization_of
from rolecall.systems.requests import Json


def observe(contract: Contract, given: Access, group_names: Mapping[str, str]) -> Observation:
    """Return the holders of jobs' pipelines; arguments and errors as in `System.observe`."""
    observer = Observer(harness)
    listed = every(
        f"{PIPELINES}/list",
        method="POST",
        body={"filterType": "PipelineSetup"},
        key=lambda item: str(item["identifier"]),
    )
    there = {str(one["identifier"]) for one in listed}
    present = {target: name for target in given if (name := identifier(counterpart_of(target))) in there}
    held = held_on_pipelines(given, group_names)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        later = {target: pool.submit(pipeline, name) for target, name in present.items()}
        definitions = {target: one.result() for target, one in later.items()}
        delegates = {delegate_of(principal_of(contract, target)) for target in given}
        ways = harness_ways(contract, sorted(there - {*present.values()}), delegates, {*present.values()}, pool)
    access: Access = {target: {} for target in present}
    remarks: list[Remark] = []
    for target, name in present.items():
        for subject, permissions in held.get(name, {}).items():
            verb, exact = verb_of(ACCESS, permissions)
            if verb is not None:
                access[target][subject] = verb
            if not exact:
                what = f"{subject} holds {', '.join(sorted(permissions))} on pipeline {name}, which is no verb"
                remarks.append(Remark(target, RemarkKind.DIFFERENT, what))
        remarks += _definition(contract, target, definitions[target] or {}, group_names)
    return observer.counterparts(given, present, len(there), access, remarks, ways)


def _definition(contract: Contract, target: ObjectId, found: Json, group_names: Mapping[str, str]) -> list[Remark]:
    """Return in what a pipeline does something else than to run its jobs as their principals."""
    name = counterpart_of(target)
    mark = ownership_mark(contract.organization, target)
    if (found.get("tags") or {}).get(TAG) not in (mark, organization_of(mark)):
        return [Remark(target, RemarkKind.DIFFERENT, f"pipeline {name} does not say that it is Rolecall's")]
    wanted, does = _stages(contract, target, group_names), [_does(one) for one in found.get("stages") or []]
    if does != wanted:
        what = f"pipeline {name} does {'; '.join(does) or 'nothing'}, not {'; '.join(wanted)}"
        return [Remark(target, RemarkKind.DIFFERENT, what)]
    return []


def _stages(contract: Contract, target: ObjectId, group_names: Mapping[str, str]) -> list[str]:
    """Return what the stages of a job's pipeline have to do, in words."""
    job: JobBase = contract.projects[target.own_project].jobs[target.key]
    counterpart = job.counterpart("harness")
    assert counterpart is not None
    before = [target.sibling(one) for one in counterpart.after]
    host = workspace_of(contract, target)
    runs = [_runs(SCRIPT, delegate_of(principal_of(contract, one)), host) for one in [*before, target]]
    approver = name_of(GroupId(counterpart.approved_by), group_names) if counterpart.approved_by else ""
    approval = [_approves([identifier(approver)])] if approver else []
    return [*runs[:-1], *approval, runs[-1]]


def _does(written: Json) -> str:
    """Return what a stage does, in the same words."""
    steps = ((written.get("stage") or {}).get("spec") or {}).get("execution", {}).get("steps") or []
    parts: list[str] = []
    for one in steps:
        spec = (one.get("step") or {}).get("spec") or {}
        if "approvers" in spec:
            parts.append(_approves(spec["approvers"].get("userGroups") or []))
            continue
        variables = {entry["name"]: entry["value"] for entry in spec.get("environmentVariables") or []}
        script = str(((spec.get("source") or {}).get("spec") or {}).get("script"))
        delegates = ", ".join(spec.get("delegateSelectors") or ["any delegate"])
        parts.append(_runs(script, delegates, str(variables.get(settings.WORKSPACE.name) or "")))
    return ", ".join(parts)


def _runs(script: str, delegates: str, host: str) -> str:
    return f"{script!r} on {delegates} in {host or 'its workspace'}"


def _approves(groups: Iterable[str]) -> str:
    return f"wait for {', '.join(groups) or 'anybody'}"
