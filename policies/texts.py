"""All text of a resource, including what JSON or base64 in a property encodes."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from rolecall.contract.secrets import VALUES, looks_like_secret, split_secret
from rolecall.policies.properties import texts

# The last word of a property's name that marks a secret; names are compared in snake case.
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:password|passwd|passphrase|secret|secret_access_key|api_key|access_key|access_token|auth_token|token"
    r"|private_key|integration_key|plaintext|connection_string|authorization|sas)(?:_value)?$"
)
# Names that end so and hold no secret.
_NO_SECRET = frozenset({"idempotency_token", "page_token", "sharing_code"})
# References to secrets: a secret scope, a vault, another resource's output in a template.
_REFERENCE = re.compile(r"^\s*(?:\{\{\s*secrets/[^{}]+\}\}|\$\{[^{}]+\}|<\+[^<>]+>|\{\{[^{}]+\}\})\s*$")
# A name is searched from its beginning only. Secrets in code and headers: `password = "…"`, `Authorization: Bearer …`.
_ASSIGNED = re.compile(
    r"(?i)(?<![\w.-])[\w.-]*(?:password|passwd|secret|api[_-]?key|access[_-]?key|auth[_-]?token|access[_-]?token|private[_-]?key)"
    r"""["']?\s*(?::|=|=>)\s*["']([^"'\n{}$<>]{8,})["']"""
)
_HEADER = re.compile(r"(?i)\b(?:bearer|basic)\s+[a-z0-9._~+/=-]{16,}")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# Steps of a path that lead nowhere: `//` behind no scheme.
_SLASHES = re.compile(r"(^|[^:/])/{2,}")
# A name of a path: what has a blank or a quotation mark ends one path and begins another.
_NAME = re.compile(r"[^\s\"']+")
_BEFORE_PATH = re.compile(r"[\s\"'=]\Z")
# What is kept as base64 of a file.
CONTENTS = ("contentBase64",)


def all_texts(values: Any) -> Iterator[tuple[str, str]]:
    """Yield every known text with its path; JSON documents are opened, and so are files kept as base64."""
    for path, text in texts(values):
        name = path.rsplit(".", 1)[-1]
        if name in CONTENTS:
            yield path, decoded(text)
            continue
        yield path, text
        if text.lstrip()[:1] in ("{", "["):
            try:
                inner = json.loads(text)
            except (ValueError, RecursionError):
                continue
            if isinstance(inner, dict | list):
                yield from texts(inner, path)


def secrets_in(values: Any) -> Iterator[tuple[str, str]]:
    """Yield the path and the sort of each secret; the secret itself is never repeated."""
    for path, text in all_texts(values):
        if kind := secret_like(text, path):
            yield path, kind
    for path, name, text in _named(values):
        if kind := secret_like(text, name):
            yield path, kind
    for path, parts in _neighbours(values):
        if kind := split_secret(parts):
            yield path, kind


def _neighbours(values: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Yield the texts of each list and mapping, and those under one name in a list's items."""
    items = values.values() if isinstance(values, Mapping) else values if isinstance(values, list) else ()
    texts_here = [one for one in items if isinstance(one, str)]
    if len(texts_here) > 1:
        yield path, texts_here
    if isinstance(values, list):
        mappings = [one for one in values if isinstance(one, Mapping)]
        for name in VALUES if len(mappings) > 1 else ():
            yield path, [one[name] for one in mappings if isinstance(one.get(name), str)]
    for key, item in values.items() if isinstance(values, Mapping) else enumerate(items):
        if isinstance(item, Mapping | list):
            yield from _neighbours(item, f"{path}.{key}" if isinstance(key, str) and path else f"{key}")


def secret_like(text: str, path: str) -> str | None:
    """Return what sort of secret a text looks like, or None.

    Args:
        text: the value.
        path: where it stands; the last name may tell.
    """
    if not text or _REFERENCE.match(text):
        return None
    name = snake(path.rsplit(".", 1)[-1].partition("[")[0])
    if kind := looks_like_secret(text, name):
        return kind
    if name not in _NO_SECRET and _SECRET_NAME.search(name) and len(text) >= 8 and not text.isdigit():
        return "a secret, by the name of its property"
    if _HEADER.search(text):
        return "a header with a credential"
    if found := _ASSIGNED.search(text):
        return None if looks_like_reference(found[1]) else "code that sets a secret"
    return None


def flat(text: str) -> str:
    """Return text with its paths as a file system resolves them: without `//`, `/./` and `/../`."""
    whole = _SLASHES.sub(r"\1/", text)
    body = whole.removesuffix("\n")
    first, *steps = body.split("/")
    kept = [first]
    for position, step in enumerate(steps, 1):
        last = kept[-1]
        if step == ".":
            continue
        if step == ".." and len(kept) > 1 and last != ".." and _NAME.fullmatch(last):
            kept.pop()
            continue
        # Nothing is above the root.
        is_root = _BEFORE_PATH.search(last[-1:]) is not None or kept == [""]
        if step == ".." and is_root and position < len(steps):
            continue
        kept.append(step)
    return "/".join(kept) + whole[len(body) :]


def looks_like_reference(text: str) -> bool:
    """Return whether a text names a place instead of a secret."""
    return bool(_REFERENCE.match(text)) or text.startswith(("secrets/", "env:"))


def snake(name: str) -> str:
    """Return a property's name in snake case."""
    return _CAMEL.sub("_", name).replace("-", "_").replace(" ", "_").lower()


def decoded(text: str) -> str:
    """Return what base64 holds, as text; what is no base64 is returned as it is."""
    try:
        return base64.b64decode(text, validate=False).decode("utf-8", errors="ignore")
    except (binascii.Error, ValueError):
        return text


def _named(values: Any, path: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield values that stand beside their name: `{name: password, default: …}`; path, name and text."""
    if isinstance(values, Mapping):
        name = next((str(values[one]) for one in ("name", "key") if isinstance(values.get(one), str)), None)
        for one in ("value", "default", "defaultValue"):
            if name is not None and isinstance(values.get(one), str):
                yield f"{path}.{one}" if path else one, name, values[one]
        for key, item in values.items():
            yield from _named(item, f"{path}.{key}" if path else str(key))
    elif isinstance(values, list):
        for index, item in enumerate(values):
            yield from _named(item, f"{path}[{index}]")
