"""Runs, MLflow, libraries, Git, functions and effective privileges, as programs call them with the vendor's SDK."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from typing import Any

import pytest
from databricks.sdk.errors import (
    BadRequest,
    InvalidParameterValue,
    NotFound,
    PermissionDenied,
    ResourceAlreadyExists,
    ResourceConflict,
)
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.service import catalog, compute, iam, jobs, ml, pipelines, serving, settings, sql, workspace
from databricks.sdk.service.workspace import ImportFormat, Language

from tests.support.emulator import ServedEmulator, served

ADA = "ada@example.com"


@pytest.fixture(scope="module")
def emulator() -> Iterator[ServedEmulator]:
    with served() as running:
        yield running


def answered(waiter: Any) -> dict[str, Any]:
    """Return what a call has answered that the SDK would wait for."""
    found: dict[str, Any] = waiter.response.as_dict()
    return found


def a_job(emulator: ServedEmulator, *keys: str) -> int:
    tasks = [jobs.Task(task_key=key, notebook_task=jobs.NotebookTask(notebook_path="/Shared/a")) for key in keys]
    return int(emulator.workspace().jobs.create(name="runs", tasks=tasks).job_id or 0)


def test_runs_are_repaired_deleted_and_ended_together(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    job = a_job(emulator, "a")
    run = int(answered(client.jobs.run_now(job))["run_id"])
    assert client.jobs.get_run_output(run).metadata
    with pytest.raises(DatabricksError, match="active"):
        client.jobs.delete_run(run)
    with pytest.raises(DatabricksError, match="active"):
        client.jobs.repair_run(run, rerun_tasks=["a"])
    client.jobs.cancel_all_runs(job_id=job)
    assert client.jobs.get_run(run).state.result_state is jobs.RunResultState.CANCELED  # type: ignore[union-attr]
    with pytest.raises(BadRequest, match="has no task"):
        client.jobs.repair_run(run, rerun_tasks=["b"])
    with pytest.raises(BadRequest, match="must be set"):
        client.jobs.repair_run(run)
    first = int(answered(client.jobs.repair_run(run, rerun_all_failed_tasks=True))["repair_id"])
    assert client.jobs.get_run(run).state.life_cycle_state is not jobs.RunLifeCycleState.TERMINATED  # type: ignore[union-attr]
    client.jobs.cancel_run(run)
    with pytest.raises(BadRequest, match="latest_repair_id"):
        client.jobs.repair_run(run, rerun_tasks=["a"])
    client.jobs.repair_run(run, rerun_tasks=["a"], latest_repair_id=first)
    client.jobs.cancel_run(run)
    client.jobs.delete_run(run)
    with pytest.raises(DatabricksError, match="does not exist"):
        client.jobs.get_run(run)
    two = int(answered(client.jobs.run_now(a_job(emulator, "a", "b")))["run_id"])
    with pytest.raises(BadRequest, match="multiple tasks"):
        client.jobs.get_run_output(two)


def test_runs_of_experiments_are_logged_and_searched(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    identity = client.experiments.create_experiment("/Shared/clients").experiment_id
    runs: list[str] = []
    for number in range(3):
        run = client.experiments.create_run(experiment_id=identity, run_name=f"r{number}", start_time=number + 1).run
        assert run
        assert run.info
        runs.append(str(run.info.run_id))
        client.experiments.log_param(key="depth", value=str(number), run_id=runs[-1])
        client.experiments.log_metric(key="loss", value=1.0 - number / 10, timestamp=1, run_id=runs[-1])
        client.experiments.log_metric(key="loss", value=0.5 - number / 10, timestamp=2, step=1, run_id=runs[-1])
        client.experiments.set_tag(key="team", value="ml", run_id=runs[-1])
    batch = [ml.Metric(key="acc", value=0.9, timestamp=3, step=0)]
    client.experiments.log_batch(run_id=runs[0], metrics=batch, params=[ml.Param(key="x", value="y")])
    with pytest.raises(InvalidParameterValue, match="Changing param values"):
        client.experiments.log_param(key="depth", value="9", run_id=runs[0])

    def found(condition: str, *order: str) -> list[str]:
        searched = client.experiments.search_runs(experiment_ids=[str(identity)], filter=condition, order_by=[*order])
        return [str(one.info.run_name) for one in searched if one.info]

    assert found("") == ["r2", "r1", "r0"]
    assert found("metrics.loss < 0.45") == ["r2", "r1"]
    assert found("params.depth = '1' and tags.team = 'ml'") == ["r1"]
    assert found("attributes.status = 'RUNNING' AND tags.mlflow.runName LIKE 'r%'", "metrics.loss ASC") == [
        "r2",
        "r1",
        "r0",
    ]
    assert found("", "params.depth DESC") == ["r2", "r1", "r0"]
    assert found("metrics.acc > 0.5") == ["r0"]
    for wrong in ("metrics.loss", "attributes.colour = 'red'", "metrics.loss < 'a' or params.x = 1"):
        with pytest.raises(InvalidParameterValue):
            found(wrong)
    history = client.experiments.get_history("loss", run_id=runs[0])
    assert [one.value for one in history] == [1.0, 0.5]
    client.experiments.update_run(run_id=runs[0], status=ml.UpdateRunStatus.FINISHED, end_time=9)
    client.experiments.delete_run(runs[1])
    assert found("") == ["r2", "r0"]
    client.experiments.restore_run(runs[1])
    client.experiments.delete_tag(runs[2], "team")
    assert found("tags.team = 'ml'") == ["r1", "r0"]
    emulator.assign(ADA)
    with pytest.raises(PermissionDenied):
        emulator.as_person().experiments.get_run(runs[0])


def test_libraries_go_when_their_cluster_restarts(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    body = {
        "cluster_name": "l",
        "spark_version": client.clusters.select_spark_version(long_term_support=True),
        "node_type_id": client.clusters.select_node_type(local_disk=True),
        "num_workers": 1,
    }
    cluster = str(client.api_client.do("POST", "/api/2.1/clusters/create", body=body)["cluster_id"])
    pandas = compute.Library(pypi=compute.PythonPyPiLibrary(package="pandas==2.2.2"))
    client.libraries.install(cluster, [pandas, compute.Library(jar="/Volumes/main/a/b/x.jar")])
    assert len([*client.libraries.cluster_status(cluster)]) == 2
    client.libraries.uninstall(cluster, [pandas])
    states = {one.status for one in client.libraries.cluster_status(cluster)}
    assert states == {compute.LibraryInstallStatus.PENDING, compute.LibraryInstallStatus.UNINSTALL_ON_RESTART}
    assert [one.cluster_id for one in client.libraries.all_cluster_statuses()] == [cluster]
    with pytest.raises(InvalidParameterValue, match="does not exist"):
        client.libraries.install("none", [pandas])


def test_git_folders_and_credentials(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    client.workspace.mkdirs("/Shared/git")
    made = client.repos.create("https://github.com/acme/ml", "gitHub", path="/Shared/git/ml")
    identity = int(made.id or 0)
    client.repos.update(identity, branch="main")
    assert client.repos.get(identity).branch == "main"
    with pytest.raises(InvalidParameterValue, match="Exactly one"):
        client.repos.update(identity, branch="main", tag="v1")
    client.repos.delete(identity)
    with pytest.raises(NotFound):
        client.repos.get(identity)
    kept = client.git_credentials.create("gitHub", git_username="acme", personal_access_token="never-shown")
    assert "never-shown" not in str(client.git_credentials.get(kept.credential_id))
    with pytest.raises(ResourceAlreadyExists, match="Only one Git credential"):
        client.git_credentials.create("gitHub", git_username="other", personal_access_token="x")
    client.git_credentials.update(kept.credential_id, "gitLab", git_username="acme", personal_access_token="y")
    assert [one.git_provider for one in client.git_credentials.list()] == ["gitLab"]
    client.git_credentials.delete(kept.credential_id)
    assert [*client.git_credentials.list()] == []


def test_what_administrators_of_a_workspace_set(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    arn = "arn:aws:iam::123456789012:instance-profile/ml"
    client.instance_profiles.add(arn, skip_validation=True)
    with pytest.raises(ResourceAlreadyExists):
        client.instance_profiles.add(arn)
    client.instance_profiles.edit(arn, iam_role_arn="arn:aws:iam::123456789012:role/ml")
    assert [one.iam_role_arn for one in client.instance_profiles.list()] == ["arn:aws:iam::123456789012:role/ml"]
    client.instance_profiles.remove(arn)
    with pytest.raises(InvalidParameterValue, match="ARN"):
        client.instance_profiles.add("profile")
    config = settings.Config(slack=settings.SlackConfig(url="https://hooks.slack.com/services/secret"))
    made = client.notification_destinations.create(display_name="ops", config=config)
    shown = client.notification_destinations.get(str(made.id))
    assert "secret" not in str(shown)
    assert shown.destination_type is settings.DestinationType.SLACK
    assert [one.display_name for one in client.notification_destinations.list()] == ["ops"]
    client.notification_destinations.delete(str(made.id))
    client.warehouses.set_workspace_warehouse_config(
        security_policy=sql.SetWorkspaceWarehouseConfigRequestSecurityPolicy.DATA_ACCESS_CONTROL,
        instance_profile_arn=arn,
    )
    assert client.warehouses.get_workspace_warehouse_config().instance_profile_arn == arn
    emulator.assign(ADA)
    with pytest.raises(PermissionDenied, match="workspace admins"):
        emulator.as_person().instance_profiles.add(arn)


@pytest.fixture
def schema(emulator: ServedEmulator) -> Iterator[str]:
    client = emulator.workspace()
    client.catalogs.create("clients")
    client.schemas.create("s", "clients")
    yield "clients.s"
    client.catalogs.delete("clients", force=True)


def test_functions_versions_and_effective_privileges(emulator: ServedEmulator, schema: str) -> None:
    client = emulator.workspace()
    info: dict[str, Any] = {
        "catalog_name": "clients",
        "schema_name": "s",
        "name": "f",
        "data_type": "INT",
        "full_data_type": "INT",
        "input_params": {"parameters": []},
        "routine_body": "SQL",
        "routine_definition": "1",
        "is_deterministic": True,
        "is_null_call": False,
        "parameter_style": "S",
        "security_type": "DEFINER",
        "specific_name": "f",
        "sql_data_access": "CONTAINS_SQL",
    }
    client.functions.create(catalog.CreateFunction.from_dict(info))
    assert [one.full_name for one in client.functions.list("clients", "s")] == [f"{schema}.f"]
    with pytest.raises(ResourceAlreadyExists):
        client.functions.create(catalog.CreateFunction.from_dict(info))
    emulator.assign(ADA)
    with pytest.raises(PermissionDenied):
        emulator.as_person().functions.get(f"{schema}.f")
    change = catalog.PermissionsChange(
        principal=ADA, add=[catalog.Privilege.USE_CATALOG, catalog.Privilege.USE_SCHEMA, catalog.Privilege.EXECUTE]
    )
    client.grants.update("catalog", "clients", changes=[change])
    assert emulator.as_person().functions.get(f"{schema}.f").routine_definition == "1"
    effective = client.grants.get_effective("function", f"{schema}.f", principal=ADA).privilege_assignments or []
    (held,) = effective
    assert [(one.privilege, one.inherited_from_name) for one in held.privileges or []] == [
        (catalog.Privilege.EXECUTE, "clients")
    ]
    client.functions.delete(f"{schema}.f")
    with pytest.raises(NotFound):
        client.functions.get(f"{schema}.f")

    client.registered_models.create(catalog_name="clients", schema_name="s", name="m")
    for _ in range(2):
        client.api_client.do(
            "POST",
            "/api/2.0/mlflow/unity-catalog/model-versions/create",
            body={"name": f"{schema}.m", "source": "runs:/x"},
        )
    client.registered_models.set_alias(f"{schema}.m", "champion", 2)
    assert client.model_versions.get_by_alias(f"{schema}.m", "champion").version == 2
    client.model_versions.update(f"{schema}.m", 1, comment="first")
    assert client.model_versions.get(f"{schema}.m", 1).comment == "first"
    client.model_versions.delete(f"{schema}.m", 2)
    with pytest.raises(NotFound):
        client.model_versions.get_by_alias(f"{schema}.m", "champion")
    assert [one.version for one in client.model_versions.list(f"{schema}.m")] == [1]
    with pytest.raises(NotFound):
        client.registered_models.set_alias(f"{schema}.m", "champion", 2)


def test_who_may_query_an_endpoint_is_decided_and_no_model_is_run(emulator: ServedEmulator, schema: str) -> None:
    client = emulator.workspace()
    client.registered_models.create(catalog_name="clients", schema_name="s", name="q")
    version = {"name": f"{schema}.q", "source": "runs:/x"}
    client.api_client.do("POST", "/api/2.0/mlflow/unity-catalog/model-versions/create", body=version)
    served_entity = serving.ServedEntityInput(
        name="q", entity_name=f"{schema}.q", entity_version="1", workload_size="Small", scale_to_zero_enabled=True
    )
    config = serving.EndpointCoreConfigInput(name="e", served_entities=[served_entity])
    made = answered(client.serving_endpoints.create("e", config=config))
    emulator.assign(ADA)
    with pytest.raises(PermissionDenied):
        emulator.as_person().serving_endpoints.query("e", inputs=[1])
    entry = iam.AccessControlRequest(user_name=ADA, permission_level=iam.PermissionLevel.CAN_QUERY)
    client.permissions.update("serving-endpoints", str(made["id"]), access_control_list=[entry])
    with pytest.raises(DatabricksError, match="runs no model"):
        emulator.as_person().serving_endpoints.query("e", inputs=[1])
    with pytest.raises(NotFound):
        client.serving_endpoints.query("none", inputs=[1])


def test_one_notebook_is_deleted_by_its_path(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    client.workspace.mkdirs("/Shared/one")
    source = base64.b64encode(b"print(1)").decode()
    client.workspace.import_("/Shared/one/a", content=source, format=ImportFormat.SOURCE, language=Language.PYTHON)
    client.workspace.delete("/Shared/one/a")
    assert [*client.workspace.list("/Shared/one")] == []


def test_files_of_a_volume_are_for_those_who_may_read_and_write_it(emulator: ServedEmulator, schema: str) -> None:
    client = emulator.workspace()
    client.volumes.create("clients", "s", "v", catalog.VolumeType.MANAGED)
    root = "/Volumes/clients/s/v"
    client.files.upload(f"{root}/in/deep/a.bin", io.BytesIO(b"\x00\xff\r\n1"))
    with pytest.raises(ResourceConflict, match="already exists"):
        client.files.upload(f"{root}/in/deep/a.bin", io.BytesIO(b"2"), overwrite=False)
    contents = client.files.download(f"{root}/in/deep/a.bin").contents
    assert contents
    assert contents.read() == b"\x00\xff\r\n1"
    assert client.files.get_metadata(f"{root}/in/deep/a.bin").content_length == 5
    client.files.create_directory(f"{root}/empty")
    listed = client.files.list_directory_contents(root)
    assert [(one.name, one.is_directory) for one in listed] == [("empty", True), ("in", True)]
    with pytest.raises(BadRequest, match="not empty"):
        client.files.delete_directory(f"{root}/in")
    client.files.delete_directory(f"{root}/empty")
    for wrong in (f"{root}/none", "/Volumes/clients/s/none/a"):
        with pytest.raises(NotFound):
            client.files.download(wrong)
    emulator.assign(ADA)
    mine = emulator.as_person()
    with pytest.raises(PermissionDenied, match="USE CATALOG"):
        mine.files.download(f"{root}/in/deep/a.bin")
    use = [catalog.Privilege.USE_CATALOG, catalog.Privilege.USE_SCHEMA, catalog.Privilege.READ_VOLUME]
    change = catalog.PermissionsChange(principal=ADA, add=use)
    client.grants.update("catalog", "clients", changes=[change])
    assert mine.files.download(f"{root}/in/deep/a.bin").contents
    with pytest.raises(PermissionDenied, match="WRITE VOLUME"):
        mine.files.upload(f"{root}/b", io.BytesIO(b"2"))
    client.files.delete(f"{root}/in/deep/a.bin")
    client.volumes.delete(f"{schema}.v")
    client.volumes.create("clients", "s", "v", catalog.VolumeType.MANAGED)
    assert [*client.files.list_directory_contents(root)] == [], "another volume"


def test_notebooks_are_uploaded_as_a_form(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    client.workspace.mkdirs("/Shared/form")
    path = "/Shared/form/a"
    client.workspace.upload(path, io.BytesIO(b"print(1)"), format=ImportFormat.SOURCE, language=Language.PYTHON)
    with pytest.raises(ResourceAlreadyExists):
        client.workspace.upload(path, b"print(2)", format=ImportFormat.SOURCE, language=Language.PYTHON)
    client.workspace.upload(path, b"x = 'a\r\nb'", format=ImportFormat.SOURCE, language=Language.PYTHON, overwrite=True)
    assert client.workspace.download(path).read() == b"x = 'a\r\nb'"


def test_an_import_makes_a_file_or_a_notebook_by_format_and_first_line(emulator: ServedEmulator) -> None:
    """https://docs.databricks.com/api/workspace/workspace/import: format."""
    client = emulator.workspace()
    client.workspace.mkdirs("/Shared/formats")
    notebook = b"# Databricks notebook source\nprint(1)"
    for name, form, content in (
        ("raw.py", ImportFormat.RAW, notebook),
        ("auto.py", ImportFormat.AUTO, notebook),
        ("text.txt", ImportFormat.AUTO, b"\xff\x00"),
        ("plain.py", ImportFormat.AUTO, b"print(1)"),
    ):
        encoded = base64.b64encode(content).decode()
        client.workspace.import_(f"/Shared/formats/{name}", content=encoded, format=form)
    kinds = {str(one.path).rpartition("/")[2]: one.object_type for one in client.workspace.list("/Shared/formats")}
    file, of_notebook = workspace.ObjectType.FILE, workspace.ObjectType.NOTEBOOK
    assert kinds == {"raw.py": file, "auto": of_notebook, "text.txt": file, "plain.py": file}


