"""The emulator as a whole: one cluster with all its routes."""

from __future__ import annotations

import copy
from typing import Any

from rolecall.emulators.application import Emulator, Json
from rolecall.emulators.conductor import errors
from rolecall.emulators.conductor.applications import Applications
from rolecall.emulators.conductor.authorization import Authorization
from rolecall.emulators.conductor.caller import Clusters
from rolecall.emulators.conductor.definitions import Definitions
from rolecall.emulators.conductor.executions import Executions
from rolecall.emulators.conductor.groups import Groups
from rolecall.emulators.conductor.models import Cluster
from rolecall.emulators.conductor.seed import new_cluster
from rolecall.emulators.conductor.starters import Starters
from rolecall.emulators.conductor.tags import Tags
from rolecall.emulators.conductor.users import Users
from rolecall.emulators.spec import Surroundings
from rolecall.emulators.system import EmulatedSystem


class ConductorEmulator(EmulatedSystem):
    """A cluster; `seed.new_cluster` makes it from its description."""

    def __init__(self, description: dict[str, Any], surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        saved = surroundings.saved
        self._first: Json = saved["first"] if saved else new_cluster(description, self.clock.now()).to_json()
        self.cluster = Cluster(**copy.deepcopy(saved["cluster"] if saved else self._first))
        clusters = Clusters(lambda: self.cluster, self.clock)
        endpoints = [
            *clusters.endpoints(),
            *Groups(clusters).endpoints(),
            *Applications(clusters).endpoints(),
            *Users(clusters).endpoints(),
            *Authorization(clusters).endpoints(),
            *Tags(clusters).endpoints(),
            *Definitions(clusters).endpoints(),
            *Executions(clusters).endpoints(),
            *Starters(clusters).endpoints(),
        ]
        self.emulator = Emulator(
            endpoints,
            authenticate=clusters.authenticate,
            errors=errors.FORMAT,
            reset=self.reset,
            clock=self.clock,
            takes_lists=True,
        )

    @property
    def access_key(self) -> tuple[str, str]:
        """The deployer's access key: its id and its secret."""
        deployer = next(one for one in self.cluster.applications.values() if "ADMIN" in one["roles"] and one["keys"])
        key, found = next(iter(deployer["keys"].items()))
        return str(key), str(found["secret"])

    def token_of(self, user: str) -> str:
        """Return a person's token."""
        return next(token for token, holder in self.cluster.tokens.items() if holder == user)

    def variables(self) -> dict[str, str]:
        """Return the environment variables that carry the address and the deployer's access key."""
        key, secret = self.access_key
        return {
            "CONDUCTOR_SERVER_URL": f"{self.address}/api",
            "CONDUCTOR_AUTH_KEY": key,
            "CONDUCTOR_AUTH_SECRET": secret,
        }

    def reset(self) -> None:
        """Reset the cluster; issued tokens stay."""
        tokens = self.cluster.tokens
        self.cluster = Cluster(**copy.deepcopy(self._first))
        self.cluster.tokens = tokens

    def to_json(self) -> Json:
        """Return the state for a later process."""
        return {"cluster": self.cluster.to_json(), "first": self._first}
