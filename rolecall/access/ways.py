"""Record of the ways of granting access that were read; a failed read is reported, never omitted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from rolecall.access.answers import understood
from rolecall.access.observation import Unmanaged
from rolecall.contract.contract import Contract
from rolecall.errors import NeedsAccount, ObjectMissing, RequestRejected, RolecallError, SystemRefused

Item = TypeVar("Item")
# Error codes of an API that a workspace, an edition or a cloud does not have.
NOT_THERE = (
    *("ENDPOINT_NOT_FOUND", "FEATURE_DISABLED", "NOT_IMPLEMENTED"),
    # Without the licence of Entra ID P2, there is no eligibility.
    "AadPremiumLicenseRequired",
)


@dataclass
class Ways:
    """The results of reading ways of granting access.

    Attributes:
        found: everything live that the contract does not name.
        read: the ways that were read.
        not_read: the ways that the system does not have, each with the reason.
        refused: the ways that could not be read, whose access is unknown, each with the reason.
    """

    found: list[Unmanaged] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    not_read: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def collect(self, way: str, read: Callable[[], Iterable[Unmanaged]]) -> None:
        """Read one way into `found`; record an error in `not_read` or `refused`, and keep what was read before it."""
        try:
            with understood(way):
                for one in read():
                    self.found.append(one)
        except NeedsAccount as error:
            self.not_read.append(f"{way}: {error.what}")
        except SystemRefused as error:
            self.refused.append(f"{way}: {error.what}")
        except ObjectMissing as error:
            # An object disappeared between list and read: the rest of the feature was not read, so it is unknown.
            if is_route_missing(error):
                self.not_read.append(f"{way}: not available ({error.what})")
            else:
                what = error.what.rstrip(".")
                self.refused.append(f"{way}: {what}. Run it again if the object was deleted during the read")
        except RequestRejected as error:
            reasons = self.not_read if error.code in NOT_THERE else self.refused
            reasons.append(f"{way}: {error.what}")
        except RolecallError as error:
            self.refused.append(f"{way}: {error.what}")

    def observation_fields(self) -> dict[str, Any]:
        """Return the results as keyword arguments of `Observation`."""
        return {
            "others": tuple(sorted(set(self.found))),
            "read": tuple(dict.fromkeys(self.read)),
            "not_read": tuple(sorted({*self.not_read})),
            "refused": tuple(sorted({*self.refused})),
        }


def is_route_missing(error: RequestRejected) -> bool:
    """Return whether a system lacks a route or feature, rather than one object."""
    return error.code in NOT_THERE


def listed(read: Callable[[], Iterable[Item]]) -> list[Item]:
    """Return a feature's items; a missing list means that the system lacks the feature.

    Raises:
        RequestRejected: with a code of `NOT_THERE`; and the errors of `read`.
    """
    try:
        return [*read()]
    except ObjectMissing as error:
        raise RequestRejected(error.what, error.how_to_go_on, status=error.status, code=NOT_THERE[0]) from error


def administrator_names(contract: Contract) -> frozenset[str]:
    """Return the names of all permitted administrators, in lower case."""
    break_glass = contract.break_glass.group if contract.break_glass else ""
    names = (contract.databricks.deployer, break_glass, *contract.administrators)
    return frozenset(name.casefold() for name in names if name)
