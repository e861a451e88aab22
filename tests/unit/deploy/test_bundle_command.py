"""The bundles' own command, as a program that records how it was run and answers in the command's form."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rolecall.cli.main import app
from rolecall.contract.loader import LoadedContract
from rolecall.deploy.bundle_command import Comparison, compare_bundles
from tests.support.bundles import taken
from tests.support.contracts import VARIABLES
from tests.support.documents import document

BUNDLE = """\
bundle: {name: shop}
variables: {days: {default: 7}}
resources:
  jobs:
    load:
      name: load
      tags: {team: ml}
      schedule: {quartz_cron_expression: 0 0 3 * * ?, timezone_id: UTC}
      tasks:
        - task_key: a
          notebook_task: {notebook_path: src/a.py, base_parameters: {days: "${var.days}"}}
          new_cluster: {spark_version: 15.4.x-scala2.12, node_type_id: i3.xlarge}
targets:
  dev: {mode: development}
  prod: {workspace: {root_path: /Workspace/Shared/shop}}
"""
# The form of `bundle validate --output json`: https://github.com/databricks/cli/tree/main/acceptance/bundle/override
USER = "ada@example.com"
VERSION = "Databricks CLI v0.299.0"
HOSTS = {"dev": VARIABLES["ML_NONPROD_HOST"], "prod": VARIABLES["ML_PROD_HOST"]}


def job(target: str) -> dict[str, Any]:
    development = target == "dev"
    root = f"/Workspace/Users/{USER}/.bundle/shop/dev" if development else "/Workspace/Shared/shop"
    return {
        "deployment": {"kind": "BUNDLE", "metadata_file_path": f"{root}/state/metadata.json"},
        "edit_mode": "UI_LOCKED",
        "format": "MULTI_TASK",
        "max_concurrent_runs": 4 if development else 1,
        "name": "[dev ada] load" if development else "load",
        "queue": {"enabled": True},
        "schedule": {
            "pause_status": "PAUSED" if development else "UNPAUSED",
            "quartz_cron_expression": "0 0 3 * * ?",
            "timezone_id": "UTC",
        },
        "tags": {"team": "ml", **({"dev": "ada"} if development else {})},
        "tasks": [
            {
                "new_cluster": {"node_type_id": "i3.xlarge", "num_workers": 0, "spark_version": "15.4.x-scala2.12"},
                "notebook_task": {"base_parameters": {"days": "7"}, "notebook_path": f"{root}/files/src/a"},
                "task_key": "a",
            }
        ],
    }


def answer(target: str) -> dict[str, Any]:
    presets = {"name_prefix": "[dev ada] ", "tags": {"dev": "ada"}} if target == "dev" else {}
    return {
        "bundle": {"name": "shop", "target": target, **({"mode": "development"} if target == "dev" else {})},
        "presets": presets,
        "resources": {"jobs": {"load": job(target)}},
        "workspace": {"current_user": {"short_name": "ada", "userName": USER}},
    }


class Command:
    """A program called `databricks` in a folder of its own."""

    def __init__(self, folder: Path, answers: Mapping[str, Any], version: str = VERSION, code: int = 0) -> None:
        self.folder, self._calls = folder / "bin", folder / "calls"
        self.folder.mkdir()
        for target, document_ in answers.items():
            (folder / f"{target}.json").write_text(json.dumps(document_))
        program = self.folder / "databricks"
        program.write_text(
            f"""#!/bin/sh
