"""A recorded deployment: the state files of a version with the emulators' worlds that belong to them.

`python -m tests.support.recorded NAME` deploys tests/fixtures/upgrade/NAME with the code at hand and writes the result
beside the contract. Run it on the version whose state is to be kept, not on a later one.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from rolecall.emulators.installation import Installation
from tests.conftest import ROOT
from tests.support.emulator import served_together
from tests.support.ports import free_ports
from tests.support.project import Project, contract_project_with

FOLDER = ROOT / "tests" / "fixtures" / "upgrade"
STATES = Path(".state/.pulumi")
# Ports differ from run to run: a recording has the system's name instead of 127.0.0.1:PORT.


def _description(name: str) -> dict[str, Any]:
    described: dict[str, Any] = yaml.safe_load((FOLDER / name / "emulators.yaml").read_text(encoding="utf-8"))
    return described


def _project(folder: Path, installation: Installation, name: str) -> Project:
    variables = {**installation.variables(), "DATABRICKS_RATE_LIMIT": "500", "ROLECALL_RATE_LIMIT": "500"}
    variables |= {"ROLECALL_RETRY_SECONDS": "20", "ROLECALL_PROVISIONING_SECONDS": "30"}
    return contract_project_with(folder, variables, (FOLDER / name / "contract.yaml").read_text(encoding="utf-8"))


def _without_ports(text: str, addresses: Mapping[str, str]) -> str:
    for system, address in addresses.items():
        text = re.sub(rf"{re.escape(address.partition('://')[2])}(?!\d)", f"{{{{{system}}}}}", text)
    return text


def _with_ports(text: str, addresses: Mapping[str, str]) -> str:
    for system, address in addresses.items():
        text = text.replace(f"{{{{{system}}}}}", address.partition("://")[2])
    return text


def record(name: str) -> None:
    """Deploy a contract from nothing, and write states and worlds beside it."""
    with tempfile.TemporaryDirectory() as folder, served_together(_description(name), small_pages=False) as running:
        project = _project(Path(folder) / "project", running, name)
        project.deployed("up")
        told = json.loads(project.rolecall("parity", "--format", "json").stdout)
        assert told["equal"] is True, told["findings"]
        _write(FOLDER / name / "world.json", _without_ports(json.dumps(_world(running)), running.addresses))
        for file in sorted((project.folder / STATES / "stacks").rglob("*.json")):
            text = _without_ports(file.read_text(encoding="utf-8"), running.addresses)
            _write(FOLDER / name / "stacks" / file.name, text)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(json.loads(text), indent=1) + "\n", encoding="utf-8")


def _world(running: Installation) -> dict[str, Any]:
    """Return the emulators' worlds without private keys, sessions and what a reset goes back to."""
    world = running.to_json()
    for system in world.values():
        if isinstance(system, dict) and "first" in system:
            system["first"] = {}
        if isinstance(system, dict) and "key" in system:
            system["key"] = None
    world["databricks"]["account"]["tokens"] = {}
    world["systems"] = [*running.addresses]
    return world


@contextmanager
def replayed(name: str, folder: Path) -> Iterator[tuple[Installation, Project]]:
    """Serve the worlds of a recording, with a project that has its states, for the length of a `with` block."""
    text = (FOLDER / name / "world.json").read_text(encoding="utf-8")
    first_port = free_ports()
    # Systems listen in the order in which the recording names them.
    addresses = {
        system: f"http://127.0.0.1:{first_port + place}" for place, system in enumerate(json.loads(text)["systems"])
    }
    saved: dict[str, Any] = json.loads(_with_ports(text, addresses))
    with served_together(_description(name), small_pages=False, saved=saved, first_port=first_port) as running:
        assert {key: one.rpartition(":")[2] for key, one in addresses.items()} == {
            key: one.rpartition(":")[2] for key, one in running.addresses.items()
        }
        project = _project(folder, running, name)
        stacks = project.folder / STATES / "stacks" / "rolecall"
        stacks.mkdir(parents=True)
        (project.folder / STATES / "meta.yaml").write_text("version: 1\n", encoding="utf-8")
        for file in sorted((FOLDER / name / "stacks").glob("*.json")):
            text = _with_ports(file.read_text(encoding="utf-8"), running.addresses)
            (stacks / file.name).write_text(text, encoding="utf-8")
        yield running, project


if __name__ == "__main__":
    for chosen in sys.argv[1:]:
        record(chosen)
