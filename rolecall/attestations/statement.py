"""In-toto statements: what is signed, and the digests of what it is about.

https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rolecall.attestations.envelope import open_envelope, seal
from rolecall.attestations.keys import SigningKey, TrustedKey
from rolecall.errors import AttestationRefused, OutputUnwritable, UsageError

TYPE = "https://in-toto.io/Statement/v1"
# Bytes of a file: thirty times a snapshot of 10,000 grants.
MAX_BYTES = 128 * 2**20


@dataclass(frozen=True)
class Statement:
    """A statement.

    Attributes:
        predicate_type: the URI of what it says.
        subjects: SHA-256 digests of what it is about, by name.
        predicate: what it says.
    """

    predicate_type: str
    subjects: Mapping[str, str]
    predicate: Mapping[str, Any]

    def to_bytes(self) -> bytes:
        """Return it as JSON; equal statements are equal bytes."""
        subjects = [{"name": name, "digest": {"sha256": digest}} for name, digest in sorted(self.subjects.items())]
        return canonical(
            {"_type": TYPE, "subject": subjects, "predicateType": self.predicate_type, "predicate": self.predicate}
        )


def canonical(value: object) -> bytes:
    """Return a value as JSON in one form."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of(value: object) -> str:
    """Return the SHA-256 of a value's JSON."""
    return hashlib.sha256(canonical(value)).hexdigest()


def write_statement(file: Path, statement: Statement, key: SigningKey) -> None:
    """Sign a statement and write it to a file.

    Raises:
        OutputUnwritable: the file cannot be written.
    """
    try:
        file.write_bytes(seal(statement.to_bytes(), key))
    except OSError as error:
        raise OutputUnwritable(f"{file} cannot be written: {error.strerror or error}", "Name another file.") from error


def read_statement(file: Path, keys: Sequence[TrustedKey], predicate_type: str | None = None) -> Statement:
    """Return the statement of a file.

    Args:
        file: the file.
        keys: the keys whose signatures count.
        predicate_type: the only one allowed; None for any.

    Raises:
        AttestationRefused: it is altered, its key is not trusted, or it says something else.
        UsageError: the file cannot be read.
    """
    try:
        with file.open("rb") as opened:
            text = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}", "Name the signed file.") from error
    if len(text) > MAX_BYTES:
        raise AttestationRefused(f"{file} is larger than {MAX_BYTES:,} bytes", "Name the signed file.")
    try:
        value = json.loads(open_envelope(text, keys, str(file)))
        if value["_type"] != TYPE:
            raise ValueError(value["_type"])
        subjects = {str(one["name"]): str(one["digest"]["sha256"]) for one in value["subject"]}
        statement = Statement(str(value["predicateType"]), subjects, dict(value["predicate"]))
    except (ValueError, KeyError, TypeError) as error:
        raise AttestationRefused(f"{file} is no in-toto statement of version 1", "Name the signed file.") from error
    if predicate_type is not None and statement.predicate_type != predicate_type:
        what = f"{file} is a statement of the type {statement.predicate_type}"
        raise AttestationRefused(what, f"It has to be {predicate_type}.")
    return statement
