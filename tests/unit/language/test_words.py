"""The glossary: `words.txt` lists words that the project does not use, and what to write instead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT

LIST = Path(__file__).with_name("words.txt")
SOURCES = ("rolecall", "components", "policies", "toolchain", "stacks", "scripts", "docs")
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
# Data from others, and generated data.
LEFT_OUT = ("rolecall/schemas/", "rolecall/kinds/jobs_api", "docs/performance.md")
_ENTRY = re.compile(r"(?P<pattern>.+?) -> (?P<instead>.+?)(?: \[(?P<allowed>\d+)\])?")


@dataclass(frozen=True)
class Word:
    """A word that is not used.

    Attributes:
        pattern: a regular expression for whole words.
        instead: what to write instead.
        allowed: the uses that are left.
    """

    pattern: str
    instead: str
    allowed: int = 0

    def uses(self, text: str) -> list[int]:
        """Return the lines of the uses in a text, from 1."""
        # In names, words end at an underscore.
        found = re.finditer(rf"(?<![^\W_]){self.pattern}(?![^\W_])", text, re.IGNORECASE)
        return [text.count("\n", 0, match.start()) + 1 for match in found]


def words() -> list[Word]:
    found: list[Word] = []
    for line in LIST.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            entry = _ENTRY.fullmatch(line.strip())
            assert entry is not None, line
            found.append(Word(entry["pattern"], entry["instead"], int(entry["allowed"] or 0)))
    return found


@cache
def texts() -> dict[str, str]:
    files = [path for name in SOURCES for suffix in ("py", "md") for path in (ROOT / name).rglob(f"*.{suffix}")]
    files += [ROOT / name for name in PAGES]
    names = {path.relative_to(ROOT).as_posix(): path for path in files if path.resolve() == path}
    return {name: path.read_text(encoding="utf-8") for name, path in names.items() if not name.startswith(LEFT_OUT)}


@pytest.mark.parametrize("word", words(), ids=lambda word: word.pattern)
def test_the_word_is_not_used(word: Word) -> None:
    uses = [f"{name}:{line}" for name, text in texts().items() for line in word.uses(text)]
    assert len(uses) <= word.allowed, f"{word.pattern}: write {word.instead}: {', '.join(uses)}"


def test_the_list_is_about_something() -> None:
    assert len(texts()) > 400
    assert all(word.instead for word in words())
    patterns = [word.pattern for word in words()]
    assert len({*patterns}) == len(patterns)


def test_a_use_is_found_in_names_comments_and_messages() -> None:
    (word,) = (one for one in words() if one.pattern == "patiently")
    assert word.uses("def wait_patiently():\n    pass") == [1]
    assert word.uses('"""Nothing."""\nx = "Patiently wait"  # patiently') == [2, 2]
    assert word.uses("impatiently = 1") == []
