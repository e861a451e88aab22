"""Serve the emulator: `python -m rolecall.emulators.databricks DESCRIPTION.yaml --state FILE --port PORT`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from rolecall.emulators.databricks.emulator import DatabricksEmulator
from rolecall.emulators.server import PortInUse, address_of, listen, run_until_signal


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM; the first line of standard output says, as JSON, where and how to sign in."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("description", type=Path, help="YAML file that says what the account starts with")
    parser.add_argument("--state", type=Path, help="file that keeps the state from one start to the next")
    parser.add_argument("--port", type=int, default=0, help="first port; the workspaces follow; 0 takes free ones")
    parser.add_argument("--small-pages", action="store_true", help="answer lists in small pages")
    chosen = parser.parse_args(arguments)
    described: dict[str, Any] = yaml.safe_load(chosen.description.read_text(encoding="utf-8"))["databricks"]
    saved = json.loads(chosen.state.read_text()) if chosen.state and chosen.state.exists() else None
    emulator = DatabricksEmulator(described, small_pages=chosen.small_pages, saved=saved)
    names = ["", *emulator.account.workspaces]
    try:
        sockets = [listen(chosen.port + offset if chosen.port else 0) for offset in range(len(names))]
    except PortInUse as error:
        _say({"error": "port-in-use", "port": error.port})
        return 2
    emulator.addresses = {name: address_of(opened) for name, opened in zip(names, sockets, strict=True)}
    emulators = [emulator.account_emulator, *emulator.workspace_emulators.values()]

    def announce() -> None:
        _say(_signing_in(emulator, described))

    applications = [(opened, one.application) for opened, one in zip(sockets, emulators, strict=True)]
    run_until_signal(applications, announce)
    if chosen.state:
        _write(chosen.state, json.dumps(emulator.to_json()))
    return 0


def _signing_in(emulator: DatabricksEmulator, described: dict[str, Any]) -> dict[str, Any]:
    """Return addresses and credentials, and the environment variables that carry them."""
    credentials = emulator.credentials
    variables = {
        "DATABRICKS_ACCOUNT_HOST": emulator.addresses[""],
        "DATABRICKS_ACCOUNT_ID": emulator.account.id,
        "DATABRICKS_CLIENT_ID": credentials.client_id,
        "DATABRICKS_CLIENT_SECRET": credentials.client_secret,
    }
    for workspace in described["workspaces"]:
        if name := workspace.get("environment_variable"):
            variables[name] = emulator.addresses[workspace["name"]]
    return {
        "addresses": emulator.addresses,
        "variables": variables,
        "person": {"name": credentials.person, "token": credentials.person_token},
    }


def _say(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def _write(path: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        file.write(text)
    Path(file.name).chmod(0o600)
    os.replace(file.name, path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
