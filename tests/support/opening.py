"""Opens back doors in an emulated world through the vendor's own API."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from databricks.sdk import WorkspaceClient
from databricks.sdk.service import catalog

from rolecall.ids.verbs import Kind
from tests.support.hand_world import HandWorld

CARDS, SCORES, SCOPE = "acme.fraud_cards", "acme.fraud_scores", "dev-fraud-network"
BEN, CLEO = "ben@example.com", "cleo@example.com"
TABLE, LANDING = f"{CARDS}.transactions", f"{CARDS}.landing"
UNITY, JOBS = "/api/2.1/unity-catalog", "/api/2.2/jobs/create"
ALL_CARDS = f" AS SELECT * FROM {TABLE}"  # noqa: S608 - nothing of it comes from elsewhere
WORK = {"tasks": [{"task_key": "a", "notebook_task": {"notebook_path": "/x"}}]}


def changes(path: str, value: str) -> dict[str, Any]:
    operation = {"op": "add", "path": path, "value": [{"value": value}]}
    return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}


def entitle(world: HandWorld, what: str, identity: str, entitlement: str) -> None:
    world.do("PATCH", f"/api/2.0/preview/scim/v2/{what}/{identity}", changes("entitlements", entitlement))


def join(world: HandWorld, group: str, member: str) -> None:
    path = f"/api/2.0/accounts/{world.account.config.account_id}/scim/v2/Groups/{world.id_of(group)}"
    world.account_do("PATCH", path, changes("members", member))


def execute(world: HandWorld, text: str) -> None:
    warehouse = next(str(one.id) for one in world.workspace.warehouses.list())
    world.workspace.statement_execution.execute_statement(text, warehouse)


def statement(view: str) -> Callable[[HandWorld], Any]:
    return lambda world: execute(world, f"create or replace view {view}")


def function(world: HandWorld) -> None:
    body = f"RETURN (SELECT max(x) FROM {TABLE})"  # noqa: S608 - nothing of it comes from elsewhere
    execute(world, f"CREATE FUNCTION {SCORES}.card(i INT) RETURNS INT {body}")


def other_view(world: HandWorld) -> None:
    world.workspace.catalogs.create("lab")
    world.workspace.schemas.create("play", "lab")
    statement("lab.play.peek" + ALL_CARDS)(world)


def near_view(world: HandWorld) -> None:
    world.workspace.schemas.create("near", "acme")
    statement("acme.near.peek AS SELECT * FROM `acme`.`fraud_cards`.`transactions`")(world)


def notebook(world: HandWorld, name: str, client: WorkspaceClient | None = None) -> str:
    path = f"{world.name(Kind.FOLDER, 'notebooks')}/{name}"
    content = base64.b64encode(b"print(1)").decode()
    body = {"path": path, "language": "PYTHON", "format": "SOURCE", "content": content}
    (client or world.workspace).api_client.do("POST", "/api/2.0/workspace/import", body=body)
    return str(world.workspace.workspace.get_status(path).object_id)


def own_notebook(world: HandWorld) -> None:
    """An editor of a folder manages the objects that they create in it."""
    notebook(world, "mine", world.emulator.as_person("nonprod"))


def single_notebook(world: HandWorld) -> None:
    world.allow(f"notebooks/{notebook(world, 'train')}", "CAN_MANAGE", user_name=CLEO)


def nested_notebook(world: HandWorld) -> None:
    world.workspace.workspace.mkdirs(f"{world.name(Kind.FOLDER, 'notebooks')}/deep/deeper")
    world.allow(f"notebooks/{notebook(world, 'deep/deeper/run')}", "CAN_RUN", user_name=CLEO)


def git_folder(world: HandWorld) -> None:
    path = f"{world.name(Kind.FOLDER, 'notebooks')}/tools"
    made = world.do("POST", "/api/2.0/repos", {"path": path, "url": "https://github.com/x/y", "provider": "gitHub"})
    world.allow(f"repos/{made['id']}", "CAN_EDIT", group_name="analysts")


def parent(world: HandWorld) -> None:
    above = world.name(Kind.FOLDER, "notebooks").rpartition("/")[0]
    identity = world.workspace.workspace.get_status(above).object_id
    world.allow(f"directories/{identity}", "CAN_EDIT", group_name="analysts")


def tag(world: HandWorld) -> None:
    made = world.do("POST", "/api/2.1/tag-policies", {"tag_key": "data-class", "values": [{"name": "personal"}]})
    world.rules(f"tagPolicies/{made['id']}", {"roles/tagPolicy.assigner": ["groups/analysts"]})


def free_tag(world: HandWorld) -> None:
    made = world.do("POST", "/api/2.1/tag-policies", {"tag_key": "lunch", "values": []})
    world.rules(f"tagPolicies/{made['id']}", {"roles/tagPolicy.assigner": ["groups/analysts"]})


def partner(world: HandWorld) -> None:
    world.workspace.shares.create(name="abroad")
    world.do("POST", f"{UNITY}/recipients", {"name": "partner", "authentication_type": "TOKEN"})
    shared = {"name": CARDS, "data_object_type": "SCHEMA"}
    world.do("PATCH", f"{UNITY}/shares/abroad", {"updates": [{"action": "ADD", "data_object": shared}]})
    world.do("PATCH", f"{UNITY}/shares/abroad/permissions", {"changes": [{"principal": "partner", "add": ["SELECT"]}]})


def recipient(name: str) -> Callable[[HandWorld], Any]:
    """Return what gives the contract's share to one recipient more."""
    change = {"changes": [{"principal": name, "add": ["SELECT"]}]}
    return lambda world: world.do("PATCH", f"{UNITY}/shares/dev-fraud-claims/permissions", change)


