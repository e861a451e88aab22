"""A deployer without the account: existing groups and service principals that it may use and manage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from rolecall.emulators.databricks.models import GROUP, SERVICE_PRINCIPAL
from rolecall.emulators.databricks.rule_sets import MANAGE, may, rule_set_name
from tests.support.contracts import HEAD, PROJECT
from tests.support.emulator import ServedEmulator

SECRET = "secret-of-the-deployer-without-the-account"
ENVIRONMENTS = {"dev": "nonprod", "prod": "prod"}


class GivenWorld:
    """An account as its administrators prepared it for a team whose deployer administers two workspaces.

    Args:
        emulator: the account.
    """

    def __init__(self, emulator: ServedEmulator) -> None:
        self.emulator = emulator
        self.account = emulator.emulator.account
        self.deployer = self.account.add(SERVICE_PRINCIPAL, "team-deployer")
        self.account.client_secrets[self.deployer.application_id] = SECRET
        self.previewer = self.account.add(SERVICE_PRINCIPAL, "team-previewer")
        self.account.client_secrets[self.previewer.application_id] = SECRET
        self.emergency = self.account.add(GROUP, "emergency")
        self.trainers = {name: self.account.add(SERVICE_PRINCIPAL, f"given-trainer-{name}") for name in ENVIRONMENTS}
        for name, workspace in ENVIRONMENTS.items():
            held = self.account.workspaces[workspace].assignments
            # Who administers the account administers none of the team's workspaces.
            held.clear()
            held |= {
                self.deployer.id: "ADMIN",
                self.previewer.id: "USER",
                self.emergency.id: "ADMIN",
                self.trainers[name].id: "USER",
                self.id_of("analysts"): "USER",
            }
            self.let_manage(name)
        self.account.workspaces["nonprod"].assignments[self.id_of("engineers")] = "USER"
        self.contract = self._contract()

    def id_of(self, name: str) -> str:
        """Return the id of a principal in the account."""
        return self.emulator.id_of(name)

    def rule_set(self, environment: str) -> str:
        """Return the name of the rule set of an environment's service principal."""
        return rule_set_name(self.account, self.trainers[environment].application_id)

    def let_manage(self, environment: str) -> None:
        """Grant the deployer the manager role on an environment's service principal."""
        rules = [{"role": MANAGE, "principals": [f"servicePrincipals/{self.deployer.application_id}"]}]
        self.account.rule_sets[self.rule_set(environment)] = {"etag": f"given-{environment}", "grant_rules": rules}

    def manages(self, environment: str) -> bool:
        """Return whether the deployer manages an environment's service principal."""
        return may(self.account, self.deployer, self.trainers[environment].application_id, MANAGE)

    def rights(self) -> Iterator[tuple[str, Callable[[], None], Callable[[], None]]]:
        """Yield each right of the deployer: its name in messages, and functions that revoke and grant it."""
        for workspace in ENVIRONMENTS.values():
            held = self.account.workspaces[workspace].assignments
            yield (
                f"workspace administrator of workspace {workspace}",
                partial(held.update, {self.deployer.id: "USER"}),
                partial(held.update, {self.deployer.id: "ADMIN"}),
            )
        for environment in self.trainers:
            yield (
                f"{MANAGE} on service principal churn/trainer in {environment}",
                partial(self.account.rule_sets.update, {self.rule_set(environment): {"etag": "no", "grant_rules": []}}),
                partial(self.let_manage, environment),
            )

    def _contract(self) -> str:
        ids = ", ".join(f"{name}: {one.application_id}" for name, one in self.trainers.items())
        administer = (
            f"  previewer: {self.previewer.application_id}\n"
            "  administer: workspaces\n"
            f"  service_principals: {{churn/trainer: {{{ids}}}}}\n"
            "workspaces:\n"
        )
        groups = f'  emergency: {{external: "{self.emergency.id}"}}'
        return (
            (HEAD + PROJECT)
            .replace("${env:DATABRICKS_CLIENT_ID}", self.deployer.application_id)
            .replace("workspaces:\n", administer, 1)
            .replace("  emergency: {managed: true}", groups)
            .replace("00g-engineers", f'"{self.id_of("engineers")}"')
            .replace("00g-analysts", f'"{self.id_of("analysts")}"')
        )

    def variables(self, *, previews: bool = False) -> dict[str, str]:
        """Return the environment variables of the deployer, or of the previewer."""
        caller = self.previewer if previews else self.deployer
        own = {"DATABRICKS_CLIENT_ID": caller.application_id, "DATABRICKS_CLIENT_SECRET": SECRET}
        return {**self.emulator.variables(), **own}
