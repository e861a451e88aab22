"""Names under which secrets stand, however they are written: `client_secret`, `dbPassword`, `API-KEY`."""

from __future__ import annotations

import re
from functools import lru_cache

# A longer one is a text, and no name.
MAX_NAME = 200
# Words that name a secret wherever they stand in a name, unless its last word says that it is about one.
_STRONG = frozenset(
    {"password", "passwd", "passphrase", "passcode", "passwort", "secret", "secrets", "pwd", "apikey", "contrasena"}
)
_ABOUT = frozenset(
    {
        "arn",
        "backend",
        "class",
        "column",
        "columns",
        "count",
        "days",
        "enabled",
        "engine",
        "expiry",
        "field",
        "file",
        "files",
        "format",
        "id",
        "ids",
        "length",
        "manager",
        "mode",
        "name",
        "names",
        "path",
        "policy",
        "prefix",
        "provider",
        "reference",
        "required",
        "rotation",
        "scope",
        "scopes",
        "store",
        "ttl",
        "type",
        "types",
        "uri",
        "url",
        "vault",
        "version",
    }
)
# Words that name a secret where they stand last.
_LAST = frozenset({"token", "jwt", "bearer", "pat", "sas", "cookie", "pass", "pin", "creds"})
# Two words that name a secret where they stand last.
_PAIRS = frozenset(
    (first, second)
    for second, firsts in {
        "key": "access account admin api app application auth client consumer crypto database db decryption deploy "
        "encryption hmac master personal priv private service shared signing ssh subscription",
        "string": "connection conn",
        "str": "connection conn",
        "header": "auth authorization",
    }.items()
    for first in firsts.split()
)
# Words at the end of a name that do not change what it names.
_QUALIFIERS = frozenset(
    {
        "dev",
        "prod",
        "staging",
        "test",
        "value",
        "default",
        "new",
        "old",
        "current",
        "text",
        "plain",
        "raw",
        "b64",
        "base64",
        "x",
    }
)
_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+|(?<=[A-Za-z])(?=[0-9])")


@lru_cache(65_536)
def is_secret_name(name: str) -> bool:
    """Return whether what stands under a name is a secret."""
    if len(name) > MAX_NAME:
        return False
    words = [word.lower() for word in _BOUNDARY.split(name) if word and not word.isdigit()]
    while words and words[-1] in _QUALIFIERS:
        words.pop()
    if not words:
        return False
    if _STRONG.intersection(words) or any(word.endswith(("password", "passwd", "passphrase")) for word in words):
        return words[-1] not in _ABOUT
    return words[-1] in _LAST or tuple(words[-2:]) in _PAIRS or words[-1] in ("accesstoken", "authtoken", "privatekey")
