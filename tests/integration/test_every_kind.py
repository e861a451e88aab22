"""The example that uses every kind, in three environments on two clouds, from nothing to nothing again."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import PermissionDenied
from databricks.sdk.service import catalog, iam, sharing, workspace

from rolecall.compiled import compile_file
from rolecall.contract import Kind
from rolecall.emulators.databricks.emulator import DatabricksEmulator
from rolecall.emulators.installation import Installation
from rolecall.kinds.registry import PLATFORM_KINDS
from rolecall.parity import Report, compare
from rolecall.parity.report import FindingKind
from rolecall.systems.registry import SYSTEMS
from tests.conftest import ROOT
from tests.support.contracts import TODAY
from tests.support.emulator import ServedEmulator, served_together
from tests.support.project import GUARDRAILS, Project, contract_project_with, program
from tests.support.provider_answers import ServedProvider, answer, requests_for, without_secrets

pytestmark = pytest.mark.engine
BY_HAND = re.compile(r"analysts( \(recipient\))? has access that was added by hand")
FOLDER = ROOT / "stacks" / "every-kind"
ENVIRONMENTS = ("dev", "staging", "prod")
# The kinds of other systems have examples of their own.
# Jobs and other teams make tables and functions: the first deployment has none.
MADE_BY_OTHERS = {kind.name for kind in PLATFORM_KINDS if kind.resource is not None and not kind.resource.token}
# A recipient has no access list: it holds shares.
EVERY_KIND = {kind.name for kind in PLATFORM_KINDS if kind.verbs} - MADE_BY_OTHERS
STACKS = ("account", *(f"{name}.fraud" for name in ENVIRONMENTS), *ENVIRONMENTS)


@pytest.fixture
def installation() -> Iterator[Installation]:
    with served_together(yaml.safe_load((FOLDER / "emulators.yaml").read_text())) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Project:
    variables = {**installation.variables(), "DATABRICKS_RATE_LIMIT": "500", "ROLECALL_RATE_LIMIT": "500"}
    found = contract_project_with(tmp_path, variables, (FOLDER / "contract.yaml").read_text())
    for name, value in found.variables.items():
        monkeypatch.setenv(name, value)
    return found


def deploy(project: Project, *arguments: str) -> list[str]:
    """Deploy the contract; return what was added by hand and taken away, which is all that a run may warn of."""
    told = project.deployed("up", "--policy-pack", str(GUARDRAILS), *arguments)
    warnings = [text for one in told.values() for text in one["warnings"]]
    assert [one for one in warnings if not BY_HAND.search(one)] == []
    return warnings


def parity(project: Project) -> Report:
    compiled = compile_file(project.folder / "contract.yaml", TODAY)
    return compare(compiled, [*compiled.contract.environments], SYSTEMS)


def state(installation: Installation) -> dict[str, Any]:
    account = installation.get(DatabricksEmulator).account
    return {
        "principals": sorted(one.display_name for one in account.principals.values()),
        # Rule sets of remaining objects are left without rules.
        "rule sets": sorted(name for name, held in account.rule_sets.items() if held["grant_rules"]),
        "workspaces": {
            name: {
                key: value
                for key, value in vars(one).items()
                if key in ("jobs", "cluster_policies", "instance_pools", "warehouses", "secret_scopes", "assignments")
            }
            for name, one in account.workspaces.items()
        },
        "metastores": {
            one.id: {kind: sorted(each) for kind, each in one.securables.items() if each}
            for one in account.metastores.values()
        },
    }


def test_the_example_uses_every_kind(project: Project) -> None:
    compiled = compile_file(project.folder / "contract.yaml", TODAY)
    assert {target.kind for target in compiled.access} == EVERY_KIND


def test_every_kind_from_nothing_to_nothing(project: Project, installation: Installation, tmp_path: Path) -> None:
    before = state(installation)
    told = parity(project)
    assert told.exit_code == 1, "nothing is there yet, and that is no failure to read"

    assert deploy(project) == []
    assert parity(project).findings == ()

    emulator = ServedEmulator(installation.get(DatabricksEmulator))
    emulator.clear_statistics()
    assert deploy(project, "--refresh") == []
    assert emulator.statistics()["writes"] == 0, "the provider reads back what was declared, and writes nothing"

    every_type_is_imported(project, tmp_path / "elsewhere")
    answers_as_without_the_patch(project)
    only_deploy_sets_aliases(installation)
    changed_by_hand(installation)
    findings = [one for one in parity(project).findings if one.target]
    assert {one.target.kind for one in findings if one.target} == EVERY_KIND, "each kind's change is found"
    assert {(one.kind, one.subject) for one in findings} == {
        (FindingKind.EXTRA, "analysts"),
        (FindingKind.EXTRA, "analysts (recipient)"),
    }
    assert deploy(project, "--refresh", "account", "staging"), "what was added by hand is named before it goes"
    left = {one.target.kind for one in parity(project).findings if one.target}
    assert left <= NOT_REPAIRED, "taken back, but for what is not Rolecall's"
    restored(installation)
    assert parity(project).findings == ()

    without_its_state(project, installation)
    refused = project.rolecall("destroy", "--yes")
    assert refused.returncode == 1, "prod holds data, and workspaces cannot be had again"
    assert parity(project).findings == (), "nothing is gone"
    project.write("contract.yaml", (FOLDER / "contract.yaml").read_text() + DELETIONS)
    project.deployed("destroy")
    assert state(installation) == before


def without_its_state(project: Project, installation: Installation) -> None:
    """Lose all states, then a part of one: every kind is named, and nothing is written."""
    emulator, folder = ServedEmulator(installation.get(DatabricksEmulator)), project.folder / ".state"
    emulator.clear_statistics()
    kept = folder.rename(folder.with_name(".state-kept"))
    folder.mkdir()
    lost = project.rolecall("up", "--yes")
    assert lost.returncode == 3, lost.stdout
    told = " ".join((lost.stdout + lost.stderr).split())
    kinds = ["job", "cluster policy", "instance pool", "warehouse", "experiment", "secret scope", "dataset", "model"]
    kinds += [
        "volume",
        "external location",
        "storage credential",
        "service credential",
        "connection",
        "share",
        "recipient",
        *MORE,
    ]
    kinds.append("service principal")
    named = [f"{kind} fraud/" for kind in kinds]
    for shown in (*named, "catalog acme_dev", "list of addresses", "workspace shop-eu"):
        assert shown in told, told
    shutil.rmtree(folder)
    kept.rename(folder)
    file = next(folder.rglob("dev.fraud.json"))
    text = file.read_bytes()
    older = json.loads(text)
    resources = older["checkpoint"]["latest"]["resources"]
    job = next(one for one in resources if one["type"] == "databricks:index/job:Job")
    older["checkpoint"]["latest"]["resources"] = [one for one in resources if one is not job]
    file.write_text(json.dumps(older))
    for command in (("preview",), ("up", "--yes")):
        answer = project.rolecall(*command)
        assert answer.returncode == 3, answer.stdout
        assert f"({job['id']})" in answer.stdout + answer.stderr
    file.write_bytes(text)
    assert emulator.statistics()["writes"] == 0


MORE = (*("pipeline", "cluster", "query", "alert", "dashboard", "app", "vector search endpoint", "database instance"),)
DELETIONS = """
deletions:
  - {environment: prod, reason: the shop closes, owner: ada, expires: 2999-01-01}
  - {kind: workspace, object: staging-eu, reason: the shop closes, owner: ada, expires: 2999-01-01}
  - {kind: workspace, object: shop-eu, reason: the shop closes, owner: ada, expires: 2999-01-01}
  - {kind: governed_tag, object: retention, reason: the shop closes, owner: ada, expires: 2999-01-01}
