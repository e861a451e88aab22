"""The native provider under the real engine: schema, import, refresh, and workloads that act without keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from tests.support.identity import ENTRA_APPLICATION, GROUPS, TENANT, Company, company
from tests.support.identity_contract import contract, identity_project
from tests.support.project import Project, copy_provider, program

pytestmark = pytest.mark.engine


@pytest.fixture
def systems() -> Iterator[Company]:
    with company(small_pages=False) as running:
        yield running


def native(folder: Path, systems: Company, text: str) -> Project:
    """Return a project with a program of its own that uses the provider without any contract."""
    project = program(folder, text, {**systems.variables(), "ROLECALL_RETRY_SECONDS": "5"})
    described = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    described["plugins"] = {"providers": [{"name": "rolecall", "path": "plugin"}]}
    project.write("Pulumi.yaml", yaml.safe_dump(described))
    copy_provider(folder / "plugin")
    return project


def test_the_engine_reads_the_schema(tmp_path: Path, systems: Company) -> None:
    project = native(tmp_path, systems, "")
    answer = project.pulumi("package", "get-schema", str(tmp_path / "plugin"))
    assert answer.returncode == 0, answer.stderr
    schema = json.loads(answer.stdout)
    assert "rolecall:okta:Group" in schema["resources"]
    assert schema["resources"]["rolecall:okta:Group"]["requiredInputs"] == ["managedBy", "name"]
    assert "rolecall:okta:getGroupMembers" in schema["functions"]


PROGRAM = """\
import pulumi
secret = pulumi.Output.secret("{description}")
group = pulumi.CustomResource("rolecall:okta:Group", "team", {{
    "name": "{name}", "description": secret, "managedBy": "rolecall:test"}})
"""


def test_drift_is_seen_and_secrets_stay_secret(tmp_path: Path, systems: Company) -> None:
    project = native(tmp_path, systems, PROGRAM.format(name="team", description="unspeakable"))
    assert project.pulumi("up", "--yes", "--skip-preview").returncode == 0
    state = project.pulumi("stack", "export").stdout
    assert "unspeakable" not in state
    made = next(one for one in systems.okta.organization.groups.values() if one.profile["name"] == "team")
    made.profile = {**made.profile, "name": "by-hand"}
    told = project.pulumi("preview", "--refresh", "--diff").stdout
    assert "by-hand" in told
    assert "unspeakable" not in told
    assert project.pulumi("up", "--yes", "--refresh", "--skip-preview").returncode == 0
    assert made.profile["name"] == "team"

    del systems.okta.organization.groups[made.id]
    told = project.pulumi("up", "--yes", "--refresh", "--skip-preview").stdout
    assert "1 created" in told, "gone means gone"


def test_what_is_wrong_is_named_before_anything_is_written(tmp_path: Path, systems: Company) -> None:
    text = 'import pulumi\npulumi.CustomResource("rolecall:okta:Group", "team", {"nam": "x", "managedBy": ""})\n'
    told = native(tmp_path, systems, text).pulumi("preview")
    assert told.returncode != 0
    assert "Did you mean 'name'" in told.stdout
    assert "it is required" in told.stdout
    assert "managedBy" in told.stdout
    assert systems.statistics("okta")["total"] == 0


def test_an_existing_group_is_imported(tmp_path: Path, systems: Company) -> None:
    project = native(tmp_path, systems, "import pulumi\n")
    group = GROUPS["okta"]["engineers"]
    assignment = f"{ENTRA_APPLICATION}/none"
    answer = project.pulumi("import", "rolecall:okta:Group", "engineers", group, "--yes", "--generate-code=false")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    state = json.loads(project.pulumi("stack", "export").stdout)["deployment"]["resources"]
    assert group in {one.get("id") for one in state}
    missing = project.pulumi(
        "import", "rolecall:entra:AppRoleAssignment", "one", assignment, "--yes", "--generate-code=false"
    )
    assert missing.returncode != 0
    assert "does not exist" in missing.stdout


def test_a_workload_acts_without_any_key(tmp_path: Path, systems: Company) -> None:
    """The contract declares it, the engine deploys it, and the workload's own token opens Databricks and Azure."""
    portal = systems.okta.organization.applications["0oa1portal0000000001"]
    issuer = f"{systems.okta.address}/oauth2/default"
    federation = (
        f"{{trainer: {{azure: true, federation: [{{issuer: pipelines, subject: {portal.id}, "
        "audience: api://default, in: [dev]}]}}"
    )
    text = contract("entra", "scim", f"issuers: {{pipelines: {{address: '{issuer}'}}}}")
    project = identity_project(tmp_path, systems, text.replace("{trainer: {}}", federation))
    for stack in ("account", "dev.churn"):
        project.engine.select(stack)
        outcome = project.engine.run("up", stack)
        assert outcome.exit_code == 0, outcome.errors
        assert not project.engine.run("preview", stack, ["--refresh"]).changed
    form = {"grant_type": "client_credentials", "scope": "openid"}
    own = httpx.post(f"{issuer}/v1/token", data=form, auth=(portal.id, portal.client_secret)).json()["access_token"]
    account = systems.databricks.account
    principal = next(one for one in account.of_type("ServicePrincipal") if one.display_name == "dev-churn-trainer")
    exchanged = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": own,
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "client_id": principal.application_id,
    }
    root = f"{systems.databricks.addresses['nonprod']}/oidc/v1/token"
    answer = httpx.post(root, data=exchanged)
    assert answer.is_success, answer.text
    me = httpx.get(
        f"{systems.databricks.addresses['nonprod']}/api/2.0/preview/scim/v2/Me",
        headers={"Authorization": f"Bearer {answer.json()['access_token']}"},
    ).json()
    assert me["applicationId"] == principal.application_id
    application = next(
        one for one in systems.entra.tenant.applications.values() if one["displayName"] == "dev-churn-trainer"
    )
    (credential,) = systems.entra.tenant.federated[application["id"]].values()
    assert (credential["issuer"], credential["subject"]) == (issuer, portal.id)
    assert credential["audiences"] == ["api://AzureADTokenExchange"]
    assert systems.entra.tenant.id == TENANT
    secrets = [*account.client_secrets, *systems.entra.tenant.secrets]
    assert principal.application_id not in secrets
    assert application["appId"] not in secrets
