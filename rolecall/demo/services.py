"""The chapter about services in Kubernetes: from the contract to a real API server, and back."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from rolecall.compiled import CompiledContract, compile_file
from rolecall.console.deployment import run_deployment
from rolecall.console.identities import show_identities
from rolecall.console.output import IdentitiesFormat, out
from rolecall.console.shown import terminal
from rolecall.demo import cluster
from rolecall.demo.by_hand import Change
from rolecall.demo.failing import DemoFailed, require_fine
from rolecall.demo.stage import SERVICES, Stage
from rolecall.deploy.deployment import Deployment, Operation
from rolecall.local.api_server import ApiServer
from rolecall.parity import Report
from rolecall.today import today

SLICES = ("account", "dev")


class ServicesChapter:
    """The steps on the API server; each verifies its result.

    Args:
        stage: the contract and the emulators.
        guardrails: the policy pack.
        say: writes a step's title and command.
        compare: compares a contract with live access, and shows the report.
    """

    def __init__(
        self,
        stage: Stage,
        guardrails: Path,
        say: Callable[[str, str], None],
        compare: Callable[[CompiledContract], Report],
    ) -> None:
        self._stage, self._guardrails, self._say, self._compare = stage, guardrails, say, compare
        self._contract = stage.on_top(SERVICES)
        self._compiled = compile_file(self._contract, today())
        self._command = f"ROLECALL_CONTRACT={os.path.relpath(self._contract)}"

    def tell(self) -> None:
        """Deploy a service, test its callers, detect manual changes, and revert them."""
        self._identities()
        self._say("A real Kubernetes API server starts, with Linkerd's definitions", "kube-apiserver …")
        with cluster.api_server() as server:
            self._deploy()
            self._prove("Do the mesh's policies admit exactly the declared callers?")
            changes = self._change(server)
            self._find(changes)
            self._repair(server)
            self._prove("And now?")
            self._remove()

    def _identities(self) -> None:
        self._say(
            "A model is served in Kubernetes: each workload has one identity everywhere",
            f"rolecall identities --environment dev {os.path.relpath(self._contract)}",
        )
        if not show_identities(self._compiled, "dev", IdentitiesFormat.TABLE):
            raise DemoFailed("the contract's workloads lack identities")

    def _deploy(self) -> None:
        self._say("Deploy it, guardrails on", f"{self._command} rolecall up {' '.join(SLICES)}")
        self._up(self._contract)

    def _prove(self, question: str) -> None:
        self._say(question, f"{self._command} rolecall parity")
        if self._compare(self._compiled).exit_code:
            raise DemoFailed("parity of the services found differences")

    def _change(self, server: ApiServer) -> list[Change]:
        self._say(
            "Ada admits another workload and grants a colleague a role, by hand",
            f"kubectl edit …; kubectl create rolebinding {cluster.BINDING} --clusterrole admin …",
        )
        changes = [cluster.admit_by_hand(server), cluster.bind_by_hand(server)]
        for one in changes:
            out.print(terminal(f"  {one.person} now has {one.level} on {one.job}"))
        return changes

    def _find(self, changes: list[Change]) -> None:
        self._say("Parity evaluates the live policies and roles, and names both", f"{self._command} rolecall parity")
        report = self._compare(self._compiled)
        found = " ".join(
            f"{one.subject} {one.resource} {one.live}" for one in report.findings if one.system == "kubernetes"
        )
        for one in changes:
            name = one.person.rpartition("/")[2]
            if report.exit_code != 1 or name not in found:
                raise DemoFailed(f"parity did not report the change for {one.person}")

    def _repair(self, server: ApiServer) -> None:
        self._say(
            "The next deployment sets the policy back; the binding is not Rolecall's, so Ada deletes it",
            f"{self._command} rolecall up dev --refresh; kubectl delete rolebinding {cluster.BINDING}",
        )
        self._up(self._contract, refresh=True)
        cluster.unbind(server)

    def _remove(self) -> None:
        self._say("Without the service's declaration, nothing of it is left", f"rolecall up {' '.join(SLICES)}")
        self._up(None)

    def _up(self, contract: Path | None, *, refresh: bool = False) -> None:
        slices = ("dev",) if refresh else SLICES
        done = Deployment(Operation.UP, slices, [self._guardrails], refresh=refresh, contract=contract)
        require_fine(run_deployment(done, show=True))
