"""Annotated types for names: each says once what its values look like."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

__all__ = ["CatalogName", "Description", "EnvironmentName", "GroupName", "Host", "Name", "TagText"]

# A word that becomes part of resource names in every system.
Name = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$", max_length=100),
    Field(description="a letter, then letters, digits, '_', '.' or '-'; at most 100 characters"),
]

# Names in Unity Catalog are compared without case; these need no quoting in SQL.
# https://docs.databricks.com/en/sql/language-manual/sql-ref-names.html
CatalogName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=100),
    Field(description="a small letter, then small letters, digits or '_'"),
]

# Unicode categories of control characters, of format characters (zero-width and bidirectional ones), of private use, of
# what is no character, and of line and paragraph separators.
HIDDEN = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")

# The stack of what all environments share carries this name, so no environment may.
RESERVED = "account"


def _not_reserved(name: str) -> str:
    if name == RESERVED:
        raise ValueError(f"'{RESERVED}' is the stack that all environments share; give the environment another name")
    return name


EnvironmentName = Annotated[Name, AfterValidator(_not_reserved)]


# As identity providers allow it: https://learn.microsoft.com/graph/api/resources/group (displayName, 256 characters).
def _plain(name: str) -> str:
    """Refuse what people cannot see: two names that look alike have to be one name.

    Unicode Technical Report 36, "Unicode Security Considerations".
    """
    if unicodedata.normalize("NFC", name) != name:
        raise ValueError("letters with accents are written composed (Unicode normal form C)")
    hidden = [f"U+{ord(letter):04X}" for letter in name if unicodedata.category(letter) in HIDDEN]
    if hidden:
        raise ValueError(f"it holds characters that nobody sees: {', '.join(hidden)}; take them out")
    return name


GroupName = Annotated[
    str,
    StringConstraints(pattern=r"^\S(.*\S)?$", max_length=256),
    AfterValidator(_plain),
    Field(description="the group's name, as the identity provider shows it"),
]


def _host(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    loopback = rest.split(":")[0].split("/")[0] in ("127.0.0.1", "localhost", "[::1]")
    if not separator or not rest or not (scheme == "https" or (scheme == "http" and loopback)):
        raise ValueError("a host is written as https://… (http:// only for this machine's own addresses)")
    return text.rstrip("/")


Host = Annotated[str, AfterValidator(_host), Field(description="address of a workspace or account, https://…")]

Description = Annotated[str, StringConstraints(max_length=1000)]

# https://docs.databricks.com/en/admin/account-settings/usage-detail-tags.html: at most 127 and 255 characters.
TagText = Annotated[str, StringConstraints(min_length=1, max_length=127, pattern=r"^[^<>*&%;\\/?]*$")]
