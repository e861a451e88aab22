"""Live objects that carry our mark: a run would make them a second time if its state does not know them.

The mark is the tags that Rolecall sets, a job's key among them; so a job is known whatever its name is. Where the tags
name no key, or a kind has none, the name belongs to the mark; what has no tags must have been made by the deployer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rolecall.errors import ObjectMissing, RequestRejected
from rolecall.kinds.api import Api, tags_at, value_at
from rolecall.kinds.registry import Spec
from rolecall.kinds.spec import Facts
from rolecall.systems.databricks.adoption import CREATORS, is_managed
from rolecall.systems.databricks.client import Reader

Json = Mapping[str, Any]
# Tags that say whose an object is. `job` is the key of a job in its project.
MARK, KEY = ("managed-by", "environment", "project"), "job"
# The most objects that are searched for by name; for more of them, the whole list is read.
FEW = 10


def own_objects(kind: Spec, wanted: Sequence[Facts], reader: Reader, deployer: str) -> Iterator[tuple[Facts, str]]:
    """Yield the live objects that carry the marks of declared ones, each with its id.

    Args:
        kind: their kind, which has an `api` and a resource.
        wanted: the facts of the declared objects.
        reader: reads from their workspace.
        deployer: application id of the service principal that deploys.

    Raises:
        SystemRefused: the workspace refuses the caller.
        SystemUnreachable: it does not answer.
    """
    api, resource = kind.api, kind.resource
    assert api is not None
    assert resource is not None
    if api.list:
        found = _in_list(api, wanted, reader)
    else:
        found = ((one, item) for one in wanted if (item := _named(api, one.name, reader)) is not None)
    for one, item in found:
        identity = str(value_at(item, api.id))
        if is_made_by(item, deployer) and is_managed(resource.token, identity, reader, deployer):
            # The provider's id of an object of Unity Catalog is its full name, in whatever case it was declared.
            yield one, identity if api.list or api.found else one.name


def is_made_by(item: Json, principal: str) -> bool:
    """Return whether nothing in an answer speaks against a principal having made the object."""
    makers = [item[key] for key in CREATORS if isinstance(item.get(key), str)]
    return not makers or makers[0] == principal


def _in_list(api: Api, wanted: Sequence[Facts], reader: Reader) -> Iterator[tuple[Facts, Json]]:
    by_key: defaultdict[tuple[str, ...], list[Json]] = defaultdict(list)
    by_name: defaultdict[str, list[Json]] = defaultdict(list)
    for item in _items(api, wanted, reader):
        tags = tags_at(item, api.tags)
        if KEY in tags:
            by_key[_mark(tags)].append(item)
        else:
            by_name[str(value_at(item, api.name))].append(item)
    for one in wanted:
        if KEY in one.tags:
            yield from ((one, item) for item in by_key[_mark(one.tags)])
        else:
            for item in by_name[one.name]:
                if not api.tags or _mark(tags_at(item, api.tags)) == _mark(one.tags):
                    yield one, item


def _items(api: Api, wanted: Sequence[Facts], reader: Reader) -> Iterator[Json]:
    if not api.by_name or len(wanted) > FEW:
        yield from reader.listed(api).values()
        return
    for name in {one.name for one in wanted}:
        yield from reader.every(api.list, api.items, **api.query, **{api.by_name: name})


def _mark(tags: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(str(tags.get(key) or "") for key in (*MARK, KEY))


def _named(api: Api, name: str, reader: Reader) -> Json | None:
    try:
        return reader.found(api, name)
    except ObjectMissing:
        return None
    except RequestRejected:
        # Unity Catalog rejects a name whose catalog or schema is not there.
        if api.found:
            raise
        return None
