"""Exemptions as code: which resource may break which rule, why, who answers for it, and until when.

They are in `policy-exemptions.yaml` beside Pulumi.yaml, reviewed like everything else there. They exempt from rules of
the packs and from nothing that a system refuses.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rolecall import plain_yaml
from rolecall.policies.former_ids import CURRENT, current

FILE = "policy-exemptions.yaml"
# The longest duration of an exemption, in days; a longer one needs a renewal.
LONGEST = timedelta(days=90)
WILDCARDS = frozenset("*?[")
# Rules that hold without exception.
NEVER = frozenset({"break-glass-stays", "break-glass-is-named"})
# Letters and digits that a pattern of resources needs; a class counts as none, since it may match nearly all of them.
SHORTEST = 3
_CLASS = re.compile(r"\[!?\]?[^\]]*\]")

Text = Annotated[str, Field(min_length=1)]


class Exemption(BaseModel):
    """One exemption.

    Attributes:
        rule: id of the rule.
        resource: the resource's name; `*` stands for any part of it.
        stack: the stack's name; `*` stands for any part of it.
        reason: why, in a sentence.
        ticket: where it was agreed upon.
        owner: the group that answers for it.
        begins: the first day; `from` in the file.
        until: the last day, at most 90 days later.
        place: file and line.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    rule: Text
    resource: Text
    stack: Text
    reason: Annotated[str, Field(min_length=10)]
    ticket: Text
    owner: Text
    begins: Annotated[date, Field(alias="from")]
    until: date
    place: str = ""

    def covers(self, rule: str, resource: str, stack: str) -> bool:
        """Return whether it is about a rule and a resource."""
        named = fnmatchcase(resource, self.resource) and fnmatchcase(stack, self.stack)
        return self.rule == rule and named

    def sentence(self) -> str:
        """Say why, who and until when."""
        return f"exempt from {self.rule} until {self.until}: {self.reason} ({self.ticket}, {self.owner}; {self.place})"

    @property
    def stack_is_named(self) -> bool:
        """Return whether it is about one stack: then its resource has to be there."""
        return not WILDCARDS & set(self.stack)


@dataclass(frozen=True)
class Exemptions:
    """What a file says.

    Attributes:
        entries: the exemptions that hold today.
        problems: what is wrong with the file; while there is one, nothing may be deployed.
        warnings: exemptions that name a rule by a former id.
    """

    entries: tuple[Exemption, ...] = ()
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def of(self, rule: str, resource: str, stack: str) -> Exemption | None:
        """Return the exemption of a resource from a rule; None where there is none."""
        return next((one for one in self.entries if one.covers(rule, resource, stack)), None)

    def unknown_rules(self, known: Collection[str]) -> Iterator[str]:
        """Yield what names a rule that does not exist."""
        for one in self.entries:
            if one.rule not in known:
                yield f"{one.place}: there is no rule {one.rule!r}. `rolecall policy list` has all."

    def without_resource(self, stack: str, resources: Iterable[str], rules: Collection[str]) -> Iterator[str]:
        """Yield what exempts nothing that is in a stack.

        Args:
            stack: the stack's name.
            resources: names of what is in it.
            rules: ids of the rules that are looked at.
        """
        names = list(resources)
        for one in self.entries:
            own = one.stack_is_named and one.stack == stack and one.rule in rules
            if own and not any(fnmatchcase(name, one.resource) for name in names):
                yield f"{one.place}: {stack} has no resource {one.resource!r}. Take the exemption out."


NO_EXEMPTIONS = Exemptions()


def load_exemptions(root: Path, today: date) -> Exemptions:
    """Return the content of the file beside a project; empty if absent.

    Args:
        root: the Pulumi project's folder.
        today: the day for which exemptions count.
    """
    try:
        text = (root / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return Exemptions()
    try:
        node, payload = yaml.compose(text, Loader=plain_yaml.SafeLoader), plain_yaml.load(text)
    except yaml.YAMLError as error:
        return Exemptions(problems=(f"{FILE} is not YAML: {' '.join(str(error).split())}",))
    if payload is None:
        return Exemptions()
    if not isinstance(payload, list) or not isinstance(node, yaml.SequenceNode):
        return Exemptions(
            problems=(f"{FILE}:1: it is no list. Write one exemption after another, each with `- rule:`.",)
        )
    entries: list[Exemption] = []
    problems: list[str] = []
    warnings: list[str] = []
    for item, part in zip(payload, node.value, strict=True):
        place = f"{FILE}:{part.start_mark.line + 1}"
        found = _exemption(item, place)
        wrong = [found] if isinstance(found, str) else [*_wrong(found, today)]
        problems += wrong
        if isinstance(found, Exemption) and not wrong and found.begins <= today:
            entries.append(found)
        former = str(item.get("rule")) if isinstance(item, dict) else ""
        if former in CURRENT:
            warnings.append(f"{place}: rule {former!r} is now called {CURRENT[former]!r}. Rename it here.")
    return Exemptions(tuple(entries), tuple(problems), tuple(warnings))


def _exemption(item: Any, place: str) -> Exemption | str:
    if not isinstance(item, dict):
        return f"{place}: it is no exemption. Allowed: {', '.join(_names())}."
    try:
        named = {"rule": current(item["rule"])} if isinstance(item.get("rule"), str) else {}
        return Exemption(**{**item, **named, "place": place})
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg'].lower()}" for one in error.errors())
        return f"{place}: {said}. Needed: {', '.join(_names())}."
    except TypeError as error:
        return f"{place}: {error}. Needed: {', '.join(_names())}."


def _names() -> list[str]:
    return [field.alias or name for name, field in Exemption.model_fields.items() if name != "place"]


def _wrong(one: Exemption, today: date) -> Iterator[str]:
    if WILDCARDS & set(one.stack.split(".")[0]):
        yield f"{one.place}: the stack {one.stack!r} is no name. Name the stack, or its environment: prod.*."
    literal = sum(letter.isalnum() for letter in _CLASS.sub("", one.resource))
    if WILDCARDS & set(one.resource) and literal < SHORTEST:
        yield f"{one.place}: the resource {one.resource!r} may be every resource. Name those that are meant."
    if one.rule in NEVER:
        yield f"{one.place}: {one.rule} has no exemptions: it protects emergency access. Remove this one."
    if one.until < one.begins:
        yield f"{one.place}: it ends on {one.until}, before it begins."
    elif one.until - one.begins > LONGEST:
        days = (one.until - one.begins).days
        yield f"{one.place}: it lasts {days} days. Allowed: up to {LONGEST.days}; then ask again."
    if one.until < today:
        yield f"{one.place}: it ended on {one.until}. Fix {one.resource}, or renew the exemption with a new ticket."