def test_experiments_are_searched_by_name_and_tag(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    for name in ("one", "two"):
        made = client.experiments.create_experiment(f"/Shared/search-{name}")
        client.experiments.set_experiment_tag(str(made.experiment_id), "team", name)
        client.experiments.set_experiment_tag(str(made.experiment_id), "team", f"{name}!")

    def found(condition: str, *order: str, view: ml.ViewType = ml.ViewType.ACTIVE_ONLY) -> list[str]:
        searched = client.experiments.search_experiments(filter=condition, order_by=[*order], view_type=view)
        return [str(one.name).removeprefix("/Shared/search-") for one in searched]

    assert found("name LIKE '/Shared/search-%'", "name ASC") == ["one", "two"]
    assert found("tags.team = 'two!'") == ["two"]
    gone = client.experiments.get_by_name("/Shared/search-one").experiment
    assert gone
    client.experiments.delete_experiment(str(gone.experiment_id))
    assert found("name LIKE '/Shared/search-%'") == ["two"]
    assert found("name LIKE '/Shared/search-%'", view=ml.ViewType.DELETED_ONLY) == ["one"]


def test_files_are_uploaded_as_the_bundles_command_does(emulator: ServedEmulator) -> None:
    """The requests of `databricks bundle deploy`: databricks/cli, libs/filer and bundle/deploy/filer.go."""
    client = emulator.workspace()
    client.workspace.mkdirs("/Shared/bundle")

    def send(method: str, name: str, content: bytes | None = None, **query: str) -> bytes:
        path = f"/api/2.0/workspace-files/{name}"
        answer = client.api_client.do(method, path, query=query, data=content, raw=True)
        return bytes(answer["contents"].read())

    shared = "import-file/Workspace/Shared/bundle"
    # Neither text nor JSON, and JSON that is no object.
    for content in (b"\xff\x00\x80", b'["state"]', b""):
        send("POST", f"{shared}/state.json", content, overwrite="true")
        assert send("GET", "Workspace/Shared/bundle/state.json") == content
        assert client.workspace.download("/Workspace/Shared/bundle/state.json").read() == content
    with pytest.raises(ResourceAlreadyExists):
        send("POST", f"{shared}/state.json", b"other", overwrite="false")
    with pytest.raises(NotFound):
        send("POST", "import-file/Workspace/Shared/none/state.json", b"x", overwrite="true")
    with pytest.raises(NotFound):
        send("GET", "Workspace/Shared/bundle/none.json")
    send("POST", f"{shared}/a.py", b"# Databricks notebook source\nprint(1)", overwrite="false")
    send("POST", f"{shared}/b.py", b"print(1)", overwrite="false")
    found = {one.path: one.object_type and one.object_type.value for one in client.workspace.list("/Shared/bundle")}
    assert found == {
        "/Shared/bundle/a": "NOTEBOOK",
        "/Shared/bundle/b.py": "FILE",
        "/Shared/bundle/state.json": "FILE",
    }
    with pytest.raises(ResourceAlreadyExists):
        send("POST", f"{shared}/a.py", b"# Databricks notebook source\n", overwrite="false")


def test_requests_of_bundle_deployments_are_accepted(emulator: ServedEmulator) -> None:
    """Fields of databricks/cli, acceptance/bundle/invariant/configs."""
    client = emulator.workspace()
    deployment = pipelines.PipelineDeployment(
        kind=pipelines.DeploymentKind.BUNDLE, metadata_file_path="/Workspace/Shared/state/metadata.json"
    )
    pipeline = str(client.pipelines.create(name="of a bundle", deployment=deployment).pipeline_id)
    spec = client.pipelines.get(pipeline).spec
    assert spec is not None
    assert spec.deployment == deployment
    gateway = serving.EmailNotifications(on_update_failure=[ADA])
    client.api_client.do(
        "POST",
        "/api/2.0/serving-endpoints",
        body={"name": "of-a-bundle", "budget_policy_id": "b", "email_notifications": gateway.as_dict()},
    )
    endpoint = client.serving_endpoints.get("of-a-bundle")
    assert (endpoint.budget_policy_id, endpoint.email_notifications) == ("b", gateway)
    client.secrets.create_scope("of-a-bundle")
    client.secrets.put_acl("of-a-bundle", "admins", workspace.AclPermission.WRITE)
    held = {one.principal: one.permission for one in client.secrets.list_acls("of-a-bundle")}
    assert held["admins"] is workspace.AclPermission.WRITE
    client.secrets.delete_acl("of-a-bundle", "admins")
    body = {"spark_version": "15.4.x-scala2.12", "node_type_id": "i3.xlarge", "num_workers": 1, "cluster_name": "c"}
    made = client.api_client.do("POST", "/api/2.1/clusters/create", body={**body, "apply_policy_default_values": True})
    cluster = client.clusters.get(str(made["cluster_id"]))
    assert cluster.spec is not None
    assert cluster.spec.apply_policy_default_values is True
    assert cluster.spec.cluster_name == "c"
    changed = compute.UpdateClusterResource(num_workers=3)
    client.clusters.update(str(made["cluster_id"]), "num_workers", cluster=changed)
    spec_after = client.clusters.get(str(made["cluster_id"])).spec
    assert spec_after is not None
    assert (spec_after.num_workers, spec_after.cluster_name) == (3, "c")
    assert all(one.spec is None for one in client.clusters.list())
