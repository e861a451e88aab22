"""The components: same tokens and properties as pulumi-databricks, names that order does not change, one writer."""

from __future__ import annotations

import asyncio
import gc
import inspect
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pulumi
import pytest
from pulumi._types import input_type_py_to_pulumi_names, input_type_types, is_input_type
from pulumi.runtime.settings import SETTINGS

from rolecall.compiled import compile_file
from rolecall.components import resources
from rolecall.components.workspace import ENTITLEMENTS
from rolecall.kinds.job import under_policy
from rolecall.kinds.registry import KINDS, TOKENS
from rolecall.sdk_patches import settle
from rolecall.systems.databricks.lookups import find
from tests.conftest import ROOT
from tests.support.contracts import CONTRACT, TODAY, VARIABLES, compiled
from tests.support.declared import Numbering, declared, everything_found
from tests.support.lazily import Lazily

if TYPE_CHECKING:
    import pulumi_databricks
else:
    pulumi_databricks = Lazily("pulumi_databricks")

CLASSES = {
    "Group": ("displayName", "api"),
    "ServicePrincipalFederationPolicy": ("servicePrincipalId", "policyId", "description", "oidcPolicy"),
    "ServicePrincipal": ("displayName", "externalId", "api", "disableAsUserDeletion", "applicationId"),
    "PermissionAssignment": ("principalId", "permissions"),
    "Grant": ("catalog", "schema", "table", "principal", "privileges"),
    "SystemSchema": ("schema",),
    "MwsWorkspaces": (
        *("accountId", "workspaceName", "awsRegion", "credentialsId", "storageConfigurationId", "location", "cloud"),
        *("cloudResourceContainer", "networkId", "privateAccessSettingsId", "managedServicesCustomerManagedKeyId"),
        *("storageCustomerManagedKeyId", "workspaceUrl", "workspaceId"),
    ),
    "MetastoreAssignment": ("workspaceId", "metastoreId", "api"),
    "Entitlements": ("groupId", *ENTITLEMENTS.values()),
    "WorkspaceConf": ("customConfig",),
    "IpAccessList": ("label", "listType", "ipAddresses"),
    "RestrictWorkspaceAdminsSetting": ("restrictWorkspaceAdmins",),
}
# What the components declare of kinds, and of lists of holders.
PROPERTIES = {
    "ClusterPolicy": ("name", "description", "definition", "policyFamilyId", "policyFamilyDefinitionOverrides"),
    "Job": ("name", "tags", "tasks", "jobClusters", "runAs", "gitSource"),
    "Permissions": (
        *("jobId", "clusterPolicyId", "instancePoolId", "sqlEndpointId", "experimentId"),
        *("servingEndpointId", "directoryId"),
        *("authorization", "accessControls"),
    ),
    "AccessControlRuleSet": ("name", "grantRules", "api"),
    "StorageCredential": (
        *("name", "awsIamRole", "azureManagedIdentity", "databricksGcpServiceAccount", "comment", "readOnly"),
        *("isolationMode", "skipValidation"),
    ),
    "Credential": (
        *("name", "awsIamRole", "azureManagedIdentity", "databricksGcpServiceAccount", "comment", "purpose"),
        *("isolationMode", "skipValidation"),
    ),
    "Connection": ("name", "connectionType", "options", "comment"),
    "ExternalLocation": (*("name", "url", "credentialName", "comment", "readOnly", "isolationMode", "skipValidation"),),
    "Share": ("name", "comment", "objects"),
    "Recipient": (
        *("name", "comment", "authenticationType", "dataRecipientGlobalMetastoreId", "expirationTime", "ipAccessList"),
    ),
    "InstancePool": (
        *("instancePoolName", "nodeTypeId", "minIdleInstances", "maxCapacity", "idleInstanceAutoterminationMinutes"),
        *("customTags", "awsAttributes", "azureAttributes", "gcpAttributes", "preloadedSparkVersions"),
    ),
    "SqlEndpoint": (
        *("name", "clusterSize", "maxNumClusters", "autoStopMins", "enableServerlessCompute", "warehouseType"),
        *("tags", "noWait"),
    ),
    "MlflowExperiment": ("name",),
    "ModelServing": ("name", "aiGateway", "tags", "config"),
    "Directory": ("path",),
    "SecretScope": ("name", "keyvaultMetadata"),
    "Catalog": ("name", "comment", "storageRoot", "isolationMode"),
    "Schema": ("catalogName", "name", "comment", "properties"),
    "Volume": ("catalogName", "schemaName", "name", "volumeType", "comment"),
    "RegisteredModel": ("catalogName", "schemaName", "name", "comment"),
    "Grants": ("catalog", "schema", "model", "table", "volume", "function", "share", "grants"),
    "EntityTagAssignment": ("entityType", "entityName", "tagKey", "tagValue"),
}


