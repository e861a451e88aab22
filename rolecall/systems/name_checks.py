"""Names that a system would refuse, and objects that would have one name in some system: found before anything runs."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.contract import LoadedContract
from rolecall.contract.contract import Contract
from rolecall.contract.naming import stack_name
from rolecall.errors import Problem
from rolecall.ids.ids import GroupId, NamedId, StackId
from rolecall.ids.names import NameSyntax, RenderedName, collisions
from rolecall.systems.registry import SYSTEMS

# https://www.pulumi.com/docs/iac/concepts/stacks/: "alphanumeric, hyphens, underscores, or periods", at most 100.
STACK = NameSyntax(
    "https://www.pulumi.com/docs/iac/concepts/stacks/", r"A-Za-z0-9._\-", "letters, digits, '-', '_' and '.'", 100
)


def check_names(loaded: LoadedContract) -> Iterator[Problem]:
    """Yield a problem for each name that a system would refuse, and for each that two objects would share."""
    contract = loaded.contract
    names = [*_stacks(contract), *rendered_names(contract)]
    yield from _refused(loaded, names)
    yield from _shared(loaded, names)


def rendered_names(contract: Contract) -> Iterator[RenderedName]:
    """Yield every name that a contract's objects, groups and principals have in every system."""
    for system in SYSTEMS:
        # An unused system has no names, and its package takes a while to import.
        if system.concerns(contract):
            yield from system.names()(contract)


def _stacks(contract: Contract) -> Iterator[RenderedName]:
    for environment in contract.environments:
        identity = StackId(environment)
        yield RenderedName(identity, ("environments", environment), "Pulumi stack", environment, (), STACK)
        for project in contract.projects:
            identity = StackId(environment, project)
            text = stack_name(environment, project)
            yield RenderedName(identity, ("projects", project), "Pulumi stack", text, (), STACK)


def _refused(loaded: LoadedContract, names: list[RenderedName]) -> Iterator[Problem]:
    seen: set[tuple[tuple[str | int, ...], str]] = set()
    for name in names:
        if name.syntax.accepts(name.text) or (name.path, name.noun) in seen:
            continue
        seen.add((name.path, name.noun))
        length = name.syntax.length
        place = loaded.places.of(*name.path)
        if length is not None and len(name.text) > length:
            what = f"{_described(name.id)} would be the {name.noun} {name.text!r} of {len(name.text)} characters"
            yield Problem("name-too-long", place, what, f"At most {length} are allowed: shorten its name.")
            continue
        what = f"{_described(name.id)} would be the {name.noun} {name.text!r}, which is not allowed there"
        yield Problem("name-not-allowed", place, what, f"Allowed: {name.syntax.letters}. Rename it.")


def _shared(loaded: LoadedContract, names: list[RenderedName]) -> Iterator[Problem]:
    """Report each pair of declarations once, with the first name that they share."""
    seen: set[tuple[tuple[str | int, ...], tuple[str | int, ...]]] = set()
    for first, *others in collisions(names):
        for other in others:
            pair = (first.path, other.path)
            # A project's stacks in two environments, or one declaration rendered twice, have their own checks.
            if pair in seen or first.path == other.path or _differ_in_case_only(first, other):
                continue
            seen.add(pair)
            what = (
                f"{_described(other.id)} and {_described(first.id)} ({loaded.places.of(*first.path)}) "
                f"would both be the {other.noun} {other.text!r}"
            )
            how = "Rename one of them: a shared name would give each one's people the other's rights."
            yield Problem("names-collide", loaded.places.of(*other.path), what, how)


def _described(named: NamedId) -> str:
    return f"group {named.key!r}" if isinstance(named, GroupId) else str(named)


def _differ_in_case_only(first: RenderedName, other: RenderedName) -> bool:
    """Return whether `names-differ-only-in-case` reports the two: siblings in one section."""
    keys = [str(one.path[-1]).casefold() for one in (first, other)]
    return first.path[:-1] == other.path[:-1] and keys[0] == keys[1]
