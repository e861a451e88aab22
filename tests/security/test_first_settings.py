"""A protective setting that is stronger in a workspace than in the contract is not weakened by its first deployment."""

from __future__ import annotations

from pathlib import Path

import pytest
from databricks.sdk.service import settings

from rolecall.compiled import compile_file
from rolecall.deploy.first_settings import refused_first_settings
from rolecall.engine.stack_state import Resource, StackState
from tests.support.contracts import TODAY
from tests.support.hand_world import CONTRACT, hand_world

SETTINGS = "verbose_audit_logs: false, restrict_admins: false, ip_access: {allow: [10.0.0.0/8]}"
WEAKER = CONTRACT.replace("max_days: 30}", f"max_days: 30}}, {SETTINGS}")
WHY = "reason: x, owner: ada, expires: 2026-12-01"
NAMES = ("tokens", "verbose_audit_logs", "restrict_admins", "ip_access")


def refusals(folder: Path, host: str, text: str, *resources: Resource) -> list[str]:
    path = folder / "weaker.yaml"
    path.write_text(text)
    contract = compile_file(path, TODAY, judged=False).contract
    state = StackState("x", 0, resources, ())
    return [one.message for one in refused_first_settings(contract, state, lambda _: host, TODAY)]


def test_a_stronger_setting_of_a_workspace_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with hand_world(tmp_path, monkeypatch) as world:
        host = world.emulator.host("nonprod")
        assert refusals(tmp_path, host, WEAKER) == [], "nothing protects the workspace yet"
        client = world.workspace
        client.ip_access_lists.create("office", settings.ListType.ALLOW, ip_addresses=["10.1.0.0/16", "127.0.0.0/8"])
        conf = {"maxTokenLifetimeDays": "7", "enableVerboseAuditLogs": "true", "enableIpAccessLists": "true"}
        client.workspace_conf.set_status(conf)
        restrict = "/api/2.0/settings/types/restrict_workspace_admins/names/default"
        status = {"status": "RESTRICT_TOKENS_AND_JOB_RUN_AS"}
        world.do("PATCH", restrict, {"setting": {"restrict_workspace_admins": status}})
        found = refusals(tmp_path, host, WEAKER)
        assert len(found) == len(NAMES), found
        assert any("the longest life of personal access tokens would go from 7 to 30" in one for one in found)
        assert any("10.0.0.0/8 could come in, which cannot now" in one for one in found)
        allowed = ", ".join(f"{{object: nonprod, setting: {name}, {WHY}}}" for name in NAMES)
        assert refusals(tmp_path, host, f"removal_overrides: [{allowed}]\n{WEAKER}") == []
        token = "databricks:index/workspaceConf:WorkspaceConf"
        held = Resource(f"urn:s::p::{token}::nonprod", token, "x", {}, {}, "nonprod", custom=True)
        world.emulator.fault(host, {"kind": "status", "status": 403, "path": "/api/2.0/workspace-conf"})
        (unread,) = refusals(tmp_path, host, WEAKER)
        assert "its protective settings cannot be read" in unread, "the write may succeed a moment later"
        assert len(refusals(tmp_path, host, WEAKER, held)) == len(NAMES) - 2, "what a state has is judged by the state"
