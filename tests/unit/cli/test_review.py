"""`rolecall review`: the comment for harmless, escalating, locking-out and broken changes."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from rolecall.cli.main import app
from tests.support.contracts import CONTRACT, VARIABLES, write
from tests.support.forge import forge
from tests.unit.pull_requests.test_platforms import github

runner = CliRunner()


@pytest.fixture(autouse=True)
def _variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)


def review(folder: Path, before: str, after: str, *more: str) -> Result:
    paths = [str(write(folder, text, name)) for text, name in ((before, "before.yaml"), (after, "after.yaml"))]
    return runner.invoke(app, ["review", *paths, *more], catch_exceptions=False)


def test_a_change_without_access_is_equivalent_everywhere(tmp_path: Path) -> None:
    found = review(tmp_path, CONTRACT, CONTRACT.replace("max_workers: 2", "max_workers: 3"))
    assert found.exit_code == 0, found.output
    assert found.stdout.startswith("<!-- rolecall review ")
    assert found.stdout.count("| equivalent |") == 2
    assert "gains" not in found.stdout


def test_gains_and_losses_are_tables_and_the_strongest_is_the_example(tmp_path: Path) -> None:
    found = review(tmp_path, CONTRACT, CONTRACT.replace("role: viewer, to", "role: runner, to"))
    assert found.exit_code == 4
    assert "| prod | **more** | " in found.stdout
    assert " gains" in found.stdout
    assert "analysts" in found.stdout
    lost = review(tmp_path, CONTRACT, CONTRACT.replace("in: [dev, prod], ticket", "in: [dev], ticket"))
    assert "| prod | **less** |" in lost.stdout
    assert " losses" in lost.stdout


def test_a_contract_that_is_not_valid_is_said_with_every_problem(tmp_path: Path) -> None:
    found = review(tmp_path, CONTRACT, CONTRACT.replace("role: viewer, to: analysts", "role: king, to: nobody-knows"))
    assert found.exit_code == 2
    assert "**Not valid" in found.stdout
    assert "king" in found.stdout
    assert "nobody-knows" in found.stdout


def test_names_of_a_change_are_no_markup(tmp_path: Path) -> None:
    text = CONTRACT.replace("role: viewer, to: analysts", 'role: "<img src=x>@acme", to: analysts')
    found = review(tmp_path, CONTRACT, text)
    assert "<img" not in found.stdout
    assert "@acme" not in found.stdout


def test_it_is_posted_to_the_pull_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with forge() as served:
        for name, value in github(served, tmp_path).items():
            monkeypatch.setenv(name, value)
        found = review(tmp_path, CONTRACT, CONTRACT.replace("role: viewer, to", "role: runner, to"), "--post")
        again = review(tmp_path, CONTRACT, CONTRACT, "--post")
    assert (found.exit_code, again.exit_code) == (4, 0)
    (comment,) = served.comments
    assert comment["body"].strip() == again.stdout.strip()


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=ada", "-c", "user.email=ada@acme.example"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


@pytest.mark.parametrize("way", ["project", "link"])
def test_another_contract_file_is_compared_with_the_one_before(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change of Pulumi.yaml, or a link, must not make the new file the earlier contract, too."""
    for name in ("live", "draft"):
        (tmp_path / name).mkdir()
        text = CONTRACT if name == "live" else CONTRACT.replace("role: viewer, to", "role: runner, to")
        (tmp_path / name / "contract.yaml").write_text(text)
    project = tmp_path / "Pulumi.yaml"
    project.write_text("name: x\nruntime: python\nconfig: {rolecall:contract: live/contract.yaml}\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "before")
    if way == "project":
        project.write_text(project.read_text().replace("live", "draft"))
    else:
        shutil.rmtree(tmp_path / "live")
        (tmp_path / "live").symlink_to("draft")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "after")
    monkeypatch.chdir(tmp_path)
    for sides in (["HEAD^..HEAD"], ["HEAD^"]):
        found = runner.invoke(app, ["review", *sides], catch_exceptions=False)
        assert found.exit_code == 4, found.output
        assert "| prod | **more** |" in found.stdout


def test_problems_of_several_lines_stay_readable(tmp_path: Path) -> None:
    found = review(tmp_path, CONTRACT, CONTRACT.replace("role: viewer, to: analysts", "role: king, to: nobody-knows"))
    assert "\\n" not in found.stdout


