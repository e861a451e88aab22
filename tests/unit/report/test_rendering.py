"""The page: nothing from elsewhere, no text of the data becomes markup, the same bytes for the same data."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from rolecall.report.page import Page
from rolecall.report.rendering import FOLDER, island, render
from tests.support.contracts import CONTRACT
from tests.support.reports import Answers, page_of

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "\u202egnp.exe\u200b",
    "\u2028\u2029\x00\x1b[31m",
    "\ud800",
)


class Elements(HTMLParser):
    """The elements and attributes of a page, and the text of its data."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.texts.append("")
        self._open = True

    def handle_endtag(self, tag: str) -> None:
        self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[-1] += data


def parsed(page: Page) -> Elements:
    elements = Elements()
    elements.feed(render(page))
    return elements


def text_of(elements: Elements, tag: str, **attributes: str) -> str:
    (text,) = [
        text
        for (name, held), text in zip(elements.found, elements.texts, strict=True)
        if name == tag and all(held.get(key) == value for key, value in attributes.items())
    ]
    return text


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return page_of(tmp_path, CONTRACT, [Answers()])


def test_the_page_loads_nothing_and_its_policy_admits_only_its_own_style_and_script(page: Page) -> None:
    elements = parsed(page)
    (policy,) = [held["content"] for _, held in elements.found if held.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    rules = dict(one.strip().split(" ", 1) for one in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["require-trusted-types-for"] == "'script'"
    assert rules["trusted-types"] == "'none'"
    scripts = [
        text for (tag, held), text in zip(elements.found, elements.texts, strict=True) if tag == "script" and not held
    ]
    for source, text in (("style-src", text_of(elements, "style")), ("script-src", scripts[0])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules[source] == f"'sha256-{digest}'"
    loading = [
        (tag, name) for tag, held in elements.found for name in held if name in ("src", "style", "srcset", "data")
    ]
    assert loading == []
    assert [tag for tag, _ in elements.found if tag in ("link", "img", "iframe", "object", "embed", "base")] == []
    assert [name for _, held in elements.found for name in held if name.startswith("on")] == []


def test_the_script_makes_no_markup_of_texts_and_sends_nothing() -> None:
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|Function\(|fetch\(|XMLHttpRequest|import\("
    )
    for path in sorted((FOLDER / "script").glob("*.js")):
        text = path.read_text()
        assert re.search(forbidden, text) is None, path.name
        assert "</" not in text, path.name
        assert len(text.splitlines()) < 150, path.name


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_leaves_the_data_and_none_is_shown_as_another(page: Page, text: str) -> None:
    plain = len(parsed(page).found)
    subjects = tuple(replace(one, name=text, label=text) for one in page.subjects)
    objects = tuple(replace(one, name=text) for one in page.objects)
    hostile = replace(
        page,
        organization=text,
        evidence=(("Commit", text), (text, "x")),
        not_read=(text,),
        subjects=subjects,
        objects=objects,
        verdict=replace(page.verdict, remark=text),
    )
    elements = parsed(hostile)
    tags = [tag for tag, _ in elements.found]
    assert tags.count("script") == 2
    assert "img" not in tags
    assert "svg" not in tags
    assert abs(len(tags) - plain) < 60
    data: dict[str, Any] = json.loads(text_of(elements, "script", id="data"))
    name = data["subjects"][0]["name"]
    assert name.isprintable()
    if text.isprintable():
        assert name == text
    assert not set("<>&") & set(island(hostile))


def test_the_same_data_make_the_same_bytes(page: Page) -> None:
    assert render(page) == render(page)


def test_hidden_characters_are_written_out_in_the_static_part(page: Page) -> None:
    text = render(replace(page, organization="acme\u202e"))
    assert "\u202e" not in text
    assert "acme\\u202e" in text
