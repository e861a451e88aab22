"""Pipelines that `rolecall init` writes: reviews see no credential, deployments sign in without a stored one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema.validators import validator_for

from rolecall.starting.choices import Choices, CiChoice
from rolecall.starting.chosen import files
from rolecall.starting.pipelines.notification import FILE, TEXT
from tests.security.test_ci_files import PINNED
from tests.support.threads import serving

ORCHESTRATORS = ("conductor", "harness", "prefect")
PLATFORMS = (CiChoice.GITHUB, CiChoice.GITLAB, CiChoice.AZURE_DEVOPS, CiChoice.HARNESS)
# The vendor's schema, and the files that it is for.
SCHEMAS = {
    CiChoice.GITHUB: ("github-workflows", r"\.github/workflows/.*"),
    CiChoice.GITLAB: ("gitlab-ci", r"\.gitlab-ci\.yml"),
    CiChoice.AZURE_DEVOPS: ("azure-pipelines", r"azure-pipelines\.yml"),
}
CANARY = "/services/T0/B0/canary-of-a-webhook"


def written(ci: CiChoice, provider: str = "okta") -> dict[str, str]:
    return dict(files(Choices(ci=ci, identity_provider=provider, orchestrators=ORCHESTRATORS)))


def loaded(text: str) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(text)
    return found


def workflows(provider: str = "okta") -> dict[str, dict[Any, Any]]:
    texts = written(CiChoice.GITHUB, provider)
    return {Path(name).stem: loaded(text) for name, text in texts.items() if name.startswith(".github/")}


def test_actions_of_github_are_pinned_by_commit() -> None:
    for name, text in written(CiChoice.GITHUB).items():
        if name.startswith(".github/"):
            used = [line.strip().removeprefix("- ") for line in text.splitlines() if re.match(r"\s*- uses:", line)]
            assert [line for line in used if not PINNED.match(line)] == []


@pytest.mark.parametrize("provider", ["okta", "entra"])
def test_jobs_of_github_have_no_more_rights_than_they_need(provider: str) -> None:
    writes = {
        ("check", "check"): set[str](),
        ("check", "review"): {"pull-requests"},
        ("deploy", "dev"): {"id-token"},
        ("deploy", "prod"): {"id-token"},
        ("deploy", "live"): {"id-token", "issues"},
        ("live", "live"): {"id-token", "issues"},
    }
    found = {
        (name, job): {scope for scope, level in declared["permissions"].items() if level == "write"}
        for name, workflow in workflows(provider).items()
        for job, declared in workflow["jobs"].items()
    }
    assert found == writes
    for workflow in workflows(provider).values():
        assert workflow["permissions"] == {}
        for job in workflow["jobs"].values():
            for step in job.get("steps", ()):
                assert "github.event" not in step.get("run", ""), "what others write is put into no script"
                if "actions/checkout" in step.get("uses", ""):
                    assert step["with"]["persist-credentials"] is False


def test_a_pull_request_of_github_sees_no_secret_and_no_identity() -> None:
    text = written(CiChoice.GITHUB)[".github/workflows/check.yml"]
    assert "secrets." not in text
    assert "id-token" not in text
    assert loaded(text)[True] == "pull_request"
    assert "pull_request_target" not in "".join(written(CiChoice.GITHUB).values())
    assert loaded(text)["jobs"]["review"]["steps"][-1]["run"].startswith("rolecall review")


def test_what_deploys_has_a_protected_environment_each() -> None:
    deploy, live = workflows()["deploy"], workflows()["live"]
    assert {*deploy[True]} == {"push", "schedule"}
    assert deploy[True]["push"] == {"branches": ["main"]}
    jobs = deploy["jobs"]
    assert (jobs["dev"]["environment"], jobs["prod"]["environment"], jobs["prod"]["needs"]) == ("dev", "prod", "dev")
    assert jobs["dev"]["steps"][-1]["run"] == "rolecall up account dev --yes"
    assert jobs["prod"]["steps"][-1]["run"] == "rolecall up prod --yes"
    assert live["jobs"]["live"]["environment"] == "live"
    # The key signs in one step only.
    assert "ROLECALL_SIGNING_KEY" not in str(deploy)
    assert "ROLECALL_SIGNING_KEY" not in live["jobs"]["live"]["env"]


def test_databricks_is_signed_in_to_without_a_secret() -> None:
    for ci in PLATFORMS:
        text = "".join(written(ci).values())
        assert "DATABRICKS_CLIENT_SECRET" not in text
        assert "DATABRICKS_TOKEN" not in text
        assert re.search(r"DATABRICKS_AUTH_TYPE: (github-oidc|env-oidc|azure-devops-oidc|file-oidc)", text)


@pytest.mark.parametrize("ci", PLATFORMS)
def test_entra_id_is_signed_in_to_without_a_secret(ci: CiChoice) -> None:
    text = "".join(written(ci, "entra").values())
    assert "AZURE_CLIENT_SECRET" not in text
    ways = {
        CiChoice.GITHUB: "id-token: write",
        CiChoice.GITLAB: "ENTRA_ID_TOKEN: {aud: 'api://AzureADTokenExchange'}",
        CiChoice.AZURE_DEVOPS: "azureSubscription: rolecall-entra",
        CiChoice.HARNESS: "AZURE_FEDERATED_TOKEN_FILE: /var/run/secrets/kubernetes.io/serviceaccount/token",
    }
    assert ways[ci] in text
    if ci is not CiChoice.GITHUB:
        assert ways[ci] not in "".join(written(ci, "okta").values())


@pytest.mark.parametrize("provider", ["okta", "entra"])
@pytest.mark.parametrize("ci", [*SCHEMAS])
def test_pipelines_follow_the_schema_of_their_platform(ci: CiChoice, provider: str) -> None:
    name, pattern = SCHEMAS[ci]
    schema = json.loads((schemas() / f"{name}.json").read_text(encoding="utf-8"))
    validator = validator_for(schema)(schema)
    pipelines = {path: loaded(text) for path, text in written(ci, provider).items() if re.fullmatch(pattern, path)}
    assert pipelines
    for path, pipeline in pipelines.items():
        # YAML 1.1 reads the key `on` as a truth value.
        content = {"on" if key is True else key: value for key, value in pipeline.items()}
        assert [error.message for error in validator.iter_errors(content)] == [], path
        assert [*validator.iter_errors({**content, "jobs": 1, "stages": 1, "check": 1})], "the schema refuses nothing"


def schemas() -> Path:
    """Return the folder of the vendors' schemas."""
    found = find_spec("check_jsonschema")
    assert found is not None
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0], "builtin_schemas", "vendor")


