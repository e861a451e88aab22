"""A real Kubernetes API server for the demo, and manual changes to it with users' own tokens."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from rolecall.console.output import out
from rolecall.console.shown import terminal
from rolecall.demo.by_hand import COLLEAGUE, Change
from rolecall.emulators.server import listen
from rolecall.errors import ToolchainError
from rolecall.local.api_definitions import apply_definitions
from rolecall.local.api_server import ApiServer, User, start_api_server
from rolecall.toolchain.api_server import INSTALL, installed_api_server
from rolecall.toolchain.versions import KUBERNETES

# Linkerd's definitions, as its release has them.
DEFINITIONS = Path("tests/kubernetes/crds/linkerd")
CONTEXT, NAMESPACE, SERVICE = "lab", "dev-serving", "forecasts"
DEPLOYER, ADMINISTRATOR = "rolecall-deployer", "ada@acme.example"
POLICIES = f"/apis/policy.linkerd.io/v1alpha1/namespaces/{NAMESPACE}"
BINDINGS = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{NAMESPACE}/rolebindings"
INTRUDER, BINDING = "batch", "debug"


@contextmanager
def api_server() -> Iterator[ApiServer]:
    """Run a Kubernetes API server with Linkerd's definitions, and authenticate Rolecall to it as its deployer.

    Raises:
        ToolchainError: the server is not built, or does not start.
    """
    programs = installed_api_server()
    if programs is None:
        raise ToolchainError(
            "the Kubernetes API server is not built", f"Run `{INSTALL}` or `make demo WITH=kubernetes`."
        )
    opened = [listen(0) for _ in range(3)]
    ports = [one.getsockname()[1] for one in opened]
    for one in opened:
        one.close()
    users = [User(name, ("system:masters",), token_urlsafe()) for name in (DEPLOYER, ADMINISTRATOR)]
    before = os.environ.get("KUBECONFIG")
    folder = Path(tempfile.mkdtemp(prefix="rolecall-kubernetes-"))
    try:
        server = start_api_server(programs, folder, ports, users)
        try:
            with server.client() as client:
                apply_definitions(client, DEFINITIONS)
            os.environ["KUBECONFIG"] = str(server.kubeconfig(folder / "kubeconfig", {CONTEXT: DEPLOYER}))
            out.print(f"  {terminal(f'kubernetes {KUBERNETES}'):24} {terminal(server.address)}")
            yield server
        finally:
            server.stop()
    finally:
        os.environ.pop("KUBECONFIG", None)
        if before is not None:
            os.environ["KUBECONFIG"] = before
        shutil.rmtree(folder, ignore_errors=True)


def admit_by_hand(server: ApiServer) -> Change:
    """Admit another service account to the service, as `kubectl edit` does."""
    path = f"{POLICIES}/meshtlsauthentications/{SERVICE}.callers"
    with server.client(ADMINISTRATOR) as client:
        found = client.get(path).raise_for_status().json()
        intruder = {"kind": "ServiceAccount", "name": INTRUDER, "namespace": "default"}
        body = {"spec": {"identityRefs": [*found["spec"]["identityRefs"], intruder]}}
        headers = {"Content-Type": "application/merge-patch+json"}
        query = {"fieldManager": "kubectl-edit"}
        client.patch(path, params=query, headers=headers, json=body).raise_for_status()
    return Change(f"service {SERVICE}", f"service account default/{INTRUDER}", "call")


def bind_by_hand(server: ApiServer) -> Change:
    """Bind a colleague to the role `admin` in the project's namespace."""
    group = "rbac.authorization.k8s.io"
    body: dict[str, Any] = {
        "metadata": {"name": BINDING},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "admin"},
        "subjects": [{"apiGroup": group, "kind": "User", "name": COLLEAGUE}],
    }
    with server.client(ADMINISTRATOR) as client:
        client.post(BINDINGS, json=body).raise_for_status()
    return Change(f"namespace {NAMESPACE}", COLLEAGUE, "the role admin")


def unbind(server: ApiServer) -> None:
    """Delete that binding."""
    with server.client(ADMINISTRATOR) as client:
        client.delete(f"{BINDINGS}/{BINDING}").raise_for_status()
