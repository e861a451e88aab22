"""Built-in grants: rights that jobs require at run time, and administrative rights that keep access manageable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rolecall.access.grant import Grant, Reason
from rolecall.access.graph.code import code_facts
from rolecall.contract.contract import Contract
from rolecall.contract.naming import recipient_subject
from rolecall.contract.objects import Declared, catalog_id, objects_of, workspace_id
from rolecall.contract.source import Places
from rolecall.ids.ids import DeployerId, GroupId, ObjectId, ServicePrincipalId, Subject
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.job import JobBase
from rolecall.kinds.metastore_object import MetastoreObject
from rolecall.kinds.registered_model import RegisteredModel, Step, candidate_name, step_name
from rolecall.kinds.registry import BY_NAME, BY_SECTION, EXECUTED, KINDS, SECTIONS, SYSTEM_TABLES, Spec
from rolecall.kinds.share import Share
from rolecall.kinds.spec import Scope

# Levels that the system grants to an object's creator; an access list without them would differ forever.
KEPT_BY_CREATOR = tuple(kind.name for kind in KINDS if kind.owner is not None and kind.owner.by == "creator")
OWNED = tuple(kind.name for kind in KINDS if kind.owner is not None and kind.owner.by == "level")


@dataclass(frozen=True)
class Needs:
    """What a step of a model's life needs, and no more.

    Attributes:
        candidate: its verb on the model's candidates.
        experiment: its verb on the experiment.
        data: whether it reads the model's datasets.
        model: its verb on the model itself; only `deploy` has one.
    """

    candidate: Verb
    experiment: Verb
    data: bool
    model: Verb | None = None


# A subject that may register a version of a model may set its aliases too: both need the owner or MANAGE.
# So the trainer writes candidates, and only deploy writes the model: it copies a candidate and sets the alias.
STEP_NEEDS = {
    Step.TRAIN: Needs(Verb.MANAGE, Verb.EDIT, data=True),
    Step.TEST: Needs(Verb.VIEW, Verb.EDIT, data=True),
    Step.VALIDATE: Needs(Verb.VIEW, Verb.EDIT, data=True),
    Step.DEPLOY: Needs(Verb.VIEW, Verb.VIEW, data=False, model=Verb.MANAGE),
}


def given_by_rule(contract: Contract, places: Places, bound: Iterable[Grant]) -> Iterator[tuple[Grant, Reason]]:
    """Yield what comes by rule.

    Args:
        contract: the contract.
        places: where its parts stand.
        bound: what bindings give.
    """
    by_model = [pair for environment in contract.environments for pair in _models(contract, environment, places)]
    yield from by_model
    yield from _catalogs([*bound, *(grant for grant, _ in by_model)], contract)
    used = {grant.target for grant in bound if grant.target.kind in SYSTEM_TABLES}
    for environment in contract.environments:
        yield from _deployer(contract, environment, places)
        yield from _break_glass(contract, environment, places, used)
        yield from _jobs(contract, environment, places)
        yield from _recipients(contract, environment, places)


def owners_by_rule(contract: Contract, given: Iterable[Grant]) -> Iterator[tuple[Grant, Reason]]:
    """Yield the deployer's ownership of objects without an owner: Databricks requires exactly one."""
    owned = {grant.target for grant in given if grant.verb is Verb.OWN}
    for environment in contract.environments:
        for kind in OWNED:
            for declared in objects_of(contract, environment, kind):
                target = declared.id_in(environment)
                if target not in owned:
                    yield Grant(target, _deployer_of(contract), Verb.OWN), Reason("", f"deploys the {kind}", None)


def _deployer_of(contract: Contract) -> DeployerId:
    return DeployerId(contract.databricks.deployer)


def _principal(declared: Declared, name: str, environment: str) -> Subject:
    return ServicePrincipalId(environment, declared.project, name)


def _deployer(contract: Contract, environment: str, places: Places) -> Iterator[tuple[Grant, Reason]]:
    """Yield what deploying needs."""
    place = places.of("databricks", "deployer")
    workspace = workspace_id(contract, environment)
    yield Grant(workspace, _deployer_of(contract), Verb.MANAGE), Reason("", "deploys to it", place)
    for kind in KEPT_BY_CREATOR:
        for declared in objects_of(contract, environment, kind):
            target = declared.id_in(environment)
            yield (
                Grant(target, _deployer_of(contract), BY_NAME[kind].highest),
                Reason("", "made it, and keeps it", place),
            )

    for kind in SECTIONS:
        for declared in objects_of(contract, environment, kind):
            value = declared.value
            if not BY_NAME[kind].held_by_groups or not isinstance(value, MetastoreObject):
                continue
            if value.for_environment(environment).existing is not None:
                reason = Reason("", "declares the access list of what is managed elsewhere", place)
                yield Grant(declared.id_in(environment), _deployer_of(contract), BY_NAME[kind].highest), reason


