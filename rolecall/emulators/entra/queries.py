"""The query options of Graph's lists and resources, and the pages of its lists.

https://learn.microsoft.com/graph/query-parameters, …/paging and …/aad-advanced-queries.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from rolecall.emulators.application import Answer, Call, Json
from rolecall.emulators.entra.errors import bad_query, unsupported
from rolecall.emulators.entra.filters import Filter, InvalidFilter, parse_filter, parse_search
from rolecall.emulators.entra.properties import RESOURCES, USER_DEFAULTS, whole
from rolecall.emulators.strictness import as_sent

# Returns what a navigation property of a resource leads to; None where there is no such property.
Navigate = Callable[[str, Json, str], "list[tuple[str, Json]] | Json | None"]
_SAFE = "(),'/:@$"
_EXPAND = re.compile(r"\s*(\w+)\s*(?:\(([^)]*)\))?\s*(?:,|$)")


@dataclass(frozen=True)
class Item:
    """A resource with its sort: `user`, `group`, `application`, `servicePrincipal`, or empty for others."""

    sort: str
    value: Json
    typed: bool = False


class Queries:
    """Answers lists and resources as a call asks for them.

    Args:
        address: returns the emulator's address.
        largest: the most that a page holds when the client asks for more; None leaves it to each route.
        navigate: follows navigation properties for `$expand`.
    """

    def __init__(self, address: Callable[[], str], largest: int | None, navigate: Navigate) -> None:
        self._address = address
        self._largest = largest
        self._navigate = navigate

    def one(self, call: Call, item: Item, *, context: str = "") -> Json:
        """Return one resource with `$select` and `$expand`."""
        for name in ("$filter", "$search", "$orderby", "$top", "$count"):
            if call.query.get(name):
                raise bad_query(f"The query specified in the URI is not valid. Query option '{name}' is not allowed.")
        where = context or f"{_collection(call, item)}/$entity"
        return {"@odata.context": self._context(call, where), **self._shown(call, item)}

    def page(
        self, call: Call, items: Sequence[Item], *, default: int = 100, most: int = 999, context: str = ""
    ) -> Answer:
        """Return the page that a call asks for.

        Raises:
            Refused: a query option is not valid, or needs `ConsistencyLevel: eventual`.
        """
        chosen = self._chosen(call, items)
        call.query.get("$select"), [*_expansions(call.query.get("$expand", ""))]
        if call.query.get("$skip"):
            raise unsupported("'$skip' is not supported by the service.")
        try:
            top = int(call.query.get("$top") or default)
            start = int(call.query.get("$skiptoken") or 0)
        except ValueError as error:
            raise bad_query("Invalid value of $top or $skiptoken.") from error
        if not 0 < top <= most:
            raise bad_query(f"Invalid page size specified: '{top}'. Must be between 1 and {most} inclusive.")
        size = min(top, self._largest or top)
        body: Json = {"@odata.context": self._context(call, context or call.path.rsplit("/", 1)[-1])}
        if call.query.get("$count", "").lower() == "true":
            if not is_eventual(call) and any(one.sort in RESOURCES for one in items):
                raise unsupported("$count is not currently supported without the header ConsistencyLevel: eventual.")
            body["@odata.count"] = len(chosen)
        page = chosen[start : start + size]
        if start + size < len(chosen):
            query = {**as_sent(call.query), "$skiptoken": str(start + size)}
            text = "&".join(f"{key}={quote(value, safe=_SAFE)}" for key, value in query.items())
            body["@odata.nextLink"] = f"{self._address()}{call.path}?{text}"
        body["value"] = [self._shown(call, one) for one in page]
        return Answer(body)

    def count(self, call: Call, items: Sequence[Item]) -> Answer:
        """Return the number of items as a text, for `/$count`."""
        if not is_eventual(call):
            raise unsupported("$count is not currently supported without the header ConsistencyLevel: eventual.")
        return Answer(str(len(self._chosen(call, items))))

    def _chosen(self, call: Call, items: Sequence[Item]) -> list[Item]:
        counted = is_eventual(call) and (
            call.query.get("$count", "").lower() == "true" or call.path.endswith("/$count")
        )
        chosen = list(items)
        text, words, order = (call.query.get(name, "") for name in ("$filter", "$search", "$orderby"))
        if text:
            found = _read(text)
            self._require_known(found, items)
            if found.advanced and not counted and any(one.sort in RESOURCES for one in items):
                raise unsupported(
                    "Operator or function is not supported without ConsistencyLevel: eventual and $count=true."
                )
            chosen = [one for one in chosen if found.holds(_full(one))]
        if words:
            if not is_eventual(call):
                raise unsupported(
                    "Request with $search query parameter only works through MSGraph with a special request header: "
                    "'ConsistencyLevel: eventual'"
                )
            try:
                searched = parse_search(words)
            except InvalidFilter as error:
                raise bad_query(str(error)) from error
            chosen = [one for one in chosen if searched(_full(one))]
        if order:
            if (text or words) and not counted:
                raise unsupported("Sorting not supported for current query.")
            chosen = _sorted(chosen, order)
        return chosen

    def _require_known(self, found: Filter, items: Sequence[Item]) -> None:
        sorts = {one.sort for one in items}
        if len(sorts) != 1 or not sorts & set(RESOURCES):
            return
        known = {*RESOURCES[next(iter(sorts))], "memberOf", "members", "owners", "transitiveMemberOf", "ownedObjects"}
        if unknown := sorted(one for one in found.names if one not in known and len(one) > 1):
            kind = f"microsoft.graph.{next(iter(sorts))}"
            raise bad_query(f"Could not find a property named '{unknown[0]}' on type '{kind}'.")

    def _shown(self, call: Call, item: Item) -> Json:
        names = [one.strip() for one in call.query.get("$select", "").split(",") if one.strip()]
        found = selected(item, names)
        for name, options in _expansions(call.query.get("$expand", "")):
            found[name] = self._expanded(item, name, options)
        return found

    def _expanded(self, item: Item, name: str, options: Json) -> object:
        reached = self._navigate(item.sort, item.value, name)
        if reached is None:
            kind = f"microsoft.graph.{item.sort}"
            raise bad_query(
                f"Parsing OData Select and Expand failed: Could not find a property named '{name}' on type '{kind}'."
            )
        names = [one.strip() for one in str(options.get("$select", "")).split(",") if one.strip()]
        if isinstance(reached, dict):
            return reached
        # "returns a maximum of 20 objects" for expanded relationships of directory objects.
        return [selected(Item(sort, value, typed=True), names) for sort, value in reached[:20]]

    def _context(self, call: Call, where: str) -> str:
        version = call.path.strip("/").partition("/")[0]
        return f"{self._address()}/{version}/$metadata#{where}"


def is_eventual(call: Call) -> bool:
    """Return whether a call takes what is a moment old, which advanced queries need."""
    return call.headers.get("consistencylevel", "").lower() == "eventual"


def selected(item: Item, names: Sequence[str]) -> Json:
    """Return the properties of a resource that are asked for, or those that are answered otherwise."""
    kind = {"@odata.type": f"#microsoft.graph.{item.sort}"} if item.typed and item.sort else {}
    if item.sort not in RESOURCES:
        return {**kind, **({key: item.value.get(key) for key in names} if names else item.value)}
    full = _full(item)
    if names and "*" not in names:
        return {**kind, **{name: full[name] for name in names if name in full}}
    shown = {name: full[name] for name in USER_DEFAULTS} if item.sort == "user" else full
    return {**kind, **shown}


def _full(item: Item) -> Json:
    return whole(item.sort, item.value) if item.sort in RESOURCES else item.value


def _read(text: str) -> Filter:
    try:
        return parse_filter(text)
    except InvalidFilter as error:
        raise bad_query(str(error)) from error


def _sorted(items: list[Item], order: str) -> list[Item]:
    for part in reversed(order.split(",")):
        words = part.split()
        if not words or len(words) > 2 or words[-1].lower() not in ("asc", "desc", words[0].lower()):
            raise bad_query(f"Invalid orderby clause '{order}'.")
        name, backwards = words[0], words[-1].lower() == "desc"
        items = sorted(items, key=lambda one: str(_full(one).get(name) or "").lower(), reverse=backwards)
    return items


def _expansions(text: str) -> Iterator[tuple[str, Json]]:
    position = 0
    while position < len(text):
        match = _EXPAND.match(text, position)
        if match is None:
            raise bad_query(f"Parsing OData Select and Expand failed: Syntax error in '{text}'.")
        pairs = [one.partition("=") for one in (match[2] or "").split(";") if one.strip()]
        yield match[1], {key.strip(): value.strip() for key, _, value in pairs}
        position = match.end()


def _collection(call: Call, item: Item) -> str:
    names = {"user": "users", "group": "groups", "application": "applications", "servicePrincipal": "servicePrincipals"}
    return names.get(item.sort, call.path.strip("/").split("/")[1])