"""


def answers_as_without_the_patch(project: Project) -> None:
    """Compare what the provider answers with our patch of terraform-plugin-sdk and without it, byte for byte."""
    asked: Counter[str] = Counter()
    without = {**project.environment(), "ROLECALL_PROVIDER_UNPATCHED": "1"}
    with (
        ServedProvider(project.toolchain, project.environment()) as patched,
        ServedProvider(project.toolchain, without) as unpatched,
    ):
        for stack in STACKS:
            answered = project.pulumi("stack", "export", "--show-secrets", "--stack", stack, check=True)
            resources = without_secrets(json.loads(answered.stdout)["deployment"]["resources"])
            connections = {
                f"{one['urn']}::{one['id']}": [each.connection(one["inputs"]) for each in (patched, unpatched)]
                for one in resources
                if one["type"] == "pulumi:providers:databricks"
            }
            for one in resources:
                asked[one["type"]] += 1
                # Two of each type: what a third one is called makes no difference.
                if one["type"].startswith("databricks:index/") and asked[one["type"]] <= 2:
                    for method, request in requests_for(one):
                        found, expected = (answer(each, method, request) for each in connections[one["provider"]])
                        assert found == expected, (method, one["urn"], request)
    assert sum(kind.startswith("databricks:index/") for kind in asked) >= 22


def test_the_provider_is_built_with_the_patch(project: Project) -> None:
    """For all types of resources the typed copy is the one by reflection, and shares nothing with its original."""
    plugin = project.toolchain.shared_provider()
    assert plugin is not None
    found = subprocess.run([plugin, "--check-copies"], capture_output=True, text=True, check=False, timeout=60)
    assert found.returncode == 0, found.stderr
    assert int(found.stdout) > 100


# Types without an id of their own are imported by some of their properties.
ID_OF_PARTS = {"databricks:index/entityTagAssignment:EntityTagAssignment": ("entityType", "entityName", "tagKey")}


def every_type_is_imported(project: Project, folder: Path) -> None:
    """Import one existing object of each type into another project, each from where it lives."""
    wanted: dict[str, dict[str, dict[str, str]]] = {}
    for stack in STACKS:
        exported = json.loads(project.pulumi("stack", "export", "--stack", stack, check=True).stdout)
        resources = exported["deployment"]["resources"]
        hosts = {
            f"{one['urn']}::{one['id']}": one["inputs"]
            for one in resources
            if one["type"].startswith("pulumi:providers")
        }
        for one in resources:
            if one["type"].startswith("databricks:index/"):
                identity = ",".join(one["outputs"][key] for key in ID_OF_PARTS.get(one["type"], ())) or one["id"]
                entry = {"type": one["type"], "name": one["type"].rpartition(":")[2].lower(), "id": identity}
                already = {kind for each in wanted.values() for kind in each}
                host = hosts[one["provider"]]
                key = json.dumps([host["host"], host.get("accountId"), host.get("cloud")])
                if one["type"] not in already:
                    wanted.setdefault(key, {})[one["type"]] = entry
    declared = {
        one.pulumi_type for one in vars(import_module("pulumi_databricks")).values() if hasattr(one, "pulumi_type")
    }
    imported = {kind for each in wanted.values() for kind in each}
    assert len(imported) >= 22
    assert imported <= declared
    for position, (key, entries) in enumerate(wanted.items()):
        host, account, cloud = json.loads(key)
        variables = {**project.variables, "DATABRICKS_HOST": host}
        variables |= {"DATABRICKS_CLOUD": cloud} if cloud else {}
        dropped = ("PULUMI_BACKEND",) if account else ("PULUMI_BACKEND", "DATABRICKS_ACCOUNT_ID")
        variables = {name: value for name, value in variables.items() if not name.startswith(dropped)}
        other = program(folder / str(position), "", variables)
        other.write("import.json", json.dumps({"resources": [*entries.values()]}))
        answer = other.pulumi("import", "--file", "import.json", "--yes", "--protect=false", "--generate-code=false")
        assert answer.returncode == 0, answer.stdout + answer.stderr
        held = json.loads(other.pulumi("stack", "export", check=True).stdout)["deployment"]["resources"]
        assert set(entries) <= {one["type"] for one in held}


# System tables are Databricks', and a workspace's assignments are one object for each principal: what others hold there
# is shown, and never wiped.
NOT_REPAIRED = {Kind.LINEAGE, Kind.AUDIT, Kind.WORKSPACE}
CANDIDATE, MODEL = (f"acme_staging.fraud_models.{name}" for name in ("detector_candidate", "detector"))


def as_step(installation: Installation, step: str) -> WorkspaceClient:
    """Return a client for a step's service principal in staging, as its job has one."""
    account = installation.get(DatabricksEmulator).account
    name = f"staging-fraud-detector-{step}"
    principal = next(one for one in account.principals.values() if one.display_name == name)
    token = account.issue(principal.id, installation.clock.now() + 3600, 0)
    host = installation.get(DatabricksEmulator).addresses["staging-eu"]
    return WorkspaceClient(host=host, token=token, auth_type="pat", client_id="", client_secret="")


