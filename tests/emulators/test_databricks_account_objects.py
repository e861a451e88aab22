"""What an account's administrators keep, and settings with a type; through Databricks' own SDK."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from databricks.sdk.errors import InvalidParameterValue, NotFound, PermissionDenied, ResourceConflict
from databricks.sdk.service import billing, oauth2, provisioning, settings

from rolecall.emulators.databricks.setting_types import ACCOUNT, WORKSPACE
from tests.support.emulator import ServedEmulator, served


@pytest.fixture(scope="module")
def emulator() -> Iterator[ServedEmulator]:
    with served() as running:
        yield running


def test_workspaces_are_made_with_configurations(emulator: ServedEmulator) -> None:
    account = emulator.account()
    role = provisioning.CreateCredentialAwsCredentials(
        sts_role=provisioning.CreateCredentialStsRole(role_arn="arn:aws:iam::123456789012:role/workspace")
    )
    credential = account.credentials.create(credentials_name="new", aws_credentials=role)
    storage = account.storage.create("new", provisioning.RootBucketInfo(bucket_name="new"))
    network = account.networks.create(
        network_name="new", vpc_id="vpc-1", subnet_ids=["a", "b"], security_group_ids=["c"]
    )
    made = account.api_client.do(
        "POST",
        f"/api/2.0/accounts/{account.config.account_id}/workspaces",
        body={
            "workspace_name": "made",
            "aws_region": "eu-central-1",
            "credentials_id": credential.credentials_id,
            "storage_configuration_id": storage.storage_configuration_id,
            "network_id": network.network_id,
        },
    )
    assert made["credentials_id"] == credential.credentials_id
    with pytest.raises(ResourceConflict, match="is used by workspace made"):
        account.credentials.delete(str(credential.credentials_id))
    assert [one.network_name for one in account.networks.list()] == ["new"]
    account.workspaces.delete(made["workspace_id"])
    account.credentials.delete(str(credential.credentials_id))
    with pytest.raises(NotFound):
        account.credentials.get(str(credential.credentials_id))
    private = account.private_access.create(private_access_settings_name="new", region="eu-central-1")
    assert private.public_access_enabled is False


def test_address_lists_of_the_account(emulator: ServedEmulator) -> None:
    account = emulator.account()
    kind = settings.ListType
    made = account.ip_access_lists.create("offices", kind.ALLOW, ip_addresses=["192.0.2.0/24"]).ip_access_list
    assert made is not None
    account.ip_access_lists.update(str(made.list_id), enabled=False)
    account.ip_access_lists.replace(str(made.list_id), "office", kind.BLOCK, True, ip_addresses=["192.0.2.7"])
    (found,) = account.ip_access_lists.list()
    assert (found.label, found.list_type, found.enabled, found.address_count) == ("office", kind.BLOCK, True, 1)
    with pytest.raises(InvalidParameterValue):
        account.ip_access_lists.create("wrong", kind.ALLOW, ip_addresses=["office"])
    account.ip_access_lists.delete(str(made.list_id))


def test_oauth_applications(emulator: ServedEmulator) -> None:
    account = emulator.account()
    policy = oauth2.TokenAccessPolicy(access_token_ttl_in_minutes=60)
    made = account.custom_app_integration.create(
        name="dashboards", redirect_urls=["https://example.com"], confidential=True, scopes=["sql"]
    )
    assert made.client_secret
    account.custom_app_integration.update(str(made.integration_id), token_access_policy=policy)
    found = account.custom_app_integration.get(str(made.integration_id))
    assert (found.name, found.token_access_policy) == ("dashboards", policy)
    assert "client_secret" not in account.api_client.do(
        "GET",
        f"/api/2.0/accounts/{account.config.account_id}/oauth2/custom-app-integrations/{made.integration_id}",
    )
    account.published_app_integration.create(app_id="power-bi")
    assert [one.app_id for one in account.published_app_integration.list()] == ["power-bi"]
    account.custom_app_integration.delete(str(made.integration_id))
    assert [*account.custom_app_integration.list()] == []


def test_budgets_and_delivery_of_logs(emulator: ServedEmulator) -> None:
    account = emulator.account()
    wanted = billing.CreateBudgetConfigurationBudget(display_name="ml")
    budget = account.budgets.create(wanted).budget
    assert budget is not None
    identity = str(budget.budget_configuration_id)
    account.budgets.update(identity, billing.UpdateBudgetConfigurationBudget(display_name="ml and bi"))
    assert [one.display_name for one in account.budgets.list()] == ["ml and bi"]
    tags = billing.BudgetPolicy(policy_name="team")
    made = account.budget_policy.create(policy=tags)
    assert account.budget_policy.get(str(made.policy_id)).policy_name == "team"
    account.budget_policy.delete(str(made.policy_id))
    delivery = account.log_delivery.create(
        billing.CreateLogDeliveryConfigurationParams(
            log_type=billing.LogType.AUDIT_LOGS,
            output_format=billing.OutputFormat.JSON,
            credentials_id="c",
            storage_configuration_id="s",
        )
    ).log_delivery_configuration
    assert delivery is not None
    account.log_delivery.patch_status(str(delivery.config_id), billing.LogDeliveryConfigStatus.DISABLED)
    (found,) = account.log_delivery.list(status=billing.LogDeliveryConfigStatus.DISABLED)
    assert found.config_id == delivery.config_id
    assert [*account.log_delivery.list(status=billing.LogDeliveryConfigStatus.ENABLED)] == []


def test_networks_of_serverless_compute(emulator: ServedEmulator) -> None:
    account = emulator.account()
    config = settings.CreateNetworkConnectivityConfiguration(name="eu", region="eu-central-1")
    made = account.network_connectivity.create_network_connectivity_configuration(config)
    found = account.network_connectivity.list_network_connectivity_configurations()
    assert [one.network_connectivity_config_id for one in found] == [made.network_connectivity_config_id]
    policy = account.network_policies.create_network_policy_rpc(
        settings.AccountNetworkPolicy(network_policy_id="strict")
    )
    assert policy.network_policy_id == "strict"
    account.network_policies.delete_network_policy_rpc("strict")


def test_a_setting_is_changed_by_its_latest_etag(emulator: ServedEmulator) -> None:
    client = emulator.workspace().settings.default_namespace
    with pytest.raises(NotFound) as unset:
        client.get()
    (information,) = unset.value.get_error_info()
    etag = (information.metadata or {})["etag"]
    value = settings.DefaultNamespaceSetting(namespace=settings.StringMessage(value="main"))
    with pytest.raises(ResourceConflict):
        client.update(True, value, "namespace.value")
    value.etag = etag
    made = client.update(True, value, "namespace.value")
    assert client.get().namespace == settings.StringMessage(value="main")
    with pytest.raises(ResourceConflict):
        client.delete(etag="first")
    client.delete(etag=str(made.etag))
    with pytest.raises(InvalidParameterValue, match="field mask"):
        client.update(True, value, "name")
    legacy = emulator.account().settings.disable_legacy_features
    on = settings.DisableLegacyFeatures(disable_legacy_features=settings.BooleanMessage(value=True), etag="first")
    legacy.update(True, on, "disable_legacy_features.value")
    assert legacy.get().disable_legacy_features.value is True
    assert len({one.name for one in WORKSPACE}) + len({one.name for one in ACCOUNT}) == 22


def test_tokens_on_behalf_of_service_principals(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    principal = client.service_principals.create(display_name="for-tokens")
    made = client.token_management.create_obo_token(str(principal.application_id), comment="ci", lifetime_seconds=600)
    assert made.token_info is not None
    identity = str(made.token_info.token_id)
    found = client.token_management.get(identity).token_info
    assert found is not None
    assert (str(found.owner_id), found.comment) == (principal.id, "ci")
    assert emulator.emulator.account.tokens[str(made.token_value)].principal == principal.id
    client.token_management.delete(identity)
    with pytest.raises(NotFound):
        client.token_management.get(identity)
    with pytest.raises(NotFound):
        client.token_management.create_obo_token("00000000-0000-4000-8000-000000000000")
    emulator.assign("ben@example.com")
    with pytest.raises(PermissionDenied):
        emulator.as_person().token_management.create_obo_token(str(principal.application_id))
