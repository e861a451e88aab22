"""`rolecall diff` for two contracts, as users call it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from typer.testing import CliRunner

from rolecall.cli.main import app
from rolecall.documents.access import ContractDifferences
from rolecall.errors import RolecallError, UsageError
from tests.support.contracts import CONTRACT, VARIABLES, write

runner = CliRunner()
VIEWER = "      - {role: viewer, to: analysts, in: [dev, prod], ticket: SEC-1}\n"


@pytest.fixture(autouse=True)
def _variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)


def compared(folder: Path, before: str, after: str) -> dict[str, Any]:
    """Compare two texts of a contract; the exit code must show whether they differ."""
    paths = [str(write(folder, text, name)) for text, name in ((before, "before.yaml"), (after, "after.yaml"))]
    result = runner.invoke(app, ["diff", *paths, "--format", "json"], catch_exceptions=False)
    told: dict[str, Any] = json.loads(result.stdout)
    TypeAdapter(ContractDifferences).validate_python(told, strict=True)
    differ = any(one["verdict"] != "equivalent" for one in told["verdicts"])
    assert result.exit_code == (1 if differ else 0), result.output
    return told


def verdicts(told: dict[str, Any]) -> dict[str | None, str]:
    return {one["environment"]: one["verdict"] for one in told["verdicts"]}


def rows(told: dict[str, Any], kind: str = "job") -> set[tuple[str, ...]]:
    return {
        (one["change"], one["subject"], one["environment"], *one["before"], "->", *one["after"])
        for one in told["changes"]
        if one["kind"] == kind
    }


@pytest.mark.parametrize(
    ("old", "new", "found", "changes"),
    [
        ("", "", {"dev": "equivalent", "prod": "equivalent"}, set()),
        (
            "role: viewer, to",
            "role: runner, to",
            {"dev": "more", "prod": "more"},
            {("gain", "analysts", "dev", "view", "->", "run"), ("gain", "analysts", "prod", "view", "->", "run")},
        ),
        (
            "in: [dev, prod], ticket",
            "in: [dev], ticket",
            {"dev": "equivalent", "prod": "less"},
            {("loss", "analysts", "prod", "view", "->")},
        ),
        (
            "role: engineer, to: engineers",
            "role: engineer, to: analysts",
            {"dev": "incomparable", "prod": "equivalent"},
            {("loss", "engineers", "dev", "edit", "->"), ("gain", "analysts", "dev", "view", "->", "edit")},
        ),
        # The same key means another group of the identity provider.
        (
            "engineers: {external: 00g-engineers}",
            "engineers: {external: 00g-others}",
            {"dev": "incomparable", "prod": "equivalent"},
            {
                ("loss", "engineers (00g-engineers)", "dev", "edit", "->"),
                ("gain", "engineers", "dev", "->", "edit"),
            },
        ),
        # The same access in another workspace, and in production that is none any more.
        ("dev: {workspace: nonprod}", "dev: {workspace: prod}", {"dev": "incomparable", "prod": "equivalent"}, set()),
        (", protected: true", "", {"dev": "equivalent", "prod": "incomparable"}, set()),
    ],
)
def test_each_environment_has_a_verdict(
    tmp_path: Path, old: str, new: str, found: dict[str, str], changes: set[tuple[str, ...]]
) -> None:
    told = compared(tmp_path, CONTRACT, CONTRACT.replace(old, new))
    assert verdicts(told) == found
    if changes or not old:
        assert rows(told) == changes


@pytest.mark.parametrize(
    "change",
    [
        ("  churn:\n", "  retention:\n    renamed_from: churn\n"),
        ("      train:\n", "      fit:\n        renamed_from: train\n"),
        ("dev: {", "test: {renamed_from: dev, "),
    ],
)
def test_what_is_renamed_is_the_same(tmp_path: Path, change: tuple[str, str]) -> None:
    text = CONTRACT.replace(*change).replace("[dev", "[test" if "test" in change[1] else "[dev")
    told = compared(tmp_path, CONTRACT, text)
    assert [one for one in told["changes"] if one["kind"] == "job"] == []


@pytest.mark.parametrize(
    ("old", "new", "remark"),
    [
        (
            "dev: {workspace: nonprod}",
            "test: {renamed_from: dev, workspace: prod}",
            "workspace prod now, and was in nonprod",
        ),
        ("dev: {workspace: nonprod}", "test: {renamed_from: dev, workspace: nonprod}", None),
        ("7c0ffee0", "8c0ffee0", "the account is 8c0ffee0"),
        (
            "prod: {workspace: prod,",
            "prod: {catalog: other, workspace: prod,",
            "its data is in other now, and was in acme_prod",
        ),
    ],
)
def test_the_same_names_elsewhere_are_something_else(tmp_path: Path, old: str, new: str, remark: str | None) -> None:
    before = CONTRACT.replace("${env:DATABRICKS_ACCOUNT_ID}", VARIABLES["DATABRICKS_ACCOUNT_ID"])
    changed = before.replace(old, new).replace("[dev", "[test" if "test:" in new else "[dev")
    if "catalog" in new:
        before = before.replace("prod: {workspace: prod,", "prod: {catalog: acme_prod, workspace: prod,")
    found = {
        one["environment"]: (one["verdict"], one["remark"] or "")
        for one in compared(tmp_path, before, changed)["verdicts"]
    }
    assert "dev" not in found or "test" not in found, "one environment, whatever it was called"
    remarks = [text for verdict, text in found.values() if verdict == "incomparable"]
    assert any(remark in text for text in remarks) if remark else not remarks


def test_a_renamed_group_is_the_same_and_one_that_took_its_key_is_not(tmp_path: Path) -> None:
    renamed = CONTRACT.replace("engineers", "builders").replace("00g-builders", "00g-engineers")
    assert {*verdicts(compared(tmp_path, CONTRACT, renamed)).values()} == {"equivalent"}
    swapped = CONTRACT.replace("00g-engineers", "00g-?").replace("00g-analysts", "00g-engineers")
    swapped = swapped.replace("00g-?", "00g-analysts")
    assert verdicts(compared(tmp_path, CONTRACT, swapped))["dev"] == "incomparable"


def test_days_count(tmp_path: Path) -> None:
    ending = CONTRACT.replace("ticket: SEC-1}", "ticket: SEC-1, expires: 2999-12-31}")
    told = compared(tmp_path, CONTRACT, ending)
    assert verdicts(told) == {"dev": "less", "prod": "less"}
    assert {(one["since"], one["until"]) for one in told["changes"]} == {("3000-01-01", None)}
    longer = compared(tmp_path, ending, CONTRACT)
    assert verdicts(longer) == {"dev": "more", "prod": "more"}, "what never ends is more than what does"
    added = compared(tmp_path, CONTRACT.replace(VIEWER, ""), ending)
    assert {(one["since"], one["until"]) for one in added["changes"]} == {(None, "2999-12-31")}


def repository(folder: Path) -> Callable[..., None]:
    """Begin a repository; return what runs a command of git in it."""

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")
        subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)

    git("init", "-b", "main")
    return git


def test_the_author_of_a_revision_cannot_hide_a_part_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Attributes of Git leave files out of an archive, and links lead out of the repository."""
    monkeypatch.chdir(tmp_path)
    git = repository(tmp_path)
    head, _, project = CONTRACT.partition("projects:\n")
    write(tmp_path, f"include: [{{path: projects/*.yaml, only: projects}}]\n{head}")
    write(tmp_path / "projects", f"projects:\n{project}", "churn.yaml")
    git("add", ".")
    git("commit", "-m", "one")
    git("tag", "v1")
    other = project.replace("  churn:\n", "  other:\n").replace("role: viewer", "role: runner")
    write(tmp_path / "projects", f"projects:\n{other}", "other.yaml")
    (tmp_path / ".gitattributes").write_text("projects/other.yaml export-ignore\n")
    git("add", ".")
    git("commit", "-m", "two")
    result = runner.invoke(app, ["diff", "v1..main", "--contract", "contract.yaml", "--format", "json"])
    assert {one["verdict"] for one in json.loads(result.stdout)["verdicts"]} == {"more"}
    # Nor does a file that is called like a revision take its place.
    for name in ("v1..main", "v1"):
        write(tmp_path, (tmp_path / "contract.yaml").read_text(), name)
        result = runner.invoke(app, ["diff", name, "--contract", "contract.yaml", "--format", "json"])
        assert {one["verdict"] for one in json.loads(result.stdout)["verdicts"]} == {"more"}
    outside = write(tmp_path.parent, f"projects:\n{other}", f"{tmp_path.name}.yaml")
    (tmp_path / "projects" / "other.yaml").unlink()
    (tmp_path / "projects" / "other.yaml").symlink_to(outside)
    git("add", ".")
    git("commit", "-m", "three")
    result = runner.invoke(app, ["diff", "v1..main", "--contract", "contract.yaml"])
    assert isinstance(result.exception, RolecallError)
    assert "outside" in str(result.exception)


