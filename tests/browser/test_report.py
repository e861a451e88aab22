"""The report in a real browser: with keys, on a phone, on paper, in both modes, and with hostile names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, expect

from rolecall.access.observation import Role, Unmanaged
from rolecall.ids.ids import GroupId, LiveSubject, ObjectId, SubjectType
from rolecall.ids.verbs import Kind, Verb
from rolecall.report import page as data
from rolecall.report.compose import compose
from rolecall.report.rendering import render
from tests.support.contracts import CONTRACT, compiled
from tests.support.report_data import large_page
from tests.support.reports import Answers, copied, sources

OKTA = "identity: {provider: okta, issuer: https://acme.okta.com, application: 0oa1}\n"
TEXT = CONTRACT.replace("workspaces:\n", f"{OKTA}workspaces:\n", 1).replace(
    "ticket: SEC-1", "ticket: SEC-1, expires: 2026-11-30"
)
EVE = '"><img src=x onerror=alert(1)></script>@acme.example'
JOB = ObjectId("prod", Kind.JOB, "churn", "train")
# The nodes of all paths between two nodes, as the page's own script finds them.
WAYS = """([start, end]) => paths([start], [end]).ways.map(
  (way) => [graph.edges[way[0]][0], ...way.map((one) => graph.edges[one][1])])"""


@pytest.fixture(scope="module")
def page_data(tmp_path_factory: pytest.TempPathFactory) -> data.Page:
    """A report with something of everything: extra, missing, unknown, unmanaged, an escalation, what ends."""
    folder = tmp_path_factory.mktemp("contract")
    access = copied(compiled(folder, TEXT).access)
    access[JOB][GroupId("analysts")] = Verb.EDIT
    access[JOB][LiveSubject(SubjectType.PERSON, EVE)] = Verb.RUN
    del access[ObjectId("dev", Kind.JOB, "churn", "train")][GroupId("engineers")]
    people = {"engineers": ["ada@acme.example"], "analysts": ["ben@acme.example"], "emergency": []}
    provider = Answers("okta", groups=people, role=Role.IDENTITY_PROVIDER)
    others = (Unmanaged("view <b>lab</b>.peek", "shows churn", "drop it"), Unmanaged("schema scratch"))
    groups = {**people, "analysts": ["ben@acme.example", "eve@acme.example"]}
    made = sources(
        folder, TEXT, [provider, Answers(access=access, others=others, refused=("shares: 403",), groups=groups)]
    )
    return compose(made)


class Opened:
    """Pages that were opened, with everything that they did which they must not."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.browser, self.folder, self.faults = browser, folder, list[str]()
        self.pages: list[Page] = []

    def __call__(
        self, shown: data.Page, address: str = "", *, width: int = 1280, mode: str = "light", axe: bool = False
    ) -> Page:
        path = self.folder / f"report-{len(self.pages)}.html"
        path.write_text(render(shown), encoding="utf-8")
        options: Any = {"viewport": {"width": width, "height": 800}, "color_scheme": mode, "bypass_csp": axe}
        page = self.browser.new_context(**options).new_page()
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("console", lambda message: self._said(message))
        page.on("request", lambda request: self._requested(request.url, path.as_uri()))
        page.on("dialog", self._asked)
        page.goto(path.as_uri() + address)
        self.pages.append(page)
        return page

    def _requested(self, url: str, own: str) -> None:
        if url.split("#")[0] != own:
            self.faults.append(f"request: {url}")

    def _asked(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(message.text)


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opened]:
    """Open pages; at the end none has sent a request, shown an error or broken its policy."""
    found = Opened(browser, tmp_path)
    yield found
    for page in found.pages:
        page.context.close()
    assert found.faults == []


def row_of(shown: data.Page, kind: str) -> int:
    return next(number for number, one in enumerate(shown.findings) if one.kind == kind)


