"""Names of Unity Catalog in SQL, in time linear in the text: anybody may write a view, of any length.

Spaces and comments may be between the parts of a name:
https://docs.databricks.com/en/sql/language-manual/sql-ref-syntax-comment.html
"""

from __future__ import annotations

import re
from bisect import bisect_left

_WORD = re.compile(r"(?<![\w.])\w+(?:-\w+)*")
_NEXT = re.compile(r"\w+(?:-\w+)*")
_SPACE = re.compile(r"\s*")
_LONGEST = 3


def names_in(text: str) -> set[str]:
    """Return all two-part and three-part names in a text, including names in comments and strings."""
    if "." not in text:
        return set()
    skipped = _Skipped(text)
    found: set[str] = set()
    for first in _WORD.finditer(text):
        parts, at = [first[0]], first.end()
        while len(parts) < _LONGEST:
            dot = skipped.end(at)
            if text[dot : dot + 1] != "." or (word := _NEXT.match(text, skipped.end(dot + 1))) is None:
                break
            parts.append(word[0])
            at = word.end()
            found.add(".".join(parts))
    return found


class _Skipped:
    """End offsets of whitespace and comments, by start offset."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends = {"/*": _places(text, "*/", 2), "--": _places(text, "\n", 1)}
        self._known: dict[int, int] = {}

    def end(self, at: int) -> int:
        """Return the end of spaces and comments; an open comment is none."""
        passed: list[int] = []
        while at not in self._known:
            passed.append(at)
            found = _SPACE.match(self._text, at)
            after = found.end() if found is not None else at
            sign = self._text[after : after + 2]
            ends = self._ends.get(sign, [])
            # `/*/` does not end itself.
            place = bisect_left(ends, after + 2 + (2 if sign == "/*" else 1))
            if place == len(ends):
                self._known[at] = after
                break
            at = ends[place]
        end = self._known[at]
        self._known.update(dict.fromkeys(passed, end))
        return end


def _places(text: str, sign: str, length: int) -> list[int]:
    return [match.start() + length for match in re.finditer(re.escape(sign), text)]
