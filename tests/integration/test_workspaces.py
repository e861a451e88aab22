"""A workspace under another key, at another address, and a key that means another workspace."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.contracts import CONTRACT
from tests.support.emulator import ServedEmulator, served
from tests.support.gate import Gate
from tests.support.project import contract_project

pytestmark = pytest.mark.engine
SETTINGS = """\
  nonprod:
    host: "${env:ML_NONPROD_HOST}"
    tokens: {max_days: 30, users: [engineers]}
    verbose_audit_logs: true
    restrict_admins: true
    ip_access: {allow: [10.0.0.0/8, 127.0.0.0/8]}
    entitlements: {engineers: [databricks-sql-access]}
"""
USAGE, FINDINGS = 2, 1


def live(emulator: ServedEmulator) -> dict[str, Any]:
    """Return who may do what in the workspaces, what is in them, and how they are set."""
    spaces = emulator.emulator.account.workspaces
    kept = ("assignments", "permissions", "jobs", "cluster_policies", "conf", "ip_access_lists", "settings")
    told = {name: {key: getattr(one, key) for key in kept} for name, one in spaces.items()}
    found: dict[str, Any] = json.loads(json.dumps(copy.deepcopy(told), default=str))
    return found


def test_a_workspace_keeps_everything_under_another_key(tmp_path: Path) -> None:
    dev_only = CONTRACT.replace("in: [dev, prod], ticket: SEC-1", "in: [dev]")
    text = dev_only.replace('  nonprod: {host: "${env:ML_NONPROD_HOST}"}\n', SETTINGS)
    with served(small_pages=False) as emulator:
        project = contract_project(tmp_path / "project", emulator, text)
        project.deployed("up")
        before = live(emulator)
        project.write("contract.yaml", text.replace("nonprod", "tests"))
        plain = project.pulumi("up", "--yes", "--skip-preview", "--stack", "account")
        assert plain.returncode != 0
        assert "nonprod is tests now" in plain.stdout + plain.stderr
        assert project.rolecall("preview").returncode == 0
        for _ in range(2):
            emulator.clear_statistics()
            told = project.deployed("up")
            assert {kind for one in told.values() for kind in one["changes"]} == {"same"}
            assert emulator.statistics()["writes"] == 0
            assert live(emulator) == before
        parity = json.loads(project.rolecall("parity", "--format", "json").stdout)
        assert parity["equal"], parity["findings"]

        # The same workspace at another address, and under another key at once.
        gate = Gate(emulator.host("nonprod"))
        project.variables["ML_NONPROD_HOST"] = gate.address
        project.write("contract.yaml", text)
        project.deployed("up")
        assert live(emulator) == before
        parity = json.loads(project.rolecall("parity", "--format", "json").stdout)
        assert parity["equal"], parity["findings"]

        # Another workspace under the same key: what is there is not what was deployed.
        project.variables["ML_NONPROD_HOST"] = emulator.host("prod")
        project.variables["ML_PROD_HOST"] = gate.address
        emulator.clear_statistics()
        refused = project.rolecall("up", "--yes")
        assert refused.returncode == USAGE, refused.stdout
        assert "is another workspace" in refused.stderr
        assert emulator.statistics()["writes"] == 0
        gate.cut()
