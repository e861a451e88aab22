"""The page of each problem: what causes it and how to fix it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rolecall import plain_yaml
from rolecall.kinds.registry import KINDS

_FILE = Path(__file__).with_name("problem_pages.yaml")
_UNKNOWN = "unknown-"


@dataclass(frozen=True)
class ProblemPage:
    """What there is to say of a problem.

    Attributes:
        id: the problem's id.
        cause: what causes it.
        fix: how to fix it.
        example: a part of a contract that is right; empty where none helps.
    """

    id: str
    cause: str
    fix: str
    example: str = ""


@cache
def problem_pages() -> dict[str, ProblemPage]:
    """Return the pages by id."""
    written: dict[str, dict[str, Any]] = plain_yaml.load(_FILE.read_text(encoding="utf-8"))
    pages = {id_: ProblemPage(id_, **page) for id_, page in written.items()}
    for kind in KINDS:
        if kind.section:
            noun = kind.name.replace("_", " ")
            fix = f"Correct the name, or declare it under `{kind.section}` of the project."
            cause = f"A reference names a {noun} that its project does not declare."
            id_ = f"{_UNKNOWN}{noun.replace(' ', '-')}"
            pages.setdefault(id_, ProblemPage(id_, cause, fix))
    return dict(sorted(pages.items()))
