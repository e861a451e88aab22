"""The passphrase of local stacks, checked as the engine checks it."""

from __future__ import annotations

import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rolecall import settings
from rolecall.engine import passphrase
from rolecall.engine.local_backend import without_attributes
from rolecall.engine.passphrase import is_of, new_salt, passphrase_in, verified
from rolecall.engine.state import States

# Written by Pulumi 3.259.0 for the passphrase "test".
OF_THE_ENGINE = "v1:XqY7SeSzX/E=:v1:aoV9enBiU24qmoyk:Otot7w2Bmh/lr4nXIdVP6d9DYSXpiQ=="


def test_a_salt_of_the_engine_is_of_its_passphrase_and_of_no_other() -> None:
    assert is_of("test", OF_THE_ENGINE)
    assert not is_of("Test", OF_THE_ENGINE)


@pytest.mark.parametrize("salt", ["", "v1:AAAA", "v2:AAAA:v1:AAAA:AAAA", "v1:?:v1:?:?", "v1:AAAA:v1:AAAA:AAAA"])
def test_what_is_no_salt_is_of_no_passphrase(salt: str) -> None:
    assert not is_of("test", salt)
    assert verified("test", salt) == {}


def test_an_engine_is_told_of_a_salt_only_where_the_passphrase_is_right() -> None:
    salt = new_salt("test")
    assert verified("test", salt) == {settings.VERIFIED_SALTS.name: hashlib.sha256(salt.encode()).hexdigest()}
    assert verified("another", salt) == {}
    assert verified(None, salt) == {}


def test_the_passphrase_is_found_as_the_engine_finds_it(tmp_path: Path) -> None:
    (tmp_path / "phrase").write_text(" test\n")
    assert passphrase_in({"PULUMI_CONFIG_PASSPHRASE_FILE": "phrase"}, tmp_path) == "test"
    assert passphrase_in({"PULUMI_CONFIG_PASSPHRASE_FILE": "phrase", "PULUMI_CONFIG_PASSPHRASE": ""}, tmp_path) == ""
    assert passphrase_in({"PULUMI_CONFIG_PASSPHRASE_FILE": "none"}, tmp_path) is None
    assert passphrase_in({}, tmp_path) is None


def _states(folder: Path, phrase: str) -> States:
    environment = {"PULUMI_CONFIG_PASSPHRASE": phrase}
    backend = without_attributes(f"file://{folder}")
    return States(backend, "rolecall", folder / "no-pulumi", folder, environment)


def test_new_stacks_share_the_salt_of_their_passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passphrase, "ROUNDS", 1)
    passphrase._keys.clear()
    try:
        for phrase, stack in (("test", "account"), ("test", "dev.churn"), ("another", "prod.churn")):
            states = _states(tmp_path, phrase)
            assert states.create(stack)
            assert states.verified(None) == states.verified(states.read(stack)) != {}
        folder = tmp_path / ".pulumi" / "stacks" / "rolecall"
        salts = [_states(tmp_path, "").read(file.stem) for file in sorted(folder.glob("*.json"))]
        account, dev, prod = (one.salt if one else "" for one in salts)
        assert account == dev != prod
        assert is_of("another", prod)
        written = json.loads((folder / "account.json").read_text())
        assert written["checkpoint"]["latest"]["secrets_providers"] == {
            "type": "passphrase",
            "state": {"salt": account},
        }
    finally:
        passphrase._keys.clear()


def test_threads_that_want_a_key_at_once_derive_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    derived: list[str] = []
    together = threading.Barrier(4)

    def derive(*_: object) -> bytes:
        derived.append("key")
        return bytes(32)

    def ask(_: int) -> bytes:
        together.wait()
        return passphrase._key("one of four threads", b"salt")

    monkeypatch.setattr(hashlib, "pbkdf2_hmac", derive)
    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(ask, range(4))] == [bytes(32)] * 4
    assert derived == ["key"]
