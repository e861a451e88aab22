"""Routes that Databricks' own SDK calls, and what the service refuses."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from databricks.sdk.errors import InvalidParameterValue, NotFound, PermissionDenied, ResourceAlreadyExists
from databricks.sdk.service import catalog, compute, iam, jobs, workspace
from databricks.sdk.service.workspace import ImportFormat, Language

from rolecall.emulators.databricks import quartz
from tests.support.emulator import ServedEmulator, served


@pytest.fixture(scope="module")
def emulator() -> Iterator[ServedEmulator]:
    with served() as running:
        yield running


def test_answers_of_a_workspace_name_it(emulator: ServedEmulator) -> None:
    assert emulator.workspace().get_workspace_id() == emulator.emulator.account.workspaces["nonprod"].id


def test_databricks_own_groups_of_a_workspace(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    found = {one.display_name: one for one in client.groups.list(filter='displayName eq "admins"')}
    admins = client.groups.get(str(found["admins"].id))
    emulator.assign("ben@example.com")
    ben = emulator.id_of("ben@example.com")
    added = iam.Patch(op=iam.PatchOp.ADD, value={"members": [{"value": ben}]})
    schemas = [iam.PatchSchema.URN_IETF_PARAMS_SCIM_API_MESSAGES_2_0_PATCH_OP]
    client.groups.patch(str(admins.id), operations=[added], schemas=schemas)
    assert emulator.emulator.account.workspaces["nonprod"].assignments[ben] == "ADMIN"
    removed = iam.Patch(op=iam.PatchOp.REMOVE, path=f'members[value eq "{ben}"]')
    client.groups.patch(str(admins.id), operations=[removed], schemas=schemas)
    assert emulator.emulator.account.workspaces["nonprod"].assignments[ben] == "USER"


def test_clusters_are_chosen_pinned_and_filtered(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    runtime = client.clusters.select_spark_version(long_term_support=True)
    node = client.clusters.select_node_type(local_disk=True)
    made = [
        client.api_client.do(
            "POST",
            "/api/2.1/clusters/create",
            body={"cluster_name": name, "spark_version": runtime, "node_type_id": node, "num_workers": 1},
        )["cluster_id"]
        for name in ("b", "a")
    ]
    client.clusters.pin(made[0])
    by = compute.ListClustersFilterBy
    assert [one.cluster_id for one in client.clusters.list(filter_by=by(is_pinned=True))] == [made[0]]
    states = by(cluster_states=[compute.State.PENDING])
    assert len([*client.clusters.list(filter_by=states, page_size=1)]) == 2
    order = compute.ListClustersSortBy(
        field=compute.ListClustersSortByField.CLUSTER_NAME, direction=compute.ListClustersSortByDirection.ASC
    )
    assert [one.cluster_name for one in client.clusters.list(sort_by=order)] == ["a", "b"]
    assert {one.type for one in client.clusters.events(made[0])} == {
        compute.EventType.CREATING,
        compute.EventType.PINNED,
    }
    with pytest.raises(InvalidParameterValue, match="pinned"):
        client.clusters.permanent_delete(made[0])
    client.clusters.unpin(made[0])
    for one in made:
        client.clusters.permanent_delete(one)
    assert [*client.clusters.list()] == []


def test_notebooks_are_imported_listed_and_exported(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    client.workspace.mkdirs("/Shared/code")
    content = base64.b64encode(b"print(1)").decode()
    with pytest.raises(NotFound, match="doesn't exist"):
        client.workspace.import_(
            "/Shared/nowhere/a", content=content, format=ImportFormat.SOURCE, language=Language.PYTHON
        )
    path = "/Shared/code/a"
    client.workspace.import_(path, content=content, format=ImportFormat.SOURCE, language=Language.PYTHON)
    with pytest.raises(ResourceAlreadyExists):
        client.workspace.import_(path, content=content, format=ImportFormat.SOURCE, language=Language.PYTHON)
    (listed,) = client.workspace.list("/Shared/code")
    assert (listed.object_type, listed.language) == (workspace.ObjectType.NOTEBOOK, Language.PYTHON)
    exported = client.workspace.export(path, format=workspace.ExportFormat.SOURCE)
    assert base64.b64decode(exported.content or "") == b"print(1)"
    client.workspace.delete("/Shared/code", recursive=True)
    with pytest.raises(NotFound):
        client.workspace.get_status(path)


@pytest.mark.parametrize(
    ("expression", "fits"),
    [
        ("0 0 12 * * ?", True),
        ("0 15 10 ? * MON-FRI", True),
        ("0 0/5 14,18 * * ?", True),
        ("0 0 0 L-3 JAN,JUL ? 2027", True),
        ("0 0 0 LW * ?", True),
        ("0 0 0 ? * 6#3", True),
        ("0 0 0 * * *", False),
        ("0 0 0 ? * ?", False),
        ("0 0 25 * * ?", False),
        ("0 60 0 * * ?", False),
        ("0 0 0 32 * ?", False),
        ("0 0 0 ? * XYZ", False),
        ("0 0 * * *", False),
        ("0 0/0 0 * * ?", False),
    ],
)
def test_quartz(expression: str, fits: bool) -> None:
    assert (next(quartz.problems(expression), "") == "") is fits


def task(**more: Any) -> dict[str, Any]:
    return {"tasks": [{"task_key": "a", "notebook_task": {"notebook_path": "/Shared/a"}, **more}]}


def schedule(cron: str, zone: str = "UTC") -> dict[str, Any]:
    return {**task(), "schedule": {"quartz_cron_expression": cron, "timezone_id": zone}}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (task(notebook_task={"notebook_path": "code/a"}), "absolute"),
        (task(notebook_task={"notebook_path": "/a", "source": "GIT"}), "relative"),
        (schedule("0 0 12 * * *"), "quartz"),
        (schedule("0 0 12 * * ?", "Europe/Atlantis"), "timezone"),
        ({**task(), "parameters": [{"name": "a", "default": "1"}, {"name": "a", "default": "2"}]}, "Duplicate"),
        ({**task(), "tags": {"owner": "Team Ω"}}, "invalid character"),
        ({**task(), "tags": {"owner": "a;b"}}, "invalid character"),
        ({**task(), "git_source": {"git_url": "u", "git_branch": "b", "git_tag": "t"}}, "only one of"),
        ({**task(), "trigger": {"periodic": {"interval": 1}, "file_arrival": {"url": "u"}}}, "only one of"),
        (
            {**task(), "triggers": [{"schedule": {"timezone_id": "UTC"}, "continuous": {"task_retry_mode": "NEVER"}}]},
            "one",
        ),
        (task(libraries=[{"whl": "/a.whl", "pypi": {"package": "a"}}]), "only one of"),
        (task(webhook_notifications={"on_failure": [{"id": name} for name in "abcd"]}), "at most 3"),
        ({**task(), "max_concurrent_runs": 1001}, "between 0 and 1000"),
        ({**task(), "description": "x" * 27_701}, "at most 27700"),
    ],
)
def test_jobs_that_the_service_refuses(emulator: ServedEmulator, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidParameterValue, match=message):
        emulator.workspace().api_client.do("POST", "/api/2.2/jobs/create", body={"name": "x", **settings})


def test_administrators_let_jobs_run_as_other_users(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    emulator.assign("cleo@example.com")
    body = {"name": "as cleo", **task(), "run_as": {"user_name": "cleo@example.com"}}
    made: Any = client.api_client.do("POST", "/api/2.2/jobs/create", body=body)
    assert client.jobs.get(made["job_id"]).run_as_user_name == "cleo@example.com"
    client.jobs.delete(made["job_id"])
    with pytest.raises(InvalidParameterValue):
        client.jobs.create(name="x", run_as=jobs.JobRunAs(user_name="nobody@example.com"))


def test_secrets_of_bytes(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    client.secrets.create_scope("bytes")
    client.secrets.put_secret("bytes", "k", bytes_value=base64.b64encode(b"\x00\xff").decode())
    assert base64.b64decode(client.secrets.get_secret("bytes", "k").value or "") == b"\x00\xff"
    client.secrets.put_secret("bytes", "text", string_value="schön")
    assert base64.b64decode(client.secrets.get_secret("bytes", "text").value or "").decode() == "schön"
    with pytest.raises(InvalidParameterValue):
        client.secrets.put_secret("bytes", "k", bytes_value="no base64!")
    client.secrets.delete_scope("bytes")


def test_catalogs_are_renamed_isolated_and_owned_by_everybody(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    client.catalogs.create("old")
    client.schemas.create("inner", "old")
    client.grants.update(
        "schema",
        "old.inner",
        changes=[catalog.PermissionsChange(principal="analysts", add=[catalog.Privilege.USE_SCHEMA])],
    )
    client.catalogs.update("old", new_name="new", owner="account users")
    assert client.catalogs.get("new").owner == "account users"
    held = client.grants.get("schema", "new.inner").privilege_assignments or []
    assert [one.principal for one in held] == ["analysts"]
    with pytest.raises(NotFound):
        client.catalogs.get("old")
    client.catalogs.update("new", isolation_mode=catalog.CatalogIsolationMode.ISOLATED)
    here = emulator.emulator.account.workspaces["nonprod"].id
    assert [one.workspace_id for one in client.workspace_bindings.get_bindings("catalog", "new")] == [here]
    with pytest.raises(PermissionDenied, match="not accessible"):
        emulator.workspace("prod").catalogs.get("new")
    assert len([*client.schemas.list("new", max_results=1)]) == 3, "with default and information_schema"
    client.catalogs.delete("new", force=True)


def test_credentials_locations_and_connections(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    role = catalog.AwsIamRoleRequest(role_arn="arn:aws:iam::1:role/a")
    made = client.storage_credentials.create("lake", aws_iam_role=role)
    assert made.aws_iam_role is not None
    assert made.aws_iam_role.external_id
    with pytest.raises(NotFound):
        client.external_locations.create("raw", "s3://bucket/raw", "nobody")
    client.external_locations.create("raw", "s3://bucket/raw", "lake")
    with pytest.raises(InvalidParameterValue, match="overlaps"):
        client.external_locations.create("inner", "s3://bucket/raw/inner", "lake")
    renamed = client.external_locations.update(
        "raw", new_name="landing", isolation_mode=catalog.IsolationMode.ISOLATION_MODE_ISOLATED
    )
    assert (renamed.name, renamed.isolation_mode) == ("landing", catalog.IsolationMode.ISOLATION_MODE_ISOLATED)
    validated = client.storage_credentials.validate(storage_credential_name="lake")
    assert {one.result for one in validated.results or []} == {catalog.ValidationResultResult.PASS}
    options = {"host": "db.example", "user": "u", "password": "p"}
    connection = client.connections.create("pg", catalog.ConnectionType.POSTGRESQL, options)
    assert "password" not in (connection.options or {})
    client.connections.delete("pg")
    client.external_locations.delete("landing")
    client.storage_credentials.delete("lake")


def test_grants_on_the_metastore(emulator: ServedEmulator) -> None:
    client, metastore = emulator.workspace(), emulator.workspace().metastores.summary()
    person = emulator.as_person()
    emulator.assign("ada@example.com")
    with pytest.raises(PermissionDenied):
        person.catalogs.create("hers")
    change = catalog.PermissionsChange(principal="ada@example.com", add=[catalog.Privilege.CREATE_CATALOG])
    client.grants.update("metastore", str(metastore.metastore_id), changes=[change])
    assert person.catalogs.create("hers").owner == "ada@example.com"
    assert [one.metastore_id for one in client.metastores.list()] == [metastore.metastore_id]
    client.catalogs.delete("hers", force=True)


def test_tables(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    client.catalogs.create("t")
    client.tables.create(
        "one", "t", "default", catalog.TableType.EXTERNAL, catalog.DataSourceFormat.DELTA, "s3://bucket/one"
    )
    assert client.tables.exists("t.default.one").table_exists
    found = [one.full_name for one in client.tables.list_summaries("t", table_name_pattern="o%")]
    assert found == ["t.default.one"]
    client.tables.delete("t.default.one")
    assert not client.tables.exists("t.default.one").table_exists
    client.catalogs.delete("t", force=True)
