"""A project that is deployed to several emulated systems, and what tests do to both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rolecall.emulators.databricks.emulator import DatabricksEmulator
from rolecall.emulators.installation import Installation
from tests.support.documents import document
from tests.support.emulator import CONTROL, ServedEmulator
from tests.support.project import Project, contract_project_with

# Seconds for which a request is tried: where a system is down for good, and where it comes back.
GIVEN_UP, WAITED_FOR = "1", "30"


class Deployed:
    """The systems of an installation with a project that deploys a contract to all of them."""

    def __init__(self, installation: Installation, folder: Path, text: str) -> None:
        self.addresses = installation.addresses
        self.databricks = ServedEmulator(installation.get(DatabricksEmulator))
        variables = {**installation.variables(), "ML_NONPROD_HOST": self.addresses["databricks/nonprod"]}
        variables |= {"ML_PROD_HOST": self.addresses["databricks/prod"]}
        variables |= {"DATABRICKS_RATE_LIMIT": "500", "ROLECALL_RATE_LIMIT": "500"}
        self.project: Project = contract_project_with(folder, variables, text)
        # Engines attach to the provider that Rolecall serves.
        self.project.write("plugin/__main__.py", "raise SystemExit('no engine starts this')")

    def up(self, *flags: str, fine: bool = True) -> str:
        """Deploy; return what is shown. What is expected to fail does not wait long for a system to come back."""
        self.project.variables["ROLECALL_RETRY_SECONDS"] = WAITED_FOR if fine else GIVEN_UP
        answer = self.project.rolecall("up", "--yes", *flags)
        assert (answer.returncode == 0) is fine, answer.stdout + answer.stderr
        return answer.stdout + answer.stderr

    def parity(self) -> dict[str, Any]:
        """Return what parity tells, with its exit code."""
        self.project.variables["ROLECALL_RETRY_SECONDS"] = GIVEN_UP
        answer = self.project.rolecall("parity", "--format", "json")
        told = document(("parity",), answer.stdout)
        return {**told, "exit": answer.returncode}

    def writes(self) -> int:
        """Return the number of writes to all systems."""
        return sum(int(CONTROL.get(f"{address}/__stats").json()["writes"]) for address in self.addresses.values())

    def fault(self, system: str, *faults: dict[str, object]) -> None:
        """Let a system go wrong as the faults say."""
        self.databricks.fault(self.addresses[system], *faults)
