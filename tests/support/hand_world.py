"""A world that equals a contract, made by hand through the vendor's clients: no engine, so parity alone is tested."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from databricks.sdk import AccountClient, WorkspaceClient
from databricks.sdk.service import billing, catalog, compute, iam, sharing, tags, workspace

from rolecall.compiled import CompiledContract, compile_file
from rolecall.contract.account_roles import BUDGETS, TAGS, roles_on
from rolecall.contract.group_roles import group_roles
from rolecall.contract.metastore_privileges import metastore_grants
from rolecall.contract.naming import object_name, service_principal_external_id, subject_name
from rolecall.contract.objects import objects_of
from rolecall.ids.ids import DeployerId, GroupId, ObjectId, ServicePrincipalId, Subject
from rolecall.ids.verbs import Kind
from rolecall.kinds.access import GRANTS, PERMISSIONS, RULE_SET, SECRET_ACL
from rolecall.kinds.registry import BY_NAME, KINDS
from rolecall.parity import compare
from rolecall.parity.report import Finding, Report
from rolecall.systems.connections import forget_all
from rolecall.systems.registry import SYSTEMS
from tests.support.contracts import DATABRICKS, TODAY
from tests.support.emulator import DESCRIPTION, ServedEmulator, served_together
from tests.support.hand_objects import MAKERS

ENVIRONMENT = "dev"
METASTORE = "5a000000-0000-4000-8000-0000000000e1"
VAULT = "/subscriptions/1/resourceGroups/ml/providers/Microsoft.KeyVault/vaults/fraud"
WORLD: dict[str, Any] = {
    **DESCRIPTION,
    "metastores": [{"id": METASTORE, "name": "central"}],
    "workspaces": [{"name": "nonprod", "metastore": METASTORE}, {"name": "prod"}],
    "groups": [*DESCRIPTION["groups"], {"name": "auditors", "external_id": "00g-auditors"}],
}
CONTRACT = (
    DATABRICKS
    + """\
workspaces:
  nonprod: {host: "${env:ML_NONPROD_HOST}", metastore: 5a000000-0000-4000-8000-0000000000e1,
    tokens: {users: [engineers], max_days: 30}}
  prod: {host: "${env:ML_PROD_HOST}"}
environments:
  dev: {workspace: nonprod, catalog: acme, catalog_isolated: true, catalog_workspaces: {prod: read}}
break_glass: {group: emergency}
key_vaults:
  - resource_id: /subscriptions/1/resourceGroups/ml/providers/Microsoft.KeyVault/vaults/fraud
    projects: [fraud]
metastores: {central: {id: 5a000000-0000-4000-8000-0000000000e1, privileges: {engineers: [CREATE_SHARE]}}}
governed_tags: {retention: {values: [short, long], assigners: [engineers]}}
budget_policies: {fraud: {tags: {cost-center: "4722"}, users: [engineers]}}
groups:
  engineers: {external: 00g-engineers}
  analysts: {external: 00g-analysts, managers: [engineers]}
  emergency: {managed: true}
roles:
  engineer:
    - {may: edit, kind: [job, experiment, folder, secret_scope, external_location]}
    - {may: run, kind: [cluster_policy, instance_pool, warehouse, serving_endpoint, database_instance]}
    - {may: edit, kind: dataset, tags: {data-class: internal}}
    - {may: view, kind: [model, table, volume]}
  trainer:
    - {may: view, kind: dataset}
