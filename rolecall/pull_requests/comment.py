"""One comment in Markdown, no longer than the platform takes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

# Lines that stand open; a longer section is folded.
OPEN = 12


@dataclass(frozen=True)
class Section:
    """A part of a comment.

    Attributes:
        title: its title, as Markdown.
        lines: its lines, as Markdown; of a table each row is one.
        rest: the command that shows what does not fit.
        fixed: how many of the first lines always stay: a table's header.
        folds: whether it is folded where it is long.
    """

    title: str
    lines: tuple[str, ...]
    rest: str
    fixed: int = 0
    folds: bool = True


def mark_of(contract: str) -> str:
    """Return the first line of the comment on a contract, by which its next review finds it; it is not shown.

    Args:
        contract: what distinguishes the contract from others of its repository, and does not change with it.
    """
    return f"<!-- rolecall review {hashlib.sha256(contract.encode()).hexdigest()[:12]} -->"


def compose(mark: str, head: Sequence[str], sections: Sequence[Section], limit: int) -> str:
    """Return a comment.

    What is too long loses lines at the end of its sections, and says how many; every section keeps its title.

    Args:
        mark: the first line.
        head: the first lines, as Markdown.
        sections: the parts, the most important one first.
        limit: the largest size in bytes.
    """
    first = "\n".join([mark, *head, ""])
    left = limit - _size(first)
    parts: list[str] = []
    for number, section in enumerate(sections):
        later = sum(_size(_written(one, one.fixed)) for one in sections[number + 1 :])
        # The more important a section is, the more it may take; those after it keep what they need at least.
        share = left - later if number == len(sections) - 1 else (left - later) * 2 // 3
        part = _fitted(section, share)
        left -= _size(part)
        parts.append(part)
    return first + "".join(parts)


def _fitted(section: Section, size: int) -> str:
    whole = _written(section, len(section.lines))
    if _size(whole) <= size:
        return whole
    kept, most = section.fixed, len(section.lines)
    while kept < most:
        middle = (kept + most + 1) // 2
        kept, most = (middle, most) if _size(_written(section, middle)) <= size else (kept, middle - 1)
    return _written(section, kept)


def _written(section: Section, kept: int) -> str:
    lines = [*section.lines[:kept]]
    if kept < len(section.lines):
        command = section.rest.replace("`", "'")
        lines += ["", f"and {len(section.lines) - kept:,} more: `{command}`"]
    if not section.folds or len(section.lines) - section.fixed <= OPEN:
        return "\n".join(["", f"**{section.title}**", "", *lines, ""])
    return "\n".join(["", f"<details><summary>{section.title}</summary>", "", *lines, "", "</details>", ""])


def _size(text: str) -> int:
    return len(text.encode())
