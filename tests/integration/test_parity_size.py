"""Parity at size: no more calls than pages and objects need, and within what the vendor's pace lets pass."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from databricks.sdk.service import iam

from rolecall.compiled import compile_file
from rolecall.parity import compare
from rolecall.systems.registry import SYSTEMS
from tests.benchmarks.contracts import generate
from tests.support.contracts import TODAY
from tests.support.emulator import ServedEmulator

JOBS = 200


@pytest.fixture
def contract(tmp_path: Path, emulator: ServedEmulator, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A contract whose jobs are there, each with the groups that may do something on it."""
    for name, value in emulator.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DATABRICKS_RATE_LIMIT")
    path = tmp_path / "contract.yaml"
    path.write_text(generate(JOBS))
    emulator.account().groups.create(display_name="emergency")
    for group in ("engineers", "analysts", "emergency"):
        emulator.assign(group)
    client = emulator.workspace()
    levels = {"engineers": "CAN_MANAGE", "emergency": "CAN_MANAGE", "analysts": "CAN_VIEW"}
    held = [
        iam.AccessControlRequest(group_name=group, permission_level=iam.PermissionLevel(level))
        for group, level in levels.items()
    ]
    compiled = compile_file(path, TODAY)
    for project, declared in compiled.contract.projects.items():
        for key in declared.jobs:
            made = client.jobs.create(name=f"[dev] {project}-{key}")
            client.permissions.update("jobs", str(made.job_id), access_control_list=held)
    return path


def test_parity_needs_no_more_calls_than_pages_and_objects(contract: Path, emulator: ServedEmulator) -> None:
    emulator.clear_statistics()
    report = compare(compile_file(contract, TODAY), ["dev"], SYSTEMS)
    (summary,) = report.systems
    assert summary.grants >= JOBS * 3
    # Lists: jobs in pages of 100, policies, assignments, groups, service principals. An object's holders are told one
    # object at a time, and so is who a job runs as.
    fewest = math.ceil(JOBS / 100) + 4 + 2 * JOBS
    assert summary.calls <= 1.1 * fewest


def test_parity_keeps_the_vendors_pace_without_being_told(contract: Path, emulator: ServedEmulator) -> None:
    """Hardly a request is answered with 429; without a pace it would be every fourth.

    On a quiet machine it is none. On a busy one requests take unequally long to arrive, so that a few come too soon.
    """
    emulator.fault(
        emulator.host("nonprod"),
        {"kind": "pace", "method": "GET", "path": "/api/2.0/permissions/*", "per_second": 100, "times": -1},
    )
    emulator.fault(
        emulator.account_host,
        {"kind": "pace", "method": "GET", "path": "/api/2.0/*/scim/*", "per_second": 20, "times": -1},
    )
    emulator.clear_statistics()
    report = compare(compile_file(contract, TODAY), ["dev"], SYSTEMS)
    assert report.systems[0].grants >= JOBS * 3
    refused = sum(one["met"] for host in emulator.emulator.addresses.values() for one in emulator.faults(host))
    assert refused < emulator.statistics()["total"] / 20
