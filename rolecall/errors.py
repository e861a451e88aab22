"""Every exception of Rolecall.

RolecallError                       exit code
├── InvalidContract                 2   the contract has problems; all of them are listed
│   └── InvalidDescription          2   the description of the local emulators has problems
├── UsageError                      2   a command was called in a way that cannot work
├── ToolchainError                  2   the Pulumi engine or a plugin can be neither found nor made
├── SystemUnreachable               3   a system did not answer, or not in time
│   ├── AnswerLost                  3   a write was sent; whether it took effect is not known
│   └── BrokenList                  3   pages of a list are missing, or came twice
├── SystemRefused                   3   a system answered that the caller may not do this
│   └── NeedsAccount                3   an account administrator is required, and the deployer is not one
├── StateUnreadable                 3   the state of a stack is corrupt, or cannot be had; nothing is run on it
├── StateUnwritable                 3   what a run makes cannot be noted; it makes nothing
├── RunLocked                       3   another run goes on, or may go on; nothing is run beside it
├── RequestRejected                 5   a system answered that a request is wrong
│   └── ObjectMissing               5   a system answered that there is no such object
├── NotOwned                        1   an object has another owner; nothing is written to it
├── RemovalRefused                  1   a run would remove more than it may without a written override
├── NotReviewed                     1   a run would do something else than was reviewed or planned
├── AttestationRefused              3   a signed file is altered, too old, or about something else
└── EngineFailed                    5   the engine ended with an error
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum

from rolecall.secrecy import without_secrets


class ExitCode(IntEnum):
    """Exit codes of the command; each has one meaning in all commands. `EXIT_CODES` documents them.

    A run that did not come to its end never has the code of a result (0, 1 or 4): a pipeline that accepts findings does
    not accept a failure.
    """

    FINE = 0
    FINDINGS = 1
    INVALID = 2
    UNREACHABLE = 3
    CHANGES = 4
    FAILED = 5
    # EX_SOFTWARE of sysexits.h; an interpreter that ends by an uncaught exception would have 1.
    DEFECT = 70
    INTERRUPTED = 130
    # 128 and SIGPIPE, as the shell has it for a program that the signal ends.
    OUTPUT_CLOSED = 141


EXIT_CODES: Mapping[ExitCode, str] = {
    ExitCode.FINE: "nothing to report: valid, equal, deployed, or no difference",
    ExitCode.FINDINGS: "findings: the command completed and found drift, disparity, a difference, a policy violation, "
    "or a change that a guard refuses",
    ExitCode.INVALID: "the contract is invalid, or the command cannot run as it was called; nothing was changed",
    ExitCode.UNREACHABLE: "a system, a state or a file could not be read, written or trusted",
    ExitCode.CHANGES: "changes are pending, and nothing refuses them (`review`, `preview --detailed-exitcode`)",
    ExitCode.FAILED: "an operation failed: the engine, a system or a job ended with an error",
    ExitCode.DEFECT: "Rolecall stopped with an unexpected error; the result is not known",
    ExitCode.INTERRUPTED: "interrupted, or the question was answered with no (128 + signal: 143 after SIGTERM)",
    ExitCode.OUTPUT_CLOSED: "standard output was closed before everything was written",
}

__all__ = [
    "EXIT_CODES",
    "AnswerLost",
    "AttestationRefused",
    "BrokenList",
    "EngineFailed",
    "ExitCode",
    "InvalidContract",
    "InvalidDescription",
    "NeedsAccount",
    "NotOwned",
    "NotReviewed",
    "ObjectMissing",
    "Place",
    "Problem",
    "RemovalRefused",
    "RequestRejected",
    "RolecallError",
    "RunLocked",
    "StateUnreadable",
    "StateUnwritable",
    "SystemRefused",
    "SystemUnreachable",
    "ToolchainError",
    "UsageError",
    "explained",
]


@dataclass(frozen=True, order=True)
class Place:
    """Where something is in a contract.

    Attributes:
        file: the file as the user named it.
        line: the line, from 1.
        column: the column, from 1; 0 where only the line is known. Two places in one line are equal.
    """

    file: str
    line: int
    column: int = field(default=0, compare=False)

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
    """Root of all errors that Rolecall raises itself.

    Args:
        what: what went wrong, with what was found.
        how_to_go_on: what the user can do about it.
    """

    exit_code = ExitCode.INVALID

    def __init__(self, what: str, how_to_go_on: str = "") -> None:
        # Whatever quotes a request, an answer or a variable: no credential goes any further with it.
        self.what = without_secrets(what)
        self.how_to_go_on = without_secrets(how_to_go_on)
        super().__init__(self.what)


class InvalidContract(RolecallError):
    """The contract has problems; all that one load can find are in `problems`, in the order of the files."""

    document = "the contract"

    def __init__(self, problems: Iterable[Problem]) -> None:
        shown = {replace(one, what=without_secrets(one.what), allowed=without_secrets(one.allowed)) for one in problems}
        self.problems = sorted(shown, key=Problem.sort_key)
        count = len(self.problems)
        super().__init__(f"{self.document} has {count} problem{'' if count == 1 else 's'}")

    def __str__(self) -> str:
        """Return all problems, one paragraph each."""
        return "\n".join([*map(str, self.problems), self.what])


class InvalidDescription(InvalidContract):
    """The description of the local emulators has problems; all of them are in `problems`."""

    document = "the description of the emulators"


class UsageError(RolecallError):
    """A command was called in a way that cannot work."""


class ToolchainError(RolecallError):
    """The Pulumi engine or one of its plugins can be neither found nor made."""


class SystemUnreachable(RolecallError):
    """A system did not answer, or kept answering that it is not available."""

    exit_code = ExitCode.UNREACHABLE


class AnswerLost(SystemUnreachable):
    """A write was sent and no answer came back: it may have taken effect or not. Look before writing again."""


class BrokenList(SystemUnreachable):
    """A list came in pages of which some are missing, or came twice; nothing may be concluded from it."""


class SystemRefused(RolecallError):
    """A system answered that the caller is not known or may not do this."""

    exit_code = ExitCode.UNREACHABLE


class NeedsAccount(SystemRefused):
    """An account administrator is required, and the contract's deployer administers only workspaces."""


