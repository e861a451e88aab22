"""The commands that read no system, as users call them."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from rolecall.cli.main import app
from rolecall.errors import InvalidContract, RolecallError
from tests.conftest import ROOT
from tests.support.contracts import CONTRACT, VARIABLES, write
from tests.support.documents import document

runner = CliRunner()


@pytest.fixture(autouse=True)
def _variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)


def run(*arguments: object, exit_code: int = 0) -> str:
    result = runner.invoke(app, [str(one) for one in arguments], catch_exceptions=False)
    assert result.exit_code == exit_code, result.output
    return result.stdout


def written(*arguments: object, exit_code: int = 0) -> dict[str, Any]:
    return document([str(one) for one in arguments], run(*arguments, exit_code=exit_code))


def commands(group: object, prefix: str = "") -> list[str]:
    found: list[str] = []
    for name, command in getattr(group, "commands", {}).items():
        if hasattr(command, "commands"):
            found += commands(command, f"{prefix}{name} ")
        else:
            found.append(f"{prefix}{name}")
    return found


def test_check_says_valid_and_counts(tmp_path: Path) -> None:
    path = write(tmp_path)
    assert "valid" in run("check", path)
    told = written("check", path, "--format", "json")
    assert told["valid"] is True
    assert [told["counts"][name] for name in ("jobs", "projects", "environments")] == [1, 1, 2]


def test_check_lists_all_problems_for_machines(tmp_path: Path) -> None:
    path = write(
        tmp_path, CONTRACT.replace("role: engineer, to", "role: enginer, to").replace("policy: small", "policy: x")
    )
    result = runner.invoke(app, ["check", str(path), "--format", "json"])
    assert result.exit_code == 2
    told = document(("check",), result.stdout)
    assert {one["id"] for one in told["problems"]} == {"unknown-role", "unknown-cluster-policy"}
    assert all(one["line"] > 0 and one["file"] and one["allowed"] for one in told["problems"])


def test_check_raises_what_main_shows(tmp_path: Path) -> None:
    path = write(tmp_path, CONTRACT.replace("policy: small", "policy: x"))
    result = runner.invoke(app, ["check", str(path)])
    assert isinstance(result.exception, InvalidContract)
    assert result.exception.exit_code == 2


def test_main_shows_errors_without_a_traceback(tmp_path: Path) -> None:
    import subprocess
    import sys

    path = write(tmp_path, CONTRACT.replace("policy: small", "policy: smal"))
    command = [sys.executable, "-c", "from rolecall.cli.start import main; main()", "check", str(path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr
    assert "contract.yaml:" in answer.stderr
    assert "Did you mean 'small'?" in answer.stderr
    assert "\x1b[" not in answer.stderr, "no colour where there is no terminal"


def test_grants_answer_who_may_do_what_and_why(tmp_path: Path) -> None:
    path = write(tmp_path)
    table = run("grants", path, "--subject", "engineers")
    assert "role engineer" in table
    rows = written("grants", path, "--subject", "analysts", "--environment", "prod", "--format", "json")["grants"]
    (job,) = [row for row in rows if row["kind"] == "job"]
    assert (job["object"], job["verb"]) == ("churn/train", "view")
    (reason,) = job["reasons"]
    assert (reason["role"], reason["ticket"]) == ("viewer", "SEC-1")
    assert re.search(r"contract\.yaml:\d+$", reason["place"])


def test_grants_as_csv_have_a_row_for_each_reason(tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run("grants", write(tmp_path), "--by", "object", "--format", "csv"))))
    columns = {"subject", "verb", "kind", "object", "environment", "role", "because", "ticket", "place"}
    assert columns | {"via", "expires"} == set(rows[0])
    assert [row["kind"] for row in rows] == sorted(row["kind"] for row in rows)


@pytest.mark.parametrize(
    ("flags", "word"),
    [
        (["--subject", "enginers"], "engineers"),
        (["--kind", "jobb"], "job"),
        (["--by", "x"], "subject or object"),
        (["--environment", "producton"], "prod"),
    ],
)
def test_wrong_choices_name_the_right_ones(tmp_path: Path, flags: list[str], word: str) -> None:
    result = runner.invoke(app, ["grants", str(write(tmp_path)), *flags])
    assert isinstance(result.exception, RolecallError)
    assert word in str(result.exception.how_to_go_on) + str(result.exception)


def test_the_schema_is_json() -> None:
    assert json.loads(run("schema"))["title"] == "Rolecall contract"


def test_without_a_project_the_way_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = runner.invoke(app, ["check"])
    assert isinstance(result.exception, RolecallError)
    assert "rolecall check PATH" in result.exception.how_to_go_on


def test_the_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", run("--version"))


def test_every_command_is_documented() -> None:
    documented = (ROOT / "docs" / "commands.md").read_text()
    for name in commands(get_command(app)):
        assert f"`rolecall {name}" in documented, f"docs/commands.md lacks {name}: run `make generate`"


def test_every_command_explains_itself() -> None:
    for name in commands(get_command(app)):
        assert "Usage:" in run(*name.split(), "--help")


def test_diff_shows_both_environments_and_why(tmp_path: Path) -> None:
    path = write(tmp_path, CONTRACT)
    told = run("diff", path, "--environments", "dev", "prod", exit_code=1)
    assert "job churn/train" in told
    assert "role engineer" in told
    found = written("diff", path, "--environments", "dev", "prod", "--format", "json", exit_code=1)["differences"]
    job = next(one for one in found if one["kind"] == "job")
    assert (job["sides"]["dev"]["verb"], job["sides"]["prod"]["verb"]) == ("edit", None)
    assert job["sides"]["dev"]["reasons"][0]["place"].endswith(".yaml:26")
    shown = run("diff", path, "--environments", "dev", "prod", "--format", "markdown", exit_code=1)
    assert shown.startswith("| object |")
    same = CONTRACT.replace("      - {role: engineer, to: engineers, in: [dev]}\n", "")
    assert "give the same access" in run("diff", write(tmp_path, same), "--environments", "dev", "prod")
    with pytest.raises(RolecallError, match="compared with itself"):
        run("diff", path, "--environments", "dev", "dev")
    with pytest.raises(InvalidContract, match="no environment 'produ'"):
        run("diff", path, "--environments", "dev", "produ")


def ending(days: int) -> str:
    last = datetime.now(UTC).date() + timedelta(days=days)
    return CONTRACT.replace("ticket: SEC-1}", f"ticket: SEC-1, expires: {last}}}")


def test_what_ends_is_listed_before_it_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path, ending(10))
    assert "ends in 10 days" in run("expiring", path)
    assert "nothing ends within 9 days" in run("expiring", path, "--within", "9d")
    (one,) = written("expiring", path, "--within", "2w", "--format", "json")["expiring"]
    assert (one["kind"], one["days"], one["expired"]) == ("binding", 10, False)
    assert re.search(r"contract\.yaml:\d+$", one["place"])
    assert "ends soon:" in run("check", path)
    assert written("check", path, "--format", "json")["expiring"] == [one]
    rows = written("grants", path, "--subject", "analysts", "--format", "json")["grants"]
    assert {reason["expires"] for row in rows for reason in row["reasons"] if reason["role"]} == {one["expires"]}
    assert one["expires"] in run("grants", path, "--subject", "analysts")
    assert "ends soon:" not in run("check", write(tmp_path, ending(31)))
    (gone,) = written("expiring", write(tmp_path, ending(-2)), "--format", "json")["expiring"]
    assert (gone["expired"], gone["days"]) == (True, -2)
    assert "expired 2 days ago" in run("expiring", path)
    result = runner.invoke(app, ["expiring", str(path), "--within", "soon"])
    assert isinstance(result.exception, RolecallError)


def test_exemptions_end_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path)
    today = datetime.now(UTC).date()
    write(tmp_path, "name: trial\nruntime: python\n", "Pulumi.yaml")
    text = f"""\
