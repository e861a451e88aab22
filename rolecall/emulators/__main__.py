"""Serve the emulators: `python -m rolecall.emulators DESCRIPTION.yaml --folder FOLDER --port PORT`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from rolecall import plain_yaml
from rolecall.emulators.installation import Installation
from rolecall.emulators.keeping import Keeper
from rolecall.emulators.registry import unknown_names
from rolecall.emulators.server import PortInUse, run_until_signal


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM; the first line of standard output has, as JSON, the addresses and credentials."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("description", type=Path, help="YAML file that says what the systems start with")
    parser.add_argument("--folder", type=Path, required=True, help="folder for the state and the certificate")
    parser.add_argument("--port", type=int, default=0, help="first port; the others follow; 0 takes free ones")
    parser.add_argument("--small-pages", action="store_true", help="answer lists in small pages")
    chosen = parser.parse_args(arguments)
    described: dict[str, Any] = plain_yaml.load(chosen.description.read_text(encoding="utf-8"))
    if unknown := [*unknown_names(described)]:
        sys.stderr.write("\n".join(f"{chosen.description}: {one}" for one in unknown) + "\n")
        return 2
    state = chosen.folder / "systems.json"
    saved = json.loads(state.read_text()) if state.exists() else None
    try:
        installation = Installation(
            described, chosen.folder, first_port=chosen.port, small_pages=chosen.small_pages, saved=saved
        )
    except PortInUse as error:
        _say({"error": "port-in-use", "port": error.port})
        return 2
    fields = {
        "addresses": installation.addresses,
        "variables": installation.variables(),
        "person": installation.person(),
    }
    keeper = Keeper(state, installation.to_json)
    installation.watch(keeper.changed)
    keeper.save()
    installation.warm_up()
    run_until_signal(installation.served(), lambda: _say(fields), [*installation.beside(), keeper.work])
    keeper.save()
    return 0


def _say(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
