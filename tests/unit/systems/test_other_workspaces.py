"""Which workspaces of the account are no environment's: by id or address, never by guess."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from types import SimpleNamespace
from typing import Any, cast

import pytest

from rolecall.access.observation import Unmanaged
from rolecall.access.ways import Ways
from rolecall.contract.contract import Contract
from rolecall.errors import NeedsAccount, RequestRejected
from rolecall.systems.databricks.client import Reader
from rolecall.systems.databricks.ways import other_workspaces
from rolecall.systems.databricks.ways.identities import Identities
from rolecall.systems.databricks.ways.other_workspaces import assigned_elsewhere

KNOWN = Identities(
    {"app-1": "service principal fraud/trainer in dev", "app-0": "the deployer"}, {}, frozenset(), frozenset(), "app-0"
)
OWN = {"workspace_id": 1, "workspace_name": "nonprod", "deployment_name": "acme-nonprod", "workspace_status": "RUNNING"}
LAB = {"workspace_id": 2, "workspace_name": "lab", "deployment_name": "acme-lab", "workspace_status": "RUNNING"}


class Account:
    """Answers workspaces, in each of which both principals are."""

    def __init__(self, *workspaces: dict[str, Any]) -> None:
        self.workspaces = [*workspaces]

    def get(self, path: str, /) -> dict[str, Any]:
        if path.endswith("/workspaces"):
            return {"items": self.workspaces}
        if "/4/" in path:
            raise RequestRejected("Permission assignment APIs are not available for this workspace.", status=400)
        if "/5/" in path:
            raise RequestRejected("Try again later.", status=500)
        assert "/2/" in path or "/3/" in path, "an environment's own is compared elsewhere"
        entries = [{"principal": {"service_principal_name": one, "principal_id": 7}} for one in ("app-1", "app-0")]
        return {"permission_assignments": [{**one, "permissions": ["USER"]} for one in entries]}


def contract_of(host: str) -> Contract:
    contract = SimpleNamespace(
        databricks=SimpleNamespace(account_id="a"),
        environments={"dev": SimpleNamespace(workspace="nonprod")},
        workspaces={"nonprod": SimpleNamespace(host=host)},
    )
    return cast("Contract", contract)


def found(account: Account, host: str, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(other_workspaces, "ids_of_workspaces", lambda *_: ids)
    return [one.thing for one in read(account, host)]


def read(account: Account, host: str) -> list[Unmanaged]:
    with ThreadPoolExecutor(2) as pool:
        return [*assigned_elsewhere(contract_of(host), cast("Reader", account), KNOWN, pool)]


NAMED = ["service principal fraud/trainer in dev in workspace lab"]


@pytest.mark.parametrize(
    ("host", "ids"),
    [
        ("https://acme-nonprod.cloud.databricks.com", {}),
        ("https://Acme-Nonprod.cloud.databricks.com/", {}),
        ("https://data.acme.example", {"nonprod": "1"}),
    ],
)
def test_the_principal_is_named_in_the_other_workspace_only(
    host: str, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(Account(OWN, LAB), host, ids, monkeypatch) == NAMED
    assert found(Account(OWN), host, ids, monkeypatch) == []
    assert found(Account(OWN, {**LAB, "workspace_status": "FAILED"}), host, ids, monkeypatch) == []
    gcp = {"workspace_id": 3, "workspace_name": "lab", "deployment_name": "acme-nonprod", "cloud": "gcp"}
    assert found(Account(OWN, gcp), host, ids, monkeypatch) == NAMED


def test_no_finding_while_an_environments_workspace_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NeedsAccount, match="the id of workspace nonprod is not known"):
        found(Account(OWN, LAB), "https://data.acme.example", {}, monkeypatch)


@pytest.mark.parametrize(
    ("identity", "not_read", "refused"),
    [(4, ["way: no account-level assignments in workspace old"], []), (5, [], ["way: Try again later."])],
)
def test_a_workspace_without_assignments_of_the_account_leaves_the_others_read(
    identity: int, not_read: list[str], refused: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(other_workspaces, "ids_of_workspaces", lambda *_: {"nonprod": "1"})
    old = {"workspace_id": identity, "workspace_name": "old", "deployment_name": "acme-old"}
    ways = Ways()
    account = cast("Reader", Account(OWN, old, LAB))
    with ThreadPoolExecutor(2) as pool:
        ways.collect("way", partial(assigned_elsewhere, contract_of("https://data.acme.example"), account, KNOWN, pool))
    assert (ways.not_read, ways.refused) == (not_read, refused)
    assert [one.thing for one in ways.found] == ([] if refused else NAMED)


def test_workspaces_are_read_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    both = Barrier(2, timeout=30)

    class Waiting(Account):
        def get(self, path: str, /) -> dict[str, Any]:
            if path.endswith("/permissionassignments"):
                both.wait()
            return super().get(path)

    second = {**LAB, "workspace_id": 3, "workspace_name": "attic"}
    named = [*NAMED, "service principal fraud/trainer in dev in workspace attic"]
    assert found(Waiting(OWN, LAB, second), "https://data.acme.example", {"nonprod": "1"}, monkeypatch) == named
