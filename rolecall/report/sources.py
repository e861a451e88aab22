"""Everything that a report is made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from rolecall.access.effective import Access
from rolecall.access.expiring import Expiry
from rolecall.access.observation import System
from rolecall.compiled import CompiledContract
from rolecall.parity.live_access import LiveAccess, live_access
from rolecall.parity.report import Report
from rolecall.policies.exemptions import Exemptions
from rolecall.report.circumstances import Circumstances


@dataclass(frozen=True)
class Sources:
    """Everything that a report is made from.

    Attributes:
        compiled: the contract.
        systems: the installed systems.
        circumstances: who runs it, when, and with which versions.
        day: the day for which bindings and acceptances count.
        parity: the comparison with the live systems; None where none was read.
        ending: everything that has a last day.
        exemptions: the exemptions from policies.
        environments: the environments that are compared and in the matrix; empty for all. Paths are searched in all,
            because a path may lead through another one.
    """

    compiled: CompiledContract
    systems: Sequence[System]
    circumstances: Circumstances
    day: date
    parity: Report | None = None
    ending: Sequence[Expiry] = ()
    exemptions: Exemptions = field(default_factory=Exemptions)
    environments: tuple[str, ...] = ()

    def includes(self, environment: str | None) -> bool:
        """Return whether objects of an environment are in the matrix; objects that environments share always are."""
        return not self.environments or environment is None or environment in self.environments

    @property
    def concerned(self) -> list[System]:
        """The systems that the contract has to do with."""
        return [one for one in self.systems if one.concerns(self.compiled.contract)]

    def live(self) -> LiveAccess | None:
        """Return the live access, in one form; None where no system was read."""
        return live_access(self.parity) if self.parity is not None else None


def reachable(compiled: CompiledContract, live: LiveAccess | None) -> Access:
    """Return the access over which paths are searched: the contract's, and all that is live beyond it.

    A missing or unread right stays in, so that no path is lost because a system did not answer.
    """
    if live is None:
        return compiled.access
    found: Access = {target: dict(holders) for target, holders in compiled.access.items()}
    for target, holders in live.access.items():
        known = found.setdefault(target, {})
        for subject, verb in holders.items():
            if subject not in known or known[subject].rank < verb.rank:
                known[subject] = verb
    return found