def test_the_comment_is_that_of_the_contract_wherever_its_file_is(tmp_path: Path) -> None:
    def mark(before: str, after: str, folder: str) -> str:
        first, second = write(tmp_path, before, "contract.yaml"), write(tmp_path, after, f"{folder}/access.yaml")
        return runner.invoke(app, ["review", str(first), str(second)]).stdout.splitlines()[0]

    other = CONTRACT.replace("organization: acme", "organization: initech")
    assert mark(CONTRACT, CONTRACT, "a") == mark(CONTRACT, CONTRACT, "b/c")
    assert mark(other, other, "a") != mark(CONTRACT, CONTRACT, "a")
    assert mark(CONTRACT, other, "a") == mark(CONTRACT, CONTRACT, "a"), "a change does not choose its comment"
    assert mark(CONTRACT, "no: contract", "a") == mark(CONTRACT, CONTRACT, "a")
    assert mark("no: contract", CONTRACT, "a") == mark(CONTRACT, CONTRACT, "a")


def sarif(folder: Path, after: str) -> list[dict[str, Any]]:
    found = json.loads(review(folder, CONTRACT, after, "--format", "sarif").stdout)
    assert found["version"] == "2.1.0"
    (run,) = found["runs"]
    rules = [one["id"] for one in run["tool"]["driver"]["rules"]]
    assert rules == sorted({*rules})
    assert all(one["ruleId"] == rules[one["ruleIndex"]] for one in run["results"])
    return list(run["results"])


def line_of(text: str, part: str) -> int:
    (found,) = [number for number, line in enumerate(text.splitlines(), 1) if part in line]
    return found


def test_a_gain_is_annotated_at_the_line_that_gives_it(tmp_path: Path) -> None:
    after = CONTRACT.replace("role: viewer, to", "role: runner, to")
    results = sarif(tmp_path, after)
    assert {(one["ruleId"], one["level"]) for one in results} == {("access-gained", "warning")}
    places = [one["locations"][0]["physicalLocation"] for one in results]
    assert {one["region"]["startLine"] for one in places} == {line_of(after, "role: runner, to: analysts")}
    assert all(one["artifactLocation"]["uri"].endswith("after.yaml") for one in places)
    fingerprints = [one["partialFingerprints"]["rule/file/message"] for one in results]
    assert len({*fingerprints}) == len(results) == 2


def test_a_loss_is_a_note_and_a_problem_an_error_at_its_line(tmp_path: Path) -> None:
    lost = sarif(tmp_path, CONTRACT.replace("in: [dev, prod], ticket", "in: [dev], ticket"))
    assert {(one["ruleId"], one["level"]) for one in lost} == {("access-lost", "note")}
    wrong = CONTRACT.replace("role: viewer, to: analysts", "role: king, to: analysts")
    (problem,) = sarif(tmp_path, wrong)
    assert (problem["ruleId"], problem["level"]) == ("unknown-role", "error")
    region = problem["locations"][0]["physicalLocation"]["region"]
    assert region["startLine"] == line_of(wrong, "role: king")


def test_files_of_a_revision_are_named_as_in_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, CONTRACT, "access/contract.yaml")
    (tmp_path / "Pulumi.yaml").write_text(
        "name: x\nruntime: python\nconfig: {rolecall:contract: access/contract.yaml}\n"
    )
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "before")
    write(tmp_path, CONTRACT.replace("role: viewer, to", "role: runner, to"), "access/contract.yaml")
    git(tmp_path, "commit", "-qam", "after")
    monkeypatch.chdir(tmp_path)
    for sides in (["HEAD^..HEAD"], ["HEAD^"]):
        found = json.loads(runner.invoke(app, ["review", *sides, "--format", "sarif"]).stdout)
        uris = {
            one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in found["runs"][0]["results"]
        }
        assert uris == {"access/contract.yaml"}


def test_annotations_of_github_are_commands_that_no_name_can_forge(tmp_path: Path) -> None:
    after = CONTRACT.replace("role: viewer, to", "role: runner, to")
    lines = review(tmp_path, CONTRACT, after, "--format", "github").stdout.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("::warning file=") and ",title=access-gained::" in line for line in lines)


def test_the_comment_is_posted_beside_annotations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with forge() as served:
        for name, value in github(served, tmp_path).items():
            monkeypatch.setenv(name, value)
        found = review(
            tmp_path, CONTRACT, CONTRACT.replace("role: viewer, to", "role: runner, to"), "--post", "-f", "sarif"
        )
    json.loads(found.stdout)
    assert served.comments[0]["body"].startswith("<!-- rolecall review ")
