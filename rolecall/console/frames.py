"""The line of a contract that a problem is about, with what to point at; no line that may hold a secret."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from rich.cells import cell_len

from rolecall.console.shown import plain
from rolecall.contract.secret_names import is_secret_name
from rolecall.contract.secrets import SECRET, form_of_secret
from rolecall.errors import Problem
from rolecall.secrecy import without_secrets

# Bytes of a file that is shown.
MAX_BYTES = 32 * 2**20
# Characters before and behind what is pointed at, in a line that is cut.
AROUND = 48
_QUOTED = re.compile(r"'((?:[^'\\\\]|\\\\.)+)'|`([^`]+)`|\"([^\"]+)\"")
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"\\\\]|\\\\.)*\"|[^\s,\[\]{}:]+|.")
_WORDS = re.compile(r"[A-Za-z][\w.-]*")
# Longer unbroken texts may be part of a key that goes over several lines.
_LONG = re.compile(r"[A-Za-z0-9+/=_-]{40,}")


@dataclass(frozen=True)
class Frame:
    """A line of a file, and the part of it that a problem is about.

    Attributes:
        line: the number of the line, from 1.
        column: the first character of the part, from 1.
        length: its number of characters.
        text: the line; None where it is not shown.
    """

    line: int
    column: int
    length: int
    text: str | None

    def lines(self) -> list[str]:
        """Return the line with its number, and a line that points at the part; nothing where it is not shown."""
        if self.text is None:
            return []
        start, end = max(0, self.column - 1 - AROUND), self.column - 1 + self.length + AROUND
        before = ("… " if start else "") + plain(self.text[start : self.column - 1])
        part = plain(self.text[self.column - 1 : self.column - 1 + self.length])
        behind = plain(self.text[self.column - 1 + self.length : end]) + (" …" if end < len(self.text) else "")
        number = f"{self.line:>5}"
        mark = "^" * max(1, cell_len(part))
        return [f"{number} | {before}{part}{behind}".rstrip(), f"{' ' * len(number)} | {' ' * cell_len(before)}{mark}"]


@dataclass
class Sources:
    """The files of a contract, for frames.

    Attributes:
        problems: the problems that are shown; no line with a secret is.
        texts: texts of what is no file, by its name.
    """

    problems: Iterable[Problem]
    texts: Mapping[str, str] = field(default_factory=dict)
    _lines: dict[str, list[str]] = field(default_factory=dict)

    @cached_property
    def _secret(self) -> set[tuple[str, int]]:
        return {(one.place.file, one.place.line) for one in self.problems if one.id == SECRET and one.place}

    def frame(self, problem: Problem) -> Frame | None:
        """Return the frame of a problem; None where it has no place, or its line is not known."""
        place = problem.place
        if place is None or not place.column:
            return None
        lines = self._read(place.file)
        if not 0 < place.line <= len(lines):
            return None
        text = lines[place.line - 1]
        column, length = _part(problem, text, place.column - 1)
        # A name may stand above or below its value, and a value go over two lines.
        around = lines[max(0, place.line - 2) : place.line + 1]
        hidden = (
            (place.file, place.line) in self._secret
            or _may_hold_secret(text)
            or form_of_secret("\n".join(around)) is not None
            or any(is_secret_name(one) for line in around for one in _WORDS.findall(line))
        )
        return Frame(place.line, column + 1, length, None if hidden else text)

    def _read(self, file: str) -> list[str]:
        if file not in self._lines:
            self._lines[file] = (self.texts[file] if file in self.texts else _text(file)).splitlines()
        return self._lines[file]


def _text(file: str) -> str:
    try:
        path = Path(file)
        return path.read_text(encoding="utf-8-sig") if path.is_file() and path.stat().st_size <= MAX_BYTES else ""
    except (OSError, ValueError):
        return ""


def _part(problem: Problem, text: str, start: int) -> tuple[int, int]:
    """Return where the part of a line begins that a problem is about, and its length.

    That is the value that the problem quotes, where the line has it, and else the key or item at the problem's place.
    """
    for match in sorted(_QUOTED.finditer(problem.what), key=lambda one: not _is_value(problem.what, one.start())):
        quoted = next(one for one in match.groups() if one)
        found = re.search(rf"(?<![\w.-]){re.escape(quoted)}(?![\w.-])", text[start:])
        if found:
            return start + found.start(), len(quoted)
    for pattern in (r" is (\S.*)$", r"^([$%]\S.*?|\{\{.*?\}\}) is not "):
        named = re.search(pattern, problem.what)
        if named is not None and (at := text.find(named[1], start)) >= 0:
            return at, len(named[1])
    token = _TOKEN.match(text, start)
    return (start, max(1, token.end() - start)) if token else (min(start, len(text)), 1)


def _is_value(what: str, start: int) -> bool:
    """Return whether a quoted part of a sentence is the value that was found: `NAME is 'VALUE'`."""
    return what[:start].endswith(" is ")


def _may_hold_secret(text: str) -> bool:
    """Return whether a line may hold a secret, also where the file could not be read as YAML."""
    if without_secrets(text) != text or form_of_secret(text) is not None:
        return True
    if any(is_secret_name(one) for one in _WORDS.findall(text)) and re.search(r"[:=,\s][^\s:=,{}\[\]]{6,}", text):
        return True
    return any(re.search(r"[0-9]", one) and re.search(r"[A-Z]", one) for one in _LONG.findall(text))
