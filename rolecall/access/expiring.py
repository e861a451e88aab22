"""Declarations with an expiry date: bindings, overrides, acceptances, deletions and others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

from rolecall.contract.contract import Contract
from rolecall.contract.source import Path, Places
from rolecall.errors import Place

if TYPE_CHECKING:
    from rolecall.documents.access import ExpiryRow


# Default horizon of warnings, in days.
WARN_WITHIN = 30
# Any field of the contract that is called so is the last day of what it is in.
FIELD = "expires"


@dataclass(frozen=True)
class Expiry:
    """Something that ends.

    Attributes:
        kind: what it is: binding, removal override, accepted escalation, deletion, exemption …
        what: which one, in a few words.
        expires: its last day.
        owner: the responsible owner; empty if none is named.
        place: file and line; None where that is not known.
        effect: what happens afterwards.
    """

    kind: str
    what: str
    expires: date
    owner: str
    place: Place | None
    effect: str

    def days(self, today: date) -> int:
        """Return the days until its last one; below 0 once that is over."""
        return (self.expires - today).days

    def sentence(self, today: date) -> str:
        """Return what ends, and when."""
        return f"{self.kind} {self.what} {when(self.days(today))}, on {self.expires}: {self.effect}"

    def to_json(self, today: date) -> ExpiryRow:
        """Return it as plain values."""
        return {
            "kind": self.kind,
            "what": self.what,
            "expires": self.expires.isoformat(),
            "days": self.days(today),
            "expired": self.days(today) < 0,
            "owner": self.owner or None,
            "place": str(self.place) if self.place else None,
            "effect": self.effect,
        }


def when(days: int) -> str:
    """Return when something ends, from the days until its last one."""
    if days < 0:
        return f"expired {_days(-days)} ago"
    return "ends today" if days == 0 else f"ends in {_days(days)}"


def expirations(contract: Contract, places: Places) -> list[Expiry]:
    """Return everything in a contract that has a last day, the next one first.

    Args:
        contract: the contract.
        places: where its parts stand.
    """
    found = [_expiry(path, value, places) for path, value in _ending(contract, ())]
    return sorted(found, key=order)


def within(entries: Iterable[Expiry], days: int, today: date) -> list[Expiry]:
    """Return what ends within some days, or has ended already."""
    return [one for one in entries if one.days(today) <= days]


def order(one: Expiry) -> tuple[date, str, str]:
    """Return what entries are listed by."""
    return (one.expires, one.kind, one.what)


def _ending(value: object, path: Path) -> Iterator[tuple[Path, BaseModel]]:
    if isinstance(value, BaseModel):
        if isinstance(getattr(value, FIELD, None), date):
            yield path, value
        for name, key in _fields_that_end(type(value)):
            yield from _ending(getattr(value, name), (*path, key))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _ending(item, (*path, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _ending(item, (*path, index))


@cache
def _fields_that_end(model: type[BaseModel]) -> tuple[tuple[str, str], ...]:
    """Return (attribute, key) of the fields in which something with a last day can be.

    A contract of 10,000 resources has 700,000 values, nearly all of them in settings of jobs, which have no last day.
    """
    fields = model.model_fields.items()
    return tuple((name, field.alias or name) for name, field in fields if any(map(_ends, _models_in(field.annotation))))


@cache
def _ends(model: type[BaseModel]) -> bool:
    """Return whether a model, or one inside it at any depth, has a last day."""
    seen: set[type[BaseModel]] = set()
    left = [model]
    while left:
        one = left.pop()
        if FIELD in one.model_fields:
            return True
        if one not in seen:
            seen.add(one)
            left += [inner for field in one.model_fields.values() for inner in _models_in(field.annotation)]
    return False


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """Yield the models in the type of a field: `dict[str, Model]`, `list[Model] | None` and so on."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _expiry(path: Path, value: BaseModel, places: Places) -> Expiry:
    section = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
    kind = section.replace("_", " ").removesuffix("s")
    return Expiry(
        kind,
        _words(section, path, value),
        getattr(value, FIELD),
        str(getattr(value, "owner", "") or ""),
        places.of(*path, FIELD) or places.of(*path),
        EFFECTS.get(section, "it does not hold afterwards"),
    )


EFFECTS = {
    "bindings": "the next `rolecall up` revokes the right",
    "removal_overrides": "a large removal is refused afterwards",
    "accepted_escalations": "the contract is refused afterwards",
    "deletions": "the deletion is refused afterwards",
}


def _words(section: str, path: Path, value: BaseModel) -> str:
    """Return which entry it is."""
    entry: Any = value
    if section == "bindings":
        where = f"project {path[1]}" if path[0] == "projects" else "the organization"
        return f"of {entry.to} to role {entry.role} in {', '.join(entry.in_)} ({where})"
    if section == "accepted_escalations":
        return f"of {entry.of} acting as {entry.acting_as} in {', '.join(entry.in_)}"
    subject = next((str(found) for name in ("object", "group") if (found := getattr(entry, name, None))), "")
    return f"of {subject}" if subject else "at " + ".".join(map(str, path))


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"
