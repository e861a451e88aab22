"""Reading a way of giving access such that one that cannot be read is reported, never left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from rolecall.access.observation import Unmanaged
from rolecall.errors import ObjectMissing, RequestRejected, RolecallError, SystemRefused

# Where a workspace, an edition or a cloud does not have the API at all.
NOT_THERE = ("ENDPOINT_NOT_FOUND", "FEATURE_DISABLED", "NOT_IMPLEMENTED")


@dataclass
class Ways:
    """What was read.

    Attributes:
        found: everything live that the contract does not name.
        read: the ways that were read.
        not_read: those that do not exist there, each with the reason.
        refused: those that could not be read: what is there is unknown.
    """

    found: list[Unmanaged] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    not_read: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def noted(self, way: str, read: Callable[[], Iterable[Unmanaged]]) -> None:
        """Read one way; what went wrong is kept beside what was found."""
        try:
            self.found += read()
        except SystemRefused as error:
            self.refused.append(f"{way}: {error.what}")
        except ObjectMissing as error:
            self.not_read.append(f"{way}: not available ({error.what})")
        except RequestRejected as error:
            kept = self.not_read if error.code in NOT_THERE else self.refused
            kept.append(f"{way}: {error.what}")
        except RolecallError as error:
            self.refused.append(f"{way}: {error.what}")

    def told(self) -> dict[str, Any]:
        """Return what an observation says of it."""
        return {
            "others": tuple(sorted(set(self.found))),
            "read": tuple(dict.fromkeys(self.read)),
            "not_read": tuple(sorted({*self.not_read})),
            "refused": tuple(sorted({*self.refused})),
        }


def administrator_names(deployer: str, break_glass: str | None, declared: Iterable[str]) -> frozenset[str]:
    """Return the names of those who may administer, in lower case."""
    return frozenset(one.casefold() for one in (deployer, break_glass or "", *declared) if one)
