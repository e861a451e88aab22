"""Pulumi's environment variables for command-line flags do not affect a run of Rolecall."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rolecall.engine.environment import without_options
from rolecall.engine.run import Engine
from rolecall.engine.state import States

OPTIONS = (
    *("PULUMI_OPTION_TARGET", "PULUMI_OPTION_EXCLUDE", "PULUMI_OPTION_CWD", "PULUMI_OPTION_CONTINUE_ON_ERROR"),
    *("PULUMI_OPTION_DISABLE_INTEGRITY_CHECKING", "PULUMI_OPTION_TRACING", "PULUMI_OPTION_SHOW_SECRETS"),
    *("PULUMI_CONTINUE_ON_ERROR", "PULUMI_RUN_PROGRAM", "PULUMI_SKIP_CHECKPOINTS"),
)


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option_is_left_out(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(name, "urn:pulumi:prod::x")
    assert name not in Engine(tmp_path, Path("pulumi"), {}).environment


@pytest.mark.parametrize(
    "name", ["PULUMI_BACKEND_URL", "PULUMI_HOME", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_STACK", "PATH", "PULUMI_PARALLEL"]
)
def test_other_engine_variables_are_kept(name: str) -> None:
    assert without_options({name: "x"}) == {name: "x"}


def test_states_of_a_backend_are_read_without_them(tmp_path: Path) -> None:
    program = tmp_path / "pulumi"
    program.write_text('#!/bin/sh\nprintf \'[{"name": "%s"}]\' "dev${PULUMI_OPTION_SHOW_SECRETS}"\n')
    program.chmod(0o755)
    variables = {"PATH": "/usr/bin:/bin", "PULUMI_OPTION_SHOW_SECRETS": "-true"}
    states = States("s3://bucket", "access", program, tmp_path, variables)
    assert json.dumps(states.stacks()) == '["dev"]'
