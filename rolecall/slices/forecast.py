"""How long the writes of a run take at the systems' paces, and how much of their quotas is used afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rolecall.access.observation import PLATFORM
from rolecall.contract.contract import Contract
from rolecall.contract.quotas import Use, quota_uses
from rolecall.documents.deployment import ForecastRow
from rolecall.engine.planned import PlannedChange
from rolecall.systems.registry import BY_NAME

if TYPE_CHECKING:
    # It imports asyncio and SQLite, which most commands do without.
    from pyrate_limiter import Rate

# Type tokens of the native provider begin with this, and the system's name.
NATIVE = "rolecall:"
# A replacement creates one object and deletes another.
WRITES = {"create": 1, "update": 1, "replace": 2, "delete": 1, "import": 0}
# The share of a quota from which on a reviewer has to know of it.
NEAR = 0.8
MINUTE, HOUR = 60, 3_600


@dataclass(frozen=True)
class Forecast:
    """What a run needs of the systems.

    Attributes:
        writes: the number of writes, by system.
        seconds: how long they take at the system's pace, by system; a system without a known pace is left out.
        uses: how much of each quota the contract uses.
    """

    writes: Mapping[str, int]
    seconds: Mapping[str, float]
    uses: tuple[Use, ...]

    @property
    def near(self) -> list[Use]:
        """The quotas that are nearly used up."""
        return [one for one in self.uses if one.number >= NEAR * one.most]

    def sentences(self) -> list[str]:
        """Return it in words: a line for the writes, and one for each quota that is nearly used up."""
        lines: list[str] = []
        if total := sum(self.writes.values()):
            by_system = [f"{BY_NAME[name].title if name in BY_NAME else name} {n:,}" for name, n in self.writes.items()]
            each = f" ({', '.join(by_system)})" if len(by_system) > 1 else ""
            # Systems are written to side by side.
            longest = max(self.seconds.values(), default=0.0)
            unknown = [name for name in self.writes if name not in self.seconds]
            more = f", and what {', '.join(unknown)} needs" if unknown else ""
            lines.append(f"{total:,} {'write' if total == 1 else 'writes'}{each}, about {in_words(longest)}{more}")
        return [*lines, *map(str, self.near)]

    def to_json(self) -> ForecastRow:
        """Return it as a part of a document."""
        return {
            "writes": dict(self.writes),
            "seconds": {name: round(seconds, 1) for name, seconds in self.seconds.items()},
            "quotas": [
                {"what": one.noun, "holder": one.holder, "used": one.number, "most": one.most} for one in self.uses
            ],
        }


def forecast(
    changes: Iterable[PlannedChange], contract: Contract, pace_of: Callable[[str], Rate | None] | None = None
) -> Forecast:
    """Return what a run needs of the systems.

    Args:
        changes: what it does to resources.
        contract: the contract.
        pace_of: returns the pace of a system by its name; by default, that of the installed system.
    """
    writes = Counter[str]()
    for change in changes:
        writes[system_of(change.type)] += WRITES.get(change.operation, 1)
    counted = {name: number for name, number in sorted(writes.items()) if number}
    seconds: dict[str, float] = {}
    for name, number in counted.items():
        if (rate := (pace_of or _pace_of)(name)) is not None:
            # pyrate_limiter counts intervals in milliseconds.
            seconds[name] = number * int(rate.interval) / 1_000 / rate.limit
    return Forecast(counted, seconds, tuple(quota_uses(contract)))


def system_of(token: str) -> str:
    """Return the system of a type token; the Databricks provider's have none of their own name in them."""
    return token.split(":")[1] if token.startswith(NATIVE) else PLATFORM


def _pace_of(name: str) -> Rate | None:
    spec = BY_NAME.get(name)
    return spec.pace() if spec is not None and spec.pace is not None else None


def in_words(seconds: float) -> str:
    """Return a length of time in words: `2 min 40 s`."""
    whole = max(1, round(seconds))
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s" if whole % MINUTE else f"{whole // MINUTE} min"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE} min"
