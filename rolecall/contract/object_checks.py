"""Checks on the objects of projects: where they are, what they refer to, what they may be called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter

from pydantic import ValidationError

from rolecall.contract.contract import Contract
from rolecall.contract.objects import section
from rolecall.contract.problems import known, one_of, problems_of
from rolecall.contract.project import Project
from rolecall.contract.source import Path, Places
from rolecall.errors import Problem
from rolecall.ids.project_object import Adjustable, ProjectObject
from rolecall.ids.verbs import Kind
from rolecall.kinds.dataset import schema_name
from rolecall.kinds.external_location import ExternalLocation
from rolecall.kinds.job import JobBase, references_of
from rolecall.kinds.references import Substitution, references_in
from rolecall.kinds.registered_model import MODELS
from rolecall.kinds.registry import BY_NAME, BY_SECTION, EXECUTED, REFERABLE, SECTIONS, Spec
from rolecall.kinds.spec import Reference, Scope


def check_objects(contract: Contract, places: Places) -> Iterator[Problem]:
    """Yield what is wrong with the objects of projects."""
    yield from _catalogs(contract, places)
    for name, project in contract.projects.items():
        for kind in SECTIONS:
            for key, value in section(project, kind).items():
                at: Path = ("projects", name, SECTIONS[kind], key)
                for position, environment in enumerate(value.in_ or []):
                    yield from known("environment", environment, contract.environments, places, (*at, "in", position))
                if isinstance(value, Adjustable):
                    yield from _overrides(contract, value, places, at)
                if BY_NAME[kind].scope is Scope.CATALOG:
                    yield from _needs_catalog(contract, value.in_, places, at)
                yield from _refers(contract, project, BY_NAME[kind], value, places, at)
                for position, role in enumerate(getattr(value, "roles", ())):
                    yield from known("role", role, contract.roles, places, (*at, "roles", position))
        yield from _models(project, places, ("projects", name))
        for runs in EXECUTED:
            for key, value in section(project, runs.name).items():
                at = ("projects", name, SECTIONS[runs.name], key)
                yield from _references(contract, project, runs, value, places, at)
        yield from _jobs_in_a_ring(contract, project, places, ("projects", name))
    yield from _namespaces(contract, places)


def _catalogs(contract: Contract, places: Places) -> Iterator[Problem]:
    """One catalog in two environments would be one object with two writers."""
    first: dict[str, str] = {}
    for name, environment in contract.environments.items():
        if environment.catalog is None:
            continue
        other = first.setdefault(environment.catalog, name)
        if other != name:
            what = f"environments {other!r} and {name!r} have the same catalog {environment.catalog!r}"
            how = "Give each environment a catalog of its own."
            yield Problem("declared-twice", places.of("environments", name, "catalog"), what, how)


def _needs_catalog(contract: Contract, scope: list[str] | None, places: Places, at: Path) -> Iterator[Problem]:
    for name, environment in contract.environments.items():
        if environment.catalog is None and (scope is None or name in scope):
            what = f"environment {name!r} has no catalog for it"
            how = f"Write `catalog: NAME` in environment {name!r}, or `in: [...]` here without it."
            yield Problem("environment-without-catalog", places.of(*at), what, how)


def _overrides(contract: Contract, value: Adjustable, places: Places, at: Path) -> Iterator[Problem]:
    for environment in value.overrides:
        inner: Path = (*at, "overrides", environment)
        yield from known("environment", environment, contract.environments, places, inner)
        try:
            value.for_environment(environment)
        except ValidationError as error:
            yield from problems_of(error, type(value), places.below(inner), at=inner)


def _models(project: Project, places: Places, at: Path) -> Iterator[Problem]:
    for key, model in project.models.items():
        for position, name in enumerate(model.reads):
            where: Path = (*at, "models", key, "reads", position)
            yield from known("dataset", name, project.datasets, places, where)
            dataset = project.datasets.get(name)
            if dataset is not None and model.sensitive and not dataset.sensitive:
                what = f"model {key!r} is sensitive, and reads dataset {name!r}, which is not"
                how = "Write `sensitive: true` and the `roles` that reach it in the dataset."
                yield Problem("sensitive-model-reads-open-data", places.of(*where), what, how)


def _references(
    contract: Contract, project: Project, kind: Spec, value: ProjectObject | JobBase, places: Places, at: Path
) -> Iterator[Problem]:
    """What an object that runs code refers to has to be there wherever the object is."""
    reported: set[tuple[str, str, str]] = set()
    for environment in contract.environments_of(value):
        for reference in _written_references(kind, value, environment):
            place: Path = (*at, *reference.path)
            if (mark := (reference.section, reference.name, reference.attribute)) in reported:
                continue
            problems = list(_reference(project, kind, reference, environment, places, place))
            reported |= {mark} if problems else set()
            yield from problems
        for named, name in (
            (
                (Kind.CLUSTER_POLICY, value.policy),
                (Kind.SERVICE_PRINCIPAL, value.service_principal(environment)),
            )
            if isinstance(value, JobBase)
            else ()
        ):
            declared = section(project, named).get(name) if name else None
            if declared is not None and not declared.is_in(environment):
                word = "policy" if named is Kind.CLUSTER_POLICY else "run_as"
                yield _not_there(kind, named, str(name), environment, places, (*at, word))


def _written_references(kind: Spec, value: ProjectObject | JobBase, environment: str) -> Iterable[Substitution]:
    if isinstance(value, JobBase):
        return references_of(value, environment)
    assert kind.executes is not None
    try:
        return references_in(kind.executes.settings(value, environment))
    except ValidationError:
        return ()  # reported as a problem of its `overrides`


def _jobs_in_a_ring(contract: Contract, project: Project, places: Places, at: Path) -> Iterator[Problem]:
    """Yield a problem where jobs run one another: neither can be created first, and no run would end."""
    for environment in contract.environments:
        runs: TopologicalSorter[str] = TopologicalSorter()
        for key, job in project.jobs.items():
            if job.is_in(environment):
                runs.add(key, *(one.name for one in references_of(job, environment) if one.section == "jobs"))
        try:
            runs.prepare()
        except CycleError as error:
            ring: list[str] = error.args[1]
            what = f"jobs run one another in {environment}: {' → '.join(reversed(ring))}"
            how = "Take one of these tasks out: a job that waits for itself never ends."
            yield Problem("jobs-in-a-ring", places.of(*at, "jobs", ring[0]), what, how)
            return


def _refers(
    contract: Contract, project: Project, kind: Spec, value: ProjectObject | JobBase, places: Places, at: Path
) -> Iterator[Problem]:
    """What an object names of its project has to be there wherever the object is."""
    unknown: set[Reference] = set()
    for environment in contract.environments_of(value):
        try:
            own = value.for_environment(environment) if isinstance(value, Adjustable) else value
        except ValidationError:
            continue  # reported as a problem of its `overrides`
        for reference in kind.refers(own):
            named = BY_SECTION[reference.section]
            inner: Path = (*at, "overrides", environment, reference.field)
            path: Path = inner if inner in places.by_path else (*at, reference.field)
            declared = section(project, named.name)
            if reference.key not in declared:
                if reference not in unknown:
                    unknown.add(reference)
                    yield from known(named.name.replace("_", " "), reference.key, declared, places, path)
            elif not declared[reference.key].is_in(environment):
                what = f"it is in {environment}, where there is no {named.noun} {reference.key!r}"
                how = f"Add {environment} to `in` of {reference.key!r}, or take it out here."
                yield Problem("not-in-environment", places.of(*path), what, how)


def _reference(
    project: Project, of: Spec, reference: Substitution, environment: str, places: Places, at: Path
) -> Iterator[Problem]:
    if reference.section not in REFERABLE:
        what = f"there is no section {reference.section!r} that a {of.noun} can refer to"
        yield Problem("unknown-section", places.of(*at), what, one_of(reference.section, REFERABLE))
        return
    kind, attributes = BY_SECTION[reference.section].name, BY_SECTION[reference.section].attributes
    declared = section(project, kind)
    yield from known(kind.replace("_", " "), reference.name, declared, places, at)
    if reference.attribute not in attributes:
        what = f"{reference.section} have no {reference.attribute!r}"
        yield Problem("unknown-attribute", places.of(*at), what, one_of(reference.attribute, attributes))
    if reference.attribute == "url" and reference.name in declared:
        yield from _no_url(reference, declared[reference.name], environment, places, at)
    if reference.attribute == "id" and not reference.alone:
        what = f"the id of {reference.section}.{reference.name} stands in a longer text"
        yield Problem("id-in-text", places.of(*at), what, "Let the reference be the whole value, or use `.name`.")
    if reference.name in declared and not declared[reference.name].is_in(environment):
        yield _not_there(of, kind, reference.name, environment, places, at)


def _no_url(
    reference: Substitution, value: ProjectObject | JobBase, environment: str, places: Places, at: Path
) -> Iterator[Problem]:
    """The path of a location that is managed elsewhere is not in the contract."""
    try:
        location = value.for_environment(environment) if isinstance(value, Adjustable) else value
    except ValidationError:
        return
    if isinstance(location, ExternalLocation) and location.url is None:
        what = f"external location {reference.name!r} is managed elsewhere in {environment}: its `url` is not known"
        how = f"Write the path itself, or `url` and a credential in {reference.name!r}."
        yield Problem("unknown-attribute", places.of(*at), what, how)


def _not_there(of: Spec, kind: Kind, name: str, environment: str, places: Places, at: Path) -> Problem:
    what = f"the {of.noun} is in {environment}, where there is no {kind.replace('_', ' ')} {name!r}"
    how = f"Add {environment} to its `in`, or take it out of the {of.noun}'s."
    return Problem("not-in-environment", places.of(*at), what, how)


def _namespaces(contract: Contract, places: Places) -> Iterator[Problem]:
    """Schemas of two projects would meet where one project's name begins with the other's."""
    found: dict[str, tuple[str, Path]] = {}
    for name, project in contract.projects.items():
        for key in project.datasets:
            schema = schema_name(name, key)
            path: Path = ("projects", name, "datasets", key)
            yield from _meets(found, schema, f"dataset {name}/{key}", path, places)
        if project.models:
            schema = schema_name(name, MODELS)
            yield from _meets(found, schema, f"the models of {name}", ("projects", name, "models"), places)


def _meets(
    found: dict[str, tuple[str, Path]], schema: str, shown: str, path: Path, places: Places
) -> Iterator[Problem]:
    first, at = found.setdefault(schema, (shown, path))
    if first != shown:
        what = f"{shown} and {first} ({places.of(*at)}) would both be the schema {schema!r}"
        yield Problem("namespaces-overlap", places.of(*path), what, "Rename one of them.")
