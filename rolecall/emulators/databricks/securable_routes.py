"""Routes that types of securables have in common: https://docs.databricks.com/api/workspace/catalogs."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from rolecall.emulators.application import Call, Endpoint, Json
from rolecall.emulators.databricks.securables import Securables
from rolecall.emulators.databricks.workspace_routes import TimedRoutes

ROOT = "/api/2.1/unity-catalog"


class SecurableRoutes(Securables, TimedRoutes):
    """Routes of one workspace to types of securables."""

    @abstractmethod
    def create(self, call: Call, kind: str) -> Json:
        """Create a securable."""

    @abstractmethod
    def list_all(self, call: Call, kind: str) -> Json:
        """Answer the securables of a type that the caller may see."""

    @abstractmethod
    def get(self, call: Call, kind: str) -> Json:
        """Answer a securable."""

    @abstractmethod
    def update(self, call: Call, kind: str) -> Json:
        """Change a securable."""

    @abstractmethod
    def delete(self, call: Call, kind: str) -> Json:
        """Delete a securable."""

    def endpoints_of(self, plural: str, kind: str) -> list[Endpoint]:
        """Return the routes to create, list, read, change and delete securables of a type."""
        every, one = f"{ROOT}/{plural}", f"{ROOT}/{plural}/{{name}}"
        return [
            Endpoint("POST", every, self.bound(self.create, kind)),
            Endpoint("GET", every, self.bound(self.list_all, kind)),
            Endpoint("GET", one, self.bound(self.get, kind)),
            Endpoint("PATCH", one, self.bound(self.update, kind)),
            Endpoint("DELETE", one, self.bound(self.delete, kind), knows=("force",)),
        ]

    def bound(self, method: Callable[[Call, str], Json], kind: str) -> Callable[[Call], Json]:
        """Return a handler for one type."""
        return lambda call: method(call, kind)
