"""Undeclared catalogs that expose data of the contract's external locations and connections.

A table or volume at a path of an external location is read with a privilege on the table or volume alone:
https://docs.databricks.com/en/connect/unity-catalog/cloud-storage/manage-external-locations.html. A foreign catalog
reads with the sign-in of its connection: https://docs.databricks.com/en/query-federation/index.html.
"""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.access.graph.live_step import LiveStep, weakest
from rolecall.access.graph.nodes import Origin, OriginType
from rolecall.access.observation import Unmanaged
from rolecall.contract.objects import objects_of
from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.connection import Connection
from rolecall.kinds.external_location import ExternalLocation, url_parts
from rolecall.systems.databricks.holders import name_of
from rolecall.systems.databricks.ways.place import Place
from rolecall.systems.requests import Json

# Their files are new ones of their own, in the managed storage of their catalog, which is often below a location:
# https://docs.databricks.com/aws/en/connect/unity-catalog/cloud-storage/managed-storage
MANAGED = frozenset({"MANAGED", "MANAGED_SHALLOW_CLONE", "MATERIALIZED_VIEW", "STREAMING_TABLE"})


def at_locations(place: Place, noun: str, item: Json) -> Iterator[Unmanaged]:
    """Report an undeclared table or volume with files at one of the contract's external locations."""
    if item.get(f"{noun}_type") in MANAGED:
        return
    path = url_parts(str(item.get("storage_location") or ""))
    targets = [target for start, target in _locations(place) if path[: len(start)] == start]
    if targets:
        name = str(item.get("full_name"))
        thing = f"{noun} {name}"
        origin = Origin(OriginType.UNMANAGED, thing)
        why = "shows its files, so that its readers may"
        yield Unmanaged(
            thing,
            f"shows files of {', '.join(map(str, targets))} to its readers",
            f"its owner {place.known.shown(str(item.get('owner')))}: `databricks {noun}s delete {name}`",
            tuple(LiveStep(origin, weakest(one, Verb.VIEW), why) for one in targets),
        )


def has_locations(place: Place) -> bool:
    """Return whether the environment has external locations of its own."""
    return any(True for _ in _locations(place))


def _locations(place: Place) -> Iterator[tuple[tuple[str, ...], ObjectId]]:
    """Yield the paths of locations that the contract creates; existing locations may contain undeclared tables."""
    for one in objects_of(place.contract, place.environment, Kind.EXTERNAL_LOCATION):
        assert isinstance(one.value, ExternalLocation)
        if (url := one.value.for_environment(place.environment).url) is not None:
            yield url_parts(url), one.id_in(place.environment)


def through_connections(place: Place, catalog: Json) -> Iterator[Unmanaged]:
    """Report a foreign catalog that reads through one of the contract's connections."""
    used, name = str(catalog.get("connection_name") or "").lower(), str(catalog.get("name"))
    for one in objects_of(place.contract, place.environment, Kind.CONNECTION) if used else ():
        target = one.id_in(place.environment)
        assert isinstance(one.value, Connection)
        if one.value.existing is not None or name_of(place.contract, target).lower() != used:
            continue
        grants = {
            str(grant.get("principal")): ", ".join(map(str, grant.get("privileges") or []))
            for grant in place.reader.grants("catalog", name)
        }
        holders = {who: words for who, words in grants.items() if words and not place.known.is_administrator(who)}
        owner = str(catalog.get("owner") or "")
        if owner and not place.known.is_administrator(owner):
            holders[owner] = "owner"
        users = ", ".join(f"{place.known.shown(who)} ({words})" for who, words in sorted(holders.items()))
        thing = f"catalog {name}"
        origin = Origin(OriginType.UNMANAGED, thing)
        steps = [LiveStep(place.known.actor(who), origin, f"has {words} on") for who, words in sorted(holders.items())]
        yield Unmanaged(
            thing,
            f"reads with the sign-in of {target}" + (f"; used by {users}" if users else ""),
            f"its owner: `databricks catalogs delete {name}`",
            (LiveStep(origin, weakest(target, Verb.RUN), "reads with its sign-in, so may"), *steps),
        )
