"""All emulators of one organization together: they share a clock, and identity providers provision into Databricks."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from rolecall.emulators.application import Emulator, Json
from rolecall.emulators.certificate import certificate_in
from rolecall.emulators.clock import Clock
from rolecall.emulators.cluster.emulator import ClusterEmulator
from rolecall.emulators.conductor.emulator import ConductorEmulator
from rolecall.emulators.databricks.emulator import DatabricksEmulator
from rolecall.emulators.entra.emulator import EntraEmulator
from rolecall.emulators.harness.emulator import HarnessEmulator
from rolecall.emulators.okta.emulator import OktaEmulator
from rolecall.emulators.prefect.emulator import PrefectEmulator
from rolecall.emulators.provisioning import Provisioning
from rolecall.emulators.server import Latecomers, Served, address_of, listen

DATABRICKS, OKTA, ENTRA, CONDUCTOR = "databricks", "okta", "entra", "conductor"
HARNESS, PREFECT, CLUSTER = "harness", "prefect", "cluster"


class Installation:
    """The emulators that a description names, each listening on a port of its own.

    Args:
        description: what each starts with, under its system's name; `databricks` has to be there.
        folder: where the certificate lies that Entra ID shows.
        first_port: the first port; 0 takes free ones.
        small_pages: answer lists in small pages, so that tests exercise paging.
        saved: what `to_json` returned earlier.

    Raises:
        PortInUse: another process listens on a port.
    """

    def __init__(
        self,
        description: dict[str, Any],
        folder: Path,
        *,
        first_port: int = 0,
        small_pages: bool = False,
        saved: Json | None = None,
    ) -> None:
        self.clock = Clock()
        self._description = description
        kept = saved or {}
        self.okta = (
            OktaEmulator(
                description[OKTA],
                clock=self.clock,
                small_pages=small_pages,
                saved=kept.get(OKTA),
                written=lambda: self._wake(OKTA),
            )
            if OKTA in description
            else None
        )
        self.entra = (
            EntraEmulator(
                description[ENTRA],
                clock=self.clock,
                small_pages=small_pages,
                saved=kept.get(ENTRA),
                written=lambda: self._wake(ENTRA),
            )
            if ENTRA in description
            else None
        )
        self.databricks = DatabricksEmulator(
            description[DATABRICKS],
            clock=self.clock,
            small_pages=small_pages,
            saved=kept.get(DATABRICKS),
            resolve=self.entra.resolve if self.entra else None,
        )
        self.conductor = (
            ConductorEmulator(description[CONDUCTOR], clock=self.clock, saved=kept.get(CONDUCTOR))
            if CONDUCTOR in description
            else None
        )
        self.harness = (
            HarnessEmulator(description[HARNESS], clock=self.clock, small_pages=small_pages, saved=kept.get(HARNESS))
            if HARNESS in description
            else None
        )
        self.prefect = (
            PrefectEmulator(description[PREFECT], folder / PREFECT, clock=self.clock, saved=kept.get(PREFECT))
            if PREFECT in description
            else None
        )
        self.cluster = (
            ClusterEmulator(description[CLUSTER] or {}, clock=self.clock, saved=kept.get(CLUSTER))
            if CLUSTER in description
            else None
        )
        emulators: dict[str, Emulator] = {DATABRICKS: self.databricks.account_emulator}
        emulators |= {f"{DATABRICKS}/{name}": one for name, one in self.databricks.workspace_emulators.items()}
        emulators |= {OKTA: self.okta.emulator} if self.okta else {}
        emulators |= {ENTRA: self.entra.emulator} if self.entra else {}
        emulators |= {CONDUCTOR: self.conductor.emulator} if self.conductor else {}
        emulators |= {HARNESS: self.harness.emulator} if self.harness else {}
        emulators |= {PREFECT: self.prefect.emulator} if self.prefect else {}
        emulators |= {CLUSTER: self.cluster.emulator} if self.cluster else {}
        self.certificate = certificate_in(folder) if self.entra else None
        self._served: list[Served] = []
        self.addresses: dict[str, str] = {}
        for offset, (name, emulator) in enumerate(emulators.items()):
            opened = listen(first_port + offset if first_port else 0)
            secure = name == ENTRA
            self._served.append(Served(opened, emulator.application, self.certificate if secure else None))
            self.addresses[name] = address_of(opened, "https" if secure else "http")
        self.databricks.addresses = {
            name.removeprefix(DATABRICKS).removeprefix("/"): address
            for name, address in self.addresses.items()
            if name.startswith(DATABRICKS)
        }
        if self.conductor:
            self.conductor.address = self.addresses[CONDUCTOR]
        if self.harness:
            self.harness.address = self.addresses[HARNESS]
        if self.prefect:
            self.prefect.address = self.addresses[PREFECT]
        if self.cluster:
            self.cluster.address = self.addresses[CLUSTER]
        self._latecomers = Latecomers()
        self.databricks.open = self._open_workspace
        self.provisioning: dict[str, Provisioning] = {}
        for name, identity_provider in ((OKTA, self.okta), (ENTRA, self.entra)):
            if identity_provider is not None:
                identity_provider.address = self.addresses[name]
                made = Provisioning(identity_provider.directory, self._scim, self.databricks.provisioning_token)
                made.brought |= set(kept.get("brought", {}).get(name, []))
                identity_provider.emulator.settled = made.settled
                identity_provider.emulator.switches["provisioning"] = made.switch
                self.provisioning[name] = made

    def served(self) -> list[Served]:
        """Return what answers, and where."""
        return self._served

    def beside(self) -> list[Callable[[], Coroutine[None, None, None]]]:
        """Return what has to run beside the servers."""
        working = [self._latecomers.work, *(one.work for one in self.provisioning.values())]
        return [*working, self.prefect.server.work] if self.prefect else working

    def variables(self) -> dict[str, str]:
        """Return the environment variables that carry addresses and credentials of the deployer."""
        credentials = self.databricks.credentials
        found = {
            "DATABRICKS_ACCOUNT_HOST": self.addresses[DATABRICKS],
            "DATABRICKS_ACCOUNT_ID": self.databricks.account.id,
            "DATABRICKS_CLIENT_ID": credentials.client_id,
            "DATABRICKS_CLIENT_SECRET": credentials.client_secret,
        }
        for workspace in self._description[DATABRICKS]["workspaces"]:
            if name := workspace.get("environment_variable"):
                found[name] = self.addresses[f"{DATABRICKS}/{workspace['name']}"]
        if self.okta:
            found |= {"OKTA_CLIENT_ORGURL": self.okta.address, "OKTA_CLIENT_TOKEN": self.okta.token}
        if self.entra and self.certificate:
            found |= {
                "AZURE_TENANT_ID": self.entra.tenant.id,
                "AZURE_CLIENT_ID": self.entra.credentials.client_id,
                "AZURE_CLIENT_SECRET": self.entra.credentials.client_secret,
                "AZURE_AUTHORITY_HOST": self.entra.address,
                "ROLECALL_GRAPH_HOST": self.entra.address,
                "ROLECALL_CA_FILE": self.certificate.chain,
            }
        if self.conductor:
            found |= self.conductor.variables()
        if self.harness:
            found |= self.harness.variables()
        if self.prefect:
            found |= self.prefect.variables()
        if self.cluster:
            found |= self.cluster.variables()
        return found

    def person(self) -> dict[str, str]:
        """Return name and token of the person who can change things by hand."""
        credentials = self.databricks.credentials
        return {"name": credentials.person, "token": credentials.person_token}

    def to_json(self) -> Json:
        """Return all that a later process needs to go on."""
        found: Json = {DATABRICKS: self.databricks.to_json()}
        found |= {OKTA: self.okta.to_json()} if self.okta else {}
        found |= {ENTRA: self.entra.to_json()} if self.entra else {}
        found |= {CONDUCTOR: self.conductor.to_json()} if self.conductor else {}
        found |= {HARNESS: self.harness.to_json()} if self.harness else {}
        found |= {PREFECT: self.prefect.to_json()} if self.prefect else {}
        found |= {CLUSTER: self.cluster.to_json()} if self.cluster else {}
        found["brought"] = {name: sorted(one.brought) for name, one in self.provisioning.items()}
        return found

    def _open_workspace(self, name: str, emulator: Emulator) -> None:
        """Give a workspace an address that was made just now."""
        opened = listen(0)
        self.addresses[f"{DATABRICKS}/{name}"] = self.databricks.addresses[name] = address_of(opened)
        self._latecomers.add(Served(opened, emulator.application))

    def _wake(self, name: str) -> None:
        if name in self.provisioning:
            self.provisioning[name].wake()

    def _scim(self) -> str:
        return f"{self.addresses[DATABRICKS]}/api/2.0/accounts/{self.databricks.account.id}/scim/v2/"
