"""Renders the data of a report as one page: markup, style, script and data, each where a policy admits only it.

The page's data is untrusted: names come from identity providers. It is in one element of JSON, and the script makes
text nodes of it, never markup: the policy requires trusted types and defines none.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from rolecall.console.shown import plain
from rolecall.report.page import Page

FOLDER = Path(__file__).parent
TEMPLATE = "page.html.j2"
# https://www.w3.org/TR/CSP3/ and https://www.w3.org/TR/trusted-types/; hashes of script and style are added.
POLICY = (
    "default-src 'none'; script-src {script}; style-src {style}; img-src data:; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


def render(page: Page) -> str:
    """Return the page."""
    script, style = _joined("script", "js"), _joined("style", "css")
    policy = POLICY.format(script=_source(script), style=_source(style))
    environment = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, finalize=_shown, trim_blocks=True
    )
    parts = {"script": Markup(script), "style": Markup(style)}  # noqa: S704 - files of this package, no data
    return environment.get_template(TEMPLATE).render(policy=policy, page=page, data=island(page), **parts)


def island(page: Page) -> Markup:
    """Return the data as JSON that no text in it can leave: `<`, `>` and `&` are written as escapes."""
    text = json.dumps(_plain(page), ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)  # noqa: S704 - nothing in it is markup


def _plain(value: Any) -> Any:
    """Return a value as JSON has it; characters that are not shown are written out in every text."""
    if isinstance(value, str):
        return _text(str(value))
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {_text(key): _plain(item) for key, item in value.items()}
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


@lru_cache(maxsize=65_536)
def _text(text: str) -> str:
    return plain(text, lines=True)


def _shown(value: object) -> object:
    return value if isinstance(value, Markup) else plain(value)


def _joined(folder: str, suffix: str) -> str:
    """Return the files of a folder in order of their names, each in its own scope by convention of its names."""
    files = sorted((FOLDER / folder).glob(f"*.{suffix}"))
    return "\n".join(file.read_text(encoding="utf-8").strip() for file in files)


def _source(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