echo "$* in $PWD with $(env | cut -d= -f1 | sort | tr '\\n' ' ')" >> {self._calls}
[ "$1" = --version ] && echo "{version}" && exit 0
[ {code} = 0 ] || {{ echo "Error: cannot resolve bundle auth configuration" >&2; exit {code}; }}
cat "{folder}/$6.json"
"""
        )
        program.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines() if self._calls.exists() else []

    def variables(self) -> dict[str, str]:
        secrets = {"OKTA_API_TOKEN": "x", "BUNDLE_VAR_days": "9", "DATABRICKS_BUNDLE_ENV": "dev", "ROLECALL_X": "y"}
        return {"PATH": f"{self.folder}{os.pathsep}{os.environ['PATH']}", "DATABRICKS_TOKEN": "t", **secrets}


def loaded(folder: Path, text: str = BUNDLE) -> LoadedContract:
    (folder / "given").mkdir()
    (folder / "given" / "databricks.yml").write_text(text)
    return taken(folder / "given", folder / "repository")


def compared(
    folder: Path, answers: Mapping[str, Any], text: str = BUNDLE, **options: Any
) -> tuple[Comparison, Command]:
    command = Command(folder, answers, **options)
    return compare_bundles(loaded(folder, text), command.variables()), command


def test_what_the_command_resolves_alike_is_noted_with_its_version(tmp_path: Path) -> None:
    found, command = compared(tmp_path, {target: answer(target) for target in HOSTS})
    assert found.problems == []
    assert [one.partition(": ")[2] for one in found.notes] == ["compared with databricks v0.299.0 for dev, prod"]
    version, *validations = command.calls
    assert version.startswith("--version ")
    for call, target in zip(validations, HOSTS, strict=True):
        arguments, _, rest = call.partition(" in ")
        assert arguments == f"bundle validate --output json --target {target}"
        folder, _, names = rest.partition(" with ")
        assert folder.endswith("/repository/bundle")
        assert {"DATABRICKS_HOST", "DATABRICKS_TOKEN", "PATH"} <= {*names.split()}
        assert not {"OKTA_API_TOKEN", "BUNDLE_VAR_days", "DATABRICKS_BUNDLE_ENV", "ROLECALL_X"} & {*names.split()}


def changed(target: str, *path: str | int, to: Any) -> dict[str, Any]:
    found = answer(target)
    holder: Any = found["resources"]["jobs"]
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = to
    return found


@pytest.mark.parametrize(
    ("path", "to", "line"),
    [
        (("load", "tasks", 0, "notebook_task", "base_parameters", "days"), "9", 11),
        (("load", "tasks", 0, "notebook_task", "notebook_path"), "/Workspace/Shared/other/a", 11),
        (("load", "tasks", 0, "new_cluster", "num_workers"), 8, 12),
        (("load", "schedule", "pause_status"), "PAUSED", 8),
        (("load", "name"), "other", 6),
        (("load", "tags"), {}, 7),
        (("load", "max_concurrent_runs"), 2, 5),
        (("load", "tasks"), [], 9),
    ],
)
def test_a_difference_is_a_problem_at_its_line(tmp_path: Path, path: tuple[str | int, ...], to: Any, line: int) -> None:
    found, _ = compared(tmp_path, {"dev": answer("dev"), "prod": changed("prod", *path, to=to)})
    assert {(one.id, one.place and one.place.line) for one in found.problems} == {("bundle-resolved-otherwise", line)}
    (problem, *_) = found.problems
    assert "in target prod" in problem.what
    assert "v0.299.0" in problem.allowed


def test_a_job_that_the_command_does_not_have_is_a_problem(tmp_path: Path) -> None:
    without = answer("prod")
    without["resources"]["jobs"] = {"another": job("prod")}
    found, _ = compared(tmp_path, {"dev": answer("dev"), "prod": without})
    assert [one.what for one in found.problems] == ["databricks v0.299.0 has no job 'load' in target prod"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BUNDLE + "experimental: {scripts: {preinit: 'curl evil'}}\n", "its scripts would be run"),
        (BUNDLE.replace("{name: shop}", "{name: shop, terraform: {exec_path: ./x}}"), "a program that it names would"),
        (BUNDLE + "workspace: {host: 'https://evil.example.com'}\n", "workspace.host https://evil.example.com, and"),
    ],
)
def test_nothing_of_the_bundle_is_run_and_no_credential_goes_elsewhere(tmp_path: Path, text: str, reason: str) -> None:
    found, command = compared(tmp_path, {target: answer(target) for target in HOSTS}, text)
    assert len(command.calls) == 1, "its version alone"
    assert found.problems == []
    assert len(found.notes) == len(HOSTS)
    assert all(reason in one for one in found.notes)


def test_a_command_that_fails_is_noted_and_stops_nothing(tmp_path: Path) -> None:
    found, _ = compared(tmp_path, {}, code=1)
    assert found.problems == []
    assert all("was not compared" in one and "cannot resolve bundle auth" in one for one in found.notes)


def test_the_former_command_without_bundles_is_not_asked(tmp_path: Path) -> None:
    found, command = compared(tmp_path, {}, version="Version 0.18.0")
    assert len(command.calls) == 1
    assert "knows no bundles" in found.notes[0]


def test_a_command_of_the_repository_is_not_run(tmp_path: Path) -> None:
    contract = loaded(tmp_path)
    command = Command(tmp_path / "repository", {})
    (note,) = compare_bundles(contract, command.variables()).notes
    assert "a file of the repository" in note
    assert command.calls == []
    relative = {"PATH": os.path.relpath(command.folder)}
    assert compare_bundles(contract, relative).notes
    assert command.calls == []


def test_no_credential_is_sent_to_a_placeholder(tmp_path: Path) -> None:
    contract = loaded(tmp_path)
    command = Command(tmp_path, {target: answer(target) for target in HOSTS})
    unset = replace(contract, values=replace(contract.values, unset=("ML_PROD_HOST",)))
    (note,) = compare_bundles(unset, command.variables()).notes
    assert "ML_PROD_HOST is not set" in note
    assert command.calls == []


def test_another_workspace_is_not_compared(tmp_path: Path) -> None:
    elsewhere = answer("prod")
    elsewhere["workspace"]["host"] = "https://other.example.com"
    found, _ = compared(tmp_path, {"dev": answer("dev"), "prod": elsewhere})
    assert found.problems == []
    assert "it resolved for https://other.example.com" in found.notes[0]


def test_without_the_command_nothing_is_run(tmp_path: Path) -> None:
    assert compare_bundles(loaded(tmp_path), {"PATH": str(tmp_path)}) == Comparison()


def test_check_reports_the_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = Command(tmp_path, {"dev": answer("dev"), "prod": changed("prod", "load", "name", to="other")})
    for name, value in {**VARIABLES, **command.variables()}.items():
        monkeypatch.setenv(name, value)
    loaded(tmp_path)
    contract = tmp_path / "repository" / "contract.yaml"
    result = CliRunner().invoke(app, ["check", str(contract), "--format", "json"])
    assert result.exit_code == 2
    (problem,) = document(("check",), result.stdout)["problems"]
    assert (problem["id"], problem["line"]) == ("bundle-resolved-otherwise", 6)
    assert 'is "load" in target prod, and "other" by the bundle\'s command' in problem["what"]
