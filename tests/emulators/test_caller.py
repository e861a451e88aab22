"""Who a run signs in as is asked of the service; what the environment says is no proof."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from databricks.sdk import WorkspaceClient

from rolecall.contract.contract import Contract
from rolecall.errors import SystemUnreachable, UsageError
from rolecall.systems.databricks import workspace
from rolecall.systems.databricks.caller import require_signed_in_deployer
from tests.support.contracts import CONTRACT, load
from tests.support.emulator import ServedEmulator, served


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[ServedEmulator]:
    monkeypatch.setattr(workspace, "_connections", {})
    with served() as running:
        yield running


def contract_for(emulator: ServedEmulator, folder: Path, deployer: str) -> Contract:
    loaded = load(folder, CONTRACT).contract
    databricks = loaded.databricks.model_copy(update={"deployer": deployer})
    (name, first), *_ = loaded.workspaces.items()
    only = {name: first.model_copy(update={"host": emulator.host("nonprod")})}
    return loaded.model_copy(update={"databricks": databricks, "workspaces": only})


def sign_in_by_token(emulator: ServedEmulator, monkeypatch: pytest.MonkeyPatch) -> str:
    """Sign in with a token that the deployer has got, and say another client id beside it."""
    known = emulator.emulator.credentials
    client = WorkspaceClient(
        host=emulator.host("nonprod"),
        client_id=known.client_id,
        client_secret=known.client_secret,
        auth_type="oauth-m2m",
    )
    token = client.config.authenticate()["Authorization"].removeprefix("Bearer ")
    for name in ("DATABRICKS_CLIENT_SECRET", "DATABRICKS_CLIENT_ID", "DATABRICKS_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABRICKS_AUTH_TYPE", "pat")
    monkeypatch.setenv("DATABRICKS_TOKEN", token)
    return known.client_id


def test_the_deployer_may_sign_in_any_way(
    emulator: ServedEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployer = sign_in_by_token(emulator, monkeypatch)
    require_signed_in_deployer(contract_for(emulator, tmp_path, deployer))


def test_somebody_else_is_refused_whatever_the_environment_says(
    emulator: ServedEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = sign_in_by_token(emulator, monkeypatch)
    another = "11111111-2222-4333-8444-555555555555"
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", another)
    with pytest.raises(UsageError, match="remove its own access") as caught:
        require_signed_in_deployer(contract_for(emulator, tmp_path, another))
    assert caller in caught.value.what


def test_somebody_else_is_refused_where_rolecall_makes_all_workspaces(
    emulator: ServedEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such workspaces have no address in the contract, and the account reports it."""
    sign_in_by_token(emulator, monkeypatch)
    contract = contract_for(emulator, tmp_path, "11111111-2222-4333-8444-555555555555")
    (name, first), *_ = contract.workspaces.items()
    contract = contract.model_copy(update={"workspaces": {name: first.model_copy(update={"host": None})}})
    require_signed_in_deployer(contract, dict)
    with pytest.raises(UsageError, match="remove its own access"):
        require_signed_in_deployer(contract, lambda: {name: emulator.host("nonprod")})


def test_nothing_is_written_where_no_workspace_says_who_the_caller_is(
    emulator: ServedEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployer = sign_in_by_token(emulator, monkeypatch)
    monkeypatch.setenv("ROLECALL_RETRY_SECONDS", "1")
    contract = contract_for(emulator, tmp_path, deployer)
    (name, first), *_ = contract.workspaces.items()
    away = first.model_copy(update={"host": "http://127.0.0.1:9"})
    with pytest.raises(SystemUnreachable, match="who this run signs in as is not known"):
        require_signed_in_deployer(contract.model_copy(update={"workspaces": {name: away}}))
    require_signed_in_deployer(contract.model_copy(update={"workspaces": {name: away, "other": first}}))


def test_a_secret_that_is_accepted_is_proof_enough(
    emulator: ServedEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in emulator.variables().items():
        monkeypatch.setenv(name, value)
    require_signed_in_deployer(contract_for(emulator, tmp_path, emulator.emulator.credentials.client_id))


def test_a_profile_beside_a_secret_does_not_decide_how_the_engine_signs_in(
    emulator: ServedEmulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider would use the profile's token, while the secret authenticates another caller."""
    contract = contract_for(emulator, tmp_path, emulator.emulator.credentials.client_id)
    for name, value in emulator.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DATABRICKS_AUTH_TYPE", raising=False)
    monkeypatch.setenv("DATABRICKS_CONFIG_PROFILE", "mine")
    with pytest.raises(UsageError, match="a client secret and the profile 'mine'"):
        require_signed_in_deployer(contract)
    monkeypatch.setenv("DATABRICKS_AUTH_TYPE", "oauth-m2m")
    require_signed_in_deployer(contract)
