"""The example that uses every kind, in three environments on two clouds, from nothing to nothing again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from rolecall.compiled import compile_file
from rolecall.contract import Kind
from rolecall.emulators.installation import Installation
from rolecall.parity import Report, compare
from rolecall.systems.registry import SYSTEMS
from tests.conftest import ROOT
from tests.support.contracts import TODAY
from tests.support.emulator import ServedEmulator, served_together
from tests.support.project import GUARDRAILS, Project, contract_project_with

pytestmark = pytest.mark.engine
FOLDER = ROOT / "stacks" / "every-kind"
STACKS = ("account", "dev", "staging", "prod")


@pytest.fixture
def installation() -> Iterator[Installation]:
    with served_together(yaml.safe_load((FOLDER / "emulators.yaml").read_text())) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Project:
    variables = {**installation.variables(), "DATABRICKS_RATE_LIMIT": "500", "ROLECALL_RATE_LIMIT": "500"}
    found = contract_project_with(tmp_path, variables, (FOLDER / "contract.yaml").read_text())
    for name, value in found.variables.items():
        monkeypatch.setenv(name, value)
    return found


def deploy(project: Project, *flags: str, stacks: tuple[str, ...] = STACKS) -> None:
    for stack in stacks:
        project.engine.select(stack)
        outcome = project.engine.up(stack, [f"--policy-pack={GUARDRAILS}", *flags])
        assert outcome.exit_code == 0, (stack, outcome.errors, outcome.violations)
        assert outcome.warnings == [], stack


def parity(project: Project) -> Report:
    compiled = compile_file(project.folder / "contract.yaml", TODAY)
    return compare(compiled, [*compiled.contract.environments], SYSTEMS)


def state(installation: Installation) -> dict[str, Any]:
    account = installation.databricks.account
    return {
        "principals": sorted(one.display_name for one in account.principals.values()),
        "rule sets": sorted(account.rule_sets),
        "workspaces": {
            name: {
                key: value
                for key, value in vars(one).items()
                if key in ("jobs", "cluster_policies", "instance_pools", "warehouses", "secret_scopes", "assignments")
            }
            for name, one in account.workspaces.items()
        },
        "metastores": {
            one.id: {kind: sorted(each) for kind, each in one.securables.items() if each}
            for one in account.metastores.values()
        },
    }


def test_the_example_uses_every_kind(project: Project) -> None:
    compiled = compile_file(project.folder / "contract.yaml", TODAY)
    assert {target.kind for target in compiled.access} == set(Kind)


def test_every_kind_from_nothing_to_nothing(project: Project, installation: Installation) -> None:
    before = state(installation)
    told = parity(project)
    assert told.exit_code == 1, "nothing is there yet, and that is no failure to read"

    deploy(project)
    assert parity(project).findings == ()

    emulator = ServedEmulator(installation.databricks)
    emulator.clear_statistics()
    deploy(project)
    assert emulator.statistics()["writes"] == 0, "a second run writes nothing"
    for stack in STACKS:
        refreshed = project.engine.run("preview", stack, ["--refresh"])
        assert refreshed.exit_code == 0, refreshed.errors
        assert refreshed.changed == 0, f"{stack}: {refreshed.changes}: the provider reads back what was declared"

    for stack in reversed(STACKS):
        outcome = project.engine.run("destroy", stack)
        assert outcome.exit_code == 0, outcome.errors
    assert state(installation) == before
