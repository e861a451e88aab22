"""Access granted by hand is listed before a run that writes the same list revokes it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from databricks.sdk.service import catalog, jobs, workspace

from rolecall.errors import ExitCode
from tests.support.contracts import CONTRACT
from tests.support.documents import stacks
from tests.support.emulator import ServedEmulator
from tests.support.project import Project, contract_project

pytestmark = pytest.mark.engine

OBJECTS = """\
    datasets: {features: {}}
    secret_scopes: {payments: {}}
    cluster_policies:"""
ONE = CONTRACT.replace("dev: {workspace: nonprod}", "dev: {workspace: nonprod, catalog: acme_dev}")
ONE = ONE.replace("  prod: {workspace: prod, protected: true}\n", "").replace("in: [dev, prod]", "in: [dev]")
ONE = ONE.replace("    cluster_policies:", OBJECTS).replace(
    "viewer: [{may: view, kind: job}]",
    "viewer: [{may: view, kind: job}, {may: view, kind: dataset}, {may: view, kind: secret_scope}]",
)
STRANGER = "users"
ROLE = "arn:aws:iam::123456789012:role/lake"
NAMED = ("job churn/train in dev", "dataset churn/features in dev", "secret scope churn/payments in dev")


def test_a_run_names_what_was_given_by_hand_before_it_takes_it_away(tmp_path: Path, emulator: ServedEmulator) -> None:
    project = contract_project(tmp_path, emulator, ONE)
    project.deployed("up")
    client = emulator.workspace()
    (job,) = client.jobs.list(name="[dev] churn-train")
    level = jobs.JobPermissionLevel.CAN_VIEW
    entry = jobs.JobAccessControlRequest(group_name=STRANGER, permission_level=level)
    client.jobs.update_permissions(str(job.job_id), access_control_list=[entry])
    client.secrets.put_acl("dev-churn-payments", STRANGER, workspace.AclPermission.READ)
    more = catalog.PermissionsChange(add=[catalog.Privilege.SELECT], principal="account users")
    client.grants.update("schema", "acme_dev.churn_features", changes=[more])

    # A contract that leaves these lists alone leaves alone what was added to them, and reads none of them.
    same = ONE.replace("max_workers: 2", "max_workers: 3")
    assert "by hand" not in shown(written(project, same).rolecall("preview"))

    changed = same.replace("role: viewer, to: analysts", "role: viewer, to: emergency")
    emulator.clear_statistics()
    answer = shown(written(project, changed).rolecall("preview"))
    for named in NAMED:
        assert f"{named}: " in answer
    assert "users has access that was added by hand" in answer
    assert emulator.statistics()["writes"] == 0
    outcomes = stacks(project.rolecall("preview", "--format", "json").stdout).values()
    (told,) = [one for one in outcomes if one["warnings"]]
    assert len(told["warnings"]) == len(NAMED)

    answer = shown(project.rolecall("up", "--yes"))
    assert all(f"{named}: " in answer for named in NAMED)
    held = client.jobs.get_permissions(str(job.job_id)).access_control_list or []
    assert STRANGER not in {one.group_name for one in held}
    assert "by hand" not in shown(project.rolecall("up", "--yes")), "a second run has nothing to say"
    groups_and_owners_converge(project, emulator, str(job.job_id))


def groups_and_owners_converge(project: Project, emulator: ServedEmulator, job: str) -> None:
    """One run with --refresh repairs renamed groups, groups that came again under their id, and other owners."""
    account, client = emulator.emulator.account, emulator.workspace()
    renamed, again = (
        next(one for one in account.of_type("Group") if one.external_id == identity)
        for identity in ("00g-engineers", "00g-analysts")
    )
    renamed.display_name = "Engineering"
    account.remove(again.id)
    emulator.account().groups.create(display_name="analysts", external_id=again.external_id)
    (trainer,) = (one for one in account.of_type("ServicePrincipal") if one.display_name == "dev-churn-trainer")
    level = jobs.JobPermissionLevel.IS_OWNER
    own = jobs.JobAccessControlRequest(service_principal_name=trainer.application_id, permission_level=level)
    client.jobs.set_permissions(job, access_control_list=[own])
    assert project.rolecall("parity").returncode == ExitCode.FINDINGS
    shown(project.rolecall("up", "--yes", "--refresh"))
    shown(project.rolecall("parity"))


def test_a_list_that_is_managed_elsewhere_is_not_replaced_silently(tmp_path: Path, emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    client.storage_credentials.create("lake", aws_iam_role=catalog.AwsIamRoleRequest(ROLE))
    client.external_locations.create("Lake", "s3://lake/raw", "lake")
    for holder, privilege in (("account users", "READ_FILES"), ("analysts", "WRITE_FILES")):
        change = catalog.PermissionsChange(add=[catalog.Privilege(privilege)], principal=holder)
        client.grants.update("external_location", "Lake", changes=[change])
    before = client.grants.get("external_location", "Lake").as_dict()

    text = ONE.replace(
        "    cluster_policies:", "    external_locations: {lake: {existing: Lake}}\n    cluster_policies:"
    )
    text = text.replace(
        "{may: view, kind: dataset}", "{may: view, kind: dataset}, {may: view, kind: external_location}"
    )
    project = contract_project(tmp_path, emulator, text)
    for command in (("preview",), ("up", "--yes")):
        answer = project.rolecall(*command)
        assert answer.returncode == ExitCode.FINDINGS, answer.stdout + answer.stderr
        message = " ".join(f"{answer.stdout} {answer.stderr}".split())
        assert "external location churn/lake in dev (Lake) has access that no run has granted" in message
        assert "account users loses READ_FILES" in message
        assert "analysts loses WRITE_FILES" in message
        assert "removal_overrides: [{object: churn/lake" in message
        assert client.grants.get("external_location", "Lake").as_dict() == before

    why = "reason: they read it from jobs of the contract, owner: ada, expires: 2099-12-31"
    allowed = f"removal_overrides: [{{object: churn/lake, kind: external_location, environment: dev, {why}}}]\n"
    report = shown(written(project, text + allowed).rolecall("up", "--yes"))
    assert "account users loses READ_FILES" in report, "what an override allows is still named"
    assert "account users" not in str(client.grants.get("external_location", "Lake").as_dict())

    # A job makes a table, whose access is granted by hand: its own list is as careful.
    body = {"catalog_name": "acme_dev", "schema_name": "churn_features", "name": "latest", "table_type": "EXTERNAL"}
    body |= {"data_source_format": "DELTA", "storage_location": "s3://lake/latest"}
    client.api_client.do("POST", "/api/2.1/unity-catalog/tables", body={**body, "columns": []})
    select = catalog.PermissionsChange(add=[catalog.Privilege.SELECT], principal="analysts")
    client.grants.update("table", "acme_dev.churn_features.latest", changes=[select])
    tables = "    tables: {latest: {dataset: features}, gone: {dataset: features}}\n    cluster_policies:"
    answer = written(project, text.replace("    cluster_policies:", tables)).rolecall("preview")
    assert answer.returncode == ExitCode.FINDINGS, answer.stdout + answer.stderr
    message = " ".join(f"{answer.stdout} {answer.stderr}".split())
    assert "table churn/latest in dev (acme_dev.churn_features.latest) has access that no run has granted" in message
    assert "analysts loses SELECT" in message
    assert "table churn/gone in dev (acme_dev.churn_features.gone)" in message, "it does not exist yet"
    one = text.replace("    cluster_policies:", tables.replace(", gone: {dataset: features}", ""))
    reader = "viewer: [{may: view, kind: table}, "
    shown(written(project, one.replace("viewer: [", reader)).rolecall("up", "--yes"))
    assert "analysts" in str(client.grants.get("table", "acme_dev.churn_features.latest").as_dict())

    change = catalog.PermissionsChange(add=[catalog.Privilege("READ_FILES")], principal="account users")
    client.grants.update("external_location", "Lake", changes=[change])
    released = text.replace("    external_locations: {lake: {existing: Lake}}\n", "")
    for removal in (("up", "--yes"), ("destroy", "dev.churn", "--yes")):
        answer = written(project, released).rolecall(*removal)
        message = " ".join(f"{answer.stdout} {answer.stderr}".split())
        assert answer.returncode == ExitCode.FINDINGS, message
        assert "this run deletes its access list: account users loses READ_FILES" in message
    assert "account users" in str(client.grants.get("external_location", "Lake").as_dict())


def written(project: Project, text: str) -> Project:
    project.write("contract.yaml", text)
    return project


def shown(answer: subprocess.CompletedProcess[str]) -> str:
    """Return what a command that went well has shown, with its lines joined."""
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return " ".join(f"{answer.stdout} {answer.stderr}".split())
