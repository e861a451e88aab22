"""Find long random texts: keys without a vendor's prefix."""

from __future__ import annotations

import re

from rolecall.contract.letter_pairs import most_random
from rolecall.contract.secret_readings import readings

# Keys have at least as many characters; ids have fewer: https://github.com/segmentio/ksuid 27, Okta's 20.
_LONG = re.compile(r"[A-Za-z0-9+/=_-]{28,}")
# Bits by which a key is unlike a name (`letter_pairs`), and the characters that this comes from. Longer ones are images
# and other content. `tests/security/test_random_keys.py` measures both kinds of error.
MIN_BITS, SHORTEST, LONGEST = 13.5, 18, 200
# Neighbours that are put together are words more often.
MIN_BITS_IN_PARTS = 24.0
# Names of many short words have signs between all of them; a key has one in 32 characters.
_UNBROKEN = re.compile(r"[A-Za-z0-9]{11}")
# Public identifiers, and what no generator writes: digests and UUIDs in hexadecimal, Okta's ids
# (https://developer.okta.com/docs/reference/core-okta-api), repeated characters, the alphabet, counting.
_IDENTIFIERS = re.compile(
    r"(?<![A-Za-z0-9])(?:[0-9a-f]{8,}|[0-9A-F]{8,})(?![A-Za-z0-9])|[0-9a-f]{20,}|[0-9A-F]{20,}"
    r"|(?<![A-Za-z0-9])0[0o][a-z][A-Za-z0-9]{17}(?![A-Za-z0-9])"
    r"|(.)\1{4,}|(?i:abcdefgh[a-z]*)|0?123456789?0?"
)
# https://developer.okta.com/docs/guides/create-an-api-token: small, capital, digits.
_OKTA = re.compile(r"00(?=[A-Za-z0-9_-]*[A-Z])(?=[A-Za-z0-9_-]*[a-z])(?=[A-Za-z0-9_-]*[0-9])[A-Za-z0-9_-]{40}")
# What is long and random, and public: https://www.w3.org/TR/SRI/, RFC 7468, RFC 4253, RFC 7517, addresses of documents.
_PUBLIC = re.compile(
    r"-----BEGIN (?:CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY)-----.*?(?:-----END|$)"
    r"|\b(?:ssh|ecdsa|sk)-[\w@.-]+ [A-Za-z0-9+/=]+|\b(?:sha(?:1|224|256|384|512)|md5|h1|SHA256)[-:=][A-Za-z0-9+/=_-]+"
    r"|data:[\w/+.-]+;base64,[A-Za-z0-9+/=]+"
    r"""|["'](?:n|x|y|e|x5c|x5t|x5t#S256|kid)["']\s*:\s*\[?\s*["'][A-Za-z0-9+/=_-]+["']|https?://[^\s?#"'@]*""",
    re.DOTALL,
)


def holds_okta_token(text: str) -> bool:
    """Return whether a text holds what has the form of an Okta API token, and is no name with 00 in it."""
    return any(_is_random(one) for one in _OKTA.findall(_PUBLIC.sub(" ", text)) if not _IDENTIFIERS.search(one))


def holds_random(text: str, bits: float = MIN_BITS) -> bool:
    """Return whether a text contains a long random string: a key without a vendor's prefix.

    Args:
        text: the text.
        bits: how many bits it has to be unlike a name.
    """
    if not _LONG.search(text):
        return False
    private = _IDENTIFIERS.sub(" ", _PUBLIC.sub(" ", text))
    return any(_is_random(one, bits) and not _says_plain_text(one) for one in _LONG.findall(private))


def without_identifiers(text: str) -> str:
    """Return a text with a blank for each public identifier and digest."""
    return _IDENTIFIERS.sub(" ", text)


def _is_random(text: str, least: float = MIN_BITS) -> bool:
    bits, part = most_random(text)
    return bits >= least and SHORTEST <= len(part) <= LONGEST and _UNBROKEN.search(part) is not None


def _says_plain_text(text: str) -> bool:
    """Return whether a text is Base64 of a plain one, which is looked at by itself."""
    return any(len(one) > len(text) * 0.6 for one in readings(text))