@pytest.fixture(autouse=True)
def _collect_garbage() -> Iterator[None]:
    """Finalize what Pulumi's mocks leave behind here: Python 3.11 trips when that happens while it parses.

    https://github.com/python/cpython/issues/106905
    """
    yield
    gc.collect()


def test_every_class_of_the_provider_is_compared() -> None:
    own = {
        name
        for name, one in vars(resources).items()
        if inspect.isclass(one) and issubclass(one, pulumi.CustomResource) and one.__module__ == resources.__name__
    }
    assert own - {"Provider", "Databricks"} == set(CLASSES)


def test_tokens_and_properties_are_those_of_pulumi_databricks() -> None:
    for name, properties in CLASSES.items():
        official = getattr(pulumi_databricks, name)
        source = inspect.getsource(getattr(resources, name))
        assert f'"{official.pulumi_type}"' in source
        arguments = getattr(pulumi_databricks, f"{name}Args")
        known = set(input_type_py_to_pulumi_names(arguments).values())
        assert set(properties) <= known, name
    for name, properties in PROPERTIES.items():
        known = set(input_type_py_to_pulumi_names(getattr(pulumi_databricks, f"{name}Args")).values())
        assert set(properties) <= known, name
    known = set(input_type_py_to_pulumi_names(pulumi_databricks.ProviderArgs).values())
    assert {"host", "accountId"} <= known


def test_kinds_name_types_and_properties_of_pulumi_databricks() -> None:
    for kind in KINDS:
        named: dict[str, set[str]] = {kind.access.interface.token: {kind.access.object_property}}
        if kind.resource is not None:
            identity = kind.data.identity if kind.data else ()
            recognized = {*kind.resource.recognized_by, *kind.resource.full_name, *identity}
            named[kind.resource.token] = recognized
        for child in kind.children:
            named[child.token] = {*child.full_name, *(child.data.identity if child.data else ())}
        for token, properties in named.items():
            if not token.startswith("databricks:"):
                continue
            name = token.rpartition(":")[2]
            assert getattr(pulumi_databricks, name).pulumi_type == token
            known = set(input_type_py_to_pulumi_names(getattr(pulumi_databricks, f"{name}Args")).values())
            assert properties <= {*known}, (kind.name, name)


def test_every_property_of_the_example_is_one_of_pulumi_databricks() -> None:
    """At every depth: the engine drops a property that the provider does not have."""
    variables = {**VARIABLES, "LAB_HOST": "http://127.0.0.1:9"}
    example = compile_file(ROOT / "stacks" / "every-kind" / "contract.yaml", TODAY, variables)
    found = replace(everything_found(example.contract), hosts={"shop-eu": "http://127.0.0.1:8"})
    seen: set[str] = set()
    for environment in ("dev", "prod"):
        made = declared(example, f"{environment}.fraud", found, Numbering())
        for (token, name), properties in made.resources.items():
            if token.startswith("databricks:index/"):
                seen.add(token)
                arguments = getattr(pulumi_databricks, f"{token.rpartition(':')[2]}Args")
                assert unknown_in(properties, arguments) == [], name
    assert seen >= {TOKENS[kind.name] for kind in KINDS if kind.section and kind.name in TOKENS and not kind.is_subject}


def unknown_in(value: object, arguments: object, path: str = "") -> list[str]:
    """Return the paths of properties that a type of the SDK does not have."""
    if isinstance(value, list):
        kinds = [one for item in get_args(arguments) for one in (item, *get_args(item))]
        inner = next((one for one in kinds if isinstance(one, type) and is_input_type(one)), None)
        return [one for item in value for one in unknown_in(item, inner, path)]
    if not isinstance(value, dict) or not (isinstance(arguments, type) and is_input_type(arguments)):
        return []
    types = input_type_types(arguments)
    found: list[str] = []
    for key, item in value.items():
        at = f"{path}.{key}"
        found += unknown_in(item, types[key], at) if key in types else [at]
    return found


@pytest.mark.parametrize(("written", "mode"), [("", None), (", catalog_isolated: true", "ISOLATED")])
def test_a_catalog_is_used_from_its_own_workspace_where_the_contract_says_so(
    tmp_path: Path, written: str, mode: str | None
) -> None:
    text = CONTRACT.replace("{workspace: nonprod}", f"{{workspace: nonprod, catalog: acme_dev{written}}}")
    (catalog,) = declared(compiled(tmp_path, text), "account").of("databricks:index/catalog:Catalog").values()
    assert catalog.get("isolationMode") == mode


