"""Compute, experiments, secrets and Unity Catalog as Databricks answers for them, asked through its own SDK.

The same tests run against a real workspace with Unity Catalog: pytest --live databricks tests/emulators
"""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from databricks.sdk.errors import (
    BadRequest,
    InvalidParameterValue,
    NotFound,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.service import catalog, iam, serving, settings, sql, workspace

from tests.emulators.conftest import Target
from tests.emulators.test_databricks import assign, make_group


def my_name(target: Target) -> str:
    return str(target.workspace.current_user.me().user_name)


def test_an_instance_pool_is_made_changed_and_removed(target: Target) -> None:
    pools = target.workspace.instance_pools
    made = str(pools.create(target.name("pool"), "i3.xlarge", min_idle_instances=0, max_capacity=2).instance_pool_id)
    target.later(lambda: pools.delete(made))
    found = pools.get(made)
    assert (found.instance_pool_name, found.node_type_id, found.max_capacity) == (target.name("pool"), "i3.xlarge", 2)
    pools.edit(made, target.name("renamed"), "i3.xlarge", max_capacity=3)
    assert target.name("renamed") in {one.instance_pool_name for one in pools.list()}
    with pytest.raises((InvalidParameterValue, BadRequest)):
        pools.edit(made, target.name("renamed"), "m5d.large")
    pools.delete(made)
    with pytest.raises((NotFound, BadRequest)):
        pools.get(made)


def test_a_warehouse_starts_and_has_an_owner(target: Target) -> None:
    warehouses = target.workspace.warehouses
    made = warehouses.create(
        name=target.name("warehouse"), cluster_size="2X-Small", max_num_clusters=1, auto_stop_mins=10
    ).bind()["id"]
    target.later(lambda: warehouses.delete(made))
    assert warehouses.wait_get_warehouse_running(made).state is sql.State.RUNNING
    permissions = target.workspace.permissions.get("warehouses", made)
    owners = {
        one.service_principal_name
        for one in permissions.access_control_list or []
        for held in one.all_permissions or []
        if str(held.permission_level).endswith("IS_OWNER")
    }
    assert owners == {my_name(target)}
    assert made in {one.warehouse_id for one in target.workspace.data_sources.list()}
    warehouses.edit(made, name=target.name("warehouse"), cluster_size="X-Small", max_num_clusters=2)
    assert warehouses.get(made).cluster_size == "X-Small"
    with pytest.raises((InvalidParameterValue, BadRequest)):
        warehouses.create(name=target.name("huge"), cluster_size="Huge")


def test_an_experiment_lies_in_a_folder_and_is_found_by_its_path(target: Target) -> None:
    experiments = target.workspace.experiments
    path = f"/Users/{my_name(target)}/{target.name('experiment')}"
    made = str(experiments.create_experiment(path).experiment_id)
    target.later(lambda: experiments.delete_experiment(made))
    found = experiments.get_by_name(path).experiment
    assert found is not None
    assert found.experiment_id == made
    with pytest.raises((ResourceAlreadyExists, BadRequest)):
        experiments.create_experiment(path)
    with pytest.raises((ResourceDoesNotExist, NotFound)):
        experiments.create_experiment(f"/Users/nobody-there/{target.name('folder')}/x")
    experiments.delete_experiment(made)
    with pytest.raises((ResourceDoesNotExist, NotFound)):
        experiments.get_by_name(path)
    again = str(experiments.create_experiment(path).experiment_id)
    target.later(lambda: experiments.delete_experiment(again))
    assert again != made, "a name is free once its experiment is in the trash"


def test_a_secret_scope_is_its_creators_and_is_shared_by_entries(target: Target) -> None:
    secrets, scope = target.workspace.secrets, target.name("scope")
    secrets.create_scope(scope)
    target.later(lambda: secrets.delete_scope(scope))
    assert {(one.principal, one.permission) for one in secrets.list_acls(scope)} == {
        (my_name(target), workspace.AclPermission.MANAGE)
    }
    group = make_group(target, "readers")
    assign(target, str(group.id))
    secrets.put_acl(scope, str(group.display_name), permission=workspace.AclPermission.READ)
    assert secrets.get_acl(scope, str(group.display_name)).permission is workspace.AclPermission.READ
    secrets.put_secret(scope, "key", string_value="value")
    assert base64.b64decode(str(secrets.get_secret(scope, "key").value)) == b"value"
    assert [one.key for one in secrets.list_secrets(scope)] == ["key"]
    secrets.delete_acl(scope, str(group.display_name))
    with pytest.raises((ResourceDoesNotExist, NotFound)):
        secrets.get_acl(scope, str(group.display_name))
    with pytest.raises((ResourceAlreadyExists, BadRequest)):
        secrets.create_scope(scope)
    with pytest.raises((ResourceDoesNotExist, NotFound)):
        list(secrets.list_acls(target.name("nothing")))


def make_catalog(target: Target, word: str = "catalog") -> str:
    name = target.name(word).replace("-", "_")
    target.workspace.catalogs.create(name)
    target.later(lambda: target.workspace.catalogs.delete(name, force=True))
    return name


def test_catalogs_schemas_and_volumes(target: Target) -> None:
    client, name = target.workspace, make_catalog(target)
    assert client.schemas.get(f"{name}.default").name == "default", "a catalog comes with one"
    schema = client.schemas.create("features", name, comment="x")
    assert schema.full_name == f"{name}.features"
    client.volumes.create(name, "features", "raw", catalog.VolumeType.MANAGED)
    with pytest.raises((InvalidParameterValue, BadRequest), match="not empty"):
        client.catalogs.delete(name)
    with pytest.raises((InvalidParameterValue, BadRequest), match="already exists"):
        client.schemas.create("FEATURES", name)
    client.volumes.delete(f"{name}.features.raw")
    client.schemas.delete(f"{name}.features")
    with pytest.raises((ResourceDoesNotExist, NotFound)):
        client.schemas.get(f"{name}.features")


def test_privileges_are_added_and_removed_by_principal(target: Target) -> None:
    client, name = target.workspace, make_catalog(target)
    client.schemas.create("features", name)
    group = str(make_group(target, "readers").display_name)
    select, use = catalog.Privilege.SELECT, catalog.Privilege.USE_CATALOG

    def held(securable: str, full_name: str) -> dict[str, set[str]]:
        found = client.grants.get(securable, full_name).privilege_assignments or []
        return {str(one.principal): {privilege.value for privilege in one.privileges or []} for one in found}

    change = catalog.PermissionsChange(principal=group, add=[select, catalog.Privilege.MODIFY])
    client.grants.update("schema", f"{name}.features", changes=[change])
    change = catalog.PermissionsChange(principal=group, remove=[catalog.Privilege.MODIFY])
    client.grants.update("schema", f"{name}.features", changes=[change])
    assert held("schema", f"{name}.features") == {group: {"SELECT"}}
    assert held("catalog", name) == {}, "what is given on a schema is not given on its catalog"
    wrong: tuple[Callable[[], object], ...] = (
        lambda: client.grants.update(
            "schema", f"{name}.features", changes=[catalog.PermissionsChange(principal=group, add=[use])]
        ),
        lambda: client.grants.update(
            "schema",
            f"{name}.features",
            changes=[catalog.PermissionsChange(principal=target.name("nobody"), add=[select])],
        ),
        lambda: client.grants.get("schema", f"{name}.nothing"),
    )
    for one in wrong:
        with pytest.raises(DatabricksError):
            one()


def test_models_have_versions_and_aliases(target: Target) -> None:
    client, name = target.workspace, make_catalog(target)
    client.schemas.create("models", name)
    model = client.registered_models.create(catalog_name=name, schema_name="models", name="churn")
    full_name = str(model.full_name)
    with pytest.raises((ResourceDoesNotExist, NotFound)):
        client.registered_models.set_alias(full_name, "champion", 1)
    if not target.live:  # a real version needs a run with files behind it
        body = {"name": full_name, "source": "dbfs:/x"}
        client.api_client.do("POST", "/api/2.0/mlflow/unity-catalog/model-versions/create", body=body)
        client.registered_models.set_alias(full_name, "champion", 1)
        found = client.registered_models.get(full_name)
        assert [(one.alias_name, one.version_num) for one in found.aliases or []] == [("champion", 1)]
    client.registered_models.delete(full_name)
    with pytest.raises((ResourceDoesNotExist, NotFound)):
        client.registered_models.get(full_name)


def test_settings_of_a_workspace_have_to_be_known_ones(target: Target) -> None:
    with pytest.raises((InvalidParameterValue, BadRequest), match="Invalid keys"):
        target.workspace.workspace_conf.get_status("enableEverything")
    listed = target.workspace.ip_access_lists
    with pytest.raises((InvalidParameterValue, BadRequest)):
        listed.create(target.name("list"), settings.ListType.ALLOW, ip_addresses=["not an address"])


def test_a_folder_is_made_with_those_above_it_and_goes_when_it_is_empty(target: Target) -> None:
    home = f"/Users/{my_name(target)}"
    path = f"{home}/{target.name('folder')}/inner"
    folders = target.workspace.workspace
    folders.mkdirs(path)
    folders.mkdirs(path)
    target.later(lambda: folders.delete(path.rpartition("/")[0], recursive=True))
    found = folders.get_status(path)
    assert (found.object_type, found.path) == (workspace.ObjectType.DIRECTORY, path)
    assert [one.path for one in folders.list(path.rpartition("/")[0])] == [path]
    entry = iam.AccessControlRequest(
        service_principal_name=my_name(target), permission_level=iam.PermissionLevel.CAN_EDIT
    )
    levels = target.workspace.permissions.get_permission_levels("directories", str(found.object_id)).permission_levels
    assert {str(one.permission_level).rpartition(".")[2] for one in levels or []} >= {"CAN_READ", "CAN_RUN", "CAN_EDIT"}
    target.workspace.permissions.update("directories", str(found.object_id), access_control_list=[entry])
    with pytest.raises(DatabricksError, match="not empty"):
        folders.delete(path.rpartition("/")[0])
    folders.delete(path.rpartition("/")[0], recursive=True)
    with pytest.raises((NotFound, ResourceDoesNotExist)):
        folders.get_status(path)


def test_a_serving_endpoint_starts_without_a_model_and_serves_versions_that_are_there(target: Target) -> None:
    endpoints = target.workspace.serving_endpoints
    name = target.name("endpoint").replace(".", "-")
    endpoints.create(name, tags=[serving.EndpointTag("project", "churn")])
    target.later(lambda: endpoints.delete(name))
    found = endpoints.get(name)
    assert found.id not in (None, name)
    assert (found.creator, [one.value for one in found.tags or []]) == (my_name(target), ["churn"])
    with pytest.raises((ResourceAlreadyExists, BadRequest)):
        endpoints.create(name)
    absent = serving.ServedEntityInput(entity_name="main.none.nothing", entity_version="1", workload_size="Small")
    with pytest.raises((NotFound, BadRequest)):
        endpoints.update_config(name, served_entities=[absent])
    assert name in {one.name for one in endpoints.list()}
    levels = target.workspace.permissions.get_permission_levels("serving-endpoints", str(found.id)).permission_levels
    assert {str(one.permission_level).rpartition(".")[2] for one in levels or []} == {
        "CAN_VIEW",
        "CAN_QUERY",
        "CAN_MANAGE",
    }
    endpoints.delete(name)
    with pytest.raises((NotFound, ResourceDoesNotExist)):
        endpoints.get(name)
