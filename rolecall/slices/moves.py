"""What a contract's stacks take over from where it stood before: the resources by their names among Pulumi's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rolecall.compiled import CompiledContract
from rolecall.contract.contract import Contract
from rolecall.contract.deletion import DATA_HOLDERS
from rolecall.contract.former import Standing, any_renamed, former_places, former_standings
from rolecall.contract.objects import Declared, objects_of
from rolecall.engine.moving import Source, TakeOver
from rolecall.errors import Place
from rolecall.ids.ids import ServicePrincipalId
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.job import JobBase
from rolecall.kinds.registered_model import MODELS
from rolecall.kinds.registry import BY_NAME, SECTIONS
from rolecall.slices.slice import Slice, layers_of
from rolecall.systems.orchestrator import JobToRun
from rolecall.systems.registry import ORCHESTRATORS, SYSTEMS, orchestrator

SCHEMA = "databricks:index/schema:Schema"
GRANTS = "databricks:index/grants:Grants"


# What is lost where a resource is replaced because its system cannot rename it, by type.
_LOSSES: dict[str, str] = {
    **{one.type: f"its {one.holds}" for one in DATA_HOLDERS if not one.holds.startswith("everything")},
    "databricks:index/job:Job": "its id and the history of its runs",
    "databricks:index/servicePrincipal:ServicePrincipal": "its application id, and what others gave it",
}


def loss_of(kind: str) -> str:
    """Return what a resource of a type loses where it is replaced; empty if that is nothing."""
    if kind in _LOSSES:
        return _LOSSES[kind]
    resources = (one for spec in SYSTEMS if kind.startswith(f"rolecall:{spec.name}:") for one in spec.resources())
    return next((one.loss for one in resources if one.token == kind), "")


@dataclass(frozen=True)
class Wish:
    """Something that a stack takes over where an older state has it.

    Attributes:
        take_over: the resource.
        shown: what it is, as people call it.
        place: where the contract declares it.
    """

    take_over: TakeOver
    shown: str
    place: Place | None


def wishes(compiled: CompiledContract) -> list[Wish]:
    """Return what the stacks of a contract take over where a state has it; nothing where nothing was renamed."""
    contract = compiled.contract
    if not any_renamed(contract):
        return []
    slices = [one for layer in layers_of(contract) for one in layer if one.environment is not None]
    return [wish for one in slices for wish in _of_slice(compiled, one)]


def _of_slice(compiled: CompiledContract, one: Slice) -> Iterator[Wish]:
    contract, environment, project = compiled.contract, one.environment, one.project
    assert environment is not None
    if project is None:
        yield from _of_catalog(compiled, one, environment)
        return
    for kind in SECTIONS:
        for declared in objects_of(contract, environment, kind, project):
            former = former_standings(contract, environment, project, kind, declared.key)
            if kind is Kind.JOB and isinstance(declared.value, JobBase):
                yield from _of_counterparts(compiled, one, declared, former)
            if not former:
                continue
            sources = tuple(_source(kind, standing) for standing in former)
            place = compiled.loaded.places.of("projects", project, SECTIONS[kind], declared.key)
            shown = f"{kind.replace('_', ' ')} {declared.name}"
            yield Wish(TakeOver(one.stack, BY_NAME[kind].component, declared.resource, sources), shown, place)
    yield from _model_schema(compiled, one, environment, project)


def _source(kind: Kind, standing: Standing) -> Source:
    declared = Declared(kind, standing.project, standing.key, JobBase())
    return Source(Slice(standing.environment, standing.project).stack, declared.resource)


def _of_catalog(compiled: CompiledContract, one: Slice, environment: str) -> Iterator[Wish]:
    """Yield the list of who may use a catalog, which goes with its environment."""
    declared = compiled.contract.environments[environment]
    sources = tuple(Source(Slice(name).stack, str(declared.catalog)) for name in declared.renamed_from)
    if sources:
        place = compiled.loaded.places.of("environments", environment)
        wanted = TakeOver(one.stack, GRANTS, str(declared.catalog), sources)
        yield Wish(wanted, f"the grants on catalog {declared.catalog}", place)


def _model_schema(compiled: CompiledContract, one: Slice, environment: str, project: str) -> Iterator[Wish]:
    """Yield the schema of a project's models, which goes with the project or its environment."""
    contract = compiled.contract
    if not contract.projects[project].models:
        return
    environments = [environment, *contract.environments[environment].renamed_from]
    projects = [project, *contract.projects[project].renamed_from]
    former = [(stage, name) for stage in environments for name in projects if (stage, name) != (environment, project)]
    if former:
        sources = tuple(Source(Slice(stage, name).stack, f"{name}-{MODELS}") for stage, name in former)
        place = compiled.loaded.places.of("projects", project)
        wanted = TakeOver(one.stack, SCHEMA, f"{project}-{MODELS}", sources)
        yield Wish(wanted, f"the schema of the models of {project}", place)


