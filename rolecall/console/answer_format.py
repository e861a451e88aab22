"""How answers of the access graph are written; apart, as commands name the formats before anything is computed."""

from __future__ import annotations

from enum import StrEnum


class AnswerFormat(StrEnum):
    """How answers are written: for people, for programs, or as a drawing."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"
    DOT = "dot"
    MERMAID = "mermaid"
    OPENGRAPH = "opengraph"
