"""What starts counterparts by itself in an orchestrator, made through its API and named by parity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import yaml

from rolecall.access.observation import Unmanaged
from rolecall.systems.conductor.ways import starters
from rolecall.systems.connections import forget_all
from rolecall.systems.harness.ways import TRIGGERS, triggers_of
from tests.emulators.test_conductor import WORKFLOW, clients_of, define
from tests.emulators.test_harness import PIPELINE, Clients
from tests.support.identity import Company, company
from tests.support.lazily import Lazily

if TYPE_CHECKING:
    from tests.support import conductor_client as client
else:
    client = Lazily("tests.support.conductor_client")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def systems(monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    with company() as running:
        for name, value in running.variables().items():
            monkeypatch.setenv(name, value)
        forget_all()
        yield running
        forget_all()


def reaching(found: list[Unmanaged]) -> dict[str, str]:
    assert all(one.how for one in found if one.reaches)
    return {one.thing: one.reaches for one in found if one.reaches}


def test_schedules_event_handlers_and_webhooks_of_conductor_are_named(systems: Company) -> None:
    clients = clients_of(systems, *systems.conductor.access_key)
    define(clients)
    assert reaching([*starters([WORKFLOW])]) == {}
    start = client.StartWorkflowRequest(name=WORKFLOW, version=1)
    nightly = client.SaveScheduleRequest(name="nightly", cron_expression="0 0 3 * * ?", start_workflow_request=start)
    clients.get_scheduler_client().save_schedule(nightly)
    paused = client.SaveScheduleRequest(
        name="paused", cron_expression="0 0 3 * * ?", start_workflow_request=start, paused=True
    )
    clients.get_scheduler_client().save_schedule(paused)
    action = {"action": "start_workflow", "start_workflow": {"name": WORKFLOW}}
    systems.conductor_call("POST", "event", {"name": "upload", "event": "kafka:x", "actions": [action]})
    hook = {"name": "outside", "workflowsToStart": {WORKFLOW: 1}, "verifier": "HEADER_BASED"}
    systems.conductor_call("POST", "metadata/webhook", hook)
    found = reaching([*starters([WORKFLOW])])
    assert set(found) == {"schedule nightly", "event handler upload", "webhook outside"}
    assert f"starts workflow {WORKFLOW} by itself for" in found["schedule nightly"]
    assert reaching([*starters(["another"])]) == {}, "what starts workflows of others is listed only"


def test_triggers_of_a_pipeline_in_harness_are_named(systems: Company) -> None:
    owner = Clients(systems)
    owner.raw("POST", "/pipeline/api/pipelines/v2", text=owner.pipeline()).raise_for_status()
    assert reaching(triggers_of(PIPELINE)()) == {}
    for name, enabled in (("push", True), ("old", False)):
        trigger = {
            "name": name,
            "identifier": name,
            "enabled": enabled,
            "pipelineIdentifier": PIPELINE,
            "source": {"type": "Webhook"},
        }
        owner.raw("POST", TRIGGERS, text=yaml.safe_dump({"trigger": trigger})).raise_for_status()
    assert reaching(triggers_of(PIPELINE)()) == {
        f"trigger push of pipeline {PIPELINE}": f"starts pipeline {PIPELINE} by itself (Webhook)"
    }