class StateUnreadable(RolecallError):
    """The state of a stack is corrupt or cannot be had: nothing is known of what it made, so nothing is run on it."""

    exit_code = ExitCode.UNREACHABLE


class StateUnwritable(RolecallError):
    """What a run makes cannot be noted: the next one would not know of it, so nothing is made."""

    exit_code = ExitCode.UNREACHABLE


class OutputUnwritable(RolecallError):
    """A file of this machine, or the standard output, cannot be written: what was done is in the states."""

    exit_code = ExitCode.UNREACHABLE


class RunLocked(RolecallError):
    """Another run holds the lock over all stacks, or it is not known whether it still does."""

    exit_code = ExitCode.UNREACHABLE


class RequestRejected(RolecallError):
    """A system answered that a request is wrong.

    Attributes:
        status: the HTTP status of the answer.
        code: the system's own code for the error; empty where it has none.
    """

    exit_code = ExitCode.FAILED

    def __init__(self, what: str, how_to_go_on: str = "", *, status: int = 400, code: str = "") -> None:
        super().__init__(what, how_to_go_on)
        self.status = status
        self.code = code


class ObjectMissing(RequestRejected):
    """A system answered that there is no such object."""


class NotOwned(RolecallError):
    """An object exists already and is not Rolecall's; nothing is written to it."""

    exit_code = ExitCode.FINDINGS


class RemovalRefused(RolecallError):
    """A run would remove more of a group or an object than it may without a written override."""

    exit_code = ExitCode.FINDINGS


class NotReviewed(RolecallError):
    """A run's changes differ from the reviewed preview or from a saved plan."""

    exit_code = ExitCode.FINDINGS


class AttestationRefused(RolecallError):
    """A signed file is altered, signed by an untrusted key, too old, or about another contract or account."""

    exit_code = ExitCode.UNREACHABLE


class EngineFailed(RolecallError):
    """The Pulumi engine ended with an error, which it has shown already."""

    exit_code = ExitCode.FAILED


def explained(error: RolecallError) -> str:
    """Return an error and how to go on, as one paragraph."""
    return f"{error.what}. {error.how_to_go_on}".strip() if error.how_to_go_on else error.what