def test_an_environment_declares_each_object_with_its_whole_permissions(tmp_path: Path) -> None:
    recorder = declared(compiled(tmp_path), "dev.churn")
    (job,) = recorder.of("databricks:index/job:Job").values()
    assert job["name"] == "[dev] churn-train"
    assert job["runAs"] == {"servicePrincipalName": "app-churn-trainer"}
    assert job["tags"]["owner"] == "engineers"
    assert job["tasks"][0]["newCluster"]["policyId"] == "id-churn-small"
    permissions = recorder.of("databricks:index/permissions:Permissions")
    assert set(permissions) == {"churn-train", "churn-small"}
    levels = {
        entry.get("groupName") or entry.get("servicePrincipalName"): entry["permissionLevel"]
        for entry in permissions["churn-train"]["accessControls"]
    }
    assert levels == {
        "engineers": "CAN_MANAGE",
        "emergency": "CAN_MANAGE",
        "analysts": "CAN_VIEW",
        "11111111-1111-4111-8111-111111111111": "IS_OWNER",
    }
    (principal,) = recorder.of("databricks:index/servicePrincipal:ServicePrincipal").values()
    assert principal["externalId"] == "rolecall:acme:dev:churn:trainer"


def test_the_account_declares_groups_and_their_workspaces_once(tmp_path: Path) -> None:
    recorder = declared(compiled(tmp_path), "account")
    assert set(recorder.of("databricks:index/group:Group")) == {"emergency"}
    assignments = recorder.of("databricks:index/permissionAssignment:PermissionAssignment")
    assert {name: one["permissions"] for name, one in assignments.items()} == {
        "00g-analysts/nonprod": ["USER"],
        "00g-analysts/prod": ["USER"],
        "emergency/nonprod": ["ADMIN"],
        "emergency/prod": ["ADMIN"],
        "00g-engineers/nonprod": ["USER"],
    }


def test_names_stay_under_reordering(tmp_path: Path) -> None:
    second = CONTRACT + (
        "      alpha:\n        run_as: trainer\n        policy: small\n        tasks:\n"
        "          - {task_key: a, notebook_task: {notebook_path: /a}}\n"
    )
    first = set(declared(compiled(tmp_path), "dev.churn").resources)
    assert first < set(declared(compiled(tmp_path, second), "dev.churn").resources)


def test_every_component_has_its_children_below_it_and_outputs(tmp_path: Path) -> None:
    for module in ("group", "service_principal", "objects"):
        source = Path(inspect.getfile(__import__(f"rolecall.components.{module}", fromlist=["x"]))).read_text()
        assert "register_outputs" in source
        assert "parent=self" in source
    del tmp_path


def test_a_policy_goes_into_every_new_cluster_that_names_none() -> None:
    placed = under_policy(
        {
            "tasks": [{"forEachTask": {"task": {"newCluster": {"numWorkers": 1}}}}],
            "jobClusters": [{"newCluster": {"policyId": "own"}}],
        },
        "given",
    )
    assert placed["tasks"][0]["forEachTask"]["task"]["newCluster"]["policyId"] == "given"
    assert placed["jobClusters"][0]["newCluster"]["policyId"] == "own"


def test_settling_waits_for_all_and_leaves_failures_to_the_sdk() -> None:
    async def fine() -> int:
        await asyncio.sleep(0)
        return 1

    async def broken() -> int:
        raise ValueError("as planned")

    async def trial() -> None:
        tasks = [asyncio.create_task(fine()) for _ in range(20)]
        SETTINGS.outputs.update(tasks)
        await settle()
        assert all(task.done() for task in tasks)
        assert not SETTINGS.outputs
        failing = asyncio.create_task(broken())
        endless = asyncio.create_task(asyncio.Event().wait())
        SETTINGS.outputs.update({failing, endless})
        await settle()
        assert {failing, endless} == SETTINGS.outputs
        SETTINGS.outputs.clear()
        endless.cancel()
        with pytest.raises(ValueError, match="as planned"):
            await failing

    asyncio.run(trial())


def test_a_group_that_is_another_one_stops_the_program(tmp_path: Path) -> None:
    text = CONTRACT.replace("external: 00g-analysts", "external: 00g-other")
    contract = compiled(tmp_path, text)
    found = find(contract.contract, [{"id": "1", "externalId": "00g-analysts", "displayName": "analysts"}])
    with pytest.raises(pulumi.RunError, match="inherits nothing"):
        declared(contract, "account", found)


def test_a_job_is_told_the_alias_that_its_model_declares(tmp_path: Path) -> None:
    parameter = '{name: alias, default: "${resources.models.churn.alias}"}'
    text = CONTRACT.replace("{workspace: nonprod}", "{workspace: nonprod, catalog: acme_dev}")
    text = text.replace("    jobs:\n", "    models: {churn: {in: [dev], aliases: [live]}}\n    jobs:\n")
    text = text.replace(
        "        run_as: trainer\n", f"        run_as: trainer\n        in: [dev]\n        parameters: [{parameter}]\n"
    )
    (job,) = declared(compiled(tmp_path, text), "dev.churn").of("databricks:index/job:Job").values()
    assert job["parameters"] == [{"name": "alias", "default": "live"}]
