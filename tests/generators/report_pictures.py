"""Draw the pictures of the access report in the documentation: `python -m tests.generators.report_pictures`.

They show the example contract beside live access that is made up. The machine needs Chromium, so `make generate` leaves
them out.
"""

from __future__ import annotations

import base64
import os
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser

from rolecall.access.observation import Role, Unmanaged
from rolecall.compiled import compile_file
from rolecall.console.expiring import ending_soon
from rolecall.ids.ids import GroupId, LiveSubject, ObjectId, SubjectType
from rolecall.ids.verbs import Kind, Verb
from rolecall.parity.compare import compare
from rolecall.report.compose import compose
from rolecall.report.page import Page
from rolecall.report.rendering import render
from rolecall.report.sources import Sources
from rolecall.systems.registry import BY_NAME
from tests.conftest import ROOT
from tests.support.browser import started
from tests.support.contracts import TODAY, VARIABLES
from tests.support.reports import MADE, Answers, copied

DOCS = ROOT / "docs" / "pictures"
HOSTS = {
    "DATABRICKS_ACCOUNT_HOST": "https://accounts.cloud.databricks.com",
    "OKTA_CLIENT_ORGURL": "https://acme.okta.com",
}
PEOPLE = {
    "churn-engineers": ["ada@acme.example", "ben@acme.example"],
    "fraud-analysts": ["chloe@acme.example"],
    "fraud-engineers": ["dora@acme.example", "emil@acme.example"],
    "ml-platform": ["fay@acme.example"],
}


def example() -> Page:
    """Return the report of the example contract, with drift of several sorts."""
    os.environ.update({**VARIABLES, **HOSTS, "ML_PROD_HOST": "https://prod.cloud.databricks.com"})
    os.environ["ML_NONPROD_HOST"] = "https://nonprod.cloud.databricks.com"
    os.chdir(ROOT)
    found = compile_file(Path("stacks/acme/contract.yaml"), TODAY, placeholders=True, judged=False)
    train = ObjectId("prod", Kind.JOB, "churn", "train")
    release = ObjectId("prod", Kind.JOB, "forecasting", "release")
    live = copied(found.access)
    live[train][GroupId("churn-engineers")] = Verb.MANAGE
    live[train][LiveSubject(SubjectType.PERSON, "mallory@acme.example")] = Verb.EDIT
    del live[release][GroupId("ml-platform")]
    groups = {key: PEOPLE.get(key, []) for key in found.contract.groups}
    others = (
        Unmanaged(
            "view lab.churn_copy in metastore main", "shows dataset churn/features to everybody", "its owner drops it"
        ),
        Unmanaged("app team-lunch in workspace ml-nonprod"),
    )
    given = {name: BY_NAME[name].given(found.contract, found.access) for name in ("conductor", "harness", "prefect")}
    conductor = copied(given["conductor"])
    for target in list(conductor)[:2]:
        conductor[target][LiveSubject(SubjectType.GROUP, "auditors")] = Verb.RUN
    systems = [
        Answers("okta", groups=groups, role=Role.IDENTITY_PROVIDER).system(),
        Answers(access=live, others=others, groups=groups).system(),
        *(
            replace(
                Answers(name, access=conductor if name == "conductor" else None).system(), given=BY_NAME[name].given
            )
            for name in given
        ),
    ]
    report = compare(found, list(found.contract.environments), systems)
    report = replace(report, never_read=BY_NAME["databricks"].does_not_read[:3])
    made = replace(MADE, commit="4f1c2d9e7b", contract="stacks/acme/contract.yaml", versions=(("Rolecall", "0.1.0"),))
    return compose(Sources(found, systems, made, TODAY, report, tuple(ending_soon(found, TODAY, 100_000))))


def main() -> None:
    """Write the pictures."""
    page = example()
    DOCS.mkdir(exist_ok=True)
    train = next(n for n, one in enumerate(page.objects) if (one.name, one.environment) == ("churn/train", "prod"))
    with TemporaryDirectory() as folder, started() as browser:
        file = Path(folder) / "report.html"
        file.write_text(render(page), encoding="utf-8")
        address = file.as_uri()
        _picture(browser, address, "report-light", (1200, 860))
        _picture(browser, f"{address}#/object/{train}", "report-dark", (1200, 620))
        _picture(browser, f"{address}#/matrix", "report-phone", (360, 740), red=True)


def _picture(browser: Browser, address: str, name: str, size: tuple[int, int], *, red: bool = False) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.emulate_media(color_scheme="dark" if "dark" in name else "light")
    page.goto(address)
    page.wait_for_selector("main h2")
    if red:
        page.select_option("#matrix-state", "red")
        page.evaluate("document.getElementById('matrix').scrollIntoView()")
    if page.locator(".drawing").count():
        page.evaluate("document.querySelector('.paths-of').scrollIntoView()")
    shot = context.new_cdp_session(page).send("Page.captureScreenshot", {"format": "webp", "quality": 82})
    (DOCS / f"{name}.webp").write_bytes(base64.b64decode(shot["data"]))
    context.close()


if __name__ == "__main__":
    main()
