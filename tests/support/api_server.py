"""One real Kubernetes API server for all tests of a process: starting one takes seconds."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

import pytest

from rolecall.local.api_definitions import apply_definitions
from rolecall.local.api_server import ApiServer, User, start_api_server
from rolecall.toolchain.api_server import INSTALL, ApiServerPrograms, installed_api_server
from tests.conftest import ROOT
from tests.support.ports import free_ports
from tests.support.servers import RUNNING

CRDS = ROOT / "tests" / "kubernetes" / "crds"
USERS = (
    User("deployer", ("system:masters",), "deployer-of-tests"),
    User("reader", (), "reader-of-tests"),
    User("other", ("system:masters",), "other-of-tests"),
)


@cache
def _programs() -> ApiServerPrograms | None:
    return installed_api_server()


def require_api_server() -> ApiServerPrograms:
    """Return the programs; skip the test where they are not built."""
    programs = _programs()
    if programs is None:
        pytest.skip(f"the Kubernetes API server is not built: run `{INSTALL}` or `make test WITH=kubernetes`")
    return programs


@cache
def api_server() -> ApiServer:
    """Return a running server that has the custom resource definitions of Linkerd and Longhorn."""
    folder = Path(tempfile.mkdtemp(prefix="api-server-"))
    first = free_ports()
    server = start_api_server(require_api_server(), folder, (first, first + 1, first + 2), USERS)
    RUNNING.callback(shutil.rmtree, folder, ignore_errors=True)
    RUNNING.callback(server.stop)
    RUNNING.callback(api_server.cache_clear)
    with server.client() as client:
        apply_definitions(client, CRDS)
        client.post("/api/v1/namespaces", json={"metadata": {"name": "longhorn-system"}}).raise_for_status()
    return server
