"""The same contract deployed by Rolecall and by Terraform, step by step, each on an emulator of its own."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.benchmarks import terraform
from tests.benchmarks.contracts import generate, jobs_for
from tests.benchmarks.processes import Cost, run
from tests.benchmarks.server import Server
from tests.support.project import GUARDRAILS, contract_project_with

ROLECALL, TERRAFORM = "Rolecall", "Terraform"
CREATE = "create everything"
NO_CHANGE = "no change, without refresh"
REFRESH = "no change, with refresh"
ONE_BINDING = "one changed binding"
# Steps that only Rolecall has, or that have no counterpart.
CHECK, PARITY = "check", "parity"
PREVIEW, GUARDED = "preview, all new", "the same with the guardrails"
ONE_BINDING_REFRESHED = "one changed binding, with refresh"
COMPARED = (PREVIEW, CREATE, NO_CHANGE, REFRESH, ONE_BINDING)

COMMAND = [sys.executable, "-c", "from rolecall.cli.start import main; main()"]


@dataclass(frozen=True)
class Measured:
    """What one step cost one tool.

    Attributes:
        tool: who did it.
        resources: how large the contract is.
        step: what was done.
        cost: time and memory.
        calls: requests to the server.
        writes: those among them that write.
    """

    tool: str
    resources: int
    step: str
    cost: Cost
    calls: int
    writes: int


def _changed(text: str) -> str:
    """Return a contract in which one binding of one project has another role: all jobs of the project follow."""
    contract = yaml.safe_load(text)
    contract["projects"]["project-000"]["bindings"][1]["role"] = "engineer"
    return yaml.safe_dump(contract, sort_keys=False)


def rolecall(resources: int, *, every_step: bool = True) -> Iterator[Measured]:
    """Yield what each step costs Rolecall.

    Args:
        resources: how many.
        every_step: also those steps that say nothing new at the largest size, and take minutes there.
    """
    with tempfile.TemporaryDirectory() as name:
        server = Server(Path(name))
        text = generate(jobs_for(resources))
        project = contract_project_with(Path(name) / "project", server.variables, text)

        def step(title: str, *arguments: str) -> Measured:
            server.clear()
            cost = run([*COMMAND, *arguments], project.folder, project.environment())
            return Measured(ROLECALL, resources, title, cost, *server.counts())

        try:
            yield step(CHECK, "check")
            if every_step:
                yield step(PREVIEW, "preview")
                yield step(GUARDED, "preview", "--policy-pack", str(GUARDRAILS))
            yield step(CREATE, "up", "--yes")
            yield step(NO_CHANGE, "preview")
            yield step(REFRESH, "preview", "--refresh")
            project.write("contract.yaml", _changed(text))
            yield step(ONE_BINDING, "up", "--yes")
            if every_step:
                project.write("contract.yaml", text)
                yield step(ONE_BINDING_REFRESHED, "up", "--yes", "--refresh")
            yield step(PARITY, "parity")
        finally:
            server.stop()


def peer(resources: int, command: Path, provider: Path) -> Iterator[Measured]:
    """Yield what each step costs Terraform.

    Args:
        resources: how many.
        command: `terraform`.
        provider: the folder with its Databricks provider.
    """
    with tempfile.TemporaryDirectory() as name:
        server = Server(Path(name))
        folder, text = Path(name) / "project", generate(jobs_for(resources))
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("DATABRICKS_", "PULUMI_"))}

        def write(contract: str) -> dict[str, str]:
            return {**kept, **terraform.write(folder, yaml.safe_load(contract), server.variables, provider)}

        environment = write(text)

        def step(title: str, *arguments: str) -> Measured:
            server.clear()
            cost = run([str(command), *arguments, "-no-color", "-input=false"], folder, environment)
            return Measured(TERRAFORM, resources, title, cost, *server.counts())

        try:
            yield step(PREVIEW, "plan")
            yield step(CREATE, "apply", "-auto-approve")
            yield step(NO_CHANGE, "plan", "-refresh=false")
            yield step(REFRESH, "plan")
            write(_changed(text))
            yield step(ONE_BINDING, "apply", "-auto-approve")
        finally:
            server.stop()
