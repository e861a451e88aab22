"""DSSE envelopes of which every byte is verified.

https://github.com/secure-systems-lab/dsse/blob/master/protocol.md, https://github.com/secure-systems-lab/dsse/blob/master/envelope.md
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature

from rolecall.attestations.keys import SigningKey, TrustedKey
from rolecall.errors import AttestationRefused

PAYLOAD_TYPE = "application/vnd.in-toto+json"
ALTERED = "is not as it was signed"
HOW_ALTERED = "Get the file again from where it was written."


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes that are signed (DSSE protocol, Signature Definition)."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def seal(payload: bytes, key: SigningKey) -> bytes:
    """Return the envelope of a signed payload, as a file contains it."""
    return _written(payload, key.id, key.sign(pre_authentication_encoding(PAYLOAD_TYPE, payload)))


def open_envelope(text: bytes, keys: Sequence[TrustedKey], name: str) -> bytes:
    """Return the payload of an envelope.

    DSSE leaves the key id, unknown fields and white space unsigned. An envelope with any other byte than `seal` writes
    is refused, so that an altered byte is found wherever it is.

    Args:
        text: the file's bytes.
        keys: the keys whose signatures count.
        name: the file's name, for messages.

    Raises:
        AttestationRefused: it is no envelope, its signature is wrong, or the key is not trusted.
    """
    try:
        envelope = json.loads(text)
        (signed,) = envelope["signatures"]
        payload, signature = _decoded(envelope["payload"]), _decoded(signed["sig"])
        identity = str(signed["keyid"])
        whole = envelope["payloadType"] == PAYLOAD_TYPE and _written(payload, identity, signature) == text
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise AttestationRefused(f"{name} is no signed statement of Rolecall", HOW_ALTERED) from error
    if not whole:
        raise AttestationRefused(f"{name} {ALTERED}", HOW_ALTERED)
    # The key id only selects the key (DSSE protocol, KEYID); the signature decides.
    candidates = [key for key in keys if key.id == identity]
    if not candidates:
        trusted = ", ".join(key.id for key in keys)
        what = f"{name} is signed by the key {identity[:64]}, which is not trusted"
        raise AttestationRefused(what, f"Trusted keys are {trusted}. Look who has signed it.")
    try:
        candidates[0].verify(signature, pre_authentication_encoding(PAYLOAD_TYPE, payload))
    except InvalidSignature as error:
        raise AttestationRefused(f"{name} {ALTERED}", HOW_ALTERED) from error
    return payload


def payload_of(text: bytes) -> bytes | None:
    """Return the payload of an envelope without verifying it; None where a text is no envelope."""
    try:
        return _decoded(json.loads(text)["payload"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _written(payload: bytes, key_id: str, signature: bytes) -> bytes:
    signatures = [{"keyid": key_id, "sig": base64.b64encode(signature).decode()}]
    envelope = {"payload": base64.b64encode(payload).decode(), "payloadType": PAYLOAD_TYPE, "signatures": signatures}
    return json.dumps(envelope, separators=(",", ":")).encode() + b"\n"


def _decoded(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
