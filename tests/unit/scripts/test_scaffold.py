"""The scaffold writes files that fit: in style, importable, and of the names that recipes and checks expect."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from rolecall.policies.context import Context
from rolecall.policies.properties import Properties
from rolecall.policies.resource import Resource
from rolecall.policies.types import JOB
from rolecall.systems.spec import SystemSpec
from scripts import scaffold
from tests.conftest import ROOT

NAMES = {"rule": "job-has-owner-tag", "kind": "vector_index", "system": "airflow", "command": "list-owners"}


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("what", NAMES)
def test_what_is_written_is_in_style_and_nothing_is_overwritten(tmp_path: Path, what: str) -> None:
    written = scaffold.write(tmp_path, what, NAMES[what])
    assert written
    for command in (("check", "--extend-ignore", "ARG,FIX,TD,D100"), ("format", "--check")):
        arguments = [sys.executable, "-m", "ruff", *command, "--config", str(ROOT / "pyproject.toml"), str(tmp_path)]
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    assert not any("@" in path.read_text() for path in written)
    before = written[0].read_text()
    with pytest.raises(ValueError, match="exists; nothing was written"):
        scaffold.write(tmp_path, what, NAMES[what])
    assert written[0].read_text() == before


def test_a_rule_judges(tmp_path: Path) -> None:
    (path,) = scaffold.write(tmp_path, "rule", NAMES["rule"])
    rule = load(path).RULE
    values = {"name": "train"}
    assert rule.id == NAMES["rule"]
    assert not rule.findings(Resource(JOB, "a", "dev", Properties(values), values), Context())
    assert rule.findings(Resource(JOB, "a", "dev", Properties({}), {}), Context())
    assert rule.controls
    assert rule.example


def test_a_system_is_a_spec_of_its_name(tmp_path: Path) -> None:
    path = next(one for one in scaffold.write(tmp_path, "system", "airflow") if one.name == "system.py")
    spec = load(path).SPEC
    assert isinstance(spec, SystemSpec)
    assert spec.name == "airflow"


@pytest.mark.parametrize(("what", "name"), [("rule", "Rule"), ("kind", "a-b"), ("system", "a_b"), ("command", "../x")])
def test_another_form_of_name_is_refused(tmp_path: Path, what: str, name: str) -> None:
    with pytest.raises(ValueError, match="is no name of a"):
        scaffold.write(tmp_path, what, name)
    assert not [*tmp_path.iterdir()]


def test_files_that_the_steps_name_are_there() -> None:
    for steps in scaffold.STEPS.values():
        for step in steps:
            file = step.partition(":")[0]
            assert " " in file or "@" in file or (ROOT / file).exists(), step
