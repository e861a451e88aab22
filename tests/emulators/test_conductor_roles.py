"""Roles in Conductor that give something on every workflow: the emulator enforces them, and parity counts them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest

from rolecall.systems.conductor.application_names import ApplicationNames
from rolecall.systems.conductor.roles import held_by_role
from rolecall.systems.connections import forget_all
from tests.emulators.test_conductor import ADA, BEN, WORKFLOW, clients_of, define
from tests.support.identity import Company, company
from tests.support.lazily import Lazily

if TYPE_CHECKING:
    from tests.support import conductor_client as client
else:
    client = Lazily("tests.support.conductor_client")

# The client's own models call what they say is deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
RUN, CHANGE = {"READ", "EXECUTE"}, {"READ", "UPDATE", "DELETE"}


@pytest.fixture
def systems(monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    with company() as running:
        for name, value in running.conductor.variables().items():
            monkeypatch.setenv(name, value)
        forget_all()
        yield running
        forget_all()


def test_roles_count_on_every_workflow_whoever_has_them(systems: Company) -> None:
    clients = clients_of(systems, *systems.conductor.access_key)
    define(clients)
    assert held_by_role(ApplicationNames()) == {}, "administrators are not listed"
    body = {"name": WORKFLOW, "input": {}}
    definition = systems.conductor_call("GET", f"metadata/workflow/{WORKFLOW}")
    with pytest.raises(httpx.HTTPStatusError, match="403"):
        systems.conductor_call("POST", "workflow", body, user=ADA)
    with pytest.raises(httpx.HTTPStatusError, match="403"):
        systems.conductor_call("PUT", "metadata/workflow", [definition], user=BEN)

    authorization = clients.get_authorization_client()
    authorization.upsert_group(client.UpsertGroupRequest("run everything", ["USER", "WORKFLOW_MANAGER"]), "operators")
    authorization.add_user_to_group("operators", ADA)
    made = authorization.create_application(client.CreateOrUpdateApplicationRequest("scheduler"))
    authorization.add_role_to_application_user(made.id, "WORKFLOW_MANAGER")
    systems.conductor.cluster.users[BEN]["roles"] = ["METADATA_MANAGER"]

    assert held_by_role(ApplicationNames()) == {
        ("GROUP", "operators"): RUN,
        ("APPLICATION", "scheduler"): RUN,
        ("USER", BEN): CHANGE,
    }
    systems.conductor_call("POST", "workflow", body, user=ADA)
    systems.conductor_call("PUT", "metadata/workflow", [definition], user=BEN)
    users = clients.get_authorization_client().list_users(apps=True)
    assert {one.id for one in users if one.application_user} >= {f"app:{made.id}"}
