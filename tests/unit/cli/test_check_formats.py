"""`rolecall check` for people, CI systems and editors; `rolecall explain`; completion in the shell."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from rolecall.cli.completion import complete_environments, complete_explained, complete_groups, complete_stacks
from rolecall.cli.main import app
from rolecall.console.explanations import explained_ids
from rolecall.contract import json_schema
from rolecall.errors import EXIT_CODES, ExitCode, UsageError
from tests.conftest import ROOT
from tests.support.contracts import CONTRACT, VARIABLES, write
from tests.support.documents import document

WRONG = CONTRACT.replace("to: engineers", "to: engin%ers").replace("policy: small", "policy: smal")
LINE = next(number for number, line in enumerate(WRONG.splitlines(), 1) if "engin%ers" in line)
COLUMN = WRONG.splitlines()[LINE - 1].index("engin%ers") + 1


@pytest.fixture(autouse=True)
def _variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)


def check(folder: Path, text: str, form: str) -> str:
    result = CliRunner().invoke(app, ["check", str(write(folder, text)), "--format", form])
    assert result.exit_code == (0 if text == CONTRACT else 2), result.output
    return result.stdout


def test_json_has_the_line_and_where_to_point(tmp_path: Path) -> None:
    (group, policy) = document(("check",), check(tmp_path, WRONG, "json"))["problems"]
    assert (group["line"], group["column"], group["length"]) == (LINE, COLUMN, len("engin%ers"))
    assert group["source"][COLUMN - 1 :].startswith("engin%ers")
    assert policy["id"] == "unknown-cluster-policy"


def test_github_gets_an_annotation_for_each_problem(tmp_path: Path) -> None:
    """https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands."""
    first, second = check(tmp_path, WRONG, "github").splitlines()
    place = f"file=contract.yaml,line={LINE},col={COLUMN},title=unknown-group,endColumn={COLUMN + len('engin%ers')}"
    assert first.startswith(f"::error {place}::there is no group")
    assert "%0ADid you mean 'engineers'?" in first
    assert "'engin%25ers'" in first
    assert "title=unknown-cluster-policy" in second
    assert check(tmp_path, CONTRACT, "github") == ""


def test_a_name_is_no_command_to_a_runner(tmp_path: Path) -> None:
    text = CONTRACT.replace("role: viewer", 'role: "x\\n::set-output name=a::b"')
    assert all(line.startswith("::error ") for line in check(tmp_path, text, "github").splitlines())


def test_gitlab_gets_a_code_quality_report(tmp_path: Path) -> None:
    """https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format."""
    first, second = json.loads(check(tmp_path, WRONG, "gitlab"))
    assert first["location"] == {"path": "contract.yaml", "lines": {"begin": LINE}}
    assert (first["check_name"], first["severity"]) == ("unknown-group", "major")
    assert first["fingerprint"] != second["fingerprint"]
    assert json.loads(check(tmp_path, CONTRACT, "gitlab")) == []


def test_sarif_names_the_region_and_the_page_of_each_problem(tmp_path: Path) -> None:
    (run,) = json.loads(check(tmp_path, WRONG, "sarif"))["runs"]
    result = next(one for one in run["results"] if one["ruleId"] == "unknown-group")
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "contract.yaml"
    region = location["physicalLocation"]["region"]
    assert region == {"startLine": LINE, "startColumn": COLUMN, "endColumn": COLUMN + len("engin%ers")}
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["help"]["text"]
    (fine,) = json.loads(check(tmp_path, CONTRACT, "sarif"))["runs"]
    assert fine["results"] == []


def test_a_contract_may_come_from_standard_input() -> None:
    assert "valid" in CliRunner().invoke(app, ["check", "-"], input=CONTRACT).stdout
    result = CliRunner().invoke(app, ["check", "-", "--format", "json"], input=WRONG)
    problem = document(("check",), result.stdout)["problems"][0]
    assert (problem["file"], problem["line"], problem["column"]) == ("<stdin>", LINE, COLUMN)
    assert "engin%ers" in problem["source"]


@pytest.mark.parametrize("name", ["unknown-group", "invalid-yaml", "unknown-warehouse", "job-has-timeout"])
def test_an_id_is_explained(name: str) -> None:
    answer = CliRunner().invoke(app, ["explain", name])
    assert answer.exit_code == 0
    assert name in answer.stdout
    told = document(("explain",), CliRunner().invoke(app, ["explain", name, "--format", "json"]).stdout)
    assert {**told.get("problem", {}), **told.get("rule", {})}["id"] == name


def test_an_unknown_id_names_the_nearest() -> None:
    result = CliRunner().invoke(app, ["explain", "unknwon-group"])
    assert isinstance(result.exception, UsageError)
    assert "unknown-group" in result.exception.how_to_go_on


def test_completion_knows_the_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLECALL_CONTRACT", str(write(tmp_path)))
    assert complete_environments("") == ["dev", "prod"]
    assert complete_stacks("prod") == ["prod", "prod.churn"]
    assert complete_groups("e") == ["engineers", "emergency"]
    assert complete_explained("unknown-g") == ["unknown-group"]
    monkeypatch.setenv("ROLECALL_CONTRACT", "nothing.yaml")
    assert complete_environments("") == []


def test_the_shell_gets_completions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the script that `--install-completion` writes for Bash asks for them."""
    monkeypatch.setenv("ROLECALL_CONTRACT", str(write(tmp_path)))
    asked = {"_ROLECALL_COMPLETE": "complete_bash", "COMP_WORDS": "rolecall preview prod", "COMP_CWORD": "2"}
    answer = CliRunner().invoke(app, [], env=asked, prog_name="rolecall")
    assert answer.stdout.split() == ["prod", "prod.churn"]


def test_all_ids_are_offered() -> None:
    assert {"unknown-group", "job-has-timeout"} <= {*explained_ids()}


def test_the_schema_fits_every_file_of_a_split_contract(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["init", str(tmp_path / "x"), "--organization", "initech"])
    assert answer.exit_code == 0
    files = [*(tmp_path / "x" / "contract").rglob("*.yaml"), *(ROOT / "stacks" / "acme").glob("*.yaml")]
    files += [*(ROOT / "stacks" / "acme" / "projects").glob("*.yaml")]
    validator = jsonschema.Draft202012Validator(json_schema())
    for file in files:
        if file.name != "emulators.yaml":
            assert [one.message for one in validator.iter_errors(plain(file.read_text()))] == [], file
    wrong = plain("projects: {churn: {owner: a, bindins: []}}")
    assert [*validator.iter_errors(wrong)]


def plain(text: str) -> Any:
    """Return YAML as editors read it for a schema: a date is a text."""
    return json.loads(json.dumps(yaml.safe_load(text), default=datetime.date.isoformat))


def test_exit_codes_are_documented_and_used() -> None:
    page = (ROOT / "docs" / "commands.md").read_text()
    for code, meaning in EXIT_CODES.items():
        assert f"| {code:d} | {meaning} |" in page
    assert [*EXIT_CODES] == [*ExitCode]
    for path in (ROOT / "rolecall").rglob("*.py"):
        assert not re.findall(r"(?:exit_code = |exit_code=|Exit\(|sys\.exit\()\d", path.read_text()), path