def _of_counterparts(
    compiled: CompiledContract, one: Slice, declared: Declared, former: list[Standing]
) -> Iterator[Wish]:
    """Yield what a job's counterparts take over, also where the job stays and what it runs as has another key."""
    place = compiled.loaded.places.of("projects", declared.project, SECTIONS[Kind.JOB], declared.key)
    standings = [Standing(str(one.environment), declared.project, declared.key), *former]
    for wanted in dict.fromkeys(_counterparts(compiled, one, declared, standings)):
        if wanted.sources:
            system = wanted.type.split(":")[1]
            yield Wish(wanted, f"the counterpart of job {declared.name} in {system}", place)


def _counterparts(
    compiled: CompiledContract, one: Slice, declared: Declared, former: list[Standing]
) -> Iterator[TakeOver]:
    """Yield the resources of a job's counterparts: those that the job would have had, in the same order."""
    contract, environment, job = compiled.contract, str(one.environment), declared.value
    assert isinstance(job, JobBase)
    principals = _principals(compiled, environment, declared, job)
    for system in ORCHESTRATORS if job.counterparts else ():
        if not job.has_counterpart(system, environment):
            continue
        for principal in principals:
            new = _wanted(system, declared, environment, (declared.project, principal))
            old = [
                (standing, _wanted(system, _declared_at(declared, standing), standing.environment, place))
                for standing in former
                for place in _places_of_principal(contract, declared.project, principal, standing)
            ]
            for position, (kind, name) in enumerate(new):
                sources = [
                    Source(Slice(standing.environment, standing.project).stack, names[position][1])
                    for standing, names in old
                    if position < len(names) and names[position][0] == kind
                ]
                others = [source for source in dict.fromkeys(sources) if source != Source(one.stack, name)]
                yield TakeOver(one.stack, kind, name, tuple(others))


def _principals(compiled: CompiledContract, environment: str, declared: Declared, job: JobBase) -> list[str]:
    """Return the project's principals that hold something on a job, the one that it runs as among them."""
    held = compiled.access.get(declared.id_in(environment), {})
    principals = (one for one in held if isinstance(one, ServicePrincipalId))
    keys = sorted(one.key for one in principals if one.project == declared.project)
    own = job.service_principal(environment)
    return list(dict.fromkeys([*([own] if own else []), *keys]))


def _declared_at(declared: Declared, standing: Standing) -> Declared:
    return Declared(declared.kind, standing.project, standing.key, declared.value)


def _places_of_principal(contract: Contract, project: str, principal: str, standing: Standing) -> list[tuple[str, str]]:
    """Return what a principal may have been where a job stood, each as project and key."""
    if principal not in contract.projects[project].service_principals:
        return [(standing.project, principal)]
    places = [(project, principal), *former_places(contract, project, Kind.SERVICE_PRINCIPAL, principal)]
    there = [place for place in places if place[0] == standing.project]
    return list(dict.fromkeys([*there, (standing.project, principal)]))


def _wanted(system: str, declared: Declared, environment: str, principal: tuple[str, str]) -> list[tuple[str, str]]:
    """Return the types and names of a counterpart's resources."""
    runs_as = ServicePrincipalId(environment, *principal)
    job = JobToRun(declared, environment, runs_as, {runs_as: Verb.RUN}, "", workspace="", job_id="")
    return [(wanted.token, wanted.name) for wanted in orchestrator(system).for_project([job])]
