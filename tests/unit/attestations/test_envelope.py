"""Signed statements: read as they were written, and refused with any byte altered."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from Cryptodome.PublicKey import ECC
from Cryptodome.Signature import eddsa

from rolecall.attestations.envelope import PAYLOAD_TYPE, open_envelope, pre_authentication_encoding, seal
from rolecall.attestations.keys import signing_key, trusted_keys
from rolecall.attestations.statement import TYPE, Statement, read_statement, write_statement
from rolecall.errors import AttestationRefused, UsageError
from tests.support.signing import KeyFiles, key_files

STATEMENT = Statement("urn:test:1", {"contract": "ab" * 32}, {"grants": ["ä", 1, None]})


@pytest.fixture
def keys(tmp_path: Path) -> KeyFiles:
    return key_files(tmp_path)


def test_the_encoding_is_that_of_the_specification() -> None:
    # The example of the protocol's page.
    expected = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert pre_authentication_encoding("http://example.com/HelloWorld", b"hello world") == expected


def test_another_library_verifies_what_is_signed(keys: KeyFiles) -> None:
    envelope = json.loads(seal(STATEMENT.to_bytes(), keys.signing))
    payload = base64.b64decode(envelope["payload"])
    public = eddsa.new(ECC.import_key(keys.public.read_text()), "rfc8032")
    signature = base64.b64decode(envelope["signatures"][0]["sig"])
    public.verify(pre_authentication_encoding(PAYLOAD_TYPE, payload), signature)
    assert json.loads(payload) == {
        "_type": TYPE,
        "subject": [{"name": "contract", "digest": {"sha256": "ab" * 32}}],
        "predicateType": "urn:test:1",
        "predicate": {"grants": ["ä", 1, None]},
    }


def test_what_is_written_is_read_again(keys: KeyFiles, tmp_path: Path) -> None:
    file = tmp_path / "signed.json"
    write_statement(file, STATEMENT, keys.signing)
    assert read_statement(file, keys.trusted) == STATEMENT
    assert read_statement(file, keys.trusted, "urn:test:1") == STATEMENT
    with pytest.raises(AttestationRefused, match="of the type urn:test:1"):
        read_statement(file, keys.trusted, "urn:test:2")


def test_every_altered_byte_is_found(keys: KeyFiles) -> None:
    text = seal(b"{}", keys.signing)
    for position in range(len(text)):
        for changed in (text[position] ^ 1, text[position] ^ 0x20, text[position] ^ 0x80):
            altered = text[:position] + bytes([changed]) + text[position + 1 :]
            with pytest.raises(AttestationRefused):
                open_envelope(altered, keys.trusted, "x")


@pytest.mark.parametrize("added", [b" ", b"\n", b"{}"])
def test_added_and_removed_bytes_are_found(added: bytes, keys: KeyFiles) -> None:
    text = seal(b"{}", keys.signing)
    for altered in (text + added, added + text, text[:-1], text[1:], b"", b"[]", b"null", b"\xff", b"[" * 100_000):
        with pytest.raises(AttestationRefused):
            open_envelope(altered, keys.trusted, "x")


def test_another_field_and_a_second_signature_are_refused(keys: KeyFiles) -> None:
    envelope = json.loads(seal(b"{}", keys.signing))
    changes: list[dict[str, Any]] = [
        {"note": 1},
        {"signatures": envelope["signatures"] * 2},
        {"signatures": []},
    ]
    for more in changes:
        text = json.dumps({**envelope, **more}, separators=(",", ":")).encode() + b"\n"
        with pytest.raises(AttestationRefused):
            open_envelope(text, keys.trusted, "x")


def test_the_key_of_another_is_refused_even_under_our_id(keys: KeyFiles, tmp_path: Path) -> None:
    other = key_files(tmp_path, "other")
    text = seal(b"{}", other.signing)
    with pytest.raises(AttestationRefused, match="which is not trusted"):
        open_envelope(text, keys.trusted, "x")
    ours = text.replace(other.signing.id.encode(), keys.signing.id.encode())
    with pytest.raises(AttestationRefused, match="not as it was signed"):
        open_envelope(ours, keys.trusted, "x")
    assert open_envelope(text, (*keys.trusted, *other.trusted), "x") == b"{}"


def test_keys_come_from_files_and_from_variables(keys: KeyFiles, tmp_path: Path) -> None:
    other = key_files(tmp_path, "other")
    both = keys.public.read_text() + other.public.read_text()
    ids = {keys.signing.id, other.signing.id}
    assert {one.id for one in trusted_keys(None, {"ROLECALL_TRUSTED_KEYS": both})} == ids
    assert {one.id for one in trusted_keys(None, {"ROLECALL_TRUSTED_KEYS": str(keys.public)})} == {keys.signing.id}
    for value in (keys.private.read_text(), str(keys.private)):
        assert signing_key(None, {"ROLECALL_SIGNING_KEY": value}).id == keys.signing.id


def test_a_key_of_openssl_is_read(tmp_path: Path) -> None:
    private, public = tmp_path / "signing.pem", tmp_path / "trusted.pem"
    for command in (
        ["genpkey", "-algorithm", "ed25519", "-out", str(private)],
        ["pkey", "-in", str(private), "-pubout", "-out", str(public)],
    ):
        subprocess.run(["openssl", *command], check=True, capture_output=True)
    assert [one.id for one in trusted_keys(public, {})] == [signing_key(private, {}).id]


def test_what_is_no_key_is_refused_without_showing_it(keys: KeyFiles, tmp_path: Path) -> None:
    broken = keys.private.read_text().replace("PRIVATE KEY", "PRIVATE THING")
    (tmp_path / "broken.pem").write_text(broken)
    secret = broken.splitlines()[1]
    with pytest.raises(UsageError, match="no private key in PEM") as caught:
        signing_key(tmp_path / "broken.pem", {})
    assert secret not in str(caught.value)
    with pytest.raises(UsageError, match="cannot be read") as caught:
        signing_key(None, {"ROLECALL_SIGNING_KEY": secret})
    assert secret not in f"{caught.value} {caught.value.how_to_go_on}"
    with pytest.raises(UsageError, match="contains a private key"):
        trusted_keys(keys.private, {})
    (tmp_path / "empty.pem").write_text("nothing")
    with pytest.raises(UsageError, match="contains no public key"):
        trusted_keys(tmp_path / "empty.pem", {})
    with pytest.raises(UsageError, match="neither --signing-key nor `ROLECALL_SIGNING_KEY` is set"):
        signing_key(None, {})
    rsa = ECC.generate(curve="p256")
    (tmp_path / "ec.pem").write_text(rsa.export_key(format="PEM", use_pkcs8=True))
    with pytest.raises(UsageError, match="another algorithm"):
        signing_key(tmp_path / "ec.pem", {})
    (tmp_path / "ec.pub").write_text(rsa.public_key().export_key(format="PEM"))
    with pytest.raises(UsageError, match="another algorithm"):
        trusted_keys(tmp_path / "ec.pub", {})