def test_revisions_of_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def diff(*arguments: str) -> tuple[int, str]:
        result = runner.invoke(app, ["diff", *arguments, "--contract", "platform/contract.yaml"])
        return result.exit_code, result.output

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    git = repository(tmp_path)
    write(tmp_path / "platform", CONTRACT)
    git("add", ".")
    git("commit", "-m", "one")
    git("tag", "v1")
    write(tmp_path / "platform", CONTRACT.replace(VIEWER, ""))
    code, told = diff()
    assert code == 1
    assert "HEAD:platform/contract.yaml:" in told, "a line of a revision is written as Git does"
    git("commit", "-am", "two")
    assert diff() == (0, "dev: equivalent\nprod: equivalent\n")
    for arguments in (["v1..main"], ["v1"], ["v1", "main"], ["v1.."]):
        code, told = diff(*arguments)
        assert code == 1
        assert "v1:platform/contract.yaml:" in told
    assert diff("v1...main")[0] == 1
    assert diff("main...v1") == (0, "dev: equivalent\nprod: equivalent\n"), "nothing since they have parted"
    code, told = diff("main..v1", "--format", "markdown")
    assert code == 1
    assert "**4 gains**" in told
    write(tmp_path / "platform", "version: 7\n")
    git("commit", "-am", "three")
    for arguments, sentence in (
        (["v1..main"], "main:platform/contract.yaml"),
        (["v7..main"], "no revision 'v7'"),
        (["v1", "main", "HEAD"], "3 contracts are named"),
    ):
        refused = runner.invoke(app, ["diff", *arguments, "--contract", "platform/contract.yaml"])
        assert isinstance(refused.exception, RolecallError)
        assert sentence in str(refused.exception)
        assert "rolecall-revision" not in str(refused.exception)
    # What looks like an option is no option of git's.
    for hostile in ("--output=x..main", "main..--output=x"):
        refused = runner.invoke(app, ["diff", "--contract", "platform/contract.yaml", "--", hostile])
        assert isinstance(refused.exception, UsageError)
        assert not (tmp_path / "x").exists()