def addresses(shown: data.Page) -> list[str]:
    person = next(number for number, one in enumerate(shown.subjects) if one.type == "person")
    group = next(number for number, one in enumerate(shown.subjects) if one.name == "analysts")
    job = next(number for number, one in enumerate(shown.objects) if (one.kind, one.environment) == ("job", "prod"))
    return ["", f"#/subject/{person}", f"#/subject/{group}", f"#/object/{job}", "#/finding/0"]


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_no_violation_on_any_view(opened: Opened, page_data: data.Page, mode: str, width: int) -> None:
    for address in addresses(page_data):
        page = opened(page_data, address, mode=mode, width=width, axe=True)
        page.wait_for_selector("main h2")
        violations = Axe().run(page).response["violations"]
        shown = [(one["id"], [node["html"][:150] for node in one["nodes"]][:3]) for one in violations]
        assert shown == [], f"{address} {mode} {width}"


def test_findings_come_first_and_every_red_cell_leads_to_one(opened: Opened, page_data: data.Page) -> None:
    page = opened(page_data)
    headings = page.locator("main h2").all_inner_texts()
    assert headings[0] == "Unknown: 1 way of access could not be read whole"
    assert headings[1] == "Findings"
    page.select_option("#matrix-state", "red")
    red = page.locator(".grid .rows .badge.different, .grid .rows .badge.unknown, .scroll td .badge.different")
    assert red.count() > 2
    for badge in red.all():
        assert badge.evaluate("one => one.closest('a')?.getAttribute('href') ?? ''").startswith("#/finding")
    page.locator(".grid .rows a.cell").first.click()
    assert page.locator("#finding article").count() >= 1
    assert "Finding" in page.locator("#finding-title").inner_text()


def test_hostile_names_are_texts_and_nothing_runs(opened: Opened, page_data: data.Page) -> None:
    page = opened(page_data)
    assert page.locator("img, b, main script").count() == 0
    page.fill("#find", "onerror")
    page.keyboard.press("Enter")
    page.wait_for_selector("#page-title")
    assert page.locator("#page-title").inner_text().startswith(EVE)
    assert page.locator(".drawing svg a").count() > 1
    for text in ("../..", "%00", "<script>alert(1)</script>", "__proto__", "9" * 40, "-1", "1e3", "constructor"):
        page.evaluate("text => { location.hash = '#/subject/' + text }", text)
        page.evaluate("text => { location.hash = '#/' + text }", text)
        page.wait_for_selector("#findings")
    # The policy itself refuses markup, even where a script of the page would make some.
    page.evaluate(
        "() => { const one = document.createElement('script'); one.type = 'text/plain'; document.body.append(one) }"
    )
    refused = page.evaluate(
        "() => { try { document.body.innerHTML = '<b>x</b>'; return false } catch { return true } }"
    )
    assert refused is True
    opened.faults = [one for one in opened.faults if "TrustedHTML" not in one]


def test_the_page_of_an_object_draws_people_with_a_right_of_their_own(opened: Opened, page_data: data.Page) -> None:
    job = next(number for number, one in enumerate(page_data.objects) if (one.kind, one.environment) == ("job", "prod"))
    page = opened(page_data, f"#/object/{job}")
    names = page.locator(".drawing svg a").evaluate_all("all => all.map((one) => one.getAttribute('aria-label'))")
    assert EVE in names
    assert "analysts" in names
    assert "ben@acme.example" not in names
    assert "ben@acme.example" in page.locator("table").first.inner_text()
    assert page.locator(".drawing path.side-1").count() >= 2
    listed = page.locator(".paths li").all_inner_texts()
    assert any(one.startswith(EVE) and "the contract does not give it" in one for one in listed)


def test_the_page_works_with_the_keyboard_alone(opened: Opened, page_data: data.Page) -> None:
    page = opened(page_data)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator(".grid").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    focused = "document.activeElement.closest('[data-row]').dataset.row"
    assert page.evaluate(focused) == "1"
    page.keyboard.press("Control+End")
    assert page.evaluate(focused) == str(len(page_data.matrix.rows) - 1)
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.wait_for_selector("#page-title")
    assert page.evaluate("document.activeElement.id") == "page-title"
    page.locator("#find").focus()
    page.keyboard.type("engineers")
    page.keyboard.press("Enter")
    expect(page.locator("#page-title")).to_have_text(re.compile("^engineers"))
    page.locator("button.draw").first.focus()
    page.keyboard.press("Enter")
    assert "paths-of" in page.evaluate("document.activeElement.className")


