"""How commands speak: colour only on a terminal, results on standard output, the rest on standard error."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from rich.cells import cell_len
from rich.console import Console
from rich.errors import MarkupError
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from rolecall.console.shown import plain, terminal

if TYPE_CHECKING:
    from rolecall.documents.registry import AnyDocument


class Format(StrEnum):
    """How a result is written."""

    TABLE = "table"
    JSON = "json"


class CheckFormat(StrEnum):
    """How the problems of a contract are written."""

    TABLE = "table"
    JSON = "json"
    GITHUB = "github"
    GITLAB = "gitlab"
    SARIF = "sarif"


class PolicyFormat(StrEnum):
    """How what policies found is written."""

    TABLE = "table"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"


class GrantsFormat(StrEnum):
    """How a list of grants is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class IdentitiesFormat(StrEnum):
    """How workload identities are written."""

    TABLE = "table"
    JSON = "json"
    MERMAID = "mermaid"


class ManifestsFormat(StrEnum):
    """How objects of a cluster are written."""

    YAML = "yaml"
    JSON = "json"


class DifferenceFormat(StrEnum):
    """How a difference between environments is written."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


class ReviewFormat(StrEnum):
    """How a review is written to standard output."""

    MARKDOWN = "markdown"
    SARIF = "sarif"
    GITHUB = "github"


# The version of the documents in `rolecall.documents`.
SCHEMA_VERSION: Final = 1


class ReportFormat(StrEnum):
    """How a parity report is written."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


# Table width for output to a file or pipe without COLUMNS.
WIDTH_WITHOUT_TERMINAL = 160


def width_without_terminal() -> int:
    """Return the columns of tables in a file or a pipe."""
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdigit() and int(columns) > 0 else WIDTH_WITHOUT_TERMINAL


class SafeConsole(Console):
    """A console on which nothing but its own styles reaches the terminal, also where a text was not made ready.

    Text of others goes through `shown.terminal` before it is put into a line or a cell; what was forgotten there is
    still escaped here, and invalid markup is printed literally.
    """

    def print(self, *objects: Any, **options: Any) -> None:
        """Print objects; a text is markup, in which every character that is not shown is written out."""
        safe = [plain(one, lines=True) if isinstance(one, str) else one for one in objects]
        try:
            super().print(*safe, **options)
        except MarkupError:
            super().print(*safe, **{**options, "markup": False})

    def print_at_least(self, columns: int, table: Table) -> None:
        """Print a table, wider than the console where that needs more columns."""
        before = self._width
        self._width = max(self.width, columns)
        try:
            self.print(table, crop=False)
        finally:
            self._width = before

    def _render_buffer(self, buffer: Iterable[Segment]) -> str:
        """Return what is written; a line that was broken somewhere does not begin as a command to a CI system."""
        return COMMAND_LINE.sub(r"\1\\x3a", super()._render_buffer(buffer))


# https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
COMMAND_LINE = re.compile(r"^([^\S\n]*):(?=:)", re.MULTILINE)
# soft_wrap keeps lines whole where output goes into a file or a pipe. Names of emoji stay names.
out = (
    SafeConsole(highlight=False, emoji=False)
    if sys.stdout.isatty()
    else SafeConsole(highlight=False, emoji=False, soft_wrap=True, width=width_without_terminal())
)
err = SafeConsole(highlight=False, emoji=False, stderr=True, soft_wrap=True)


# Columns that a table's frame and the space between its columns take at most, for each column.
BETWEEN = 3


def print_table(table: Table) -> None:
    """Write a table in which names and `file:line` stay whole; one that is too wide for the console is not cut."""
    for column in table.columns:
        texts = [Text.from_markup(one).plain for one in (column.header, *column.cells) if isinstance(one, str)]
        column.min_width = max((cell_len(word) for text in texts for word in text.split()), default=0)
    needed = sum((column.min_width or 0) + BETWEEN for column in table.columns)
    out.print_at_least(needed, table)


def cell(text: object) -> str:
    """Return text for a cell of a table, which may have several lines."""
    return terminal(text, lines=True)


def print_document(document: AnyDocument) -> None:
    """Write the JSON document of a command (`rolecall.documents`)."""
    print_json(document)


def print_json(value: Any) -> None:
    """Write a value as JSON for machines; no line of it is a command to the runner of a CI system."""
    text = json.dumps(value, indent=2, default=str)
    sys.stdout.write(re.sub(r"#(?=#\w*\[)", r"\\u0023", text) + "\n")


def print_text(text: str) -> None:
    """Write a document, whose parts were made ready for its format."""
    sys.stdout.write(f"{text.rstrip()}\n")
