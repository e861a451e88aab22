"""The examples of documentation pages, as files."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
_FILE = re.compile(r"^\*\*(?P<path>[\w./-]+)\*\*\n\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def write_examples(page: str, folder: Path) -> list[str]:
    """Write the files that a page shows, each under a line with its path in bold; return their paths.

    A page that shows a file in parts has it written in one.
    """
    files: dict[str, str] = {}
    for match in _FILE.finditer((DOCS / page).read_text(encoding="utf-8")):
        before = files.get(match["path"])
        files[match["path"]] = match["text"] if before is None else f"{before}\n{match['text']}"
    assert files, f"{page} shows no file"
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(files)
