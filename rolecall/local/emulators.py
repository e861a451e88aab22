"""Start and stop the local emulators."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import httpx
import psutil

from rolecall.errors import UsageError
from rolecall.local.folder import local_folder

# Ports are the same at every start, so that the addresses in Pulumi's state stay right.
FIRST_PORT = int(os.environ.get("ROLECALL_LOCAL_PORT", "47600"))
DESCRIPTION = "emulators.yaml"
# Seconds that a stop may take.
STOP_SECONDS = 10.0

# Processes that this one started: only their parent can wait for them.
_started: dict[int, subprocess.Popen[str]] = {}


@dataclass(frozen=True)
class Running:
    """The emulators that run.

    Attributes:
        pid: process that serves them.
        addresses: address by workspace name; the account's under an empty name.
        variables: environment variables that carry addresses and credentials.
        person: name and token of the person who can change things by hand.
    """

    pid: int
    addresses: dict[str, str]
    variables: dict[str, str]
    person: dict[str, str]


def status(root: Path) -> Running | None:
    """Return what runs for a project, or None."""
    record = local_folder(root) / "emulators.json"
    if not record.exists():
        return None
    running = Running(**json.loads(record.read_text()))
    return running if _answers(running) else None


def up(root: Path, description: Path, first_port: int = FIRST_PORT) -> Running:
    """Start the emulators if they do not run, with the state that they had when they were stopped.

    Raises:
        UsageError: there is no description of what they start with, a port is in use, or they do not start.
    """
    if running := status(root):
        return running
    if not description.is_file():
        raise UsageError(
            f"{description} is not there; it says which people, groups and workspaces the emulators start with",
            "Write one like stacks/acme/emulators.yaml, beside the contract.",
        )
    folder = local_folder(root)
    log = folder / "emulators.log"
    arguments = [str(description), "--state", str(folder / "databricks.json"), "--port", str(first_port)]
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "rolecall.emulators.databricks", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    _started[process.pid] = process
    assert process.stdout is not None
    with process.stdout:
        told = _first_line(process.stdout)
    if told.get("error") == "port-in-use":
        raise UsageError(
            f"port {told['port']} is in use by another process",
            f"End that process, or take other ports: rolecall local up --port {first_port + 100}.",
        )
    if "addresses" not in told:
        raise UsageError(f"the emulators did not start: {log.read_text().strip() or 'no reason given'}", f"See {log}.")
    running = Running(process.pid, told["addresses"], told["variables"], told["person"])
    record = folder / "emulators.json"
    record.touch(mode=0o600)
    record.write_text(json.dumps(asdict(running), indent=2))
    return running


def down(root: Path) -> bool:
    """Stop the emulators; they keep their state. Returns whether they ran.

    Raises:
        UsageError: they do not end.
    """
    running = status(root)
    (local_folder(root) / "emulators.json").unlink(missing_ok=True)
    if running is None:
        return False
    os.kill(running.pid, signal.SIGTERM)
    try:
        if process := _started.pop(running.pid, None):
            process.wait(STOP_SECONDS)
        else:
            psutil.Process(running.pid).wait(STOP_SECONDS)
    except psutil.NoSuchProcess:
        pass
    except (psutil.TimeoutExpired, subprocess.TimeoutExpired) as error:
        how = f"End them: kill -9 {running.pid}."
        raise UsageError(f"the emulators (process {running.pid}) do not end", how) from error
    return True


def reset(root: Path) -> bool:
    """Bring the emulators back to what they started with. Returns whether they run."""
    running = status(root)
    if running is None:
        (local_folder(root) / "databricks.json").unlink(missing_ok=True)
        return False
    for address in running.addresses.values():
        httpx.post(f"{address}/__reset").raise_for_status()
    return True


def writes(running: Running) -> int:
    """Return how many writes the emulators have got since they started or were reset."""
    return sum(int(httpx.get(f"{address}/__stats").json()["writes"]) for address in running.addresses.values())


def calls(running: Running) -> int:
    """Return how many requests the emulators have got."""
    return sum(int(httpx.get(f"{address}/__stats").json()["total"]) for address in running.addresses.values())


def clear_statistics(running: Running) -> None:
    """Let the emulators count anew."""
    for address in running.addresses.values():
        httpx.delete(f"{address}/__stats").raise_for_status()


def _answers(running: Running) -> bool:
    if not psutil.pid_exists(running.pid):
        return False
    try:
        return httpx.get(f"{running.addresses['']}/__ready", timeout=5).is_success
    except httpx.HTTPError:
        return False


def _first_line(output: IO[str]) -> dict[str, Any]:
    try:
        told = json.loads(output.readline())
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
