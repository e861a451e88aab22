"""The image's build, checked without a builder: its steps name what there is, and install what Rolecall needs."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.runtime_requirements import ROLECALL, locked, needed, rows
from tests.conftest import ROOT

STEPS = (ROOT / "Containerfile").read_text()


def test_the_build_starts_from_images_without_a_host_and_ends_as_an_ordinary_user() -> None:
    images = re.findall(r"^FROM (\S+)", STEPS, flags=re.MULTILINE)
    assert images == ["python:${PYTHON}-slim"] * 2
    last = STEPS.rpartition("FROM ")[2]
    assert "USER rolecall" in last
    assert "apt-get" not in last


def test_every_step_names_what_there_is() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert {*re.findall(r"RUN make (\w+)", STEPS)} <= {*targets}
    for script in re.findall(r"scripts/\S+\.py", STEPS):
        assert (ROOT / script).is_file()
    assert "rolecall" in (ROOT / "pyproject.toml").read_text().partition("[project.scripts]")[2].partition("[")[0]


def test_what_is_installed_is_all_that_is_needed_and_no_tool_of_development(tmp_path: Path) -> None:
    script = ROOT / "scripts" / "runtime_requirements.py"
    printed = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True, cwd=tmp_path)
    entries = locked(printed.stdout)
    assert {"pulumi", "pulumi-databricks", "databricks-sdk", "grpcio", "typer"} <= entries.keys()
    assert not {"pytest", "mypy", "ruff", "prefect", "hypothesis", ROLECALL} & entries.keys()
    assert all("--hash=sha256:" in entry for entry in entries.values())
    for name in entries:
        for text in requires(name) or ():
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                assert canonicalize_name(requirement.name) in entries, f"{name} needs {requirement}"


def test_an_extra_adds_what_it_needs() -> None:
    assert "prefect" in needed(ROLECALL, ["prefect"]) - needed(ROLECALL)


def test_what_is_not_locked_is_an_error() -> None:
    entries = locked("one==1 \\\n    --hash=sha256:00\ntwo==2 ; sys_platform == 'linux' \\\n    --hash=sha256:11\n")
    assert rows(entries, ["two"]) == ["two==2 ; sys_platform == 'linux' \\\n    --hash=sha256:11"]
    with pytest.raises(KeyError):
        rows(entries, ["three"])
