"""Let a command use the local emulators of the project that it is started in, as `eval "$(rolecall env)"` would."""

from __future__ import annotations

import os
from pathlib import Path

from rolecall import settings
from rolecall.local import emulators
from rolecall.local_folder import NAME
from rolecall.project import find_project

# Requests a second: the emulators need not be spared as the services are.
RATE_LIMITS = {"DATABRICKS_RATE_LIMIT": "200", settings.RATE_LIMIT.name: "200"}


def variables_of_running(root: Path) -> dict[str, str]:
    """Return what a command needs to use the emulators of a project; nothing where none run."""
    running = emulators.status(root)
    return {**running.variables, **RATE_LIMITS} if running is not None else {}


def use_local_emulators() -> None:
    """Add the addresses and credentials of running emulators to the environment, where it names no system yet."""
    root = find_project(Path.cwd())
    if root is None or "DATABRICKS_CLIENT_ID" in os.environ or not (root / NAME).is_dir():
        return
    for name, value in variables_of_running(root).items():
        if name in RATE_LIMITS:
            os.environ.setdefault(name, value)
        else:
            os.environ[name] = value
