"""What short commands must not import: Databricks' SDK alone takes most of a second."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module", ["rolecall.systems.databricks.observe", "rolecall.deploy.runner", "rolecall.console.parity"]
)
def test_the_vendors_sdk_is_not_imported_before_it_is_needed(module: str) -> None:
    code = f"import sys, {module}; print([name for name in sys.modules if name == 'databricks.sdk'])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "[]"
