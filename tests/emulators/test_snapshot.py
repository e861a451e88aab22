"""A snapshot of the emulated systems: who is in which group and who holds what, without any credential."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rolecall.cli.main import app
from rolecall.systems.connections import forget_all
from tests.support.contracts import write
from tests.support.identity import GROUPS, OKTA_APPLICATION, company
from tests.support.identity_contract import contract
from tests.support.signing import key_files

CREDENTIALS = ("SECRET", "TOKEN", "PRIVATEKEY", "AUTH_KEY", "API_KEY", "PASSWORD")


def test_a_review_with_it_needs_no_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = key_files(tmp_path)
    main = write(tmp_path, contract("okta"), "contract/contract.yaml")
    later = write(
        tmp_path, contract("okta").replace("role: viewer, to: analysts", "role: engineer, to: analysts"), "x.yaml"
    )
    file = tmp_path / "snapshot.json"
    monkeypatch.chdir(tmp_path)
    with company() as systems:
        for identity in GROUPS["okta"].values():
            systems.okta_call("PUT", f"apps/{OKTA_APPLICATION}/groups/{identity}", {})
        systems.settle()
        variables = systems.variables()
        with monkeypatch.context() as signed_in:
            for name, value in variables.items():
                signed_in.setenv(name, value)
            signed_in.setenv("ROLECALL_SIGNING_KEY", keys.private.read_text())
            forget_all()
            found = CliRunner().invoke(app, ["snapshot", str(file), "--contract", str(main)], catch_exceptions=False)
            forget_all()
    assert found.exit_code == 0, found.output
    assert "4 groups (2 with their people)" in found.output
    text = base64.b64decode(json.loads(file.read_text())["payload"]).decode()
    secrets = [value for name, value in variables.items() if name.endswith(CREDENTIALS)]
    assert len(secrets) > 3
    private = "".join(keys.private.read_text().splitlines()[1:-1])
    assert [one for one in (*secrets, private) if one in text] == []
    groups = {one["key"]: one for one in json.loads(text)["predicate"]["groups"]}
    assert groups["engineers"]["external"] == GROUPS["okta"]["engineers"]
    assert groups["engineers"]["people"] == ["ada@example.com", "ben@example.com"]
    assert groups["engineers"]["account_id"]
    assert file.stat().st_mode & 0o077 == 0

    # The systems are gone, and nothing is signed in.
    for name in [*variables, "ROLECALL_SIGNING_KEY"]:
        monkeypatch.delenv(name, raising=False)
    assert not any(name.startswith("DATABRICKS_") for name in os.environ)
    arguments = ["review", str(main), str(later), "--snapshot", str(file), "--trusted-keys", str(keys.public)]
    reviewed = CliRunner().invoke(app, arguments, catch_exceptions=False)
    shown = reviewed.stdout.replace("&#8203;", "")
    assert "| cleo@example.com | " in shown
    assert f"| analysts | {GROUPS['okta']['analysts']} | analysts (" in shown