def register(client: WorkspaceClient, model: str) -> None:
    body = {"name": model, "source": "dbfs:/x"}
    client.api_client.do("POST", "/api/2.0/mlflow/unity-catalog/model-versions/create", body=body)


def only_deploy_sets_aliases(installation: Installation) -> None:
    """The trainer writes candidates and reads data, deploy writes the model, and the others only look."""
    train, test, release = (as_step(installation, step) for step in ("train", "test", "deploy"))
    register(train, CANDIDATE)
    with pytest.raises(PermissionDenied):
        register(train, MODEL)
    with pytest.raises(PermissionDenied):
        register(test, CANDIDATE)
    assert len(list(test.model_versions.list(CANDIDATE))) == 1
    register(release, MODEL)
    release.registered_models.set_alias(MODEL, "champion", 1)
    assert [one.alias_name for one in release.registered_models.get(MODEL).aliases or []] == ["champion"]
    for client in (train, test):
        with pytest.raises(PermissionDenied):
            client.registered_models.set_alias(MODEL, "champion", 1)
    assert train.volumes.read("acme_staging.fraud_transactions.landing").name == "landing"
    with pytest.raises(PermissionDenied):
        release.volumes.read("acme_staging.fraud_transactions.landing")


def changed_by_hand(installation: Installation) -> None:
    """Give the analysts one thing more on an object of every kind in staging, as an administrator would in a hurry."""
    emulator = ServedEmulator(installation.get(DatabricksEmulator))
    client, account = emulator.workspace("staging-eu"), emulator.account()
    space = installation.get(DatabricksEmulator).account.workspaces["staging-eu"]
    endpoints = space.collections["/api/2.0/vector-search/endpoints"]
    emulator.assign("analysts", "USER", "staging-eu")
    for path, objects, level in (
        ("jobs", space.jobs, "CAN_VIEW"),
        ("cluster-policies", space.cluster_policies, "CAN_USE"),
        ("instance-pools", space.instance_pools, "CAN_ATTACH_TO"),
        ("sql/warehouses", space.warehouses, "CAN_USE"),
        ("experiments", space.experiments, "CAN_READ"),
        ("serving-endpoints", space.serving_endpoints, "CAN_VIEW"),
        ("pipelines", space.collections["pipelines"], "CAN_VIEW"),
        ("clusters", space.clusters, "CAN_ATTACH_TO"),
        ("queries", space.collections["/api/2.0/sql/queries"], "CAN_READ"),
        ("alertsv2", space.collections["/api/2.0/alerts"], "CAN_READ"),
        ("dashboards", space.collections["/api/2.0/lakeview/dashboards"], "CAN_READ"),
        ("apps", space.collections["/api/2.0/apps"], "CAN_USE"),
        ("vector-search-endpoints", [one["id"] for one in endpoints.values()], "CAN_USE"),
        ("database-instances", space.collections["/api/2.0/database/instances"], "CAN_USE"),
        ("directories", [key for key, one in space.folders.items() if "[staging]" in one["path"]], "CAN_READ"),
    ):
        # What `admins` hold cannot be lowered: an entry of theirs is no difference.
        entries = [{"group_name": one, "permission_level": level} for one in ("analysts", "admins")]
        body = {"access_control_list": entries}
        client.api_client.do("PATCH", f"/api/2.0/permissions/{path}/{next(iter(objects))}", body=body)
    client.secrets.put_acl("staging-fraud-card-network", "analysts", permission=workspace.AclPermission.READ)
    for securable, name, privileges in GIVEN_BY_HAND:
        client.grants.update(securable, name, changes=[catalog.PermissionsChange(principal="analysts", add=privileges)])
    client.recipients.create("analysts", sharing.AuthenticationType.TOKEN)
    change = sharing.PermissionsChange(principal="analysts", add=["SELECT"])
    client.shares.update_permissions("staging-fraud-outcomes", changes=[change])
    application = as_step(installation, "train").current_user.me().user_name
    name = next(name for name in installation.get(DatabricksEmulator).account.rule_sets if f"/{application}/" in name)
    held = account.access_control.get_rule_set(name=name, etag="")
    rules = [
        *(held.grant_rules or []),
        iam.GrantRule(role="roles/servicePrincipal.user", principals=["groups/analysts"]),
    ]
    wanted = iam.RuleSetUpdateRequest(name=name, etag=str(held.etag), grant_rules=rules)
    account.access_control.update_rule_set(name=name, rule_set=wanted)


