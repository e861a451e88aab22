"""The public interface: what `__all__` says, and nothing that it does not say."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

import rolecall
from tests.support.contracts import CONTRACT, VARIABLES, write


def test_every_public_name_is_there_and_documented() -> None:
    for name in rolecall.__all__:
        assert getattr(rolecall, name).__doc__, name
    assert [*rolecall.__all__] == sorted(rolecall.__all__)
    assert {*rolecall._MODULES} == {*rolecall.__all__}
    assert {*rolecall.__all__} <= {*dir(rolecall)}
    with pytest.raises(AttributeError, match="nothing_of_that_name"):
        _ = rolecall.nothing_of_that_name


def test_importing_it_imports_nothing_else() -> None:
    code = "import sys, rolecall; print([name for name in sys.modules if name.startswith(('rolecall.', 'pydantic'))])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_a_contract_is_compiled_with_public_names_only(tmp_path: Path) -> None:
    compiled = rolecall.compile_file(write(tmp_path, CONTRACT), date(2026, 11, 26), VARIABLES)
    editors = {
        grant.subject
        for grant in compiled.compilation.grants
        if grant.target.kind is rolecall.Kind.JOB and grant.verb is rolecall.Verb.EDIT
    }
    assert rolecall.GroupId("engineers") in editors
