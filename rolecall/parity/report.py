"""What a comparison found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rolecall.access.grant import Target
from rolecall.errors import Place


class FindingKind(StrEnum):
    """In which way something is not as the contract says."""

    MISSING = "missing"
    EXTRA = "extra"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """One thing that is not as the contract says, or that cannot be told.

    Attributes:
        system: where it was found.
        kind: in which way it differs.
        target: the object; None where it is about the system as a whole.
        subject: who it is about; empty where nobody is.
        given: what the contract gives.
        live: what is live.
        place: where the contract says so.
    """

    system: str
    kind: FindingKind
    target: Target | None
    subject: str
    given: str
    live: str
    place: Place | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "system": self.system,
            "finding": str(self.kind),
            "environment": self.target.environment if self.target else None,
            "kind": str(self.target.kind) if self.target else None,
            "object": self.target.name if self.target else None,
            "subject": self.subject or None,
            "contract": self.given or None,
            "live": self.live or None,
            "place": str(self.place) if self.place else None,
        }


@dataclass(frozen=True)
class SystemSummary:
    """How reading one system went."""

    name: str
    objects: int
    grants: int
    unmanaged: int
    calls: int
    seconds: float
    failure: str | None = None


@dataclass(frozen=True)
class Report:
    """A comparison of a contract with what is live."""

    systems: tuple[SystemSummary, ...]
    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """0 where everything is equal, 3 where a system could not be read, else 1."""
        if any(system.failure for system in self.systems):
            return 3
        return 1 if self.findings else 0

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "equal": not self.findings and not any(system.failure for system in self.systems),
            "systems": [vars(system) for system in self.systems],
            "findings": [finding.to_json() for finding in self.findings],
        }
