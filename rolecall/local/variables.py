"""Let a command use the local emulators of the project that it is started in, as `eval "$(rolecall env)"` would."""

from __future__ import annotations

import os
from pathlib import Path

from rolecall.local import emulators
from rolecall.local.folder import NAME
from rolecall.project import find_project


def use_local_emulators() -> None:
    """Add the addresses and credentials of running emulators to the environment, where it names no system yet."""
    root = find_project(Path.cwd())
    if root is None or "DATABRICKS_CLIENT_ID" in os.environ or not (root / NAME).is_dir():
        return
    running = emulators.status(root)
    if running is not None:
        os.environ.update(running.variables)
        # The emulators need not be spared as the services are.
        os.environ.setdefault("DATABRICKS_RATE_LIMIT", "200")
        os.environ.setdefault("ROLECALL_RATE_LIMIT", "200")
