"""The account, its workspaces and who may do what in them: what can be tried on the emulator alone."""

from __future__ import annotations

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, InvalidParameterValue, NotFound, PermissionDenied, ResourceConflict
from databricks.sdk.service import iam

from tests.support.emulator import DESCRIPTION, ServedEmulator, served

CONFIGURED = {**DESCRIPTION, "configurations": {"credentials": ["c-1"], "storage": ["s-1"], "networks": ["n-1"]}}


def test_a_rule_set_is_changed_only_by_who_has_seen_the_latest(emulator: ServedEmulator) -> None:
    account = emulator.account()
    made = account.service_principals_v2.create(display_name="trainer")
    name = f"accounts/{account.config.account_id}/servicePrincipals/{made.application_id}/ruleSets/default"
    first = account.access_control.get_rule_set(name=name, etag="")
    me = f"servicePrincipals/{emulator.emulator.credentials.client_id}"
    assert [(rule.role, rule.principals) for rule in first.grant_rules or []] == [
        ("roles/servicePrincipal.manager", [me])
    ], "the creator of a principal manages it, and is no user of it"
    rules = [iam.GrantRule(role="roles/servicePrincipal.user", principals=["groups/engineers"])]
    update = iam.RuleSetUpdateRequest(name=name, etag=str(first.etag), grant_rules=rules)
    account.access_control.update_rule_set(name=name, rule_set=update)
    with pytest.raises(ResourceConflict):
        account.access_control.update_rule_set(name=name, rule_set=update)
    latest = account.access_control.get_rule_set(name=name, etag="")
    nobody = [iam.GrantRule(role="roles/servicePrincipal.user", principals=["groups/nobody"])]
    wrong = iam.RuleSetUpdateRequest(name=name, etag=str(latest.etag), grant_rules=nobody)
    with pytest.raises((InvalidParameterValue, BadRequest)):
        account.access_control.update_rule_set(name=name, rule_set=wrong)
    account.service_principals_v2.delete(str(made.id))
    with pytest.raises(NotFound):
        account.access_control.get_rule_set(name=name, etag="")


def test_a_workspace_is_made_answers_and_goes() -> None:
    with served(CONFIGURED) as emulator:
        account = emulator.account()
        made = account.workspaces.create_and_wait(
            workspace_name="lab", aws_region="eu-central-1", credentials_id="c-1", storage_configuration_id="s-1"
        )
        client = emulator.workspace("lab")
        assert client.current_user.me().user_name == emulator.emulator.credentials.client_id
        assert list(client.jobs.list()) == []
        metastore = next(iter(emulator.emulator.account.metastores))
        account.metastore_assignments.create(int(str(made.workspace_id)), metastore)
        assert client.metastores.current().metastore_id == metastore
        account.workspaces.delete(int(str(made.workspace_id)))
        with pytest.raises(NotFound):
            account.workspaces.get(int(str(made.workspace_id)))


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"aws_region": "eu-central-1"}, "credentials_id"),
        (
            {"aws_region": "eu-central-1", "credentials_id": "other", "storage_configuration_id": "s-1"},
            "does not exist",
        ),
        ({"location": "europe-west3"}, "project_id"),
    ],
    ids=["no-credentials", "unknown-credentials", "no-project"],
)
def test_a_workspace_needs_what_its_cloud_asks_for(settings: dict[str, str], word: str) -> None:
    with served(CONFIGURED) as emulator:
        path = f"/api/2.0/accounts/{emulator.emulator.account.id}/workspaces"
        body = {"workspace_name": "lab", **settings}
        with pytest.raises((InvalidParameterValue, BadRequest, NotFound), match=word):
            emulator.account().api_client.do("POST", path, body=body)
        assert set(emulator.emulator.account.workspaces) == {"nonprod", "prod"}