SECRETS = ("OKTA_CLIENT_PRIVATEKEY", "PULUMI_CONFIG_PASSPHRASE", "HARNESS_PLATFORM_API_KEY", "ROLECALL_SIGNING_KEY")


def test_merge_requests_of_gitlab_see_no_identity() -> None:
    pipeline = loaded(written(CiChoice.GITLAB)[".gitlab-ci.yml"])
    check = pipeline["check"]
    assert check["rules"] == [{"if": "$CI_PIPELINE_SOURCE == 'merge_request_event'"}]
    assert "extends" not in check
    assert "id_tokens" not in check
    for name in ("deploy:dev", "deploy:prod", "live"):
        assert pipeline[name]["extends"] == ".signed"
        assert "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH" in pipeline[name]["rules"][0]["if"]
    assert pipeline["deploy:prod"]["environment"] == {"name": "prod"}
    assert pipeline["deploy:prod"]["needs"] == ["deploy:dev"]


def test_pull_requests_of_azure_see_no_secret() -> None:
    pipeline = loaded(written(CiChoice.AZURE_DEVOPS)["azure-pipelines.yml"])
    check, *others = pipeline["stages"]
    assert check["condition"] == "eq(variables['Build.Reason'], 'PullRequest')"
    assert pipeline["variables"] == [{"group": "rolecall-addresses"}]
    assert not [name for name in (*SECRETS, "SYSTEM_ACCESSTOKEN", "rolecall-deploy") if name in str(check)]
    for stage in others:
        assert "eq(variables['Build.SourceBranch'], 'refs/heads/main')" in stage["condition"]
        assert stage["variables"] == [{"group": "rolecall-deploy"}]
    assert [stage["jobs"][0].get("environment") for stage in others] == ["dev", "prod", None]