def test_the_matrix_of_10_000_grants_has_few_rows_in_the_document(opened: Opened) -> None:
    shown = large_page(10_000)
    page = opened(shown)
    drawn = page.locator(".grid .rows .row")
    page.wait_for_selector(".grid .rows .row")
    assert drawn.count() < 60
    assert page.locator(".grid").get_attribute("aria-rowcount") == "10001"
    page.locator(".grid").evaluate("one => { one.scrollTop = one.scrollHeight }")
    page.wait_for_selector('.row[data-row="9999"]')
    assert drawn.count() < 120
    page.fill("#matrix-text", "group-049 project/0199")
    expect(page.locator(".grid .rows .row")).to_have_count(1)
    assert "1 of 10,000 rows" in page.locator("#matrix .count").inner_text()
    page.fill("#matrix-text", "ada@acme")
    expect(page.locator("#matrix .count")).to_have_text(re.compile("^200 of"))
    page.fill("#matrix-text", "")
    page.select_option("#matrix-state", "red")
    assert "10 of 10,000 rows, 10 different" in page.locator("#matrix .count").inner_text()


def test_a_phone_shows_the_red_columns_and_never_scrolls_sideways(opened: Opened) -> None:
    page = opened(large_page(500, red_every=100), width=360)
    page.wait_for_selector(".grid .rows .row")
    assert page.locator(".grid [role=columnheader]").all_inner_texts() == ["subject and object", "mirror"]
    for address in ("#/subject/3", "#/object/2", "#/finding/0", "#/evidence"):
        page.evaluate("one => { location.hash = one }", address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert large_page(500, red_every=10_000).findings == ()
    calm = opened(large_page(500, red_every=10_000), width=360)
    calm.wait_for_selector(".grid .rows .row")
    assert calm.locator(".grid [role=columnheader]").all_inner_texts() == ["subject and object", "all systems"]


def test_a_print_has_all_findings_and_says_how_many_rows_it_leaves_out(opened: Opened) -> None:
    page = opened(large_page(2_000, red_every=20))
    page.wait_for_selector(".grid .rows .row")
    assert page.locator(".finding").count() == 25
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".finding").count() == 100
    assert page.locator(".grid .rows .row").count() == 500
    assert "printed: 500 rows" in page.locator("#matrix .count").inner_text()
    assert page.locator(".grid .rows .row .badge.different").count() == 100, "no red row is left out"
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator(".grid .rows .row").count() < 60


def test_the_paths_in_the_page_are_those_of_the_access_graph(opened: Opened, page_data: data.Page) -> None:
    page = opened(page_data)
    nodes, edges = page_data.graph.nodes, [edge[:2] for edge in page_data.graph.edges]
    after: dict[int, list[int]] = {}
    for source, target in edges:
        after.setdefault(source, []).append(target)

    def simple(way: list[int], end: int) -> Iterator[list[int]]:
        if way[-1] == end:
            yield way
            return
        for one in after.get(way[-1], []):
            if one not in way:
                yield from simple([*way, one], end)

    starts = [one.node for one in page_data.subjects if one.node >= 0 and not one.trusted][:8]
    ends = [number for number, node in enumerate(nodes) if node[1] >= 0][:40:3]
    compared = 0
    for start in starts:
        for end in ends:
            expected = sorted(simple([start], end)) if start != end else []
            if len(expected) > 40:
                continue
            assert sorted(page.evaluate(WAYS, [start, end])) == expected
            compared += len(expected)
    assert compared > 5


def test_without_live_access_nothing_on_the_page_reads_as_equal(opened: Opened, tmp_path: Path) -> None:
    page = opened(compose(sources(tmp_path, TEXT)))
    page.wait_for_selector(".grid .rows .row")
    assert page.locator("#verdict").inner_text().startswith("Not compared with live")
    assert page.locator(".equal").count() == 0
    assert json.loads(page.locator("#data").text_content() or "")["verdict"]["state"] == "not-compared"
