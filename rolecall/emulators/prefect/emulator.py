"""The emulator as a whole: the access routes of Prefect Cloud, and the real server behind them."""

from __future__ import annotations

import copy
from typing import Any

from rolecall.emulators.application import Emulator, Json
from rolecall.emulators.prefect import errors
from rolecall.emulators.prefect.access import AccessRoutes
from rolecall.emulators.prefect.account import AccountRoutes
from rolecall.emulators.prefect.caller import Accounts
from rolecall.emulators.prefect.models import Account
from rolecall.emulators.prefect.passing_on import READING, PassingOn
from rolecall.emulators.prefect.real_server import RealServer
from rolecall.emulators.prefect.seed import DEPLOYER, new_account
from rolecall.emulators.spec import Surroundings
from rolecall.emulators.system import EmulatedSystem, Work


class PrefectEmulator(EmulatedSystem):
    """An account with one workspace; `seed.new_account` makes it from its description."""

    def __init__(self, description: dict[str, Any], surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        saved = surroundings.saved
        self._first: Json = saved["first"] if saved else new_account(description).to_json()
        self.account = Account(**copy.deepcopy(saved["account"] if saved else self._first))
        self.server = RealServer(surroundings.folder, str(description.get("server", "")))
        accounts = Accounts(lambda: self.account, self.clock)
        passing_on = PassingOn(accounts, self.server)
        self.emulator = Emulator(
            [
                *AccountRoutes(accounts).endpoints(),
                *AccessRoutes(accounts, self.server.is_there).endpoints(),
                *passing_on.endpoints(),
            ],
            authenticate=accounts.authenticate,
            errors=errors.FORMAT,
            reset=self.reset,
            clock=self.clock,
            takes_lists=True,
            reading=READING,
        )
        self.emulator.key_of = self.key_of
        self.emulator.application.router.routes.extend(passing_on.sockets())

    @property
    def url(self) -> str:
        """The workspace's address, as clients want it."""
        return f"{self.address}/api/accounts/{self.account.id}/workspaces/{self.account.workspace}"

    def key_of(self, name: str) -> str:
        """Return an API key of a person, by their address."""
        actors = {one["email"]: actor for actor, one in self.account.members.items()}
        keys = {one["actor"]: key for key, one in self.account.keys.items()}
        return keys[actors[name]]

    def variables(self) -> dict[str, str]:
        """Return the environment variables that carry the address and the deployer's key."""
        return {"PREFECT_API_URL": self.url, "PREFECT_API_KEY": self.key_of(DEPLOYER)}

    def work(self) -> list[Work]:
        """Return the server's own loop."""
        return [self.server.work]

    def warm_up(self) -> None:
        """Start the real server before the first request needs it."""
        self.server.want()

    def reset(self) -> None:
        """Reset the account; keys of people stay."""
        keys = self.account.keys
        self.account = Account(**copy.deepcopy(self._first))
        self.account.keys |= {key: one for key, one in keys.items() if one["actor"] in self.account.members}
        self.server.forget()

    def to_json(self) -> Json:
        """Return the state for a later process."""
        return {"account": self.account.to_json(), "first": self._first}