_P = catalog.Privilege
GIVEN_BY_HAND = (
    ("catalog", "acme_staging", [_P.USE_CATALOG, _P.USE_SCHEMA]),
    ("schema", "acme_staging.fraud_transactions", [_P.SELECT, _P.READ_VOLUME]),
    ("volume", "acme_staging.fraud_scores.reports", [_P.READ_VOLUME]),
    ("function", MODEL, [_P.EXECUTE]),
    ("external_location", "staging-fraud-landing", [_P.READ_FILES]),
    ("storage_credential", "staging-fraud-lake", [_P.READ_FILES]),
    ("credential", "staging-fraud-queue", [_P.ACCESS]),
    ("connection", "staging-fraud-catalogs", [_P.USE_CONNECTION]),
    ("table", "system.access.table_lineage", [_P.SELECT]),
    ("table", "system.access.column_lineage", [_P.SELECT]),
    ("table", "system.access.audit", [_P.SELECT]),
)


def restored(installation: Installation) -> None:
    """Take back by hand what Rolecall leaves alone."""
    emulator = ServedEmulator(installation.get(DatabricksEmulator))
    client = emulator.workspace("staging-eu")
    client.recipients.delete("analysts")
    for securable, name, privileges in GIVEN_BY_HAND[-3:]:
        change = catalog.PermissionsChange(principal="analysts", remove=privileges)
        client.grants.update(securable, name, changes=[change])
    del installation.get(DatabricksEmulator).account.workspaces["staging-eu"].assignments[emulator.id_of("analysts")]
