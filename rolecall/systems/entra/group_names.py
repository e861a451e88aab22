"""Current names of groups in Entra ID."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

from rolecall.systems.entra.client import every, one
from rolecall.systems.entra.group import PATH

FIELDS = "id,displayName"
# Up to this many groups are read one by one; beyond, the whole list takes fewer requests.
ONE_BY_ONE, AT_ONCE = 50, 8


def group_names(ids: Collection[str]) -> dict[str, str]:
    """Return the names of groups by their ids; one that is gone is left out."""
    listed = {}
    if len(ids) > ONE_BY_ONE:
        listed = {str(group["id"]): str(group["displayName"]) for group in every(PATH, select=FIELDS)}
    missing = [identity for identity in ids if identity not in listed]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = zip(missing, pool.map(lambda identity: one(f"{PATH}/{identity}", select=FIELDS), missing), strict=True)
        read = {identity: str(group["displayName"]) for identity, group in found if group is not None}
    return {identity: name for identity, name in {**listed, **read}.items() if identity in ids}