projects:
  fraud:
    owner: engineers
    tags: {cost-center: "4722"}
    bindings:
      - {role: engineer, to: engineers, in: [dev]}
      - {role: trainer, to: trainer, in: [dev]}
    service_principals: {trainer: {}}
    cluster_policies: {small: {max_workers: 2, idle_minutes: 30}}
    instance_pools: {ready: {node_type: m5d.large, max_machines: 2}}
    warehouses: {reports: {}}
    datasets:
      cards: {tags: {data-class: personal}, sensitive: true, volumes: [landing], roles: [trainer]}
      scores: {tags: {data-class: internal}}
    tables:
      latest: {dataset: scores}
    volumes:
      reports: {dataset: scores}
    functions:
      mask: {dataset: cards, sensitive: true}
    storage_credentials: {lake: {aws_iam_role: "arn:aws:iam::123456789012:role/fraud"}}
    external_locations:
      landing: {url: "s3://fraud/landing", reached_with: lake}
      shared: {existing: shared}
      outer: {url: "s3://fraud-outer", credential_name: platform-lake, workspaces: [prod]}
    service_credentials: {queue: {aws_iam_role: "arn:aws:iam::123456789012:role/fraud-queue"}}
    connections:
      claims: {type: GLUE, options: {aws_region: eu-central-1, aws_account_id: "123456789012"}}
    recipients:
      insurer: {expires: 2026-12-31, addresses: [203.0.113.0/24]}
    shares:
      claims: {tables: [latest], recipients: [insurer]}
    secret_scopes:
      network: {}
      vault:
        key_vault:
          resource_id: /subscriptions/1/resourceGroups/ml/providers/Microsoft.KeyVault/vaults/fraud
          dns_name: https://fraud.vault.azure.net
    database_instances: {ledger: {}}
    folders: {notebooks: {}}
    apps: {viewer: {}}
    jobs:
      land:
        run_as: trainer
        policy: small
        tasks:
          - task_key: land
            new_cluster: {spark_version: 16.4.x-scala2.12, node_type_id: i3.xlarge, num_workers: 1}
            spark_python_task: {python_file: /Workspace/Shared/train.py}