def put_in_share(world: HandWorld) -> None:
    added = {"action": "ADD", "data_object": {"name": TABLE, "data_object_type": "TABLE"}}
    world.do("PATCH", f"{UNITY}/shares/dev-fraud-claims", {"updates": [added]})


def rotated(world: HandWorld) -> None:
    world.workspace.recipients.rotate_token("dev-fraud-insurer", 0)


def policy(name: str, sort: str, rule: str) -> Callable[[HandWorld], Any]:
    body = {
        "name": rule,
        "policy_type": "POLICY_TYPE_COLUMN_MASK",
        "on_securable_type": sort,
        "on_securable_fullname": name,
        "for_securable_type": "TABLE",
        "to_principals": ["account users"],
        "except_principals": [BEN],
        "column_mask": {"function_name": "acme.fraud_cards.mask", "on_column": "x"},
    }
    return lambda world: world.do("POST", f"{UNITY}/policies", body)


def granting_policy(world: HandWorld) -> None:
    body = {
        "name": "opens",
        "policy_type": "POLICY_TYPE_GRANT",
        "grant": {"privileges": ["SELECT"]},
        "on_securable_type": "CATALOG",
        "on_securable_fullname": "acme",
        "for_securable_type": "TABLE",
        "to_principals": ["visitors"],
        "when_condition": "hasTag('data-class')",
    }
    world.account.groups.create(display_name="visitors")
    world.do("POST", f"{UNITY}/policies", body)


def index(world: HandWorld) -> None:
    world.do("POST", "/api/2.0/vector-search/endpoints", {"name": "nearby", "endpoint_type": "STANDARD"})
    body = {
        "name": "lab.play.cards_index",
        "endpoint_name": "nearby",
        "primary_key": "id",
        "index_type": "DELTA_SYNC",
        "delta_sync_index_spec": {"source_table": f"{CARDS}.transactions", "pipeline_type": "TRIGGERED"},
    }
    world.do("POST", "/api/2.0/vector-search/indexes", body)


def lakebase(world: HandWorld) -> None:
    world.do("POST", "/api/2.0/database/instances", {"name": "fast", "capacity": "CU_1"})
    synced_table(world, "lab.play.cards", "fast")


def synced_table(world: HandWorld, name: str, instance: str) -> None:
    body = {
        "name": name,
        "database_instance_name": instance,
        "logical_database_name": "x",
        "spec": {"source_table_full_name": f"{CARDS}.transactions", "primary_key_columns": ["id"]},
    }
    world.do("POST", "/api/2.0/database/synced_tables", body)


def database_role(world: HandWorld) -> None:
    world.do("POST", "/api/2.0/database/instances", {"name": "side", "capacity": "CU_1"})
    role = {"name": world.application, "identity_type": "SERVICE_PRINCIPAL", "membership_role": "DATABRICKS_SUPERUSER"}
    world.do("POST", "/api/2.0/database/instances/side/roles", role)


def clean_room(world: HandWorld) -> None:
    world.do("POST", "/api/2.0/clean-rooms", {"name": "joint"})
    asset = {"name": f"{CARDS}.transactions", "asset_type": "TABLE", "table": {"columns": []}}
    world.do("POST", "/api/2.0/clean-rooms/joint/assets", asset)


def genie(world: HandWorld) -> None:
    warehouse = next(str(one.id) for one in world.workspace.warehouses.list())
    body = {"title": "ask", "warehouse_id": warehouse, "serialized_space": "{}"}
    world.do("POST", "/api/2.0/genie/spaces", body)


