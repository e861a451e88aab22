"""A rule on a whole stack: what no single resource shows, and what a change removes.

The engine evaluates them at the end of a preview, and of an update. A preview that they refuse deploys nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, date, datetime

from rolecall.contract.protective_settings import Declared
from rolecall.policies.context import Context
from rolecall.policies.rule import About, Finding, Pack, Resource

Findings = Iterator[tuple[str, Finding]]


@dataclass(frozen=True)
class Change:
    """A stack before and after a change.

    Attributes:
        stack: its name.
        before: protective settings that it has, by what identifies them; None where no state is readable.
        after: everything that is declared, by the same.
        today: the day on which overrides have to hold.
    """

    stack: str
    before: Mapping[str, Declared] | None
    after: Mapping[str, Resource]
    today: date


@dataclass(frozen=True)
class StackRule(About):
    """A rule on a stack.

    Attributes:
        types: type tokens of the resources that it reads, each with a property without which it reads no property, an
            empty text where there is none, or None where it reads names only.
        check: yields what is wrong, each with the resource's name.
        only_reported: advisory by default; the stack's configuration may make it mandatory.
    """

    types: Mapping[str, str | None]
    check: Callable[[Change, Context], Findings]
    _: KW_ONLY
    only_reported: bool = False
    # As rules on single resources have them: such a rule has no parameters, and runs without a contract.
    parameters: None = None
    needs_contract: bool = False
    remedy: None = None
    pack: Pack = "guardrails"


def keyed(resources: Iterable[Resource]) -> dict[str, Resource]:
    """Return resources by type and name, as `Change` has them."""
    return {f"{one.type}::{one.name}": one for one in resources}


def change_of(resources: Collection[Resource], stack: str, before: Mapping[str, Declared] | None) -> Change:
    """Return a change that happens today.

    Args:
        resources: everything that is declared.
        stack: the stack's name.
        before: the protective settings of the state.
    """
    return Change(stack, before, keyed(resources), datetime.now(UTC).date())
