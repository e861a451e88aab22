"""Services in a cluster: creating 100 of them with 1,000 rights on a real API server, and comparing all of it.

`python -m tests.benchmarks.cluster` prints seconds; docs/performance.md has them. The API server and the Databricks
emulator run on the same machine.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.benchmarks.deployment import COMMAND
from tests.benchmarks.processes import Cost, run
from tests.support.api_server import api_server
from tests.support.contracts import DATABRICKS
from tests.support.emulator import served
from tests.support.mesh_controller import accept_routes
from tests.support.project import contract_project
from tests.support.servers import RUNNING

PROJECTS, SERVICES, CALLERS = 10, 10, 10
HEAD = (
    DATABRICKS
    + """\
workspaces: {lab: {host: "${env:ML_NONPROD_HOST}"}}
clusters: {lab: {context: lab, mesh: {probe_networks: [10.9.0.0/16]}}}
environments: {dev: {workspace: lab, cluster: lab}}
break_glass: none
break_glass_reason: it is measured
groups: {engineers: {external: 00g-engineers}}
roles: {caller: [{may: run, kind: service}]}
projects:
"""
)


def contract() -> str:
    """Return a contract in which all callers of a project may call each of its services."""
    text = HEAD
    for number in range(PROJECTS):
        callers = [f"caller-{one}" for one in range(CALLERS)]
        text += f"  scores-{number}:\n    owner: engineers\n    bindings:\n"
        text += "".join(f"      - {{role: caller, to: {one}, in: [dev]}}\n" for one in callers)
        text += "    service_principals:\n"
        text += "".join(f"      {one}: {{service_account: {one}}}\n" for one in callers)
        text += "    services:\n"
        for one in range(SERVICES):
            text += f"      model-{one}:\n        runs_as: caller-0\n        port: 8080\n"
            text += f"        labels: {{app: model-{one}}}\n        probes: [/healthz]\n"
            text += "        routes: {score: {path: /v1/score, methods: [POST]}}\n"
    return text


def measure(folder: Path) -> dict[str, Cost]:
    """Return the cost of each command, without that of the two servers."""
    server = api_server()
    with served(small_pages=False) as emulator:
        project = contract_project(folder, emulator, contract())
        project.variables["KUBECONFIG"] = str(server.kubeconfig(folder / "kubeconfig", {"lab": "deployer"}))
        project.variables |= {"ROLECALL_RATE_LIMIT": "500", "DATABRICKS_RATE_LIMIT": "500"}

        def cost(*arguments: str) -> Cost:
            return run([*COMMAND, *arguments], project.folder, project.environment())

        found = {"preview, all new": cost("preview"), "create everything": cost("up", "--yes")}
        with server.client() as client:
            accept_routes(client, [f"dev-scores-{number}" for number in range(PROJECTS)])
        return {**found, "no change": cost("preview"), "parity": cost("parity")}


if __name__ == "__main__":
    with RUNNING, tempfile.TemporaryDirectory() as temporary:
        for title, found in measure(Path(temporary)).items():
            sys.stdout.write(f"{title:20} {found.wall:6.1f} s, {found.cpu:6.1f} s of CPU\n")
