"""Settings of the contract's objects of a metastore that let data out: connections, shares and recipients."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from rolecall.access.graph.live_step import LiveStep, weakest
from rolecall.access.observation import Unmanaged
from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Verb
from rolecall.kinds.connection import Connection
from rolecall.kinds.metastore_object import MetastoreObject
from rolecall.kinds.recipient import Recipient
from rolecall.kinds.share import Share
from rolecall.systems.databricks.holders import name_of
from rolecall.systems.databricks.ways.identities import Identities
from rolecall.systems.databricks.ways.place import ROOT, Place
from rolecall.systems.requests import Json

REFRESH = "`rolecall up --refresh`"


def declared_settings(
    place: Place, declared: MetastoreObject, item: Json, name: str, target: ObjectId
) -> Iterator[Unmanaged]:
    """Report data that leaves an object of the contract in a way that the contract lacks.

    Args:
        place: where it is read.
        declared: the object, as its environment has it.
        item: the live object, as its list has it.
        name: its name.
        target: the object.
    """
    if isinstance(declared, Share):
        yield from _content(place, declared, name, target)
    elif declared.existing is not None:
        return
    elif isinstance(declared, Connection):
        yield from _options(declared, item, name)
    elif isinstance(declared, Recipient):
        yield from recipient_settings(declared, item, name, place.known)
    elif isinstance(declared, Share):
        yield from _content(place, declared, name, target)


def _options(declared: Connection, item: Json, name: str) -> Iterator[Unmanaged]:
    """Report where a connection leads, if the contract has another address: its state keeps the options encrypted."""
    live = item.get("options") or {}
    for option, value in sorted(declared.options.items()):
        if str(live.get(option)) != value:
            text = f"is {live.get(option)}, and {value} in the contract"
            yield Unmanaged(f"option {option} of connection {name}", text, REFRESH)


def recipient_settings(declared: Recipient, item: Json, name: str, known: Identities) -> Iterator[Unmanaged]:
    """Report a recipient that reads longer, from elsewhere or otherwise than in the contract.

    https://docs.databricks.com/api/workspace/recipients/get
    """
    maker = str(item.get("created_by") or "")
    if maker and not known.is_administrator(maker):
        text = f"was made by {known.shown(maker)}, who has its sign-in, and not by a deployment"
        how = f"name its maker in `administrators`, or `databricks recipients delete {name}` and `rolecall up`"
        yield Unmanaged(f"recipient {name}", text, how)
    live = item.get("data_recipient_global_metastore_id") or None
    if live != declared.metastore_id:
        text = f"is {live or 'none: it signs in with a token'}, and {declared.metastore_id or 'none'} in the contract"
        yield Unmanaged(
            f"metastore of recipient {name}", text, f"`databricks recipients delete {name}`, then `rolecall up`"
        )
    addresses = sorted(map(str, (item.get("ip_access_list") or {}).get("allowed_ip_addresses") or []))
    if addresses != sorted(declared.addresses):
        shown = ", ".join(addresses) or "any"
        text = f"are {shown}, and {', '.join(sorted(declared.addresses)) or 'any'} in the contract"
        yield Unmanaged(f"addresses of recipient {name}", text, REFRESH)
    if declared.ends_at is None:
        return
    for token in item.get("tokens") or []:
        maker = str(token.get("created_by") or "")
        if maker and not known.is_administrator(maker):
            text = f"was made by {known.shown(maker)}, who may have its activation link"
            how = f"its owner: `databricks recipients rotate-token {name} 0`"
            yield Unmanaged(f"token {token.get('id')} of recipient {name}", text, how)
        ends = int(token.get("expiration_time") or 0)
        if not ends or ends > declared.ends_at:
            text = (
                f"works until {_day(ends) if ends else 'it is revoked'}, and until {declared.expires} in the contract"
            )
            how = f"its owner: `databricks recipients rotate-token {name} 0`, then `rolecall up --refresh`"
            yield Unmanaged(f"token {token.get('id')} of recipient {name}", text, how)


def _day(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(sep=" ", timespec="minutes")


def _content(place: Place, declared: Share, name: str, target: ObjectId) -> Iterator[Unmanaged]:
    """Report content of a share that the contract's lacks, and the reverse."""
    share = place.reader.get(f"{ROOT}/shares/{name}", include_shared_data="true")
    live = {str(one.get("name")).lower(): str(one.get("data_object_type")) for one in share.get("objects") or []}
    wanted = {name_of(place.contract, one).lower() for one in declared.targets(target)}
    # What others put into a share of theirs is theirs, unless it is the contract's.
    extra = {one for one in live if declared.existing is None or place.known.objects_at(one)} - wanted
    for thing in sorted(extra):
        yield Unmanaged(
            f"{live[thing].lower()} {thing} in share {name}",
            "is given to the share's recipients, and is not in the contract's share",
            REFRESH,
            tuple(
                LiveStep(weakest(target, Verb.VIEW), weakest(data, Verb.VIEW), "publishes to its recipients")
                for data in place.known.objects_at(thing)
            ),
        )
    for thing in sorted(wanted - live.keys()):
        yield Unmanaged(f"{thing} in share {name}", "is in the contract's share, and in no live one", REFRESH)
