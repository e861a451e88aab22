"""A team that administers its workspaces and no account deploys its contract: nothing of the account is written."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from rolecall.emulators.application import Call
from rolecall.emulators.databricks.models import Principal
from tests.support.documents import stacks
from tests.support.emulator import CONTROL, ServedEmulator
from tests.support.given_world import GivenWorld
from tests.support.project import GUARDRAILS, contract_project_with

pytestmark = pytest.mark.engine
# Method, address, path, query and body of a request.
Sent = tuple[str, str, str, dict[str, str], Any]


@contextmanager
def recorded(emulator: ServedEmulator) -> Iterator[list[Sent]]:
    """Record the writes of all who call."""
    writes: list[Sent] = []

    def recording(address: str, authenticate: Callable[[Call], Any]) -> Callable[[Call], Any]:
        def found(call: Call) -> Any:
            caller = authenticate(call)
            if call.method not in ("GET", "HEAD"):
                writes.append((call.method, address, call.path, dict(call.query), copy.deepcopy(call.body)))
            return caller

        return found

    with pytest.MonkeyPatch.context() as patched:
        for name, application in emulator.emulator.listeners().items():
            own = application._authenticate
            patched.setattr(application, "_authenticate", recording(emulator.emulator.addresses[name], own))
        yield writes


def answer_of(emulator: ServedEmulator, principal: Principal, sent: Sent) -> int:
    """Send a request as a principal; return the status of the answer."""
    account = emulator.emulator.account
    token = account.issue(principal.id, emulator.emulator.clock.now() + 3600, 0)
    method, address, path, query, body = sent
    signed = {"Authorization": f"Bearer {token}"}
    return CONTROL.request(method, f"{address}{path}", params=query, json=body, headers=signed).status_code


def test_a_contract_is_deployed_compared_and_destroyed_without_the_account(
    tmp_path: Path, emulator: ServedEmulator
) -> None:
    world = GivenWorld(emulator)
    account = emulator.emulator.account
    project = contract_project_with(tmp_path, world.variables(previews=True), world.contract)
    before = copy.deepcopy((account.to_json()["principals"], account.to_json()["federation"]))
    emulator.clear_statistics()
    assert project.rolecall("check").returncode == 0
    previewed = project.rolecall("preview", "--format", "json", "--policy-pack", str(GUARDRAILS))
    assert previewed.returncode == 0, previewed.stdout + previewed.stderr
    assert [*stacks(previewed.stdout)] == ["dev.churn", "prod.churn"]
    assert emulator.statistics()["writes"] == 0
    project.variables |= world.variables()
    missing, withdraw, restore = [*world.rights()][-1]
    withdraw()
    refused = project.rolecall("up", "--yes")
    restore()
    assert (refused.returncode, emulator.statistics()["writes"]) == (3, 0), refused.stdout + refused.stderr
    assert missing in " ".join(refused.stderr.split())
    with recorded(emulator) as writes:
        project.deployed("up", "--policy-pack", str(GUARDRAILS))
    held = copy.deepcopy(account.to_json()["workspaces"])
    assert {("POST", "/api/2.2/jobs/create"), ("POST", "/api/2.0/policies/clusters/create")} <= {
        (one[0], one[2]) for one in writes
    }
    assert {answer_of(emulator, world.previewer, one) for one in writes} == {403}
    assert account.to_json()["workspaces"] == held
    again = project.deployed("up", "--policy-pack", str(GUARDRAILS))
    assert {one["status"] for one in again.values()} == {"unchanged"}, again
    equal = project.rolecall("parity", "--format", "json")
    assert equal.returncode == 0, equal.stdout + equal.stderr
    told = json.loads(equal.stdout)
    assert told["equal"] is True
    assert "requires an account administrator" in " ".join(told["not_read"])
    project.deployed("destroy")
    assert (account.to_json()["principals"], account.to_json()["federation"]) == before
    # The deployer stays a manager of its service principals, so that it can deploy again.
    assert all(world.manages(name) for name in world.trainers)
    assert int(CONTROL.get(f"{emulator.account_host}/__stats").json()["total"]) == 0