def _break_glass(
    contract: Contract, environment: str, places: Places, used: set[ObjectId]
) -> Iterator[tuple[Grant, Reason]]:
    """Yield what the break-glass group holds: the most that a group can, on everything."""
    if contract.break_glass is None:
        return
    reason = Reason("", "break-glass group", places.of("break_glass", "group"))
    group = GroupId(contract.break_glass.group)
    catalog = catalog_id(contract, environment)
    targets = [workspace_id(contract, environment), *([catalog] if catalog is not None else [])]
    targets += [target for target in used if target.environment == environment]
    targets += [one.id_in(environment) for kind in SECTIONS for one in objects_of(contract, environment, kind)]
    for target in targets:
        if BY_NAME[target.kind].held_by_groups:
            yield Grant(target, group, BY_NAME[target.kind].highest), reason


def _jobs(contract: Contract, environment: str, places: Places) -> Iterator[tuple[Grant, Reason]]:
    """Yield what service principals need: the workspace, and the compute that their jobs name."""
    workspace = workspace_id(contract, environment)
    for one in objects_of(contract, environment, Kind.SERVICE_PRINCIPAL):
        place = places.of("projects", one.project, "service_principals", one.key)
        reason = Reason("", "service principals work in it", place)
        yield Grant(workspace, _principal(one, one.key, environment), Verb.RUN), reason
    for kind in EXECUTED:
        for declared in objects_of(contract, environment, kind.name):
            yield from _executed(kind, declared, environment, places)


def _recipients(contract: Contract, environment: str, places: Places) -> Iterator[tuple[Grant, Reason]]:
    """Yield what recipients read by shares."""
    for one in objects_of(contract, environment, Kind.SHARE):
        assert isinstance(one.value, Share)
        for key in one.value.for_environment(environment).recipients:
            place = places.of("projects", one.project, "shares", one.key, "recipients")
            recipient = recipient_subject(contract, one.project, key, environment)
            yield Grant(one.id_in(environment), recipient, Verb.VIEW), Reason("", "is a recipient of it", place)


def _executed(kind: Spec, declared: Declared, environment: str, places: Places) -> Iterator[tuple[Grant, Reason]]:
    """Yield what the principal of a job, or of another object that runs code, needs for it."""
    assert kind.executes is not None
    target, value = declared.id_in(environment), declared.value
    principal = kind.executes.principal(value, target)
    if principal is None:
        return
    place = places.of("projects", declared.project, SECTIONS[kind.name], declared.key)
    subject = _principal(declared, principal, environment)
    if isinstance(value, JobBase) and any(value.has_counterpart(one, environment) for one in value.counterparts):
        yield Grant(target, subject, Verb.RUN), Reason("", "an orchestrator starts it as its principal", place)
    named = (
        (BY_SECTION.get(section), key) for section, key in code_facts(kind.executes, value, environment).references
    )
    needed = {(one.name, key) for one, key in named if one is not None and one.runs_jobs}
    for needed_kind, name in sorted(needed):
        reason = Reason("", f"{kind.noun} {declared.name} runs on it", place)
        yield Grant(ObjectId(environment, needed_kind, declared.project, name), subject, Verb.RUN), reason


def _models(contract: Contract, environment: str, places: Places) -> Iterator[tuple[Grant, Reason]]:
    """Yield what the steps of models need."""
    for declared in objects_of(contract, environment, Kind.MODEL):
        model = declared.value
        assert isinstance(model, RegisteredModel)
        for step in model.steps:
            place = places.of("projects", declared.project, "models", declared.key, "steps", step)
            reason = Reason("", f"step {step} of model {declared.name} needs it", place)
            subject = _principal(declared, step_name(declared.key, step), environment)
            for kind, name, verb in _needed(declared.key, model, STEP_NEEDS[step]):
                yield Grant(ObjectId(environment, kind, declared.project, name), subject, verb), reason


def _needed(key: str, model: RegisteredModel, needs: Needs) -> Iterator[tuple[Kind, str, Verb]]:
    yield Kind.MODEL, candidate_name(key), needs.candidate
    yield Kind.EXPERIMENT, key, needs.experiment
    if needs.model:
        yield Kind.MODEL, key, needs.model
    if needs.data:
        yield from ((Kind.DATASET, name, Verb.VIEW) for name in model.reads)


def _catalogs(grants: Iterable[Grant], contract: Contract) -> Iterator[tuple[Grant, Reason]]:
    """Yield the use of the catalog for everybody who holds something in it."""
    for grant in grants:
        catalog = catalog_id(contract, grant.target.own_environment)
        if BY_NAME[grant.target.kind].scope is Scope.CATALOG and catalog is not None:
            yield Grant(catalog, grant.subject, Verb.RUN), Reason("", "holds something in it", None)
