"""A removed line resets no protective setting without an override: with Rolecall, by hand, and in any program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rolecall.policies import types
from tests.support.contracts import CONTRACT
from tests.support.documents import document
from tests.support.emulator import ServedEmulator
from tests.support.project import GUARDRAILS, contract_project, program

pytestmark = pytest.mark.engine
HOST = 'nonprod: {host: "${env:ML_NONPROD_HOST}"'
SETTINGS = ", tokens: {max_days: 7}, verbose_audit_logs: true, restrict_admins: true"
PROTECTED = CONTRACT.replace(HOST, HOST + SETTINGS)
KEYS = "maxTokenLifetimeDays,enableVerboseAuditLogs"


def test_a_removed_line_resets_nothing_without_an_override(tmp_path: Path, emulator: ServedEmulator) -> None:
    assert PROTECTED != CONTRACT
    project = contract_project(tmp_path, emulator, PROTECTED)
    project.deployed("up", "account")
    client = emulator.workspace()
    before = client.workspace_conf.get_status(KEYS)
    assert before == {"maxTokenLifetimeDays": "7", "enableVerboseAuditLogs": "true"}
    project.write("contract.yaml", CONTRACT)
    emulator.clear_statistics()
    for operation in (["preview", "account"], ["up", "--yes", "account"]):
        answer = project.rolecall(*operation)
        assert answer.returncode == 1, answer.stdout + answer.stderr
        shown = " ".join(answer.stdout.split())
        for setting in ("tokens", "verbose_audit_logs", "restrict_admins"):
            assert f"object: nonprod, setting: {setting}" in shown, shown
    plain = project.pulumi("up", "--yes", "--skip-preview", "--stack", "account")
    assert plain.returncode != 0
    assert "verbose audit logging would be reset" in plain.stdout
    assert emulator.statistics()["writes"] == 0
    # One line less changes a resource that stays.
    project.write("contract.yaml", PROTECTED.replace(", verbose_audit_logs: true", ""))
    plain = project.pulumi("up", "--yes", "--skip-preview", "--stack", "account")
    assert plain.returncode != 0
    assert emulator.statistics()["writes"] == 0
    assert client.workspace_conf.get_status(KEYS) == before
    why = "reason: moved, owner: ada, expires: 2999-01-01"
    written = f"removal_overrides: [{{object: nonprod, setting: verbose_audit_logs, {why}}}]\n"
    project.write("contract.yaml", written + PROTECTED.replace(", verbose_audit_logs: true", ""))
    project.deployed("up", "account")
    assert client.workspace_conf.get_status(KEYS)["enableVerboseAuditLogs"] != "true"


def test_packs_see_what_goes_from_a_program_without_a_contract(tmp_path: Path, emulator: ServedEmulator) -> None:
    variables = {**emulator.variables(), "DATABRICKS_HOST": emulator.host("nonprod")}
    variables.pop("DATABRICKS_ACCOUNT_ID")
    conf = {"customConfig": {"enableVerboseAuditLogs": "true", "maxTokenLifetimeDays": "7"}}
    project = program(tmp_path, _program(conf), variables)
    pack = ("--policy-pack", str(GUARDRAILS))
    first = project.pulumi("up", "--yes", "--skip-preview", *pack)
    assert first.returncode == 0, first.stdout
    for changed in (None, {"customConfig": {"maxTokenLifetimeDays": "7"}}):
        project.write("program/__main__.py", _program(changed))
        answer = project.pulumi("preview", *pack)
        assert answer.returncode != 0, answer.stdout
        assert "verbose audit logging would be reset" in answer.stdout
        assert "protective-settings-stay" in answer.stdout
    preview = project.write("preview.json", project.pulumi("preview", "--json").stdout)
    judged = project.rolecall("policy", "test", str(preview), "--format", "json")
    assert judged.returncode == 1, judged.stderr
    assert "protective-settings-stay" in {
        one["rule"] for one in document(("policy", "test"), judged.stdout)["violations"]
    }


def _program(conf: dict[str, Any] | None) -> str:
    if conf is None:
        return "import pulumi\n"
    return f"""\
import pulumi
options = pulumi.ResourceOptions(version='1.104.0')
pulumi.CustomResource({types.WORKSPACE_CONF!r}, 'conf', {conf!r}, options)
"""
