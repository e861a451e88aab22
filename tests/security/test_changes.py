"""`rolecall check --changed FILE…` says whose file it is: what a reviewer of the change has to look at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rolecall.cli.main import app
from tests.support.contracts import HEAD, VARIABLES
from tests.support.repository import project, repository

BUNDLE = "resources: {jobs: {b: {tasks: [{task_key: a, notebook_task: {notebook_path: /a}}]}}}"


@pytest.fixture
def main(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Pulumi.yaml").write_text("name: x\nconfig: {'rolecall:contract': {value: contract/contract.yaml}}\n")
    bundles = "    bundles: [{path: ../../bundles/churn.yml, run_as: trainer, policy: small}]\n"
    files = {
        "contract/projects/churn.yaml": project("churn", bundles),
        "bundles/churn.yml": BUNDLE,
        "contract/groups.yaml": "groups: {more: {external: 00g-more}}\n",
        "contract/roles.yaml": "roles: {more: [{may: view, kind: job}]}\n",
    }
    include = "include: [groups.yaml, {path: roles.yaml, only: [roles]}, {path: projects/*.yaml, only: projects}]\n"
    return repository(tmp_path, files, include + HEAD + "policy_packs: [packs/ours]\n")


def told(*arguments: str) -> list[dict[str, Any]]:
    answer = CliRunner().invoke(app, ["check", *arguments, "--format", "json"])
    assert answer.exit_code == 0, answer.output
    found: list[dict[str, Any]] = json.loads(answer.stdout)["changed"]
    return found


@pytest.mark.parametrize(
    ("file", "sort", "names"),
    [
        ("contract/projects/churn.yaml", "project", ["churn"]),
        ("contract/projects/new.yaml", "project", ["new"]),
        ("bundles/churn.yml", "project", ["churn"]),
        ("contract/roles.yaml", "sections", []),
        ("contract/groups.yaml", "platform", []),
        ("contract/contract.yaml", "platform", []),
        ("packs/ours/__main__.py", "platform", []),
        ("stacks/__main__.py", "platform", []),
        ("Pulumi.yaml", "platform", []),
        ("CODEOWNERS", "platform", []),
        (".github/CODEOWNERS", "platform", []),
        (".github/workflows/deploy.yml", "platform", []),
        (".gitlab-ci.yml", "platform", []),
        ("Pulumi.prod.churn.yaml", "platform", []),
        ("requirements.txt", "platform", []),
        ("uv.lock", "platform", []),
        ("sitecustomize.py", "platform", []),
        ("rolecall/__init__.py", "platform", []),
        ("plugin/__main__.py", "platform", []),
        (".gitattributes", "platform", []),
        ("scripts/README", "platform", []),
        ("../elsewhere/Makefile", "nothing", []),
        ("docs/picture.svg", "nothing", []),
        ("README.md", "nothing", []),
        ("contract/projects/notes.txt", "nothing", []),
    ],
)
def test_each_file_has_a_reach(main: Path, file: str, sort: str, names: list[str]) -> None:
    (one,) = told("--changed", file)
    assert (one["file"], one["sort"], one["projects"]) == (file, sort, names)
    if sort == "project":
        assert {f"dev.{names[0]}", f"prod.{names[0]}"} <= set(one["stacks"])
        assert not any("fraud" in stack for stack in one["stacks"])
    if sort in ("platform", "sections"):
        assert {"account", "dev.churn", "prod.fraud"} <= set(one["stacks"])


def test_any_number_of_files_and_the_contract_beside_them(main: Path) -> None:
    files = ["contract/projects/churn.yaml", "README.md", "contract/groups.yaml"]
    assert [one["file"] for one in told("--changed", *files)] == files
    assert [one["file"] for one in told(str(main), "--changed", *files)] == files
    answer = CliRunner().invoke(app, ["check", "--changed", *files])
    assert "project churn, stacks account, dev.churn, prod.churn" in answer.output
    assert "README.md: nothing of the contract" in answer.output
    assert "contract.yaml:1 includes it" in answer.output
