"""A Pulumi project of its own for a test with the real engine: own state, own stacks, own contract."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from rolecall.engine.events import Outcome
from rolecall.engine.run import Engine
from rolecall.toolchain.install import ensure
from rolecall.toolchain.progress import Progress
from tests.conftest import ROOT
from tests.support import forks
from tests.support.documents import stacks
from tests.support.emulator import ServedEmulator

VIRTUAL_ENVIRONMENT = Path(sys.prefix)
GUARDRAILS = ROOT / "policies" / "guardrails"


# A shell that starts something in the background lets it ignore interrupts, and so do all that it starts in turn; CI
# systems do the same. What is to be interrupted by a test must hear it.
_HEARS_INTERRUPTS = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])"
)


def interruptible(command: Sequence[str]) -> list[str]:
    """Return a command that hears interrupts, whatever this process does."""
    return [sys.executable, "-c", _HEARS_INTERRUPTS, *command]


class Project:
    """A project's folder with what the engine needs."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self.folder = folder
        self.toolchain = ensure(Progress())
        state = folder / ".state"
        state.mkdir(parents=True)
        self.variables = {
            **self.toolchain.environment(),
            "PATH": f"{self.toolchain.bin}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_BACKEND_URL": f"file://{state}",
            "PULUMI_CONFIG_PASSPHRASE": forks.PASSPHRASE,
            **variables,
        }

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    @property
    def engine(self) -> Engine:
        return Engine(self.folder, self.toolchain.pulumi, self.variables)

    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "DATABRICKS_"))}
        return {**kept, **self.variables}

    def pulumi(self, *arguments: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        """Run the plain command in the project's folder."""
        command = [str(self.toolchain.pulumi), *arguments, "--non-interactive"]
        return self._run(command, check=check)

    def rolecall(self, *arguments: str, timeout: float | None = 300) -> subprocess.CompletedProcess[str]:
        """Run our command in the project's folder; `timeout` is in seconds."""
        return forks.run(arguments, self.folder, self.environment(), timeout)

    def start_rolecall(self, *arguments: str) -> subprocess.Popen[str]:
        """Start our command in the project's folder; it hears interrupts."""
        return subprocess.Popen(
            interruptible([sys.executable, "-c", "from rolecall.cli.start import main; main()", *arguments]),
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def deployed(self, operation: str, *arguments: str) -> dict[str, dict[str, Any]]:
        """Run our `up` or `destroy`, which has to go well; return what came of each stack."""
        answer = self.rolecall(operation, "--yes", "--format", "json", *arguments)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        told: dict[str, dict[str, Any]] = stacks(answer.stdout)
        return told

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the plain command and go on."""
        return subprocess.Popen(
            interruptible([str(self.toolchain.pulumi), *arguments, "--non-interactive"]),
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
        )

    def up(self, stack: str, *flags: str) -> Outcome:
        """Preview a stack with the plain command and, where something would change, deploy it."""
        previewed = self.engine.run("preview", stack, flags)
        if previewed.exit_code or not previewed.changed:
            return previewed
        return self.engine.run("up", stack, flags)

    def _run(
        self, command: Sequence[str], *, check: bool, timeout: float | None = 300
    ) -> subprocess.CompletedProcess[str]:
        answer = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )
        assert not check or answer.returncode == 0, answer.stdout + answer.stderr
        return answer


def program(folder: Path, text: str, variables: Mapping[str, str] | None = None, **options: object) -> Project:
    """Return a project with a program of its own and a stack `test`."""
    project = Project(folder, variables or {})
    described = {
        "name": "trial",
        "main": "program",
        "runtime": {"name": "python", "options": {"virtualenv": str(VIRTUAL_ENVIRONMENT), **options}},
    }
    project.write("Pulumi.yaml", yaml.safe_dump(described))
    project.write("program/__main__.py", text)
    project.pulumi("stack", "init", "test", check=True)
    return project


def copy_provider(folder: Path) -> None:
    """Put the native provider's plugin into a folder, such that it runs in the environment of this test."""
    folder.mkdir(parents=True)
    for name in ("__main__.py", "PulumiPlugin.yaml"):
        text = (ROOT / "rolecall" / "provider" / name).read_text()
        (folder / name).write_text(text.replace("../../.venv", str(VIRTUAL_ENVIRONMENT)))


def contract_project(folder: Path, emulator: ServedEmulator, contract: str) -> Project:
    """Return a project that deploys a contract to an emulator with our own program; its stacks are made."""
    return contract_project_with(folder, emulator.variables(), contract)


def contract_project_with(folder: Path, variables: Mapping[str, str], contract: str) -> Project:
    """Return a project that deploys a contract with our own program to where the variables say."""
    project = Project(folder, variables)
    described = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    described["runtime"]["options"]["virtualenv"] = str(VIRTUAL_ENVIRONMENT)
    described["config"]["rolecall:contract"]["value"] = "contract.yaml"
    described["plugins"]["providers"][0]["path"] = "plugin"
    copy_provider(folder / "plugin")
    project.write("Pulumi.yaml", yaml.safe_dump(described))
    (folder / "stacks").mkdir()
    shutil.copy(ROOT / "stacks" / "__main__.py", folder / "stacks" / "__main__.py")
    project.write("contract.yaml", contract)
    return project