def test_system_schemas_come_and_go_with_their_tables(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    metastore = str(client.metastores.current().metastore_id)
    with pytest.raises(NotFound):
        client.grants.get("table", "system.access.audit")
    client.system_schemas.enable(metastore, "access")
    assert not client.grants.get("table", "system.access.audit").privilege_assignments
    with pytest.raises((InvalidParameterValue, BadRequest), match="already exists"):
        client.system_schemas.enable(metastore, "access")
    client.system_schemas.disable(metastore, "access")
    with pytest.raises(NotFound):
        client.grants.get("table", "system.access.audit")


def test_a_service_principal_has_at_most_five_secrets_each_of_which_signs_in(emulator: ServedEmulator) -> None:
    account = emulator.account()
    made = account.service_principals_v2.create(display_name="legacy")
    emulator.assign("legacy")
    secrets = [account.service_principal_secrets.create(str(made.id), lifetime="3600s") for _ in range(5)]
    with pytest.raises((InvalidParameterValue, BadRequest), match="at most 5"):
        account.service_principal_secrets.create(str(made.id))
    told = list(account.service_principal_secrets.list(str(made.id)))
    assert {one.id for one in told} == {one.id for one in secrets}
    assert "secret" not in {key for one in told for key in one.as_dict()}

    def signs_in(secret: str | None) -> bool:
        client = WorkspaceClient(
            host=emulator.host("nonprod"), client_id=made.application_id, client_secret=secret, auth_type="oauth-m2m"
        )
        try:
            return client.current_user.me().user_name == made.application_id
        except ValueError:
            return False

    assert signs_in(secrets[4].secret)
    account.service_principal_secrets.delete(str(made.id), str(secrets[4].id))
    assert not signs_in(secrets[4].secret)
    emulator.emulator.clock.forward(3601)
    assert not signs_in(secrets[0].secret), "its time is over"


def test_limits_of_the_account_are_answered(emulator: ServedEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    from rolecall.emulators.databricks import scim

    monkeypatch.setattr(scim, "MOST_MEMBERS", 1)
    users = [one.id for one in emulator.emulator.account.principals.values() if one.type == "User"][:2]
    members = [iam.ComplexValue(value=one) for one in users]
    with pytest.raises(BadRequest, match="at most 1 direct members"):
        emulator.account().groups_v2.create(display_name="all", members=members)
    monkeypatch.setitem(scim.MOST, "Group", 2)
    with pytest.raises(BadRequest, match="limit of 2 Groups"):
        emulator.account().groups_v2.create(display_name="third")


def test_who_is_no_administrator_makes_nothing_of_it(emulator: ServedEmulator) -> None:
    emulator.assign("ada@example.com")
    ada = emulator.as_person()
    for attempt in (
        lambda: ada.instance_pools.create("x", "i3.xlarge"),
        lambda: ada.warehouses.create(name="x", cluster_size="2X-Small"),
        lambda: ada.catalogs.create("x"),
        lambda: ada.workspace_conf.get_status("enableIpAccessLists"),
        lambda: list(ada.ip_access_lists.list()),
    ):
        with pytest.raises(PermissionDenied):
            attempt()


def test_tokens_are_for_those_who_may_have_them_and_do_not_last_longer_than_allowed(emulator: ServedEmulator) -> None:
    emulator.assign("ada@example.com")
    ada = emulator.as_person()
    with pytest.raises(PermissionDenied):
        ada.tokens.create(comment="x", lifetime_seconds=60)
    entry = {"user_name": "ada@example.com", "permission_level": "CAN_USE"}
    body = {"access_control_list": [entry]}
    emulator.workspace().api_client.do("PUT", "/api/2.0/permissions/authorization/tokens", body=body)
    emulator.workspace().workspace_conf.set_status({"maxTokenLifetimeDays": "1"})
    assert ada.tokens.create(comment="x", lifetime_seconds=60).token_value
    with pytest.raises((InvalidParameterValue, BadRequest), match="at most 1 days"):
        ada.tokens.create(comment="x", lifetime_seconds=2 * 24 * 3600)
    assert [one.created_by_username for one in emulator.workspace().token_management.list()] == ["ada@example.com"]
