"""Read a snapshot, and refuse one that is altered, too old, from the future, or about something else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from rolecall.attestations.keys import TrustedKey
from rolecall.attestations.statement import read_statement
from rolecall.contract.loader import LoadedContract
from rolecall.errors import AttestationRefused
from rolecall.snapshots.snapshot import PREDICATE_TYPE, Snapshot

# Clocks of two machines differ by less.
SKEW = timedelta(minutes=5)
TAKE_ANOTHER = "Run `rolecall snapshot` on the default branch again."


@dataclass(frozen=True)
class Expected:
    """What a snapshot has to be of.

    Attributes:
        now: the time of the review.
        max_age: the oldest that counts.
        contract: the digest of the contract before the change.
        loaded: that contract.
    """

    now: datetime
    max_age: timedelta
    contract: str
    loaded: LoadedContract


def read_snapshot(file: Path, keys: Sequence[TrustedKey], expected: Expected) -> Snapshot:
    """Return the snapshot of a file.

    Raises:
        AttestationRefused: it is altered, its key is not trusted, it is too old, or of another contract or account.
        UsageError: the file cannot be read.
    """
    statement = read_statement(file, keys, PREDICATE_TYPE)
    try:
        snapshot = Snapshot.model_validate(statement.predicate)
        for one in snapshot.grants:
            one.holder()
    except (ValidationError, TypeError, ValueError) as error:
        what = f"{file} was written by another version of Rolecall"
        raise AttestationRefused(what, f"Install the same version. {TAKE_ANOTHER}") from error
    _require_age(file, snapshot, expected)
    contract = expected.loaded.contract
    if snapshot.organization != contract.organization:
        what = f"{file} is of the organization {snapshot.organization!r}, the contract's is {contract.organization!r}"
        raise AttestationRefused(what, "Name the snapshot of this contract.")
    if account_is_known(expected.loaded) and snapshot.account_id != contract.databricks.account_id:
        what = f"{file} is of the account {snapshot.account_id}, the contract's is {contract.databricks.account_id}"
        raise AttestationRefused(what, "Name the snapshot of this account.")
    if snapshot.contract != expected.contract:
        commit = f" (commit {snapshot.commit[:10]})" if snapshot.commit else ""
        what = f"{file} is of another revision of the contract{commit} than the one that the change starts from"
        how = f"Merge the default branch into the change. {TAKE_ANOTHER}"
        raise AttestationRefused(what, how)
    return snapshot


def _require_age(file: Path, snapshot: Snapshot, expected: Expected) -> None:
    age = expected.now - snapshot.taken_at
    if age > expected.max_age:
        what = f"{file} is {in_words(age)} old; the most is {in_words(expected.max_age)}"
        raise AttestationRefused(what, f"{TAKE_ANOTHER} --max-age allows another age.")
    if age < -SKEW:
        what = f"{file} was taken at {snapshot.taken_at:%Y-%m-%d %H:%M} UTC, which is in the future"
        raise AttestationRefused(what, "Set the clock of this machine, or of the one that took it.")


def account_is_known(loaded: LoadedContract) -> bool:
    """Return whether the contract's account is the real one, and no placeholder for an unset variable."""
    written = loaded.values.written.get(("databricks", "account_id"), "")
    return not any(f"{{env:{name}}}" in written for name in loaded.values.unset)


def in_words(age: timedelta) -> str:
    """Return a length of time in words: `3 hours`, `45 minutes`."""
    seconds = max(0, int(age.total_seconds()))
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= (2 * length if unit == "day" else length):
            number = seconds // length
            return f"{number:,} {unit}{'' if number == 1 else 's'}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"
