"""Checks on tables, volumes and functions: what two declare, what is open in a sensitive schema, how many there are."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pydantic import ValidationError

from rolecall.contract.contract import Contract
from rolecall.contract.objects import objects_of, section
from rolecall.contract.project import Project
from rolecall.contract.quotas import LIMITS, MOST_VOLUMES
from rolecall.contract.source import Path, Places
from rolecall.errors import Problem
from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Kind
from rolecall.kinds.dataset import Dataset, schema_name
from rolecall.kinds.registry import BY_NAME, IN_SCHEMAS, Spec
from rolecall.kinds.schema_part import SchemaPart
from rolecall.kinds.share import SHARE
from rolecall.kinds.volume import VOLUME


def check_schema_parts(contract: Contract, places: Places) -> Iterator[Problem]:
    """Yield what is wrong with tables, volumes and functions that have an access list of their own."""
    yield from _shared(contract, places)
    for name, project in contract.projects.items():
        yield from _twice(name, project, places)
        for kind in IN_SCHEMAS:
            for key, value in section(project, kind.name).items():
                assert isinstance(value, SchemaPart)
                yield from _open(contract, kind, value, name, key, places)


def _shared(contract: Contract, places: Places) -> Iterator[Problem]:
    """Sensitive data leaves only by a share that is marked as sensitive."""
    for name, project in contract.projects.items():
        for key, share in SHARE.objects(project).items():
            if share.sensitive:
                continue
            for target in share.targets(ObjectId(None, Kind.SHARE, name, key)):
                value = BY_NAME[target.kind].objects(project).get(target.key)
                if getattr(value, "sensitive", False):
                    what = f"{target} is sensitive, and share {key!r}, which recipients read, is not"
                    how = "Write `sensitive: true` in the share, or take it out."
                    section = BY_NAME[target.kind].section or ""
                    yield Problem(
                        "sensitive-data-shared", places.of("projects", name, "shares", key, section), what, how
                    )


def dataset_of(contract: Contract, part: SchemaPart, target: ObjectId) -> ObjectId | None:
    """Return the contract's dataset in whose schema an object is in an environment; None for a schema of others."""
    own = part.for_environment(target.own_environment)
    if own.dataset is not None:
        return ObjectId(target.environment, Kind.DATASET, target.project, own.dataset)
    schema = own.inner_name(target.own_project, target.key).partition(".")[0].casefold()
    for name, project in contract.projects.items():
        for key, dataset in project.datasets.items():
            if schema_name(name, key) == schema and dataset.is_in(target.own_environment):
                return ObjectId(target.environment, Kind.DATASET, name, key)
    return None


def parts_of(contract: Contract, environment: str, datasets: Collection[ObjectId]) -> list[ObjectId]:
    """Return the tables, volumes and functions with access lists of their own in some datasets of an environment."""
    return [
        target
        for target, dataset in parts_with_dataset(contract, environment)
        if dataset is not None and dataset in datasets
    ]


def parts_with_dataset(contract: Contract, environment: str) -> Iterator[tuple[ObjectId, ObjectId | None]]:
    """Yield the tables, volumes and functions of an environment, each with the contract's dataset in which it is."""
    for kind in IN_SCHEMAS:
        for one in objects_of(contract, environment, kind.name):
            assert isinstance(one.value, SchemaPart)
            target = one.id_in(environment)
            yield target, dataset_of(contract, one.value, target)


def is_in_own_schema(project: str, declared: Project, resource: str) -> bool:
    """Return whether SCHEMA.NAME is in the schema of one of a project's datasets."""
    schema = resource.partition(".")[0].casefold()
    return any(schema_name(project, key) == schema for key in declared.datasets)


def _twice(project: str, declared: Project, places: Places) -> Iterator[Problem]:
    """A volume of a dataset that is declared again would be one object with two writers."""
    counted = {key: len(dataset.volumes) for key, dataset in declared.datasets.items()}
    for key, volume in VOLUME.objects(declared).items():
        at: Path = ("projects", project, "volumes", key)
        dataset: Dataset | None = declared.datasets.get(volume.dataset or "")
        if dataset is None:
            continue
        counted[volume.dataset or ""] += 1
        if (volume.name or key) in dataset.volumes:
            what = f"volume {key!r} is in `volumes` of dataset {volume.dataset!r} too"
            how = "Take it out there: it has an access list of its own here."
            yield Problem("declared-twice", places.of(*at), what, how)
    for key, number in counted.items():
        if number > MOST_VOLUMES:
            what = f"dataset {key!r} has {number:,} volumes; a schema holds {MOST_VOLUMES:,}"
            yield Problem(
                "quota-exceeded",
                places.of("projects", project, "datasets", key, "volumes"),
                what,
                f"Split it up. See {LIMITS}.",
            )


def _open(
    contract: Contract, kind: Spec, value: SchemaPart, project: str, key: str, places: Places
) -> Iterator[Problem]:
    for environment in contract.environments_of(value):
        try:
            own = value.for_environment(environment)
            found = dataset_of(contract, value, ObjectId(environment, kind.name, project, key))
        except ValidationError:
            continue  # reported as a problem of its `overrides`
        if found is None or own.sensitive:
            continue
        dataset = BY_NAME[Kind.DATASET].objects(contract.projects[found.own_project]).get(found.key)
        if dataset is not None and dataset.sensitive:
            what = f"dataset {found.name!r} is sensitive, and {kind.noun} {key!r} in it is not"
            how = "Write `sensitive: true` and the `roles` that reach it."
            yield Problem(
                "sensitive-dataset-open-part", places.of("projects", project, kind.section or "", key), what, how
            )
            return
