"""The emulator in a process of its own, so that what it costs is not counted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.support.emulator import DESCRIPTION

# Requests a second that both tools' provider allows itself here; its default for real workspaces is 15.
RATE_LIMIT = "1000"


class Server:
    """Serves emulators until it is stopped.

    Args:
        folder: where they keep what they hold.
        description: which emulators, and what they begin with; one Databricks account by default.
    """

    def __init__(self, folder: Path, description: dict[str, Any] | None = None) -> None:
        path = folder / "emulators.yaml"
        path.write_text(yaml.safe_dump(description or {"databricks": DESCRIPTION}))
        command = [sys.executable, "-m", "rolecall.emulators", str(path), "--folder", str(folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        payload = json.loads(self._process.stdout.readline())
        self.addresses: dict[str, str] = payload["addresses"]
        self.variables: dict[str, str] = {**payload["variables"], "DATABRICKS_RATE_LIMIT": RATE_LIMIT}
        if "databricks/nonprod" in self.addresses:
            self.variables["ML_NONPROD_HOST"] = self.addresses["databricks/nonprod"]

    def counts(self) -> tuple[int, int]:
        """Return all requests since the last `clear`, and the writes among them."""
        statistics = [httpx.get(f"{address}/__stats").json() for address in self.addresses.values()]
        return sum(one["total"] for one in statistics), sum(one["writes"] for one in statistics)

    def clear(self) -> None:
        """Reset the counters."""
        for address in self.addresses.values():
            httpx.delete(f"{address}/__stats")

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()
