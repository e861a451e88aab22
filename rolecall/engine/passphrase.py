"""Verify the passphrase of local stacks once per run instead of once per engine process.

The engine encrypts secrets in a state with a key that it derives from a passphrase and a salt: a million rounds of
PBKDF2, a quarter of a second. The salt stands in the state, with a word that is encrypted with the key
(pulumi/pkg, secrets/passphrase). New stacks of a project share one salt, so that one derivation checks them all; the
engine that we build gets the verified salts, and derives a key only to encrypt or decrypt a secret
(toolchain/passphrase/on_demand.go).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from rolecall import settings
from rolecall.once import Once

PASSPHRASE, PASSPHRASE_FILE = "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"
# The engine's format and parameters (sdk, go/common/resource/config/crypt.go).
FORM, ROUNDS, SALT_BYTES, KEY_BYTES, NONCE_BYTES, WORD = "v1", 1_000_000, 8, 32, 12, b"pulumi"
# lru_cache would compute a value once in each concurrent thread.
_keys: dict[tuple[str, bytes], Once[bytes]] = {}


def passphrase_in(environment: Mapping[str, str], folder: Path) -> str | None:
    """Return the passphrase that the engine would use; None if it would prompt for one or cannot read the file.

    Args:
        environment: the engine's environment.
        folder: the engine's working folder.
    """
    phrase = environment.get(PASSPHRASE)
    if phrase is not None:
        return phrase
    try:
        return (folder / environment[PASSPHRASE_FILE]).read_text(encoding="utf-8").strip()
    except (KeyError, OSError, UnicodeDecodeError):
        return None


def new_salt(phrase: str) -> str:
    """Return a new salt, in the format of a stack's state."""
    salt, nonce = secrets.token_bytes(SALT_BYTES), os.urandom(NONCE_BYTES)
    word = AESGCM(_key(phrase, salt)).encrypt(nonce, WORD, None)
    return ":".join([FORM, _text(salt), FORM, _text(nonce), _text(word)])


def is_of(phrase: str, salt: str) -> bool:
    """Return whether a salt, in the format of a stack's state, belongs to a passphrase."""
    try:
        form, key_salt, value_form, nonce, word = salt.split(":")
        if (form, value_form) != (FORM, FORM):
            return False
        key = _key(phrase, base64.b64decode(key_salt, validate=True))
        decrypted = AESGCM(key).decrypt(base64.b64decode(nonce), base64.b64decode(word), None)
    except (ValueError, binascii.Error, InvalidTag):
        return False
    return decrypted == WORD


def verified(phrase: str | None, salt: str) -> dict[str, str]:
    """Return the environment variable that marks a salt as verified; empty if the passphrase does not match."""
    if phrase is None or not salt or not is_of(phrase, salt):
        return {}
    return {settings.VERIFIED_SALTS.name: hashlib.sha256(salt.encode()).hexdigest()}


def _key(phrase: str, salt: bytes) -> bytes:
    derive = partial(hashlib.pbkdf2_hmac, "sha256", phrase.encode(), salt, ROUNDS, KEY_BYTES)
    return _keys.setdefault((phrase, salt), Once(derive))()


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
