"""Identity providers and a Databricks account that they provision, inside a test's own process."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from rolecall.emulators.conductor.emulator import ConductorEmulator
from rolecall.emulators.databricks.emulator import DatabricksEmulator
from rolecall.emulators.entra.emulator import EntraEmulator
from rolecall.emulators.harness.emulator import HarnessEmulator
from rolecall.emulators.installation import Installation
from rolecall.emulators.okta.emulator import OktaEmulator
from rolecall.emulators.prefect.emulator import PrefectEmulator
from rolecall.systems.connections import forget_all
from tests.support.emulator import served_together

OKTA_APPLICATION = "0oa1databricks000001"
ENTRA_APPLICATION = "5d000000-0000-4000-8000-0000000000aa"
TENANT = "aaaaaaaa-0000-4000-8000-00000000aaaa"
REDIRECT = "http://127.0.0.1/callback"
PEOPLE = {
    "ada@example.com": ["engineers"],
    "ben@example.com": ["engineers"],
    "cleo@example.com": ["analysts"],
    "dora@example.com": [],
    "emil@example.com": [],
}
GROUPS = {
    "okta": {"engineers": "00gengineers00000001", "analysts": "00ganalysts000000001"},
    "entra": {
        "engineers": "e0000000-0000-4000-8000-000000000001",
        "analysts": "e0000000-0000-4000-8000-000000000002",
    },
}


def description(people: Mapping[str, list[str]] = PEOPLE, prefect: str = "") -> dict[str, Any]:
    """Return what the systems start with: the same people and groups in both identity providers, none in Databricks."""
    users = [{"name": name, "groups": groups, "profile": {"department": "ML"}} for name, groups in people.items()]

    def groups(system: str) -> list[dict[str, str]]:
        return [{"name": name, "id": identity} for name, identity in GROUPS[system].items()]

    return {
        "databricks": {
            "account_id": "7c0ffee0-0000-4000-8000-000000000001",
            "workspaces": [
                {"name": "nonprod", "environment_variable": "ML_NONPROD_HOST"},
                {"name": "prod", "environment_variable": "ML_PROD_HOST"},
            ],
            "deployer": {"display_name": "deployer"},
            "person": "ada@example.com",
            "users": [{"name": "ada@example.com"}],
        },
        "okta": {
            "groups": groups("okta"),
            "users": users,
            "applications": [
                {"label": "Databricks", "id": OKTA_APPLICATION, "provisions": "databricks"},
                {"label": "Portal", "id": "0oa1portal0000000001", "redirects": [REDIRECT]},
            ],
        },
        "conductor": {"groups": ["others"], "users": [{"name": "ada@example.com"}, {"name": "ben@example.com"}]},
        "cluster": {},
        "harness": {"users": [{"name": "ada@example.com"}, {"name": "ben@example.com"}]},
        "prefect": {"users": [{"name": "ada@example.com"}, {"name": "ben@example.com"}], "server": prefect},
        "entra": {
            "tenant_id": TENANT,
            "groups": groups("entra"),
            "users": [{"name": one["name"], "groups": one["groups"]} for one in users],
            "applications": [
                {"name": "Databricks", "service_principal": ENTRA_APPLICATION, "provisions": "databricks"},
                {"name": "Portal", "redirects": [REDIRECT]},
            ],
        },
    }


class Company:
    """The systems of one organization, and what its administrators do in them."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        assert installation.certificate is not None
        self.conductor = installation.get(ConductorEmulator)
        self.harness = installation.get(HarnessEmulator)
        self.prefect = installation.get(PrefectEmulator)
        self.okta = installation.get(OktaEmulator)
        self.entra = installation.get(EntraEmulator)
        self.databricks = installation.get(DatabricksEmulator)
        self.authority = installation.certificate.chain
        self.trusted = ssl.create_default_context(cafile=self.authority)
        self.http = httpx.Client(verify=self.trusted, timeout=30)

    def variables(self) -> dict[str, str]:
        """Return the environment variables of the deployer."""
        return {**self.installation.variables(), "DATABRICKS_RATE_LIMIT": "500", "ROLECALL_RATE_LIMIT": "500"}

    def settle(self) -> None:
        """Wait until the identity providers have provisioned."""
        for system in ("okta", "entra"):
            self.http.post(f"{self.installation.addresses[system]}/__settle").raise_for_status()

    def fault(self, system: str, *faults: Mapping[str, object]) -> None:
        """Let a system go wrong as the faults say."""
        address = self.installation.addresses[system]
        self.http.post(f"{address}/__faults", json={"faults": list(faults)}).raise_for_status()

    def faults(self, system: str) -> list[dict[str, Any]]:
        """Return a system's plan of faults as it stands."""
        address = self.installation.addresses[system]
        told: list[dict[str, Any]] = self.http.get(f"{address}/__faults").raise_for_status().json()["faults"]
        return told

    def statistics(self, system: str) -> dict[str, Any]:
        """Return what a system was asked for."""
        found: dict[str, Any] = self.http.get(f"{self.installation.addresses[system]}/__stats").json()
        return found

    def clear_statistics(self) -> None:
        """Reset the counters of all systems."""
        for address in self.installation.addresses.values():
            self.http.delete(f"{address}/__stats").raise_for_status()

    def writes(self) -> int:
        """Return how often all systems were written to."""
        return sum(int(self.statistics(system)["writes"]) for system in self.installation.addresses)

    def okta_call(self, method: str, path: str, body: object = None) -> Any:
        """Do something in Okta as its administrator."""
        headers = {"Authorization": f"SSWS {self.okta.token}"}
        answer = self.http.request(method, f"{self.okta.address}/api/v1/{path}", json=body, headers=headers)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def graph_token(self) -> str:
        """Return a token for Microsoft Graph."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.entra.credentials.client_id,
            "client_secret": self.entra.credentials.client_secret,
            "scope": "https://graph.microsoft.com/.default",
        }
        answer = self.http.post(f"{self.entra.address}/{TENANT}/oauth2/v2.0/token", data=form).raise_for_status()
        return str(answer.json()["access_token"])

    def graph_call(self, method: str, path: str, body: object = None) -> Any:
        """Do something in Entra ID as its administrator."""
        headers = {"Authorization": f"Bearer {self.graph_token()}"}
        answer = self.http.request(method, f"{self.entra.address}/v1.0/{path}", json=body, headers=headers)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def conductor_call(self, method: str, path: str, body: object = None, user: str = "") -> Any:
        """Do something in Conductor as its administrator, or as a person."""
        cluster = self.conductor
        if not user:
            key, secret = cluster.access_key
            told = self.http.post(f"{cluster.address}/api/token", json={"keyId": key, "keySecret": secret}).json()
        token = cluster.token_of(user) if user else str(told["token"])
        headers = {"X-Authorization": token}
        answer = self.http.request(method, f"{cluster.address}/api/{path}", json=body, headers=headers)
        answer.raise_for_status()
        return answer.json() if answer.headers.get("content-type") == "application/json" and answer.content else None


class Administrator:
    """What somebody does by hand in an identity provider; the same words for both."""

    def __init__(self, systems: Company, system: str) -> None:
        self._systems = systems
        self._okta = system == "okta"
        self.groups = dict(GROUPS[system])

    def person(self, name: str) -> str:
        """Return a person's id."""
        call = self._systems.okta_call if self._okta else self._systems.graph_call
        return str(call("GET", f"users/{name}@example.com")["id"])

    def add(self, name: str, group: str) -> None:
        if self._okta:
            self._systems.okta_call("PUT", f"groups/{self.groups[group]}/users/{self.person(name)}")
            return
        reference = {"@odata.id": f"{self._systems.entra.address}/v1.0/directoryObjects/{self.person(name)}"}
        self._systems.graph_call("POST", f"groups/{self.groups[group]}/members/$ref", reference)

    def remove(self, name: str, group: str) -> None:
        person = self.person(name)
        if self._okta:
            self._systems.okta_call("DELETE", f"groups/{self.groups[group]}/users/{person}")
        else:
            self._systems.graph_call("DELETE", f"groups/{self.groups[group]}/members/{person}/$ref")

    def deactivate(self, name: str) -> None:
        if self._okta:
            self._systems.okta_call("POST", f"users/{self.person(name)}/lifecycle/deactivate")
        else:
            self._systems.graph_call("PATCH", f"users/{self.person(name)}", {"accountEnabled": False})

    def rename(self, group: str, name: str) -> None:
        if self._okta:
            self._systems.okta_call("PUT", f"groups/{self.groups[group]}", {"profile": {"name": name}})
        else:
            self._systems.graph_call("PATCH", f"groups/{self.groups[group]}", {"displayName": name})

    def make_again(self, group: str) -> str:
        """Delete a group and make one of the same name; return its id."""
        if self._okta:
            self._systems.okta_call("DELETE", f"groups/{self.groups[group]}")
            made = self._systems.okta_call("POST", "groups", {"profile": {"name": group}})
        else:
            self._systems.graph_call("DELETE", f"groups/{self.groups[group]}")
            body = {"displayName": group, "mailNickname": group, "mailEnabled": False, "securityEnabled": True}
            made = self._systems.graph_call("POST", "groups", body)
        self.groups[group] = str(made["id"])
        return self.groups[group]


@contextmanager
def company(
    *,
    small_pages: bool = True,
    people: Mapping[str, list[str]] = PEOPLE,
    saved: dict[str, Any] | None = None,
    prefect: str = "",
    written: Callable[[], None] | None = None,
) -> Iterator[Company]:
    """Serve all systems for the length of a `with` block.

    `prefect` is the address of a real Prefect server; `written` is called after every write to a system.
    """
    described = description(people, prefect)
    with served_together(described, small_pages=small_pages, saved=saved, written=written) as installation:
        running = Company(installation)
        # An encrypted connection that its client leaves open holds up the server's end for a second.
        with running.http:
            yield running


@contextmanager
def signed_in_to(system: HarnessEmulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Sign this process in to an emulator for the length of a `with` block, with connections of its own."""
    for name, value in system.variables().items():
        monkeypatch.setenv(name, value)
    forget_all()
    yield
    forget_all()
