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

from rolecall.attestations.envelope import ALTERED, HOW_ALTERED, open_envelope, payload_of, seal
from rolecall.attestations.keys import SigningKey, TrustedKey
from rolecall.errors import AttestationRefused, OutputUnwritable, UsageError

TYPE = "https://in-toto.io/Statement/v1"
# Bytes of a file: thirty times a snapshot of 10,000 grants.
MAX_BYTES = 128 * 2**20


@dataclass(frozen=True)
class Statement:
    """A statement.

    Attributes:
        predicate_type: the URI of its predicate's form.
        subjects: SHA-256 digests of what it is about, by name.
        predicate: its content.
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
    _write(file, seal(statement.to_bytes(), key))


def write_plain(file: Path, statement: Statement) -> None:
    """Write a statement to a file without signing it.

    Raises:
        OutputUnwritable: the file cannot be written.
    """
    _write(file, statement.to_bytes() + b"\n")


def read_plain(file: Path, predicate_type: str) -> Statement:
    """Return the statement of a file that need not be signed; a signature is not verified.

    Raises:
        AttestationRefused: it is no statement of this type, or not as it was written.
        UsageError: the file cannot be read.
    """
    text = _read(file)
    statement = _parsed(file, payload_of(text) or text, predicate_type)
    if payload_of(text) is None and statement.to_bytes() + b"\n" != text:
        raise AttestationRefused(f"{file} {ALTERED}", HOW_ALTERED)
    return statement


def read_statement(file: Path, keys: Sequence[TrustedKey], predicate_type: str | None = None) -> Statement:
    """Return the statement of a signed file.

    Args:
        file: the file.
        keys: the keys whose signatures count.
        predicate_type: the only one allowed; None for any.

    Raises:
        AttestationRefused: it is altered, its key is not trusted, or it is of another type.
        UsageError: the file cannot be read.
    """
    return _parsed(file, open_envelope(_read(file), keys, str(file)), predicate_type)


def signer_of(file: Path) -> str:
    """Return the id of the key of a file that `read_statement` has verified."""
    return str(json.loads(_read(file))["signatures"][0]["keyid"])


def _write(file: Path, text: bytes) -> None:
    try:
        file.write_bytes(text)
    except OSError as error:
        raise OutputUnwritable(f"{file} cannot be written: {error.strerror or error}", "Name another file.") from error


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            text = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}", "Name the signed file.") from error
    if len(text) > MAX_BYTES:
        raise AttestationRefused(f"{file} is larger than {MAX_BYTES:,} bytes", "Name the signed file.")
    return text


def _parsed(file: Path, payload: bytes, predicate_type: str | None) -> Statement:
    try:
        value = json.loads(payload)
        if value["_type"] != TYPE:
            raise ValueError(value["_type"])
        subjects = {str(one["name"]): str(one["digest"]["sha256"]) for one in value["subject"]}
        statement = Statement(str(value["predicateType"]), subjects, dict(value["predicate"]))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise AttestationRefused(f"{file} is no in-toto statement of version 1", "Name the signed file.") from error
    if predicate_type is not None and statement.predicate_type != predicate_type:
        what = f"{file} is a statement of the type {statement.predicate_type}"
        raise AttestationRefused(what, f"It has to be {predicate_type}.")
    return statement