def board(world: HandWorld) -> None:
    warehouse = next(str(one.id) for one in world.workspace.warehouses.list())
    body = {"display_name": "wall", "warehouse_id": warehouse, "serialized_dashboard": "{}"}
    made = world.do("POST", "/api/2.0/lakeview/dashboards", body)
    published = {"embed_credentials": True, "warehouse_id": warehouse}
    world.do("POST", f"/api/2.0/lakeview/dashboards/{made['dashboard_id']}/published", published)


def job(world: HandWorld, name: str, task: dict[str, Any]) -> None:
    body = {"name": name, "tasks": [{"task_key": "a", **task}]}
    world.emulator.as_person("nonprod").api_client.do("POST", JOBS, body=body)


def loop(world: HandWorld) -> None:
    inner = {"task_key": "b", "run_job_task": {"job_id": land(world)}}
    job(world, "loop", {"for_each_task": {"inputs": "[1]", "task": inner}})


def app(world: HandWorld) -> None:
    securable = {"securable_full_name": TABLE, "securable_type": "TABLE", "permission": "SELECT"}
    world.do("POST", "/api/2.0/apps", {"name": "viewer", "resources": [{"name": "t", "uc_securable": securable}]})


def helper_app(world: HandWorld) -> None:
    world.do("POST", "/api/2.0/apps", {"name": "helper", "resources": _resources(world)})


def own_app(world: HandWorld) -> None:
    world.do("PATCH", "/api/2.0/apps/dev-fraud-viewer", {"name": "dev-fraud-viewer", "resources": _resources(world)})


def _resources(world: HandWorld) -> list[dict[str, Any]]:
    warehouse = next(str(one.id) for one in world.workspace.warehouses.list())
    return [
        {"name": "s", "secret": {"scope": SCOPE, "key": "k", "permission": "WRITE"}},
        {"name": "j", "job": {"id": str(land(world)), "permission": "CAN_MANAGE"}},
        {"name": "w", "sql_warehouse": {"id": warehouse, "permission": "CAN_USE"}},
    ]


def land(world: HandWorld) -> int:
    return job_named(world, "land")


def job_named(world: HandWorld, name: str) -> int:
    return next(int(one.job_id or 0) for one in world.workspace.jobs.list() if name in str(one.settings))


def secret_cluster(world: HandWorld) -> None:
    body = {
        "cluster_name": "keys",
        "spark_version": "16.4.x-scala2.12",
        "node_type_id": "m5d.large",
        "num_workers": 1,
        "spark_env_vars": {"KEY": f"{{{{secrets/{SCOPE}/key}}}}"},
    }
    world.do("POST", "/api/2.1/clusters/create", body)


def nested(world: HandWorld) -> None:
    join(world, "engineers", str(world.account.groups.create(display_name="contractors").id))


def owner(kind: str, name: str, owner: str) -> Callable[[HandWorld], Any]:
    return lambda world: world.do("PATCH", f"{UNITY}/{kind}/{name}", {"owner": owner})


def grants(sort: str, name: str, who: str, *what: str) -> Callable[[HandWorld], Any]:
    return lambda world: world.grant(sort, name, who, *what)


def around(path: str, sort: str, name: str, privilege: str, who: str = "", **body: Any) -> Callable[[HandWorld], Any]:
    def opened(world: HandWorld) -> None:
        world.do("POST", f"{UNITY}/{path}", {"name": name, **body})
        world.grant(sort, name, who or world.application, privilege)

    return opened


def bind(world: HandWorld) -> None:
    prod = world.emulator.workspace("prod").get_workspace_id()
    binding = catalog.WorkspaceBinding(workspace_id=prod)
    world.workspace.workspace_bindings.update_bindings("external_location", "dev-fraud-landing", add=[binding])


def bind_to_write(world: HandWorld) -> None:
    binding = catalog.WorkspaceBinding(workspace_id=world.other_workspace)
    world.workspace.workspace_bindings.update_bindings("catalog", "acme", add=[binding])


def deployed_by_others(world: HandWorld) -> None:
    policy = {"oidc_policy": {"issuer": "https://elsewhere.example", "subject": "me", "audiences": ["x"]}}
    root = f"/api/2.0/accounts/{world.account.config.account_id}"
    mine = next(
        one for one in world.account.service_principals.list() if one.application_id == world.account.config.client_id
    )
    world.account_do("POST", f"{root}/servicePrincipals/{mine.id}/federationPolicies?policy_id=shadow", policy)