"""
)
_TABLE = sharing.SharedDataObjectDataObjectType.TABLE
USE_PRINCIPAL = "roles/servicePrincipal.user"


@dataclass
class HandWorld:
    """A world that equals the contract."""

    emulator: ServedEmulator
    compiled: CompiledContract
    workspace: WorkspaceClient = field(init=False)
    # Ids of objects that no list of the vendor's client finds by name, or that are found by it alone.
    ids: dict[ObjectId, str] = field(default_factory=dict)
    account: AccountClient = field(init=False)
    # Ids of governed tags and budget policies, by their names.
    ids_of_account: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.workspace, self.account = self.emulator.workspace(), self.emulator.account()

    @property
    def trainer(self) -> iam.ServicePrincipal:
        return next(one for one in self.account.service_principals.list() if one.display_name == "dev-fraud-trainer")

    @property
    def application(self) -> str:
        return str(self.trainer.application_id)

    @property
    def other_workspace(self) -> int:
        return self.emulator.workspace("prod").get_workspace_id()

    def name(self, kind: Kind, key: str) -> str:
        return object_name(self.compiled.contract, kind, "fraud", key, ENVIRONMENT)

    def id_of(self, name: str) -> str:
        return self.emulator.id_of(name)

    def do(self, method: str, path: str, body: Any = None) -> Any:
        return self.workspace.api_client.do(method, path, body=body)

    def account_do(self, method: str, path: str, body: Any = None) -> Any:
        return self.account.api_client.do(method, path, body=body)

    def grant(self, sort: str, name: str, principal: str, *privileges: str) -> None:
        change = catalog.PermissionsChange(principal=principal, add=[catalog.Privilege(one) for one in privileges])
        self.workspace.grants.update(sort, name, changes=[change])

    def allow(self, path: str, level: str, **who: str) -> None:
        entry = {**who, "permission_level": level}
        self.do("PATCH", f"/api/2.0/permissions/{path}", {"access_control_list": [entry]})

    def rules(self, target: str, rules: dict[str, list[str]], *, added: bool = False) -> None:
        """Write a rule set of the account; the target is what follows the account in its name."""
        name = f"accounts/{self.account.config.account_id}/{target}{'/' if target else ''}ruleSets/default"
        current = self.account.access_control.get_rule_set(name=name, etag="")
        new = [iam.GrantRule(role=role, principals=who) for role, who in rules.items()]
        wanted = iam.RuleSetUpdateRequest(
            name=name, etag=str(current.etag), grant_rules=[*(current.grant_rules or []), *new] if added else new
        )
        self.account.access_control.update_rule_set(name=name, rule_set=wanted)

    def parity(self) -> Report:
        return compare(self.compiled, [ENVIRONMENT], SYSTEMS)

    def findings(self) -> list[Finding]:
        return [*self.parity().findings]


@contextmanager
def hand_world(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str = CONTRACT) -> Iterator[HandWorld]:
    """Serve the emulator and make everything that the contract declares, with exactly its access."""
    with served_together({"databricks": WORLD}) as installation:
        from rolecall.emulators.databricks.emulator import DatabricksEmulator

        emulator = ServedEmulator(installation.get(DatabricksEmulator))
        for name, value in emulator.variables().items():
            monkeypatch.setenv(name, value)
        forget_all()
        path = folder / "contract.yaml"
        path.write_text(text)
        world = HandWorld(emulator, compile_file(path, TODAY, judged=False))
        _make(world)
        yield world
        forget_all()


def _make(world: HandWorld) -> None:
    contract = world.compiled.contract
    world.account.groups.create(display_name="emergency")
    for one in objects_of(contract, ENVIRONMENT, Kind.SERVICE_PRINCIPAL):
        world.account.service_principals.create(
            display_name=f"{ENVIRONMENT}-{one.project}-{one.key}",
            external_id=service_principal_external_id(contract, one.project, one.key, ENVIRONMENT),
        )
    for target, held in world.compiled.access.items():
        if target.environment == ENVIRONMENT and target.kind is Kind.WORKSPACE:
            for subject, verb in held.items():
                level = "ADMIN" if "ADMIN" in BY_NAME[target.kind].words[verb] else "USER"
                world.emulator.assign(_display(world, subject), level)
    world.workspace.catalogs.create("acme")
    world.workspace.catalogs.update("acme", isolation_mode=catalog.CatalogIsolationMode.ISOLATED)
    reads = catalog.WorkspaceBindingBindingType.BINDING_TYPE_READ_ONLY
    prod = catalog.WorkspaceBinding(workspace_id=world.other_workspace, binding_type=reads)
    world.workspace.workspace_bindings.update_bindings("catalog", "acme", add=[prod])
    world.allow("authorization/tokens", "CAN_USE", group_name="engineers")
    _rules(world, {USE_PRINCIPAL: [f"servicePrincipals/{world.account.config.client_id}"]})
    _account_objects(world)
    for given in metastore_grants(contract):
        world.grant("metastore", given.metastore, given.group, *given.privileges)
    for name in contract.groups:
        rules = group_roles(contract, name)
        if rules:
            holders = {role: [f"groups/{one}" for one in who] for role, who in rules.items()}
            world.rules(f"groups/{world.id_of(name)}", holders)
    _platform(world)
    order = {kind.name: index for index, kind in enumerate(KINDS)}
    for target in sorted(world.compiled.access, key=lambda one: order[one.kind]):
        if target.environment == ENVIRONMENT:
            _object(world, target)
    for target, held in world.compiled.access.items():
        if target.environment == ENVIRONMENT:
            _share(world, target, {subject: sorted(BY_NAME[target.kind].words[verb]) for subject, verb in held.items()})


def _account_objects(world: HandWorld) -> None:
    contract = world.compiled.contract
    for key, tag in contract.governed_tags.items():
        policy = tags.TagPolicy(key, values=[tags.Value(one) for one in tag.values])
        made = world.workspace.tag_policies.create_tag_policy(policy)
        world.ids_of_account[key] = str(made.id)
        _roles_on(world, f"tagPolicies/{made.id}", roles_on(contract, tag, TAGS))
    for name, declared in contract.budget_policies.items():
        labels = [compute.CustomPolicyTag(key, value) for key, value in declared.tags.items()]
        budget = world.account.budget_policy.create(policy=billing.BudgetPolicy(custom_tags=labels, policy_name=name))
        world.ids_of_account[name] = str(budget.policy_id)
        _roles_on(world, f"budgetPolicies/{budget.policy_id}", roles_on(contract, declared, BUDGETS))


def _roles_on(world: HandWorld, target: str, roles: dict[str, list[str]]) -> None:
    world.rules(target, {role: [f"groups/{one}" for one in holders] for role, holders in roles.items()})


def _platform(world: HandWorld) -> None:
    """Make what the contract names and others manage."""
    role = catalog.AwsIamRoleRequest(role_arn="arn:aws:iam::123456789012:role/platform")
    world.workspace.storage_credentials.create("platform-lake", aws_iam_role=role)
    world.workspace.external_locations.create("shared", "s3://shared", "platform-lake")


def _object(world: HandWorld, target: ObjectId) -> None:
    client, kind = world.workspace, target.kind
    if BY_NAME[kind].section is None or kind is Kind.SERVICE_PRINCIPAL:
        return
    name = world.name(kind, target.key)
    if make := MAKERS.get(kind):
        world.ids[target] = make(world, name)
    elif kind is Kind.DATASET:
        client.schemas.create(name.partition(".")[2], "acme")
        if target.key == "cards":
            client.volumes.create("acme", name.partition(".")[2], "landing", catalog.VolumeType.MANAGED)
            table(world, name, "transactions")
    elif kind is Kind.VOLUME:
        outer, inner, own = name.split(".")
        client.volumes.create(outer, inner, own, catalog.VolumeType.MANAGED)
    elif kind is Kind.TABLE:
        table(world, *name.rsplit(".", 1))
    elif kind is Kind.FUNCTION:
        function(world, *name.split("."))
    elif kind is Kind.SHARE:
        shared(world, name)
    elif kind is Kind.STORAGE_CREDENTIAL:
        role = catalog.AwsIamRoleRequest(role_arn="arn:aws:iam::123456789012:role/fraud")
        client.storage_credentials.create(name, aws_iam_role=role)
        isolate(world, "storage_credential", name)
    elif kind is Kind.SERVICE_CREDENTIAL:
        queue = catalog.AwsIamRole(role_arn="arn:aws:iam::123456789012:role/fraud-queue")
        client.credentials.create_credential(name, aws_iam_role=queue, purpose=catalog.CredentialPurpose.SERVICE)
        isolate(world, "credential", name)
    elif kind is Kind.CONNECTION:
        options = {"aws_region": "eu-central-1", "aws_account_id": "123456789012"}
        client.connections.create(name, catalog.ConnectionType.GLUE, options)
    elif kind is Kind.EXTERNAL_LOCATION:
        if target.key != "shared":
            with_ = {"landing": world.name(Kind.STORAGE_CREDENTIAL, "lake"), "outer": "platform-lake"}[target.key]
            url = {"landing": "s3://fraud/landing", "outer": "s3://fraud-outer"}[target.key]
            client.external_locations.create(name, url, with_)
            isolate(world, "external_location", name, *([world.other_workspace] if target.key == "outer" else []))
    elif kind is Kind.CLUSTER_POLICY:
        client.cluster_policies.create(name=name, definition="{}")
    elif kind is Kind.INSTANCE_POOL:
        client.instance_pools.create(name, "m5d.large")
    elif kind is Kind.WAREHOUSE:
        world.do("POST", "/api/2.0/sql/warehouses", {"name": name, "cluster_size": "2X-Small", "auto_stop_mins": 15})
    elif kind is Kind.SECRET_SCOPE:
        vault = workspace.AzureKeyVaultSecretScopeMetadata(resource_id=VAULT, dns_name="https://fraud.vault.azure.net")
        azure = target.key == "vault"
        backend = workspace.ScopeBackendType.AZURE_KEYVAULT if azure else workspace.ScopeBackendType.DATABRICKS
        client.secrets.create_scope(name, backend_azure_keyvault=vault if azure else None, scope_backend_type=backend)
    elif kind is Kind.FOLDER:
        client.workspace.mkdirs(name)
    elif kind is Kind.JOB:
        body = {
            "name": name,
            "run_as": {"service_principal_name": world.application},
            "tasks": [{"task_key": "land", "notebook_task": {"notebook_path": "/x"}}],
        }
        world.do("POST", "/api/2.2/jobs/create", body)


def shared(world: HandWorld, name: str) -> None:
    """Make the share of a table, and its recipient."""
    ends = sharing.IpAccessList(allowed_ip_addresses=["203.0.113.0/24"])
    recipient = world.name(Kind.RECIPIENT, "insurer")
    last = 1798761600000  # 2026-12-31, whole
    token = sharing.AuthenticationType.TOKEN
    world.workspace.recipients.create(recipient, token, expiration_time=last, ip_access_list=ends)
    world.workspace.shares.create(name)
    latest = sharing.SharedDataObject(world.name(Kind.TABLE, "latest"), data_object_type=_TABLE)
    added = sharing.SharedDataObjectUpdate(sharing.SharedDataObjectUpdateAction.ADD, latest)
    world.workspace.shares.update(name, updates=[added])


def isolate(world: HandWorld, sort: str, name: str, *others: int) -> None:
    """Bind an object of the metastore to the workspace and named others only."""
    path = {"storage_credential": "storage-credentials", "credential": "credentials"}.get(sort, "external-locations")
    mode = {"isolation_mode": "ISOLATION_MODE_ISOLATED"}
    world.do("PATCH", f"/api/2.1/unity-catalog/{path}/{name}", mode)
    bindings = [catalog.WorkspaceBinding(workspace_id=one) for one in (world.workspace.get_workspace_id(), *others)]
    world.workspace.workspace_bindings.update_bindings(sort, name, add=bindings)


def _share(world: HandWorld, target: ObjectId, held: dict[Subject, list[str]]) -> None:
    kind = BY_NAME[target.kind]
    interface = kind.access.interface
    if interface is PERMISSIONS:
        entries = [{**_named(world, subject), "permission_level": words[0]} for subject, words in held.items()]
        path = f"/api/2.0/permissions/{kind.access.type}/{identity_of(world, target)}"
        world.do("PUT", path, {"access_control_list": entries})
    elif interface is GRANTS and not kind.access.names:
        name = target.key if kind.one_for_each else world.name(target.kind, target.key)
        for subject, words in held.items():
            if kind.held_by_recipients:
                change = sharing.PermissionsChange(add=words, principal=subject_name(subject))
                world.workspace.shares.update_permissions(name, changes=[change])
                continue
            world.grant(kind.access.type, name, _name(world, subject), *words)
    elif interface is SECRET_ACL:
        scope = world.name(target.kind, target.key)
        for subject, words in held.items():
            world.workspace.secrets.put_acl(scope, _name(world, subject), workspace.AclPermission(words[0]))
        deployer = world.account.config.client_id
        if DeployerId(str(deployer)) not in held:
            world.workspace.secrets.delete_acl(scope, str(deployer))
    elif interface is RULE_SET:
        rules: dict[str, list[str]] = {}
        for subject, words in held.items():
            for word in words:
                rules.setdefault(word, []).append(_in_rule(world, subject))
        _rules(world, rules)


def _rules(world: HandWorld, rules: dict[str, list[str]]) -> None:
    """Let exactly these use and manage the service principal."""
    world.rules(f"servicePrincipals/{world.application}", rules)


def identity_of(world: HandWorld, target: ObjectId) -> str:
    """Return the id by which an object's permissions are addressed."""
    client, name = world.workspace, world.name(target.kind, target.key)
    if target in world.ids:
        return world.ids[target]
    if target.kind is Kind.JOB:
        return next(str(one.job_id) for one in client.jobs.list() if one.settings and one.settings.name == name)
    if target.kind is Kind.CLUSTER_POLICY:
        return next(str(one.policy_id) for one in client.cluster_policies.list() if one.name == name)
    if target.kind is Kind.INSTANCE_POOL:
        return next(str(one.instance_pool_id) for one in client.instance_pools.list() if one.instance_pool_name == name)
    if target.kind is Kind.WAREHOUSE:
        return next(str(one.id) for one in client.warehouses.list() if one.name == name)
    assert target.kind is Kind.FOLDER
    return str(client.workspace.get_status(name).object_id)


