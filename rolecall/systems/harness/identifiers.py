"""Identifiers: letters, digits and '_' only, so that names of other systems need a conversion.

https://developer.harness.io/docs/platform/references/entity-identifier-reference
"""

from __future__ import annotations

import hashlib
import re

PATTERN = r"^[a-zA-Z_][0-9a-zA-Z_]{0,127}$"
DIGITS, LONGEST = 10, 100
# Ends like an identifier with a digest: such a name gets a digest of its own, and is no other name's identifier.
_WITH_DIGEST = re.compile(rf"_[0-9a-f]{{{DIGITS}}}$")


def identifier(name: str) -> str:
    """Return the identifier that stands for a name: the name itself, or a conversion with a part of its digest.

    Two names have the same only where forty bits of their digests are the same.
    """
    if re.fullmatch(PATTERN, name) and not _WITH_DIGEST.search(name):
        return name
    written = re.sub(r"[^0-9a-zA-Z_]", "_", name)[:LONGEST]
    digest = hashlib.sha256(name.encode()).hexdigest()[:DIGITS]
    return f"{'_' if written[0].isdigit() else ''}{written}_{digest}"


def shown(name: str) -> str:
    """Return a name in the characters that Harness allows: letters, digits, '_', '-' and spaces."""
    written = re.sub(r"[^-0-9a-zA-Z_ ]", "_", name)[:LONGEST]
    return f"{'_' if not re.match('[a-zA-Z_]', written) else ''}{written}"
