"""Every exception of Rolecall.

RolecallError                       exit code
├── InvalidContract                 2   the contract has problems; all of them are listed
├── UsageError                      2   a command was called in a way that cannot work
├── ToolchainError                  2   the Pulumi engine or a plugin can be neither found nor made
├── SystemUnreachable               3   a system did not answer, or not in time
├── SystemRefused                   3   a system answered that the caller may not do this
└── EngineFailed                    as the engine said; the engine has shown its own error
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = [
    "EngineFailed",
    "InvalidContract",
    "Place",
    "Problem",
    "RolecallError",
    "SystemRefused",
    "SystemUnreachable",
    "ToolchainError",
    "UsageError",
]


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands in a contract: a file as the user named it, and a line counted from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        """Return `file:line`, which editors and terminals make a link of."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a contract.

    Attributes:
        id: stable kebab-case name of this sort of problem.
        place: where it stands; None only when it is about something that is nowhere in the contract.
        what: what is wrong, with the value that was found.
        allowed: what would be right, or how to go on.
    """

    id: str
    place: Place | None
    what: str
    allowed: str

    def __str__(self) -> str:
        """Return the problem in one paragraph."""
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.what} [{self.id}]\n    {self.allowed}"

    def sort_key(self) -> tuple[str, int, str, str]:
        """Return what problems are listed by: file, line, then id."""
        return (self.place.file if self.place else "", self.place.line if self.place else 0, self.id, self.what)


class RolecallError(Exception):
    """Root of all errors that Rolecall raises on purpose.

    Args:
        what: what went wrong, with what was found.
        how_to_go_on: what the user can do about it.
    """

    exit_code = 2

    def __init__(self, what: str, how_to_go_on: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.how_to_go_on = how_to_go_on


class InvalidContract(RolecallError):
    """The contract has problems; all that one load can find are in `problems`, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems), key=Problem.sort_key)
        count = len(self.problems)
        super().__init__(f"the contract has {count} problem{'' if count == 1 else 's'}")

    def __str__(self) -> str:
        """Return all problems, one paragraph each."""
        return "\n".join([*map(str, self.problems), self.what])


class UsageError(RolecallError):
    """A command was called in a way that cannot work."""


class ToolchainError(RolecallError):
    """The Pulumi engine or one of its plugins can be neither found nor made."""


class SystemUnreachable(RolecallError):
    """A system did not answer, or kept answering that it is not available."""

    exit_code = 3


class SystemRefused(RolecallError):
    """A system answered that the caller is not known or may not do this."""

    exit_code = 3


class EngineFailed(RolecallError):
    """The Pulumi engine ended with an error, which it has shown already."""

    def __init__(self, what: str, exit_code: int) -> None:
        super().__init__(what)
        self.exit_code = exit_code