def table(world: HandWorld, schema: str, name: str, **more: Any) -> None:
    """Make an external table."""
    catalog_name, _, inner = schema.partition(".")
    body = {
        "catalog_name": catalog_name,
        "schema_name": inner,
        "name": name,
        "table_type": "EXTERNAL",
        "data_source_format": "DELTA",
        "storage_location": f"s3://lake/{inner}/{name}",
        "columns": [],
        **more,
    }
    world.do("POST", "/api/2.1/unity-catalog/tables", body)


def function(world: HandWorld, catalog_name: str, schema: str, name: str) -> None:
    """Make a function that returns what it is given."""
    body = {
        "catalog_name": catalog_name,
        "schema_name": schema,
        "name": name,
        "input_params": {"parameters": []},
        "data_type": "STRING",
        "full_data_type": "string",
        "routine_body": "SQL",
        "routine_definition": "x",
    }
    world.do("POST", "/api/2.1/unity-catalog/functions", {"function_info": body})


def _display(world: HandWorld, subject: Subject) -> str:
    if isinstance(subject, GroupId):
        return subject.key
    if isinstance(subject, ServicePrincipalId):
        return f"{subject.environment}-{subject.project}-{subject.key}"
    return str(world.account.config.client_id)


def _name(world: HandWorld, subject: Subject) -> str:
    if isinstance(subject, GroupId):
        return subject.key
    return world.application if isinstance(subject, ServicePrincipalId) else str(world.account.config.client_id)


def _named(world: HandWorld, subject: Subject) -> dict[str, str]:
    key = "group_name" if isinstance(subject, GroupId) else "service_principal_name"
    return {key: _name(world, subject)}


def _in_rule(world: HandWorld, subject: Subject) -> str:
    sort = "groups" if isinstance(subject, GroupId) else "servicePrincipals"
    return f"{sort}/{_name(world, subject)}"
