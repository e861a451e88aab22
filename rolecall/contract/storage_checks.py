"""Checks on objects of a metastore: identities of the cloud, paths that overlap, sensitive files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from rolecall.contract.clouds import cloud_of
from rolecall.contract.contract import Contract
from rolecall.contract.former import former_standings
from rolecall.contract.source import Path, Places
from rolecall.errors import Problem
from rolecall.ids.project_object import Adjustable
from rolecall.kinds.external_location import EXTERNAL_LOCATION, url_parts
from rolecall.kinds.metastore_object import MetastoreObject
from rolecall.kinds.registry import KINDS
from rolecall.kinds.storage_credential import STORAGE_CREDENTIAL, CloudIdentity

# Fields that name what is managed elsewhere.
OUTSIDE = (
    *("existing", "credential_name", "aws_iam_role", "azure_access_connector", "azure_managed_identity"),
    *("metastore_id", "addresses"),
)
FIELDS = {"aws": "aws_iam_role", "azure": "azure_access_connector"}
Value = TypeVar("Value", bound=Adjustable)


@dataclass(frozen=True)
class _Url:
    """A path of an external location in one environment."""

    shown: str
    url: str
    path: Path


def check_storage(contract: Contract, places: Places) -> Iterator[Problem]:
    """Yield what Databricks would refuse of objects of a metastore, and sensitive files behind an open credential."""
    yield from _identities(contract, places)
    yield from _overlaps(contract, places)
    yield from _open_credentials(contract, places)
    yield from _renamed(contract, places)


def _identities(contract: Contract, places: Places) -> Iterator[Problem]:
    """Each cloud has its own identities: https://docs.databricks.com/api/workspace/storagecredentials/create."""
    for kind in KINDS:
        if kind.model is None or not issubclass(kind.model, CloudIdentity) or kind.section is None:
            continue
        for project, declared in contract.projects.items():
            for key, value in kind.objects(declared).items():
                reported: set[str] = set()
                for environment, own in _in_each(contract, value):
                    cloud = _cloud(contract, environment)
                    if own.existing is None and own.identity_on(cloud) is None and cloud not in reported:
                        reported.add(cloud)
                        what = f"{kind.noun} {key!r} is in {environment}, on {cloud}, and has no `{FIELDS[cloud]}`"
                        how = f"Write `{FIELDS[cloud]}: …`, or `in: […]` without {environment}."
                        at = ("projects", project, kind.section, key)
                        yield Problem("cloud-identity-missing", places.of(*at), what, how)


def _overlaps(contract: Contract, places: Places) -> Iterator[Problem]:
    """In a metastore no path of a location is in another one's.

    https://docs.databricks.com/en/sql/language-manual/sql-ref-external-locations.html
    """
    in_metastore: defaultdict[str, dict[tuple[str, ...], _Url]] = defaultdict(dict)
    reported: set[tuple[Path, Path]] = set()
    for project, declared in contract.projects.items():
        for key, value in EXTERNAL_LOCATION.objects(declared).items():
            for environment, own in _in_each(contract, value):
                if own.url is None:
                    continue
                at: Path = ("projects", project, "external_locations", key)
                overridden = "url" in value.overrides.get(environment, {})
                path = (*at, "overrides", environment, "url") if overridden else (*at, "url")
                found = _Url(f"external location {project}/{key} in {environment}", own.url, path)
                workspace = contract.workspaces[contract.environments[environment].workspace]
                known = in_metastore[workspace.metastore or ""]
                parts = url_parts(own.url)
                other = next((one for have, one in known.items() if _is_within(parts, have)), None)
                known.setdefault(parts, found)
                if other is None or (other.path, path) in reported:
                    continue
                reported.add((other.path, path))
                what = f"{found.shown} and {other.shown} ({places.of(*other.path)}) overlap in one metastore: {own.url}"
                how = "Give each a path that is not within the other's, `overrides: {ENVIRONMENT: {url: …}}` included."
                yield Problem("locations-overlap", places.of(*path), what, how)


def _is_within(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _open_credentials(contract: Contract, places: Places) -> Iterator[Problem]:
    """Files can be read with the credential of a location, past its access list."""
    for project, declared in contract.projects.items():
        credentials = STORAGE_CREDENTIAL.objects(declared)
        for key, value in EXTERNAL_LOCATION.objects(declared).items():
            named = {own.reached_with for _, own in _in_each(contract, value) if own.sensitive and own.reached_with}
            for name in sorted(named & credentials.keys()):
                if not credentials[name].sensitive:
                    what = f"external location {key!r} is sensitive, and its storage credential {name!r} is not"
                    how = "Write `sensitive: true` and the `roles` that reach it in the storage credential."
                    at = ("projects", project, "external_locations", key, "reached_with")
                    yield Problem("sensitive-location-open-credential", places.of(*at), what, how)


def _renamed(contract: Contract, places: Places) -> Iterator[Problem]:
    """The provider replaces what has another name, and a new object has another external id, or no sign-in.

    terraform-provider-databricks, catalog/resource_external_location.go and its neighbours: `name` forces a new one.
    """
    for kind in KINDS:
        if kind.model is None or not issubclass(kind.model, MetastoreObject) or kind.section is None:
            continue
        for project, declared in contract.projects.items():
            for key, value in kind.objects(declared).items():
                names: dict[str, str] = {}
                for environment, own in _in_each(contract, value):
                    former = former_standings(contract, environment, project, kind.name, key)
                    if former and own.name is None and own.existing is None:
                        names[environment] = "-".join((former[0].environment, former[0].project, former[0].key))
                if names:
                    what = f"{kind.noun} {key!r} has a former name, and would be replaced by another one of a new name"
                    overrides = ", ".join(f"{environment}: {{name: {name}}}" for environment, name in names.items())
                    how = f"Keep its name in the metastore: `overrides: {{{overrides}}}`."
                    at = ("projects", project, kind.section, key)
                    yield Problem("rename-replaces-object", places.of(*at), what, how)


def _in_each(contract: Contract, value: Value) -> Iterator[tuple[str, Value]]:
    """Yield each environment that has an object, and what it is there; a wrong override is reported elsewhere."""
    for environment, settings in contract.environments.items():
        if not value.is_in(environment) or settings.workspace not in contract.workspaces:
            continue
        try:
            yield environment, value.for_environment(environment)
        except ValidationError:
            continue


def _cloud(contract: Contract, environment: str) -> str:
    return cloud_of(contract.workspaces[contract.environments[environment].workspace])


def _each(named: object) -> list[object]:
    if isinstance(named, list):
        return named
    return [named] if named else []


def outside_resources(contract: Contract, value: Adjustable) -> Iterator[tuple[str, str]]:
    """Yield the field and the name of each resource that an object uses and that no project makes."""
    found = {
        (name, str(resource)): None
        for _, own in [("", value), *_in_each(contract, value)]
        for name in OUTSIDE
        for resource in _each(getattr(own, name, None))
    }
    yield from found
