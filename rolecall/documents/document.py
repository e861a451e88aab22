"""What every document has."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict  # pydantic requires it before Python 3.12

DOCUMENT = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Document(TypedDict):
    """What every document has."""

    schema_version: Annotated[Literal[1], Field(description="the version of the document's schema")]
