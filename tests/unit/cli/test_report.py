"""`rolecall report` as users call it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rolecall.cli.main import app
from rolecall.errors import InvalidContract, OutputUnwritable, UsageError
from rolecall.report.writing import write as write_file
from tests.support.contracts import CONTRACT, VARIABLES, write
from tests.support.hand_world import hand_world

runner = CliRunner()


@pytest.fixture(autouse=True)
def _variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)


def test_it_writes_a_page_that_says_that_nothing_live_was_read(tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    result = runner.invoke(app, ["report", str(write(tmp_path)), "--out", str(out)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert "Not compared with live" in result.stdout
    assert re.search(r"SHA-256 [0-9a-f]{64}", result.stdout)
    text = out.read_text()
    assert text.startswith("<!doctype html>")
    assert "Not compared with live" in text
    assert out.stat().st_mode & 0o077 == 0, "the page is for this user only"


def test_live_access_is_compared_and_a_finding_is_exit_code_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "report.html"
    with hand_world(tmp_path, monkeypatch) as world:
        monkeypatch.chdir(tmp_path)
        arguments = ["report", str(tmp_path / "contract.yaml"), "--live", "--out", str(out)]
        equal = runner.invoke(app, arguments, catch_exceptions=False)
        assert (equal.exit_code, "Parity: live access" in equal.stdout) == (0, True), equal.output
        assert "declared settings: this folder has no Pulumi project" in out.read_text(), (
            "what was not compared is stated"
        )
        world.emulator.assign("cleo@example.com")
        different = runner.invoke(app, arguments, catch_exceptions=False)
        assert different.exit_code == 1, different.output
        assert "No parity" in different.stdout
        assert "cleo@example.com" in out.read_text()


def test_one_environment_is_compared_and_the_others_are_named(tmp_path: Path) -> None:
    out, contract = tmp_path / "report.html", write(tmp_path)
    arguments = ["report", str(contract), "--out", str(out), "--environment", "dev"]
    result = runner.invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert "dev; not compared and not in the matrix: prod" in out.read_text()
    with pytest.raises(InvalidContract, match="no environment 'prd'"):
        runner.invoke(app, [*arguments[:-1], "prd"], catch_exceptions=False)


def test_an_invalid_contract_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    path = write(tmp_path, CONTRACT.replace("role: engineer, to", "role: enginer, to"))
    result = runner.invoke(app, ["report", str(path), "--out", str(out)])
    assert isinstance(result.exception, InvalidContract)
    assert not out.exists()


def test_a_path_that_cannot_be_a_file_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    for out, word in ((tmp_path, "a folder"), (tmp_path / "none" / "report.html", "there is no folder")):
        result = runner.invoke(app, ["report", str(tmp_path / "missing.yaml"), "--out", str(out)])
        assert isinstance(result.exception, UsageError), result.exception
        assert word in str(result.exception)


def test_a_file_that_is_there_stays_whole_where_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "report.html"
    out.write_text("before")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("rolecall.report.writing.os.replace", refuse)
    with pytest.raises(OutputUnwritable, match="No space left"):
        write_file("after", out)
    assert out.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"], "nothing is left behind"
