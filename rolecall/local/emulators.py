"""Start and stop the local emulators."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import httpx
import psutil

from rolecall import settings
from rolecall.emulators.registry import emulator_specs
from rolecall.engine.process_identity import identity_of
from rolecall.errors import UsageError
from rolecall.local import record
from rolecall.local.description import read_description
from rolecall.local.record import Running
from rolecall.local_folder import local_folder
from rolecall.private import UMASK

DESCRIPTION = "emulators.yaml"
STATE = "systems.json"
WORKSPACE_VARIABLES = "In {}, `environment_variable` of a workspace is a name such as ML_NONPROD_HOST."
# Seconds that a stop may take.
STOP_SECONDS = 10.0

# Processes that this one started: only their parent can wait for them.
_started: dict[int, subprocess.Popen[str]] = {}
_clients: dict[int, httpx.Client] = {}


def _require_packages(described: Mapping[str, Any]) -> None:
    """Require the packages that only emulators need.

    Args:
        described: the description's sections by name.

    Raises:
        UsageError: one is not installed.
    """
    needed = {"starlette": "local", "uvicorn": "local"}
    for spec in emulator_specs():
        needed |= spec.extras if spec.name in described else {}
    if missing := sorted({extra for module, extra in needed.items() if find_spec(module) is None}):
        what = f"the emulators need packages that are not installed: the extra {', '.join(missing)} of Rolecall"
        raise UsageError(what, f"Install them: pip install 'rolecall[{','.join(missing)}]'.")


def status(root: Path) -> Running | None:
    """Return what runs for a project, or None."""
    running = record.read(local_folder(root))
    return running if running is not None and _answers(running) else None


def up(root: Path, description: Path, first_port: int | None = None) -> Running:
    """Start the emulators if they do not run, with the state that they had when they were stopped.

    Raises:
        InvalidDescription: something is wrong with the description of what they start with.
        UsageError: there is no description, a port is in use, or they do not start.
    """
    if running := status(root):
        return running
    port = settings.LOCAL_PORT.read() if first_port is None else first_port
    if not description.is_file():
        raise UsageError(
            f"{description} is not there; it lists the people, groups and workspaces that the emulators start with",
            "Write one like stacks/acme/emulators.yaml, beside the contract.",
        )
    _require_packages(read_description(description))
    folder = local_folder(root)
    log = folder / "emulators.log"
    arguments = [str(description), "--folder", str(folder), "--port", str(port)]
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "rolecall.emulators", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
            umask=UMASK,
        )
    _started[process.pid] = process
    assert process.stdout is not None
    with process.stdout:
        payload = _first_line(process.stdout)
    if payload.get("error") == "port-in-use":
        raise UsageError(
            f"port {payload['port']} is in use by another process",
            f"End that process, or take other ports: rolecall local up --port {port + 100}.",
        )
    if "addresses" not in payload:
        raise UsageError(f"the emulators did not start: {log.read_text().strip() or 'no reason given'}", f"See {log}.")
    running = Running(identity_of(process.pid), payload["addresses"], payload["variables"], payload["person"])
    if wrong := [*record.faults(running, folder)]:
        process.terminate()
        raise UsageError(f"the emulators say what they may not: {wrong[0]}", WORKSPACE_VARIABLES.format(description))
    record.write(folder, running)
    return running


def down(root: Path) -> bool:
    """Stop the emulators; they keep their state. Returns whether they ran.

    Raises:
        UsageError: they do not end.
    """
    running = status(root)
    (local_folder(root) / record.NAME).unlink(missing_ok=True)
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
        (local_folder(root) / STATE).unlink(missing_ok=True)
        return False
    for system in running.addresses:
        control(running, "POST", system, "__reset")
    return True


def writes(running: Running) -> int:
    """Return how many writes the emulators have got since they started or were reset."""
    return sum(int(control(running, "GET", system, "__stats").json()["writes"]) for system in running.addresses)


def calls(running: Running) -> int:
    """Return how many requests the emulators have got."""
    return sum(int(control(running, "GET", system, "__stats").json()["total"]) for system in running.addresses)


def clear_statistics(running: Running) -> None:
    """Reset the emulators' counters."""
    for system in running.addresses:
        control(running, "DELETE", system, "__stats")


def settle(running: Running) -> None:
    """Wait until the identity providers have provisioned all that changed."""
    for system in running.addresses:
        control(running, "POST", system, "__settle")


def control(running: Running, method: str, system: str, path: str, body: object = None) -> httpx.Response:
    """Send an emulator a request outside of the service's own API.

    Raises:
        httpx.HTTPError: it does not answer, or refuses.
    """
    return client(running).request(method, f"{running.addresses[system]}/{path}", json=body).raise_for_status()


def client(running: Running) -> httpx.Client:
    """Return a client that knows the certificate of the emulators that speak HTTPS."""
    found = _clients.get(running.pid)
    if found is None:
        authority = running.variables.get(settings.CA_FILE.name)
        context = ssl.create_default_context(cafile=authority) if authority else True
        found = _clients.setdefault(running.pid, httpx.Client(verify=context, timeout=30))
    return found


def _answers(running: Running) -> bool:
    try:
        return httpx.get(f"{running.addresses['databricks']}/__ready", timeout=5).is_success
    except (KeyError, httpx.HTTPError):
        return False


def _first_line(output: IO[str]) -> dict[str, Any]:
    try:
        payload = json.loads(output.readline())
    except ValueError:
        return {}
    return payload if isinstance(payload, dict) else {}
