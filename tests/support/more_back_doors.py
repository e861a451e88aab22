"""Back doors of each row of live access, each opened in an emulated world through the vendor's own API."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from databricks.sdk import WorkspaceClient
from databricks.sdk.service import catalog, workspace

from rolecall.ids.verbs import Kind
from tests.support.hand_world import METASTORE, HandWorld

CARDS, SCORES, SCOPE = "acme.fraud_cards", "acme.fraud_scores", "dev-fraud-network"
BEN, CLEO = "ben@example.com", "cleo@example.com"
TABLE, LANDING = f"{CARDS}.transactions", f"{CARDS}.landing"
UNITY, JOBS = "/api/2.1/unity-catalog", "/api/2.2/jobs/create"
ALL_CARDS = f" AS SELECT * FROM {TABLE}"  # noqa: S608 - nothing of it comes from elsewhere
_WORK = {"tasks": [{"task_key": "a", "notebook_task": {"notebook_path": "/x"}}]}


@dataclass(frozen=True)
class Door:
    """A back door.

    Attributes:
        names: text that the finding has to contain: the thing, its subject or its property.
        says: text of what makes it matter.
        open: opens it.
    """

    names: str
    says: str
    open: Callable[[HandWorld], Any]


def _changes(path: str, value: str) -> dict[str, Any]:
    operation = {"op": "add", "path": path, "value": [{"value": value}]}
    return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}


def _entitle(world: HandWorld, what: str, identity: str, entitlement: str) -> None:
    world.do("PATCH", f"/api/2.0/preview/scim/v2/{what}/{identity}", _changes("entitlements", entitlement))


def _join(world: HandWorld, group: str, member: str) -> None:
    path = f"/api/2.0/accounts/{world.account.config.account_id}/scim/v2/Groups/{world.id_of(group)}"
    world.account_do("PATCH", path, _changes("members", member))


def _execute(world: HandWorld, text: str) -> None:
    warehouse = next(str(one.id) for one in world.workspace.warehouses.list())
    world.workspace.statement_execution.execute_statement(text, warehouse)


def _statement(view: str) -> Callable[[HandWorld], Any]:
    return lambda world: _execute(world, f"create or replace view {view}")


def _function(world: HandWorld) -> None:
    body = f"RETURN (SELECT max(x) FROM {TABLE})"  # noqa: S608 - nothing of it comes from elsewhere
    _execute(world, f"CREATE FUNCTION {SCORES}.card(i INT) RETURNS INT {body}")


def _other_view(world: HandWorld) -> None:
    world.workspace.catalogs.create("lab")
    world.workspace.schemas.create("play", "lab")
    _statement("lab.play.peek" + ALL_CARDS)(world)


def _near_view(world: HandWorld) -> None:
    world.workspace.schemas.create("near", "acme")
    _statement("acme.near.peek AS SELECT * FROM `acme`.`fraud_cards`.`transactions`")(world)


def _notebook(world: HandWorld, name: str, client: WorkspaceClient | None = None) -> str:
    path = f"{world.name(Kind.FOLDER, 'notebooks')}/{name}"
    content = base64.b64encode(b"print(1)").decode()
    body = {"path": path, "language": "PYTHON", "format": "SOURCE", "content": content}
    (client or world.workspace).api_client.do("POST", "/api/2.0/workspace/import", body=body)
    return str(world.workspace.workspace.get_status(path).object_id)


def _own_notebook(world: HandWorld) -> None:
    """Whoever may edit a folder manages what they make in it."""
    _notebook(world, "mine", world.emulator.as_person("nonprod"))


def _single_notebook(world: HandWorld) -> None:
    world.allow(f"notebooks/{_notebook(world, 'train')}", "CAN_MANAGE", user_name=CLEO)


def _nested_notebook(world: HandWorld) -> None:
    world.workspace.workspace.mkdirs(f"{world.name(Kind.FOLDER, 'notebooks')}/deep/deeper")
    world.allow(f"notebooks/{_notebook(world, 'deep/deeper/run')}", "CAN_RUN", user_name=CLEO)


def _git_folder(world: HandWorld) -> None:
    path = f"{world.name(Kind.FOLDER, 'notebooks')}/tools"
    made = world.do("POST", "/api/2.0/repos", {"path": path, "url": "https://github.com/x/y", "provider": "gitHub"})
    world.allow(f"repos/{made['id']}", "CAN_EDIT", group_name="analysts")


def _parent(world: HandWorld) -> None:
    above = world.name(Kind.FOLDER, "notebooks").rpartition("/")[0]
    identity = world.workspace.workspace.get_status(above).object_id
    world.allow(f"directories/{identity}", "CAN_EDIT", group_name="analysts")


def _tag(world: HandWorld) -> None:
    made = world.do("POST", "/api/2.1/tag-policies", {"tag_key": "data-class", "values": [{"name": "personal"}]})
    world.rules(f"tagPolicies/{made['id']}", {"roles/tagPolicy.assigner": ["groups/analysts"]})


def _free_tag(world: HandWorld) -> None:
    made = world.do("POST", "/api/2.1/tag-policies", {"tag_key": "lunch", "values": []})
    world.rules(f"tagPolicies/{made['id']}", {"roles/tagPolicy.assigner": ["groups/analysts"]})


def _partner(world: HandWorld) -> None:
    world.workspace.shares.create(name="abroad")
    world.do("POST", f"{UNITY}/recipients", {"name": "partner", "authentication_type": "TOKEN"})
    shared = {"name": CARDS, "data_object_type": "SCHEMA"}
    world.do("PATCH", f"{UNITY}/shares/abroad", {"updates": [{"action": "ADD", "data_object": shared}]})
    world.do("PATCH", f"{UNITY}/shares/abroad/permissions", {"changes": [{"principal": "partner", "add": ["SELECT"]}]})


def _policy(name: str, sort: str, rule: str) -> Callable[[HandWorld], Any]:
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


def _index(world: HandWorld) -> None:
    world.do("POST", "/api/2.0/vector-search/endpoints", {"name": "nearby", "endpoint_type": "STANDARD"})
    body = {
        "name": "lab.play.cards_index",
        "endpoint_name": "nearby",
        "primary_key": "id",
        "index_type": "DELTA_SYNC",
        "delta_sync_index_spec": {"source_table": f"{CARDS}.transactions", "pipeline_type": "TRIGGERED"},
    }
    world.do("POST", "/api/2.0/vector-search/indexes", body)


def _lakebase(world: HandWorld) -> None:
    world.do("POST", "/api/2.0/database/instances", {"name": "fast", "capacity": "CU_1"})
    body = {
        "name": "lab.play.cards",
        "database_instance_name": "fast",
        "logical_database_name": "x",
        "spec": {"source_table_full_name": f"{CARDS}.transactions", "primary_key_columns": ["id"]},
    }
    world.do("POST", "/api/2.0/database/synced_tables", body)


def _database_role(world: HandWorld) -> None:
    world.do("POST", "/api/2.0/database/instances", {"name": "side", "capacity": "CU_1"})
    role = {"name": world.application, "identity_type": "SERVICE_PRINCIPAL", "membership_role": "DATABRICKS_SUPERUSER"}
    world.do("POST", "/api/2.0/database/instances/side/roles", role)


def _clean_room(world: HandWorld) -> None:
    world.do("POST", "/api/2.0/clean-rooms", {"name": "joint"})
    asset = {"name": f"{CARDS}.transactions", "asset_type": "TABLE", "table": {"columns": []}}
    world.do("POST", "/api/2.0/clean-rooms/joint/assets", asset)


def _genie(world: HandWorld) -> None:
    warehouse = next(str(one.id) for one in world.workspace.warehouses.list())
    body = {"title": "ask", "warehouse_id": warehouse, "serialized_space": "{}"}
    world.do("POST", "/api/2.0/genie/spaces", body)


def _board(world: HandWorld) -> None:
    warehouse = next(str(one.id) for one in world.workspace.warehouses.list())
    body = {"display_name": "wall", "warehouse_id": warehouse, "serialized_dashboard": "{}"}
    made = world.do("POST", "/api/2.0/lakeview/dashboards", body)
    published = {"embed_credentials": True, "warehouse_id": warehouse}
    world.do("POST", f"/api/2.0/lakeview/dashboards/{made['dashboard_id']}/published", published)


def _job(world: HandWorld, name: str, task: dict[str, Any]) -> None:
    body = {"name": name, "tasks": [{"task_key": "a", **task}]}
    world.emulator.as_person("nonprod").api_client.do("POST", JOBS, body=body)


def _loop(world: HandWorld) -> None:
    inner = {"task_key": "b", "run_job_task": {"job_id": _land(world)}}
    _job(world, "loop", {"for_each_task": {"inputs": "[1]", "task": inner}})


def _app(world: HandWorld) -> None:
    securable = {"securable_full_name": TABLE, "securable_type": "TABLE", "permission": "SELECT"}
    world.do("POST", "/api/2.0/apps", {"name": "viewer", "resources": [{"name": "t", "uc_securable": securable}]})


def _land(world: HandWorld) -> int:
    return _job_named(world, "land")


def _job_named(world: HandWorld, name: str) -> int:
    return next(int(one.job_id or 0) for one in world.workspace.jobs.list() if name in str(one.settings))


def _secret_cluster(world: HandWorld) -> None:
    body = {
        "cluster_name": "keys",
        "spark_version": "16.4.x-scala2.12",
        "node_type_id": "m5d.large",
        "num_workers": 1,
        "spark_env_vars": {"KEY": f"{{{{secrets/{SCOPE}/key}}}}"},
    }
    world.do("POST", "/api/2.1/clusters/create", body)


def _nested(world: HandWorld) -> None:
    _join(world, "engineers", str(world.account.groups.create(display_name="contractors").id))


def _owner(kind: str, name: str, owner: str) -> Callable[[HandWorld], Any]:
    return lambda world: world.do("PATCH", f"{UNITY}/{kind}/{name}", {"owner": owner})


def _grants(sort: str, name: str, who: str, *what: str) -> Callable[[HandWorld], Any]:
    return lambda world: world.grant(sort, name, who, *what)


def _around(path: str, sort: str, name: str, privilege: str, who: str = "", **body: Any) -> Callable[[HandWorld], Any]:
    def opened(world: HandWorld) -> None:
        world.do("POST", f"{UNITY}/{path}", {"name": name, **body})
        world.grant(sort, name, who or world.application, privilege)

    return opened


def _bind(world: HandWorld) -> None:
    prod = world.emulator.workspace("prod").get_workspace_id()
    binding = catalog.WorkspaceBinding(workspace_id=prod)
    world.workspace.workspace_bindings.update_bindings("external_location", "dev-fraud-landing", add=[binding])


def _deployed_by_others(world: HandWorld) -> None:
    policy = {"oidc_policy": {"issuer": "https://elsewhere.example", "subject": "me", "audiences": ["x"]}}
    root = f"/api/2.0/accounts/{world.account.config.account_id}"
    mine = next(
        one for one in world.account.service_principals.list() if one.application_id == world.account.config.client_id
    )
    world.account_do("POST", f"{root}/servicePrincipals/{mine.id}/federationPolicies?policy_id=shadow", policy)


DOORS = (
    # People and groups get in first: some doors below need them in the workspace.
    Door(
        f"workspace nonprod in dev {BEN}",
        "manage",
        lambda world: world.do(
            "PATCH", "/api/2.0/preview/scim/v2/Groups/admins", _changes("members", world.id_of(BEN))
        ),
    ),
    Door("workspace nonprod in dev analysts", "manage", lambda world: world.emulator.assign("analysts", "ADMIN")),
    Door(f"workspace nonprod in dev {CLEO}", "run", lambda world: world.emulator.assign(CLEO)),
    # Data: single objects, partial rights, owners, policies, views, shares.
    Door(
        f"MODIFY on table {CARDS}.transactions: group analysts",
        "MODIFY",
        _grants("table", f"{CARDS}.transactions", "analysts", "MODIFY"),
    ),
    Door(f"MANAGE on volume {CARDS}.landing: person {CLEO}", "MANAGE", _grants("volume", LANDING, CLEO, "MANAGE")),
    Door("dataset fraud/scores in dev analysts", "holds SELECT", _grants("schema", SCORES, "analysts", "SELECT")),
    Door(
        "dataset fraud/cards in dev account users",
        "holds USE_SCHEMA",
        _grants("schema", CARDS, "account users", "USE_SCHEMA"),
    ),
    Door("catalog acme in dev analysts", "ALL_PRIVILEGES", _grants("catalog", "acme", "analysts", "ALL_PRIVILEGES")),
    Door(f"owner of volume {LANDING}: person {CLEO}", "may do everything", _owner("volumes", LANDING, CLEO)),
    Door(
        f"owner of table {CARDS}.transactions: person {CLEO}",
        "may do everything",
        _owner("tables", f"{CARDS}.transactions", CLEO),
    ),
    Door(f"owner of schema {SCORES}: group analysts", "may do everything", _owner("schemas", SCORES, "analysts")),
    Door(
        f"policy masks on metastore {METASTORE}", "changes what holders see", _policy(METASTORE, "METASTORE", "masks")
    ),
    Door("policy hides on catalog acme", "changes what holders see", _policy("acme", "CATALOG", "hides")),
    Door("view lab.play.peek", f"may read of {CARDS} to its readers", _other_view),
    Door("view acme.near.peek", f"may read of {CARDS}", _near_view),
    Door(f"view {SCORES}.joined", f"may read of {CARDS}", _statement(f"{SCORES}.joined" + ALL_CARDS)),
    Door(f"function {SCORES}.card", f"may read of {CARDS}", _function),
    Door("share abroad", f"shares {CARDS} with its recipients partner", _partner),
    Door("assigner of governed tag data-class: group analysts", "assigns tag data-class", _tag),
    Door(
        "CREATE_CATALOG on metastore central: group analysts",
        "CREATE_CATALOG",
        _grants("metastore", METASTORE, "analysts", "CREATE_CATALOG"),
    ),
    Door(
        "connection bank",
        "gives service principal fraud/trainer in dev USE_CONNECTION",
        _around("connections", "connection", "bank", "USE_CONNECTION", connection_type="POSTGRESQL", options={}),
    ),
    Door(
        "service credential cloud",
        "gives group engineers ACCESS",
        _around(
            *("credentials", "credential", "cloud", "ACCESS", "engineers"),
            purpose="SERVICE",
            aws_iam_role={"role_arn": "arn:aws:iam::123456789012:role/cloud"},
        ),
    ),
    Door(
        "storage credential lake",
        "gives service principal fraud/trainer in dev",
        _around(
            "storage-credentials",
            "storage_credential",
            "lake",
            "CREATE_EXTERNAL_LOCATION",
            aws_iam_role={"role_arn": "arn:aws:iam::123456789012:role/lake"},
        ),
    ),
    Door(
        "external location outside",
        "gives everybody (account users) WRITE_FILES",
        _around(
            "external-locations",
            "external_location",
            "outside",
            "WRITE_FILES",
            "account users",
            url="s3://x",
            credential_name="lake",
        ),
    ),
    Door(
        "owner of external location dev-fraud-landing: group analysts",
        "may do everything",
        _owner("external-locations", "dev-fraud-landing", "analysts"),
    ),
    Door(
        "owner of storage credential dev-fraud-lake: person cleo@example.com",
        "may do everything",
        _owner("storage-credentials", "dev-fraud-lake", CLEO),
    ),
    Door(
        "external location fraud/landing in dev analysts",
        "view",
        _grants("external_location", "dev-fraud-landing", "analysts", "READ_FILES"),
    ),
    Door(
        f"external location fraud/shared in dev {CLEO}",
        "holds CREATE_EXTERNAL_VOLUME",
        _grants("external_location", "shared", CLEO, "CREATE_EXTERNAL_VOLUME"),
    ),
    Door(
        "storage credential fraud/lake in dev account users",
        "view",
        _grants("storage_credential", "dev-fraud-lake", "account users", "READ_FILES"),
    ),
    Door(
        "storage credential platform-lake",
        f"gives person {CLEO} WRITE_FILES, and reaches external location fraud/outer in dev",
        _grants("storage_credential", "platform-lake", CLEO, "WRITE_FILES"),
    ),
    Door(
        "service credential twin",
        f"gives person {CLEO} ACCESS, and is the cloud identity of storage credential fraud/lake in dev",
        _around(
            *("credentials", "credential", "twin", "ACCESS", CLEO),
            purpose="SERVICE",
            aws_iam_role={"role_arn": "arn:aws:iam::123456789012:role/fraud"},
        ),
    ),
    Door(
        "connection fraud/claims in dev analysts",
        "run",
        _grants("connection", "dev-fraud-claims", "analysts", "USE_CONNECTION"),
    ),
    Door(
        "service credential fraud/queue in dev analysts",
        "run",
        _grants("credential", "dev-fraud-queue", "analysts", "ACCESS"),
    ),
    Door(
        f"owner of connection dev-fraud-claims: person {CLEO}",
        "may do everything",
        _owner("connections", "dev-fraud-claims", CLEO),
    ),
    Door(
        "option aws_region of connection dev-fraud-claims",
        "is us-east-1, and eu-central-1 in the contract",
        lambda world: world.do(
            "PATCH",
            f"{UNITY}/connections/dev-fraud-claims",
            {"options": {"aws_region": "us-east-1", "aws_account_id": "123456789012"}},
        ),
    ),
    Door("binding of external location dev-fraud-landing to workspace", "opens the external location", _bind),
    # What runs or shows something.
    Door(
        "'by-role' in workspace nonprod",
        "runs as group engineers",
        lambda world: world.do("POST", JOBS, {**_WORK, "name": "by-role", "run_as": {"group_name": "engineers"}}),
    ),
    Door(
        "'starter'",
        "starts job fraud/land in dev",
        lambda world: _job(world, "starter", {"run_job_task": {"job_id": _land(world)}}),
    ),
    Door(
        "'by-role' in workspace nonprod",
        "used by group analysts (CAN_MANAGE_RUN)",
        lambda world: world.allow(f"jobs/{_job_named(world, 'by-role')}", "CAN_MANAGE_RUN", group_name="analysts"),
    ),
    Door("'loop'", "starts job fraud/land in dev", _loop),
    Door(
        "pipeline 'keys'",
        f"reads secrets of {SCOPE}",
        lambda world: world.do(
            "POST",
            "/api/2.0/pipelines",
            {"name": "keys", "catalog": "lab", "configuration": {"k": f"{{{{secrets/{SCOPE}/k}}}}"}},
        ),
    ),
    Door("cluster 'keys'", f"reads secrets of {SCOPE}", _secret_cluster),
    Door("app 'viewer'", f"gives its own principal access to {CARDS}", _app),
    Door("vector search index lab.play.cards_index", f"copies {CARDS}", _index),
    Door("database instance 'fast'", f"copies {CARDS}", _lakebase),
    Door("clean room 'joint'", f"shares {CARDS} with its collaborators", _clean_room),
    Door("database instance 'side'", "names service principal fraud/trainer in dev", _database_role),
    Door("Genie space 'ask'", "runs everybody's questions on warehouse fraud/reports", _genie),
    Door("dashboard 'wall'", "runs everybody's questions on warehouse fraud/reports", _board),
    # Folders.
    Door("CAN_EDIT on folder fraud/notebooks in dev: analysts", "inherited from /directories/", _parent),
    Door("CAN_MANAGE on notebook", f"gives {CLEO} (person) CAN_MANAGE on notebook train", _single_notebook),
    Door("deep/deeper/run", "CAN_RUN on notebook run", _nested_notebook),
    Door("on Git folder", "gives analysts CAN_EDIT on Git folder tools", _git_folder),
    # Identities.
    Door(
        "group.manager of the account: group analysts",
        "adds members to every group",
        lambda world: world.rules("", {"roles/group.manager": ["groups/analysts"]}, added=True),
    ),
    Door(
        f"tagPolicy.assigner of the account: person {CLEO}",
        "assigns every governed tag",
        lambda world: world.rules("", {"roles/tagPolicy.assigner": [f"users/{CLEO}"]}, added=True),
    ),
    Door(
        "manager of group engineers: group analysts",
        "adds members to group engineers",
        lambda world: world.rules(
            f"groups/{world.id_of('engineers')}", {"roles/group.manager": ["groups/analysts"]}, added=True
        ),
    ),
    Door("contractors in group engineers", "holds everything that group engineers holds", _nested),
    Door(
        "service principal fraud/trainer in dev in group auditors",
        "holds everything that group auditors holds",
        lambda world: _join(world, "auditors", str(world.trainer.id)),
    ),
    Door(
        "service principal fraud/trainer in dev analysts",
        "run",
        lambda world: world.rules(
            f"servicePrincipals/{world.application}", {"roles/servicePrincipal.user": ["groups/analysts"]}, added=True
        ),
    ),
    Door(
        "entitlements of everybody (users)",
        "allow-cluster-create",
        lambda world: _entitle(world, "Groups", "users", "allow-cluster-create"),
    ),
    Door(
        f"entitlements of person {CLEO}",
        "allow-instance-pool-create",
        lambda world: _entitle(world, "Users", world.id_of(CLEO), "allow-instance-pool-create"),
    ),
    Door(
        "entitlements of group analysts",
        "databricks-instance-profile",
        lambda world: _entitle(world, "Groups", world.id_of("analysts"), "databricks-instance-profile"),
    ),
    Door("federation policy shadow of the deployer", "signs in as the deployer", _deployed_by_others),
    Door(
        "'debug' in workspace nonprod",
        "acts as the deployer",
        lambda world: world.workspace.tokens.create(comment="debug", lifetime_seconds=600),
    ),
    Door(
        "'ada' in workspace nonprod",
        "signs in as person ada@example.com for more than the 30 days",
        lambda world: world.emulator.as_person("nonprod").tokens.create(comment="ada", lifetime_seconds=90 * 86_400),
    ),
    Door(
        f"secret scope fraud/network in dev {CLEO}",
        "view",
        lambda world: world.workspace.secrets.put_acl(SCOPE, CLEO, workspace.AclPermission.READ),
    ),
)
# What reaches nothing of the contract, and is no finding.
HARMLESS: tuple[Callable[[HandWorld], Any], ...] = (
    _free_tag,
    lambda world: _job(world, "private", {"notebook_task": {"notebook_path": "/x"}}),
    lambda world: world.do("POST", "/api/2.0/vector-search/endpoints", {"name": "idle", "endpoint_type": "STANDARD"}),
    lambda world: world.do("POST", "/api/2.0/genie/spaces", {"title": "own", "serialized_space": "{}"}),
    lambda world: world.workspace.shares.create(name="empty"),
    _own_notebook,
    lambda world: world.emulator.as_person("nonprod").tokens.create(comment="short", lifetime_seconds=86_400),
)
