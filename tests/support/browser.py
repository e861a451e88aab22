"""A headless Chromium, driven by Playwright; tests that need one are skipped where the machine has none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def chromium() -> str | None:
    """Return the path of the machine's Chromium."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def started() -> Iterator[Browser]:
    """Start a browser that reaches no network; skips the test where there is none."""
    path = chromium()
    if path is None:
        pytest.skip(f"no Chromium on PATH (looked for {', '.join(NAMES)}): `apt-get install chromium`")
    # As root, as in a container, Chromium's own sandbox does not start.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=sandbox)
        try:
            yield browser
        finally:
            browser.close()
