"""Ways to give access behind the contract's back, each opened by hand through the vendor's own client."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from databricks.sdk import AccountClient, WorkspaceClient
from databricks.sdk.service import catalog, compute, dashboards, iam, jobs, oauth2, pipelines, settings, sharing, sql

from tests.support.emulator import ServedEmulator

PATCH = [iam.PatchSchema.URN_IETF_PARAMS_SCIM_API_MESSAGES_2_0_PATCH_OP]
SCHEMA, CATALOG, SCOPE = "acme_staging.fraud_transactions", "acme_staging", "staging-fraud-card-network"
METASTORE = "5a000000-0000-4000-8000-0000000000e1"
ROLE = catalog.AwsIamRoleRequest(role_arn="arn:aws:iam::123456789012:role/lake")
TRAINER, ADA = "staging-fraud-detector-train", "ada@acme.example"


@dataclass
class Keys:
    """What an administrator in a hurry has at hand: clients of the account and of the staging workspace."""

    emulator: ServedEmulator
    workspace: WorkspaceClient
    account: AccountClient

    @cached_property
    def trainer(self) -> iam.ServicePrincipal:
        return next(one for one in self.account.service_principals.list() if one.display_name == TRAINER)

    @cached_property
    def application(self) -> str:
        return str(self.trainer.application_id)

    def id_of(self, name: str) -> str:
        return self.emulator.id_of(name)

    def grant(self, sort: str, name: str, principal: str, *privileges: catalog.Privilege) -> None:
        change = catalog.PermissionsChange(principal=principal, add=[*privileges])
        self.workspace.grants.update(sort, name, changes=[change])

    def do(self, method: str, path: str, body: Any) -> Any:
        return self.workspace.api_client.do(method, path, body=body)

    def job(self, name: str, **settings: Any) -> None:
        task = jobs.Task(
            task_key="a", notebook_task=jobs.NotebookTask(notebook_path="/x"), new_cluster=settings.pop("cluster", None)
        )
        self.workspace.jobs.create(name=name, tasks=[task], **settings)


@dataclass(frozen=True)
class BackDoor:
    """One of them.

    Attributes:
        names: what the finding has to name.
        says: what makes it matter.
        open: opens it.
    """

    names: str
    says: str
    open: Callable[[Keys], Any]


def add(path: str, value: str) -> list[iam.Patch]:
    return [iam.Patch(op=iam.PatchOp.ADD, path=path, value=[{"value": value}])]


def _group_role(keys: Keys) -> None:
    name = f"accounts/{keys.account.config.account_id}/groups/{keys.id_of('engineers')}/ruleSets/default"
    held = keys.account.access_control.get_rule_set(name=name, etag="")
    rules = [iam.GrantRule(role="roles/group.assumer", principals=[f"users/{ADA}"])]
    wanted = iam.RuleSetUpdateRequest(name=name, etag=str(held.etag), grant_rules=rules)
    keys.account.access_control.update_rule_set(name=name, rule_set=wanted)


def _repository(keys: Keys) -> None:
    job = next(one for one in keys.workspace.jobs.list() if one.settings and "land" in str(one.settings.name))
    source = jobs.GitSource(
        git_url="https://github.com/elsewhere/fraud", git_provider=jobs.GitProvider.GIT_HUB, git_tag="v3.1.0"
    )
    keys.workspace.jobs.update(int(job.job_id or 0), new_settings=jobs.JobSettings(git_source=source))


def _location(keys: Keys) -> None:
    keys.workspace.storage_credentials.create(name="lake", aws_iam_role=ROLE)
    keys.workspace.external_locations.create(name="raw", url="s3://raw", credential_name="lake")
    keys.grant("external_location", "raw", "engineers", catalog.Privilege.READ_FILES)


def _connection(keys: Keys) -> None:
    sort = catalog.ConnectionType.POSTGRESQL
    keys.workspace.connections.create(name="core", connection_type=sort, options={"host": "db"})
    keys.grant("connection", "core", keys.application, catalog.Privilege.USE_CONNECTION)


def _bound(keys: Keys) -> None:
    keys.workspace.catalogs.update(CATALOG, isolation_mode=catalog.CatalogIsolationMode.ISOLATED)
    lab = keys.emulator.emulator.account.workspaces["lab"].id
    keys.workspace.workspace_bindings.update_bindings(
        "catalog", CATALOG, add=[catalog.WorkspaceBinding(workspace_id=lab)]
    )


def _table(keys: Keys) -> None:
    keys.do("POST", "/api/2.1/unity-catalog/tables", _TABLE)
    keys.grant("table", f"{SCHEMA}.cards", "analysts", _Privilege.SELECT)


def _deployer(keys: Keys) -> None:
    account = keys.account.config
    name = f"accounts/{account.account_id}/servicePrincipals/{account.client_id}/ruleSets/default"
    held = keys.account.access_control.get_rule_set(name=name, etag="")
    rules = [
        *(held.grant_rules or []),
        iam.GrantRule(role="roles/servicePrincipal.user", principals=["groups/auditors"]),
    ]
    wanted = iam.RuleSetUpdateRequest(name=name, etag=str(held.etag), grant_rules=rules)
    keys.account.access_control.update_rule_set(name=name, rule_set=wanted)


def _addresses(keys: Keys) -> None:
    production = keys.emulator.workspace("shop-eu")
    production.ip_access_lists.create(label="home", list_type=settings.ListType.ALLOW, ip_addresses=["198.51.100.0/24"])


def _sandbox(keys: Keys) -> None:
    keys.workspace.schemas.create("sandbox", CATALOG)
    keys.grant("schema", f"{CATALOG}.sandbox", keys.application, _Privilege.SELECT)


def _share(keys: Keys) -> None:
    keys.workspace.shares.create(name="out")
    table = sharing.SharedDataObject(
        name=f"{SCHEMA}.cards", data_object_type=sharing.SharedDataObjectDataObjectType.TABLE
    )
    add_table = sharing.SharedDataObjectUpdate(action=sharing.SharedDataObjectUpdateAction.ADD, data_object=table)
    keys.workspace.shares.update("out", updates=[add_table])


def _open_location(keys: Keys) -> None:
    keys.workspace.storage_credentials.create(name="open", aws_iam_role=ROLE)
    keys.workspace.external_locations.create(name="everything", url="s3://all", credential_name="open")
    keys.grant("external_location", "everything", "account users", catalog.Privilege.READ_FILES)


def _dashboard(keys: Keys) -> None:
    text = json.dumps({"datasets": [{"query": _QUOTED}]})
    board = keys.workspace.lakeview.create(dashboards.Dashboard(display_name="board", serialized_dashboard=text))
    keys.workspace.lakeview.publish(str(board.dashboard_id), embed_credentials=True)


def _administrator(keys: Keys) -> None:
    workspace = next(one for one in keys.account.workspaces.list() if one.workspace_name == "staging-eu")
    keys.account.workspace_assignment.update(
        int(workspace.workspace_id or 0), int(keys.id_of(ADA)), permissions=[iam.WorkspacePermission.ADMIN]
    )


_TABLE = {
    "catalog_name": CATALOG,
    "schema_name": "fraud_transactions",
    "name": "cards",
    "table_type": "EXTERNAL",
    "data_source_format": "DELTA",
    "storage_location": "s3://cards",
    "columns": [],
}
_POLICY = {
    "name": "see-all",
    "policy_type": "POLICY_TYPE_ROW_FILTER",
    "on_securable_type": "SCHEMA",
    "on_securable_fullname": SCHEMA,
    "for_securable_type": "TABLE",
    "to_principals": ["account users"],
    "except_principals": ["engineers"],
}
_SECRET = compute.ClusterSpec(
    spark_version="16.4.x-scala2.12",
    num_workers=1,
    node_type_id="m5d.large",
    spark_env_vars={"KEY": f"{{{{secrets/{SCOPE}/key}}}}"},
)
_RESTRICT = "/api/2.0/settings/types/restrict_workspace_admins/names/default"
_OPEN = {
    "allow_missing": True,
    "setting": {"setting_name": "default", "restrict_workspace_admins": {"status": "ALLOW_ALL"}},
    "field_mask": "restrict_workspace_admins.status",
}
_CLUSTER = {
    "cluster_name": "shell",
    "spark_version": "16.4.x-scala2.12",
    "node_type_id": "m5d.large",
    "num_workers": 1,
    "data_security_mode": "SINGLE_USER",
}
_APP = {"name": "peek", "resources": [{"name": "s", "secret": {"scope": SCOPE, "key": "k", "permission": "READ"}}]}
_QUOTED = f"TABLE `{CATALOG}` . `fraud_transactions` . cards"
_QUERY = f"TABLE {SCHEMA}.cards"
_Privilege = catalog.Privilege
_FEDERATION = oauth2.OidcFederationPolicy(issuer="https://elsewhere.example", subject="me", audiences=["x"])
_ISSUER = oauth2.OidcFederationPolicy(issuer="https://elsewhere.example", audiences=["x"])

BACK_DOORS = (
    BackDoor(
        "'nightly'",
        "runs as service principal fraud/detector-train",
        lambda keys: keys.job("nightly", run_as=jobs.JobRunAs(service_principal_name=keys.application)),
    ),
    BackDoor("'reader'", f"reads secrets of {SCOPE}", lambda keys: keys.job("reader", cluster=_SECRET)),
    BackDoor("'handy'", "runs as the deployer", lambda keys: keys.job("handy")),
    BackDoor(
        "pipeline 'refine'",
        "runs as service principal fraud/detector-train",
        lambda keys: keys.workspace.pipelines.create(
            name="refine", catalog=CATALOG, run_as=pipelines.RunAs(service_principal_name=keys.application)
        ),
    ),
    BackDoor(
        "app 'peek'",
        f"reads secrets of {SCOPE}",
        lambda keys: keys.do(
            "POST",
            "/api/2.0/apps",
            {
                "name": "peek",
                "resources": [{"name": "s", "secret": {"scope": SCOPE, "key": "k", "permission": "READ"}}],
            },
        ),
    ),
    BackDoor(
        "query 'cards'",
        f"shows what its owner may read of {SCHEMA}",
        lambda keys: keys.workspace.queries.create(
            query=sql.CreateQueryRequestQuery(display_name="cards", query_text=_QUERY, run_as_mode=sql.RunAsMode.OWNER)
        ),
    ),
    BackDoor(
        "alert 'rows'",
        "runs as service principal fraud/detector-train",
        lambda keys: keys.do(
            "POST",
            "/api/2.0/alerts",
            {
                "display_name": "rows",
                "query_text": "select 1",
                "run_as": {"service_principal_name": keys.application},
            },
        ),
    ),
    BackDoor(
        "cluster 'shell'",
        "runs as service principal fraud/detector-train",
        lambda keys: keys.do("POST", "/api/2.1/clusters/create", {**_CLUSTER, "single_user_name": keys.application}),
    ),
    BackDoor(
        "init script 'agent'",
        "runs on every cluster",
        lambda keys: keys.workspace.global_init_scripts.create(name="agent", script="ZWNobw==", enabled=True),
    ),
    BackDoor(
        "token",
        "acts as the deployer",
        lambda keys: keys.workspace.tokens.create(comment="debug", lifetime_seconds=3600),
    ),
    BackDoor(
        "federation policy elsewhere of",
        "lets me of https://elsewhere.example act as",
        lambda keys: keys.account.service_principal_federation_policy.create(
            int(str(keys.trainer.id)), oauth2.FederationPolicy(oidc_policy=_FEDERATION), policy_id="elsewhere"
        ),
    ),
    BackDoor(
        "federation policy everywhere of the account",
        "lets every token of https://elsewhere.example",
        lambda keys: keys.account.federation_policy.create(
            oauth2.FederationPolicy(oidc_policy=_ISSUER), policy_id="everywhere"
        ),
    ),
    BackDoor(
        "OAuth secret",
        "act as service principal fraud/detector-train",
        lambda keys: keys.account.service_principal_secrets.create(str(keys.trainer.id)),
    ),
    BackDoor(
        f"account administrator user {ADA}",
        "administers the account",
        lambda keys: keys.account.users.patch(keys.id_of(ADA), operations=add("roles", "account_admin"), schemas=PATCH),
    ),
    BackDoor(
        "service principal fraud/detector-train in staging in group engineers",
        "holds everything that group engineers holds",
        lambda keys: keys.account.groups.patch(
            keys.id_of("engineers"), operations=add("members", str(keys.trainer.id)), schemas=PATCH
        ),
    ),
    BackDoor("assumer of group engineers", "acts as group engineers", _group_role),
    BackDoor(f"{ADA} (person)", "manage", _administrator),
    BackDoor(
        "entitlements of service principal fraud/detector-train",
        "allow-cluster-create",
        lambda keys: keys.workspace.service_principals.patch(
            str(keys.trainer.id), operations=add("entitlements", "allow-cluster-create"), schemas=PATCH
        ),
    ),
    BackDoor(
        f"owner of catalog {CATALOG}",
        "may do everything",
        lambda keys: keys.workspace.catalogs.update(CATALOG, owner="analysts"),
    ),
    BackDoor(
        "owner of schema acme_staging.fraud_scores",
        "may do everything",
        lambda keys: keys.workspace.schemas.update("acme_staging.fraud_scores", owner=ADA),
    ),
    BackDoor(
        f"SELECT on table {SCHEMA}.cards",
        "gives group analysts SELECT",
        _table,
    ),
    BackDoor(
        f"READ_VOLUME on volume {SCHEMA}.landing",
        "gives account users READ_VOLUME",
        lambda keys: keys.grant("volume", f"{SCHEMA}.landing", "account users", _Privilege.READ_VOLUME),
    ),
    BackDoor(
        f"policy unmask on table {SCHEMA}.cards",
        "changes what holders see",
        lambda keys: keys.do(
            "POST",
            "/api/2.1/unity-catalog/policies",
            {**_POLICY, "name": "unmask", "on_securable_type": "TABLE", "on_securable_fullname": f"{SCHEMA}.cards"},
        ),
    ),
    BackDoor(
        METASTORE,
        "analysts holds SELECT on schema system.access",
        lambda keys: keys.grant("schema", "system.access", "analysts", _Privilege.SELECT),
    ),
    BackDoor(
        METASTORE,
        "engineers holds SELECT on system.access.table_lineage alone",
        lambda keys: keys.grant("table", "system.access.table_lineage", "engineers", _Privilege.SELECT),
    ),
    BackDoor("share out", f"shares {SCHEMA}.cards with its recipients", _share),
    BackDoor("external location everything", "gives everybody (account users) READ_FILES", _open_location),
    BackDoor("dashboard 'board'", f"shows what its publisher may read of {SCHEMA}", _dashboard),
    BackDoor("user of the deployer: group auditors", "runs jobs as the deployer", _deployer),
    BackDoor("address list 'home' in workspace shop-eu", "lets 198.51.100.0/24 sign in", _addresses),
    BackDoor(
        "schema acme_staging.sandbox",
        "gives service principal fraud/detector-train",
        _sandbox,
    ),
    BackDoor("external location raw", "gives group engineers READ_FILES", _location),
    BackDoor("connection core", "gives service principal fraud/detector-train", _connection),
    BackDoor(
        "administrator of metastore",
        "may take over everything",
        lambda keys: keys.workspace.metastores.update(str(keys.workspace.metastores.summary().metastore_id), owner=ADA),
    ),
    BackDoor(
        "CREATE_EXTERNAL_LOCATION on metastore",
        "gives group analysts CREATE_EXTERNAL_LOCATION",
        lambda keys: keys.grant(
            "metastore",
            str(keys.workspace.metastores.summary().metastore_id),
            "analysts",
            _Privilege.CREATE_EXTERNAL_LOCATION,
        ),
    ),
    BackDoor(
        f"policy see-all on schema {SCHEMA}",
        "changes what holders see",
        lambda keys: keys.do("POST", "/api/2.1/unity-catalog/policies", _POLICY),
    ),
    BackDoor("binding of catalog acme_staging", "opens the catalog in a workspace", _bound),
    BackDoor(
        "EntityTagAssignment fraud-transactions-data-class",
        "internal",
        lambda keys: keys.do(
            "PATCH",
            f"/api/2.1/unity-catalog/entity-tag-assignments/schemas/{SCHEMA}/tags/data-class",
            {"tag_value": "internal"},
        ),
    ),
    BackDoor("RestrictWorkspaceAdminsSetting staging-eu", "ALLOW_ALL", lambda keys: keys.do("PATCH", _RESTRICT, _OPEN)),
    BackDoor("gitSource.url", "https://github.com/elsewhere/fraud", _repository),
)