- rule: job-has-owner
  resource: churn-train
  stack: dev.churn
  reason: it is being moved to another team
  ticket: SEC-2
  owner: engineers
  from: {today}
  until: {today + timedelta(days=7)}
"""
    write(tmp_path, text, "policy-exemptions.yaml")
    monkeypatch.chdir(tmp_path)
    (one,) = written("expiring", path, "--format", "json")["expiring"]
    assert (one["kind"], one["days"], one["owner"]) == ("exemption", 7, "engineers")
    assert "policy-exemptions.yaml" in one["place"]


def test_grants_follow_groups_in_groups(tmp_path: Path) -> None:
    text = CONTRACT.replace(
        "  emergency: {managed: true}\n",
        "  emergency: {managed: true}\n  staff: {managed: true, includes: [analysts]}\n",
    ).replace("to: analysts", "to: staff")
    identity = "identity: {provider: okta, issuer: 'https://acme.okta.com', application: 0oa1}"
    text = text.replace("break_glass:", f"{identity}\nbreak_glass:")
    path = write(tmp_path, text)
    rows = written("grants", path, "--subject", "analysts", "--kind", "job", "--format", "json")["grants"]
    assert [(row["object"], row["verb"], row["via"]) for row in rows] == [("churn/train", "view", ["staff"])] * 2
    assert "via staff" in run("grants", path, "--subject", "analysts")
    by_object = written("grants", path, "--by", "object", "--kind", "job", "--format", "json")["grants"]
    assert {("analysts", ("staff",)), ("staff", ())} <= {(row["subject"], tuple(row["via"])) for row in by_object}
