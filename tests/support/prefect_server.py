"""One real Prefect server for all tests of a process: starting one takes seconds."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import httpx

from rolecall.emulators.prefect.real_server import command, environment
from rolecall.engine.watchdog import end_group, watchdog
from tests.support.emulator import CONTROL
from tests.support.ports import free_ports
from tests.support.servers import RUNNING
from tests.support.waiting import seen

# What the server answers where SQLite is busy, and how often that is taken (prefect/server/api/server.py).
BUSY, GONE, TRIES = 503, 404, 20
# What a test leaves behind, by the list that names it and where one of it is removed.
KINDS = (
    ("automations/filter", "automations/{id}"),
    ("deployments/filter", "deployments/{id}"),
    ("flow_runs/filter", "flow_runs/{id}"),
    ("variables/filter", "variables/{id}"),
    ("work_pools/filter", "work_pools/{name}"),
)


def ask(method: str, address: str, body: object, key: str = "") -> httpx.Response:
    """Send a request, again where the server says that its database is busy, as Prefect's own client does."""
    for _ in range(TRIES):
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        answer = CONTROL.request(method, address, json=body, headers=headers)
        if answer.status_code != BUSY:
            break
    return answer


def prefect_server() -> str:
    """Return the address of a real server that has nothing in it."""
    address = _running()
    for listed, removed in KINDS:
        for one in ask("POST", f"{address}/api/{listed}", {}).raise_for_status().json():
            removal = ask("DELETE", f"{address}/api/{removed.format(**one)}", None)
            # One that a busy server has removed, and then answered that it is busy, is gone.
            if removal.status_code != GONE:
                removal.raise_for_status()
    return address


@cache
def _running() -> str:
    folder = tempfile.mkdtemp(prefix="prefect-")
    port = free_ports()
    address = f"http://127.0.0.1:{port}"
    group = watchdog()
    process = subprocess.Popen(
        command(port),
        env=environment(Path(folder), address),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=group.pid,
    )

    def end() -> None:
        process.terminate()
        process.wait(20)
        end_group(group)
        shutil.rmtree(folder, ignore_errors=True)
        _running.cache_clear()

    RUNNING.callback(end)
    assert seen(lambda: _answers(address), process), f"Prefect's server did not start: {process.poll()}"
    return address


def _answers(address: str) -> bool:
    try:
        return CONTROL.get(f"{address}/api/health").is_success
    except httpx.TransportError:
        return False
