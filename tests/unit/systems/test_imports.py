"""What short commands must not import: Databricks' SDK alone takes most of a second."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "unneeded"),
    [
        ("rolecall.systems.databricks.observe", "databricks.sdk"),
        ("rolecall.deploy.runner", "databricks.sdk"),
        ("rolecall.console.parity", "databricks.sdk"),
        ("rolecall.compiled", "asyncio"),
        ("rolecall.compiled", "httpx"),
    ],
)
def test_a_module_is_not_imported_before_it_is_needed(module: str, unneeded: str) -> None:
    code = f"import sys, {module}; print([name for name in sys.modules if name == {unneeded!r}])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "[]"