def test_pull_requests_of_harness_see_no_secret_and_no_token() -> None:
    pipeline = loaded(written(CiChoice.HARNESS)[".harness/access.yaml"])["pipeline"]
    stages = {one["stage"]["identifier"]: one["stage"] for one in pipeline["stages"]}
    assert [*stages] == ["check", "deploy_dev", "approve_prod", "deploy_prod", "live"]
    check = stages["check"]
    assert "secrets." not in str(check)
    assert check["spec"]["infrastructure"]["spec"]["automountServiceAccountToken"] is False
    accounts = {
        name: stage["spec"]["infrastructure"]["spec"]["serviceAccountName"]
        for name, stage in stages.items()
        if stage["type"] == "CI"
    }
    assert accounts == {
        "check": "rolecall-check",
        "deploy_dev": "rolecall-dev",
        "deploy_prod": "rolecall-prod",
        "live": "rolecall-live",
    }
    for name, stage in stages.items():
        assert ('"main"' in stage["when"]["condition"]) is (name != "check")


@pytest.mark.parametrize("ci", PLATFORMS)
def test_every_platform_reviews_deploys_and_takes_snapshots(ci: CiChoice) -> None:
    text = "".join(written(ci).values())
    commands = ("rolecall review", "rolecall check", "rolecall up account dev --yes", "rolecall up prod --yes")
    for command in (*commands, "rolecall snapshot snapshot.json", "rolecall parity", "python .ci/notify.py", "43 */6"):
        if command == "43 */6" and ci is CiChoice.GITLAB:
            continue  # schedules of GitLab are settings of the project
        assert command in text, command


@contextmanager
def webhook(status: int = 200) -> Iterator[tuple[str, list[Any]]]:
    received: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 (the library's name)
            del format, arguments

    server = HTTPServer(("127.0.0.1", 0), Handler)
    with serving(server):
        yield f"http://127.0.0.1:{server.server_port}{CANARY}", received


def notify(folder: Path, text: str, **variables: str) -> subprocess.CompletedProcess[str]:
    script = folder / Path(FILE).name
    script.write_text(TEXT)
    environment = {"PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1", **variables}
    command = [sys.executable, str(script), text]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_message_reaches_slack_and_teams_in_their_own_forms(tmp_path: Path) -> None:
    with webhook() as (slack, to_slack), webhook() as (teams, to_teams):
        sent = notify(tmp_path, "<!channel> drift & more", SLACK_WEBHOOK_URL=slack, TEAMS_WEBHOOK_URL=teams)
    assert (sent.returncode, sent.stdout, sent.stderr) == (0, "", "")
    assert to_slack == [{"text": "&lt;!channel&gt; drift &amp; more"}]
    (card,) = to_teams[0]["attachments"]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert card["content"]["body"][0]["text"] == "<!channel> drift & more"


def test_without_a_webhook_nothing_is_sent_and_a_refusal_shows_no_address(tmp_path: Path) -> None:
    assert notify(tmp_path, "x").returncode == 0
    assert notify(tmp_path, "x", SLACK_WEBHOOK_URL="$(SLACK_WEBHOOK_URL)").returncode == 0
    with webhook(status=403) as (address, received):
        refused = notify(tmp_path, "x", SLACK_WEBHOOK_URL=address)
    assert (refused.returncode, len(received)) == (1, 1)
    assert "answers 403" in refused.stderr
    for gone in (address, f"nothing:{CANARY}", CANARY):
        broken = notify(tmp_path, "x", TEAMS_WEBHOOK_URL=gone)
        assert broken.returncode == 1
        assert "cannot be reached" in broken.stderr
        assert "canary" not in broken.stderr
