"""Keeps credentials out of what is shown and kept: messages of errors, tracebacks, the engine's words."""

from __future__ import annotations

import base64
import html
import json
import os
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from types import TracebackType
from urllib.parse import quote, quote_plus, unquote

HIDDEN = "[hidden]"
# Variables that hold a credential, by their names.
_CREDENTIAL = re.compile(
    r"(SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|API_?KEY|AUTH_?KEY|ACCESS_?KEY|PRIVATE_?KEY"
    r"|COOKIE|CONNECTION_?STRING|CONN_STR|AUTH_CONFIG|JWT|BEARER|(^|_)(KEY|PAT|PASS|PWD?|PIN|CREDS?|AUTH|DSN|SAS))(_?\d+)?$"
)
# The shell's folders.
_NO_CREDENTIAL = frozenset({"PWD", "OLDPWD"})
# The password in an address, say of a proxy or a database: RFC 3986, 3.2.1.
_IN_ADDRESS = re.compile(r"://[^\s/:@]*:([^\s/@]+)@")
_FORBIDDEN = re.compile(r"[^\t\x20-\x7e]|^\s|\s$")
# Shorter values would hide what is no secret.
_SHORTEST = 8
# What libraries quote of a request's headers where they refuse it (httpx, h11, http.client, requests), and the values
# of Authorization (RFC 7617, RFC 6750; SSWS is Okta's).
_QUOTED = re.compile(
    r"""(header (?:value|part):?\s*\(?)(?:b?(['"])(?:(?!\2)[^\\]|\\.)*\2)""", re.IGNORECASE | re.DOTALL
)
_AUTHORIZATION = re.compile(r"\b((?:bearer|basic|ssws)\s+)[A-Za-z0-9._~+/=-]{16,}", re.IGNORECASE)


def credentials_of(environment: Mapping[str, str]) -> list[str]:
    """Return the values of variables that hold a credential, the longest first, as they are and as they are quoted."""
    found: set[str] = set()
    for name, value in environment.items():
        found.update(*map(forms_of, secrets_of(name, value)))
    return sorted(found, key=len, reverse=True)


def secrets_of(name: str, value: str) -> set[str]:
    """Return the secrets in an environment variable: all of it, by its name, and the password of an address in it."""
    parts = {one for password in _IN_ADDRESS.findall(value) for one in (password, unquote(password))}
    if _CREDENTIAL.search(name.upper()) is not None and name.upper() not in _NO_CREDENTIAL:
        # A key that was read from a file ends with the file's last line end, which nothing else shows.
        parts |= {value, *value.splitlines(), *_in_json(value)}
    return {part.strip() for part in parts if len(part.strip()) >= _SHORTEST}


def _in_json(value: str) -> Iterator[str]:
    """Yield the secrets of a key that is a JSON document, as Azure's, Google's and Docker's are, by their names."""
    if not value.lstrip().startswith("{"):
        return
    with suppress(ValueError, RecursionError):
        left = [("", json.loads(value))]
        while left:
            name, one = left.pop()
            if isinstance(one, dict):
                left += one.items()
            elif isinstance(one, str) and _CREDENTIAL.search(name.upper()):
                yield from (one, *one.splitlines())


@lru_cache(maxsize=128)
def forms_of(secret: str) -> frozenset[str]:
    """Return a credential as texts may have it: as it is, quoted, in addresses, JSON, markup, Base64, hexadecimal."""
    encoded = base64.b64encode(secret.encode(errors="surrogateescape")).decode().rstrip("=")
    hexadecimal = secret.encode(errors="surrogateescape").hex()
    found = {
        secret,
        encoded,
        hexadecimal,
        hexadecimal.upper(),
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        html.escape(secret),
    }
    if not any("\udc80" <= one <= "\udcff" for one in secret):
        found |= {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    return frozenset(found)


def without_secrets(text: str, environment: Mapping[str, str] | None = None) -> str:
    """Return text without the credentials of the environment, and without the values of a request's headers.

    Args:
        text: the text.
        environment: environment variables; by default those of this process.
    """
    for secret in credentials_of(os.environ if environment is None else environment):
        if secret in text:
            text = text.replace(secret, HIDDEN)
    return _AUTHORIZATION.sub(rf"\1{HIDDEN}", _QUOTED.sub(rf"\1{HIDDEN}", text))


def unsendable(headers: Mapping[str, str]) -> str | None:
    """Return the name of a header whose value no request may carry (RFC 9110, 5.5); None where all are fine.

    Libraries refuse such a request with an error that quotes the value, and a credential with it.
    """
    return next((name for name, value in headers.items() if _FORBIDDEN.search(str(value)) is not None), None)


def show_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Write the traceback of an unexpected error without credentials; for `sys.excepthook`."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    sys.stderr.write(without_secrets("".join(traceback.format_exception(kind, error, trace))))
