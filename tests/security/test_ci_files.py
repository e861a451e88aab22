"""CI: a pull request's code gets nothing that can write, actions are pinned, and tokens may no more than they need."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*$")
# The right to write that each job may have.
WRITES = {
    ("deploy", "deploy"): {"id-token"},
    ("preview", "preview"): {"id-token"},
    ("release", "attest"): {"id-token", "attestations"},
    ("release", "publish"): {"id-token"},
}
# Decrypts secrets in the state; nothing can be written with it.
SHARED_SECRETS = {"PULUMI_CONFIG_PASSPHRASE"}
# Where a variable or secret names or proves who signs in.
SIGN_INS = re.compile(r"_(CLIENT_ID|CLIENTID|PRIVATEKEY|AUTH_KEY|SECRET|TOKEN|API_KEY|PASSWORD)$")


def _workflow(path: Path) -> dict[Any, Any]:
    loaded: dict[Any, Any] = yaml.safe_load(path.read_text())
    return loaded


def _triggers(workflow: Mapping[Any, Any]) -> set[str]:
    declared = workflow[True]  # YAML 1.1 reads the key `on` as a truth value
    return {declared} if isinstance(declared, str) else set(declared)


def _jobs() -> Iterator[Any]:
    for path in WORKFLOWS:
        for name, job in _workflow(path)["jobs"].items():
            yield pytest.param(path.stem, name, job, id=f"{path.stem}-{name}")


def _examples() -> Iterator[Any]:
    """Yield each file with a workflow, and each workflow that the documentation shows."""
    for path in WORKFLOWS:
        yield pytest.param(path.read_text(), id=path.name)
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for number, block in enumerate(re.findall(r"```ya?ml\n(.*?)```", path.read_text(), re.DOTALL)):
            if "uses:" in block:
                yield pytest.param(block, id=f"{path.name}-{number}")


@pytest.mark.parametrize("text", list(_examples()))
def test_actions_are_pinned_by_commit(text: str) -> None:
    used = [line.strip().removeprefix("- ") for line in text.splitlines() if re.match(r"\s*(- )?uses:", line)]
    assert used
    assert [line for line in used if not PINNED.match(line)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_grants_nothing_by_default(path: Path) -> None:
    workflow = _workflow(path)
    assert workflow["permissions"] == {}
    assert _triggers(workflow) & {"pull_request_target", "workflow_run", "issue_comment"} == set()


@pytest.mark.parametrize(("workflow", "name", "job"), list(_jobs()))
def test_a_job_may_no_more_than_it_needs(workflow: str, name: str, job: dict[str, Any]) -> None:
    permissions = job["permissions"]
    assert isinstance(permissions, dict), "not `write-all`"
    writes = {scope for scope, level in permissions.items() if level == "write"}
    assert writes == WRITES.get((workflow, name), set())
    assert {scope for scope, level in permissions.items() if level == "read"} <= {"contents"}
    assert job["timeout-minutes"] <= 90
    for step in job["steps"]:
        if str(step.get("uses", "")).startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
        # What others write (titles, branches) is never put into a script.
        assert "github.event" not in str(step.get("run", ""))
        assert "github.head_ref" not in str(step.get("run", ""))


def _environment(name: str) -> dict[str, str]:
    """Return the variables of a workflow's only job and of its steps."""
    (job,) = _workflow(ROOT / ".github" / "workflows" / f"{name}.yml")["jobs"].values()
    variables = dict(job["env"])
    for step in job["steps"]:
        variables |= step.get("env", {})
    return variables


def _secrets(environment: Mapping[str, str]) -> set[str]:
    return {name for value in environment.values() for name in re.findall(r"secrets\.(\w+)", str(value))}


def test_a_preview_signs_in_nowhere_as_the_deployer() -> None:
    previews, deploys = _environment("preview"), _environment("deploy")
    assert _secrets(previews) & _secrets(deploys) == SHARED_SECRETS
    for name in previews.keys() & deploys.keys():
        if SIGN_INS.search(name) and "${{" in previews[name]:
            assert previews[name] != deploys[name], name
    assert "DATABRICKS_CLIENT_ID" in previews
    assert {"DATABRICKS_CLIENT_SECRET", "DATABRICKS_TOKEN"} & previews.keys() == set()


def test_a_preview_may_only_read_the_identity_provider() -> None:
    scopes = _environment("preview")["OKTA_CLIENT_SCOPES"].split()
    assert scopes
    assert all(scope.endswith(".read") for scope in scopes)


def test_a_preview_neither_deploys_nor_reaches_the_secrets_of_production() -> None:
    (job,) = _workflow(ROOT / ".github" / "workflows" / "preview.yml")["jobs"].values()
    assert "environment" not in job
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert any("rolecall preview" in command for command in commands)
    assert not any(re.search(r"(rolecall|pulumi) (up|destroy|import|refresh)", command) for command in commands)
    # A fork's pull request gets no credentials.
    assert "head.repo.full_name == github.repository" in job["if"]


def test_what_deploys_runs_only_on_the_protected_branch_in_the_protected_environment() -> None:
    workflow = _workflow(ROOT / ".github" / "workflows" / "deploy.yml")
    assert _triggers(workflow) == {"push", "schedule"}
    assert workflow[True]["push"] == {"branches": ["main"]}
    (job,) = workflow["jobs"].values()
    assert job["environment"] == "production"


def test_the_checks_of_this_repository_need_no_secret() -> None:
    for name in ("test", "release"):
        assert "secrets." not in (ROOT / ".github" / "workflows" / f"{name}.yml").read_text()
    assert "secrets." not in (ROOT / ".ci" / "run").read_text()
