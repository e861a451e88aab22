"""Names under which secrets stand, however they are written: `client_secret`, `dbPassword`, `API-KEY`."""

from __future__ import annotations

import re
from functools import lru_cache

from rolecall.ids.look_alikes import skeletons

# A longer one is a text, and no name.
MAX_NAME = 200
# Words that name a secret wherever they stand in a name, unless its last word shows that it is only about one.
_STRONG = frozenset(
    {
        *(
            "password",
            "passwords",
            "passwd",
            "passphrase",
            "passcode",
            "pword",
            "secret",
            "secrets",
            "secr",
            "pwd",
            "pw",
        ),
        *(
            "psw",
            "passw",
            "pswd",
            "apikey",
            "passwort",
            "kennwort",
            "contrasena",
            "senha",
            "wachtwoord",
            "haslo",
            "mdp",
            "parola",
        ),
    }
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
_LAST = frozenset(
    {"token", "jwt", "bearer", "pat", "sas", "cookie", "pass", "pin", "creds", "cred", "credential", "clave", "passe"}
)
# Words of secrets that are written as one word with the one before them: `clientsecret`, `mytoken`, `dbpw`.
_ENDINGS = (
    *("password", "passwd", "passphrase", "passwort", "kennwort", "secret", "accesstoken", "authtoken", "apitoken"),
    *(
        "refreshtoken",
        "sastoken",
        "bearertoken",
        "accesskey",
        "apikey",
        "secretkey",
        "privatekey",
        "authkey",
        "sharedkey",
    ),
    *("accountkey", "encryptionkey", "signingkey", "masterkey", "connectionstring", "dbpw", "mytoken", "usertoken"),
)
# Two words that name a secret where they stand last.
_PAIRS = frozenset(
    (first, second)
    for second, firsts in {
        "key": "access account admin api app application auth client consumer crypto database db decryption deploy "
        "encryption gpg hmac master personal pgp priv private service shared "
        "signing ssh subscription webhook",
        "seed": "otp totp mfa",
        "string": "connection conn",
        "str": "connection conn",
        "header": "auth authorization",
    }.items()
    for first in firsts.split()
)
# Words and pairs that name a secret where what stands there looks like one, too.
_PERHAPS = frozenset({"auth", "authorization", "credentials", "salt", "cookies", "authenticator"})
_PERHAPS_PAIRS = frozenset(
    (first, "key") for first in ["integration", "routing", "license", "licence", "session", "host", "server", "event"]
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
        "pem",
        "base64",
        "x",
    }
)
# What a configuration of Hadoop puts behind: https://hadoop.apache.org/docs/stable/hadoop-azure/abfs.html
_STORAGE_HOST = re.compile(r"\.[\w-]+\.(?:dfs|blob|file|queue|table)\.(?:core|storage|fabric)\.[\w.]+$")
# Letters that stand for others: `p4ssw0rd`.
_DISGUISE = str.maketrans({"@": "a", "$": "s", "0": "o", "4": "a", "3": "e", "1": "i"})
_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+|(?<=[A-Za-z])(?=[0-9])")


@lru_cache(65_536)
def may_name_secret(name: str) -> bool:
    """Return whether what stands under a name is a secret if it looks generated: `auth`, `routing_key`."""
    words = [word.lower() for word in _BOUNDARY.split(name[:MAX_NAME]) if word and not word.isdigit()]
    return bool(words) and (words[-1] in _PERHAPS or tuple(words[-2:]) in _PERHAPS_PAIRS)


@lru_cache(65_536)
def is_secret_name(name: str) -> bool:
    """Return whether what stands under a name is a secret."""
    if len(name) > MAX_NAME:
        return False
    if not name.isascii():
        name = skeletons(name)[0]
    name = _STORAGE_HOST.sub("", name)
    words = [word.lower() for word in _BOUNDARY.split(name) if word and not word.isdigit()]
    while words and words[-1] in _QUALIFIERS:
        words.pop()
    if not words:
        return False
    if _STRONG.intersection(words) or any(word.endswith(_ENDINGS) for word in words):
        return words[-1] not in _ABOUT
    if words[-1] in _LAST or tuple(words[-2:]) in _PAIRS:
        return True
    return name.translate(_DISGUISE).lower().endswith(("password", "passwd", "secret"))
