"""One real Prefect server for all tests of a process: starting one takes seconds."""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from functools import cache

import httpx

# What a test leaves behind, by the list that names it and where one of it is removed.
KINDS = (
    ("automations/filter", "automations/{id}"),
    ("deployments/filter", "deployments/{id}"),
    ("flow_runs/filter", "flow_runs/{id}"),
    ("variables/filter", "variables/{id}"),
    ("work_pools/filter", "work_pools/{name}"),
)


def prefect_server() -> str:
    """Return the address of a real server that has nothing in it."""
    address = _running()
    for listed, removed in KINDS:
        for one in httpx.post(f"{address}/api/{listed}", json={}).raise_for_status().json():
            httpx.delete(f"{address}/api/{removed.format(**one)}").raise_for_status()
    return address


@cache
def _running() -> str:
    folder = tempfile.mkdtemp(prefix="prefect-")
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port = opened.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment |= {"PREFECT_HOME": folder, "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    environment |= {"PREFECT_LOGGING_SERVER_LEVEL": "ERROR", "PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
    process = subprocess.Popen(
        [sys.executable, "-m", "prefect", "server", "start", "--no-ui", "--host", "127.0.0.1", "--port", str(port)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def end() -> None:
        process.terminate()
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"{address}/api/health").is_success:
                return address
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"Prefect's server did not start: {process.poll()}")
