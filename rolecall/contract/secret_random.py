"""Find long random texts: keys to which their vendor gives no prefix."""

from __future__ import annotations

import re

from rolecall.contract.secret_readings import readings

# Random letters and digits, as keys without a prefix are: long, of every class, and few of them form words. Longer ones
# are images and other content. Ids have fewer characters, digests are hexadecimal.
_LONG = re.compile(r"[A-Za-z0-9+/=_-]{28,}")
_UNBROKEN = re.compile(r"[A-Za-z0-9]{20,}")
# An AWS secret access key: https://aws.amazon.com/blogs/security/a-safer-way-to-distribute-aws-credentials-to-ec2/
_FORTY = re.compile(r"(?<![A-Za-z0-9/+=._-])(?!/)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=._-])")
_WORDS = re.compile(r"[A-Z][a-z]{2,}|[a-z]{3,}|[A-Z]{3,}|[0-9]{3,}")
# https://developer.okta.com/docs/guides/create-an-api-token: small, capital, digits.
_OKTA = re.compile(r"00(?=[A-Za-z0-9_-]*[A-Z])(?=[A-Za-z0-9_-]*[a-z])(?=[A-Za-z0-9_-]*[0-9])[A-Za-z0-9_-]{40}")
_CLASSES = (re.compile("[A-Z].*[A-Z]"), re.compile("[a-z].*[a-z]"), re.compile("[0-9].*[0-9]"))
MAX_RANDOM, MAX_IN_WORDS = 200, 0.62
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
    return any(_share_in_words(one) < MAX_IN_WORDS for one in _OKTA.findall(_PUBLIC.sub(" ", text)))


def holds_random(text: str) -> bool:
    """Return whether a text holds a long random one: a key, whose vendor gives it no prefix."""
    if not _LONG.search(text):
        return False
    private = _PUBLIC.sub(" ", text)
    for match in _LONG.finditer(private):
        if len(match[0]) <= MAX_RANDOM and any(map(_is_random, _UNBROKEN.findall(match[0]))):
            return not _says_plain_text(match[0])
    return any(_is_random(one) for one in _FORTY.findall(private))


def _is_random(text: str) -> bool:
    return _share_in_words(text) < MAX_IN_WORDS and all(one.search(text) for one in _CLASSES)


def _share_in_words(text: str) -> float:
    return sum(len(word) for word in _WORDS.findall(text)) / len(text)


def _says_plain_text(text: str) -> bool:
    """Return whether a text is Base64 of plain words, whose readings were looked at."""
    return any(len(one) > len(text) * 0.6 for one in readings(text))
