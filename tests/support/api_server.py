"""One real Kubernetes API server for all tests of a process: starting one takes seconds."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

import pytest
import yaml

from rolecall.local.api_server import ApiServer, User, start_api_server
from rolecall.toolchain.api_server import INSTALL, ApiServerPrograms, installed_api_server
from tests.conftest import ROOT
from tests.support.ports import free_ports

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
    """Return a running server that has Linkerd's custom resource definitions."""
    folder = Path(tempfile.mkdtemp(prefix="api-server-"))
    first = free_ports()
    server = start_api_server(require_api_server(), folder, (first, first + 1, first + 2), USERS)

    def end() -> None:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    apply_crds(server)
    return server


def apply_crds(server: ApiServer) -> None:
    """Apply all custom resource definitions, and wait until they are served."""
    with server.client() as client:
        names = []
        for path in sorted(CRDS.rglob("*.yaml")):
            for definition in yaml.safe_load_all(path.read_text(encoding="utf-8")):
                name = definition["metadata"]["name"]
                address = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}"
                headers = {"Content-Type": "application/apply-patch+yaml"}
                params = {"fieldManager": "crds", "force": "true"}
                client.patch(address, params=params, headers=headers, json=definition).raise_for_status()
                names.append(address)
        for address in names:
            while not _established(client.get(address).raise_for_status().json()):
                pass


def _established(definition: dict[str, object]) -> bool:
    status = definition.get("status")
    conditions = status.get("conditions", []) if isinstance(status, dict) else []
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)
