"""What can be tried on the emulator alone: time, faults, strangers, and its own routes."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from databricks.sdk.errors import PermissionDenied, TooManyRequests, Unauthenticated
from databricks.sdk.service import compute, jobs

from rolecall.emulators.databricks.models import account_from_json
from rolecall.emulators.faults import FaultPlan
from rolecall.emulators.scim_filter import InvalidFilter, parse_filter
from tests.support.emulator import ServedEmulator, served
from tests.support.waiting import becomes

TASK = jobs.Task(
    task_key="a",
    notebook_task=jobs.NotebookTask(notebook_path="/Shared/a"),
    new_cluster=compute.ClusterSpec(spark_version="16.4.x-scala2.12", node_type_id="i3.xlarge", num_workers=1),
)


def bearer(emulator: ServedEmulator, workspace: str = "nonprod") -> dict[str, str]:
    answer = httpx.post(
        f"{emulator.host(workspace)}/oidc/v1/token",
        data={"grant_type": "client_credentials"},
        auth=(emulator.emulator.credentials.client_id, emulator.emulator.credentials.client_secret),
    )
    return {"Authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}


def test_no_token_a_wrong_one_and_an_old_one_are_401(emulator: ServedEmulator) -> None:
    address = f"{emulator.host('nonprod')}/api/2.2/jobs/list"
    assert httpx.get(address).status_code == 401
    assert httpx.get(address, headers={"Authorization": "Bearer nonsense"}).status_code == 401
    good = bearer(emulator)
    assert httpx.get(address, headers=good).status_code == 200
    emulator.emulator.clock.forward(3601)
    assert httpx.get(address, headers=good).status_code == 401


def test_a_wrong_secret_gets_no_token(emulator: ServedEmulator) -> None:
    address = f"{emulator.host('nonprod')}/oidc/v1/token"
    answer = httpx.post(
        address, data={"grant_type": "client_credentials"}, auth=(emulator.sign_in()["client_id"], "no")
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_workspaces_token_is_not_the_accounts(emulator: ServedEmulator) -> None:
    address = f"{emulator.account_host}/api/2.0/accounts/{emulator.emulator.account.id}/scim/v2/Groups"
    assert httpx.get(address, headers=bearer(emulator)).status_code == 401


def test_who_is_not_assigned_to_a_workspace_is_403(emulator: ServedEmulator) -> None:
    with pytest.raises(PermissionDenied, match="not assigned"):
        list(emulator.as_person().jobs.list())


def test_people_see_only_the_jobs_that_they_may_view(emulator: ServedEmulator) -> None:
    emulator.assign("ada@example.com")
    emulator.assign("engineers")
    created = emulator.workspace().jobs.create(name="x", tasks=[TASK])
    person = emulator.as_person()
    assert list(person.jobs.list()) == []
    with pytest.raises(PermissionDenied):
        person.jobs.get(int(created.job_id or 0))
    view = jobs.JobAccessControlRequest(group_name="engineers", permission_level=jobs.JobPermissionLevel.CAN_VIEW)
    emulator.workspace().jobs.update_permissions(str(created.job_id), access_control_list=[view])
    assert [job.job_id for job in person.jobs.list()] == [created.job_id]
    with pytest.raises(PermissionDenied):
        person.jobs.run_now(int(created.job_id or 0))
    with pytest.raises(PermissionDenied):
        person.jobs.update_permissions(str(created.job_id), access_control_list=[view])
    with pytest.raises(PermissionDenied):
        person.cluster_policies.create(name="mine", definition="{}")


def test_a_run_advances_with_the_clock(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    job_id = int(client.jobs.create(name="x", tasks=[TASK]).job_id or 0)
    started = client.jobs.run_now(job_id).response
    assert started is not None
    run_id = int(started.run_id or 0)

    def state() -> tuple[str, str | None]:
        found = client.jobs.get_run(run_id).state
        assert found is not None
        assert found.life_cycle_state is not None
        return found.life_cycle_state.value, found.result_state.value if found.result_state else None

    assert state() == ("PENDING", None)
    emulator.emulator.clock.forward(3)
    assert state() == ("RUNNING", None)
    emulator.emulator.clock.forward(10)
    assert state() == ("TERMINATED", "SUCCESS")


def test_a_status_on_purpose_with_retry_after(emulator: ServedEmulator) -> None:
    address = emulator.host("nonprod")
    headers = bearer(emulator)
    emulator.fault(address, {"kind": "status", "path": "/api/2.2/jobs/*", "status": 429, "retry_after": 1, "times": 1})
    answer = httpx.get(f"{address}/api/2.2/jobs/list", headers=headers)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert httpx.get(f"{address}/api/2.2/jobs/list", headers=headers).status_code == 200


def test_the_sdk_waits_and_tries_again(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    client.current_user.me()
    emulator.fault(
        emulator.host("nonprod"),
        {"kind": "status", "path": "/api/2.2/jobs/list", "status": 429, "retry_after": 0, "times": 1},
    )
    assert list(client.jobs.list()) == []


def test_an_answer_that_is_lost_after_the_write_took_effect(emulator: ServedEmulator) -> None:
    address = emulator.host("nonprod")
    emulator.fault(address, {"kind": "answer-lost", "method": "POST", "path": "/api/2.2/jobs/create", "status": 504})
    body = {"name": "x", "tasks": [TASK.as_dict()]}
    answer = httpx.post(f"{address}/api/2.2/jobs/create", headers=bearer(emulator), json=body)
    assert answer.status_code == 504
    assert [job.settings.name for job in emulator.workspace().jobs.list() if job.settings] == ["x"]


def test_stale_reads_truncated_and_repeated_pages_and_wrong_tokens(emulator: ServedEmulator) -> None:
    address, headers = emulator.host("nonprod"), bearer(emulator)
    client = emulator.workspace()
    for number in range(5):
        client.jobs.create(name=f"j{number}", tasks=[TASK])
    listing = f"{address}/api/2.2/jobs/list"
    first = httpx.get(listing, headers=headers).json()
    client.jobs.create(name="new", tasks=[TASK])
    emulator.fault(address, {"kind": "stale-read", "path": "/api/2.2/jobs/list"})
    assert httpx.get(listing, headers=headers).json() == first
    emulator.fault(address, {"kind": "truncated-page", "path": "/api/2.2/jobs/list"})
    cut = httpx.get(listing, headers=headers).json()
    assert len(cut["jobs"]) == 2
    assert "next_page_token" not in cut
    fresh = httpx.get(listing, headers=headers).json()
    emulator.fault(address, {"kind": "repeated-page", "path": "/api/2.2/jobs/list"})
    again = httpx.get(listing, headers=headers, params={"page_token": fresh["next_page_token"]}).json()
    assert again == fresh
    emulator.fault(address, {"kind": "wrong-token", "path": "/api/2.2/jobs/list"})
    assert httpx.get(listing, headers=headers).status_code == 401


def test_a_plan_of_faults_that_makes_no_sense_is_refused(emulator: ServedEmulator) -> None:
    answer = httpx.post(f"{emulator.account_host}/__faults", json={"faults": [{"kind": "earthquake"}]})
    assert answer.status_code == 400
    assert "answer-lost" in answer.json()["message"]


def test_statistics_count_by_route_and_reset_brings_the_beginning_back(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    client.jobs.create(name="x", tasks=[TASK])
    told = httpx.get(f"{emulator.host('nonprod')}/__stats").json()
    assert told["calls"]["POST /api/2.2/jobs/create"] == 1
    assert told["writes"] == 1
    httpx.post(f"{emulator.host('nonprod')}/__reset").raise_for_status()
    assert list(emulator.workspace().jobs.list()) == []
    assert emulator.statistics()["writes"] == 0


def test_the_state_goes_on_in_a_later_process(emulator: ServedEmulator) -> None:
    emulator.workspace().jobs.create(name="kept", tasks=[TASK])
    saved = json.loads(json.dumps(emulator.emulator.to_json()))
    assert account_from_json(saved["account"]) == emulator.emulator.account
    with served(saved=saved) as later:
        assert [job.settings.name for job in later.workspace().jobs.list() if job.settings] == ["kept"]


def test_an_unknown_path_is_answered_as_databricks_does(emulator: ServedEmulator) -> None:
    answer = httpx.get(f"{emulator.host('nonprod')}/api/9.9/nothing")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "ENDPOINT_NOT_FOUND")


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ('displayName eq "a"', True),
        ('displayname EQ "A"', True),
        ('displayName sw "b"', False),
        ('displayName co "a" and externalId eq "1"', True),
        ('displayName eq "x" or (externalId eq "1" and displayName eq "a")', True),
        ('members.value eq "7"', True),
        ('displayName ne "a"', False),
    ],
)
def test_scim_filters(text: str, matches: bool) -> None:
    resource = {"displayName": "a", "externalId": "1", "members": [{"value": "7"}]}
    assert parse_filter(text)(resource) is matches


@pytest.mark.parametrize(
    "text", ["displayName", "displayName zz 1", '(displayName eq "a"', 'displayName eq "a" x', "= 3"]
)
def test_filters_that_cannot_be_read(text: str) -> None:
    with pytest.raises(InvalidFilter):
        parse_filter(text)


def test_refusals_reach_the_sdk_as_its_own_errors(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    client.config.retry_timeout_seconds = 1
    emulator.fault(emulator.host("nonprod"), {"kind": "wrong-token", "path": "/api/2.2/jobs/list", "times": -1})
    with pytest.raises(Unauthenticated):
        list(client.jobs.list())
    assert issubclass(TooManyRequests, Exception)


def test_the_command_says_that_a_port_is_in_use(emulator: ServedEmulator, tmp_path: Path) -> None:
    import subprocess
    import sys

    import yaml

    from tests.support.emulator import DESCRIPTION

    path = tmp_path / "emulators.yaml"
    path.write_text(yaml.safe_dump({"databricks": DESCRIPTION}))
    port = emulator.account_host.rsplit(":", 1)[1]
    command = [sys.executable, "-m", "rolecall.emulators", str(path), "--folder", str(tmp_path), "--port", port]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert answer.returncode == 2
    assert json.loads(answer.stdout) == {"error": "port-in-use", "port": int(port)}


def test_a_pace_refuses_only_what_comes_too_fast() -> None:
    now = [0.0]
    plan = FaultPlan(clock=lambda: now[0])
    plan.replace([{"kind": "pace", "method": "GET", "path": "/api/*", "per_second": 2, "times": -1}])
    assert [plan.take("GET", "/api/x") is None for _ in range(3)] == [True, True, False]
    assert plan.take("POST", "/api/x") is None
    now[0] = 1.0
    assert plan.take("GET", "/api/x") is None
    assert plan.describe()[0]["met"] == 1


def test_a_blocked_request_goes_on_when_the_plan_is_replaced(emulator: ServedEmulator) -> None:
    host = emulator.host("nonprod")
    emulator.fault(host, {"kind": "blocked", "method": "write", "path": "/api/*", "times": -1})
    client = emulator.workspace()
    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(client.secrets.create_scope, "late")
        becomes(lambda: emulator.faults(host)[0]["met"])
        assert [*client.secrets.list_scopes()] == [], "what waits has not been done"
        emulator.fault(host)
        written.result(timeout=60)
    assert [one.name for one in client.secrets.list_scopes()] == ["late"]
