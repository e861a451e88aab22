"""What an emulated system is to the installation that serves it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterable, Mapping

from rolecall.emulators.application import Emulator, Json
from rolecall.emulators.clock import Clock
from rolecall.emulators.provisioning import Directory
from rolecall.emulators.spec import Surroundings

Work = Callable[[], Coroutine[None, None, None]]


class EmulatedSystem(ABC):
    """A system with one or more addresses; constructed from its section of the description and the surroundings.

    Args:
        surroundings: the installation's clock, folders and other shared services.

    Attributes:
        clock: the clock.
        emulator: answers on the system's own address.
        addresses: address by listener; the system's own is that of the empty name.
        listen: adds a listener while others already answer; set by the installation.
    """

    emulator: Emulator

    def __init__(self, surroundings: Surroundings) -> None:
        self.clock: Clock = surroundings.clock
        self.addresses: dict[str, str] = {}
        self.listen: Callable[[str, Emulator], None] = lambda _name, _emulator: None

    @property
    def address(self) -> str:
        """The system's own address; empty before it is served."""
        return self.addresses.get("", "")

    def listeners(self) -> Mapping[str, Emulator]:
        """Return the applications by name, the system's own under the empty name first."""
        return {"": self.emulator}

    def join(self, others: Iterable[EmulatedSystem]) -> None:  # noqa: B027 - few systems need it
        """Connect to other systems of the installation."""

    def work(self) -> list[Work]:
        """Return what runs beside the servers."""
        return []

    def warm_up(self) -> None:  # noqa: B027 - few systems need it
        """Start anything slow early; called when the installation is served to a person."""

    def person(self) -> dict[str, str]:
        """Return name and token of a person who can change things by hand; empty without one."""
        return {}

    @abstractmethod
    def variables(self) -> dict[str, str]:
        """Return the environment variables with addresses and credentials of the deployer."""

    @abstractmethod
    def reset(self) -> None:
        """Restore the initial state."""

    @abstractmethod
    def to_json(self) -> Json:
        """Return the state for a later process."""


class IdentityProvider(EmulatedSystem):
    """A system that provisions users and groups into others by SCIM."""

    @abstractmethod
    def directory(self) -> Directory | None:
        """Return the users and groups to provision; None when nothing is provisioned."""

    def resolver(self) -> Callable[[str], str | None] | None:
        """Return a function from a group's id to its name for services that read the directory; None without one."""
        return None


class ProvisionedService(EmulatedSystem):
    """A system into which identity providers provision."""

    @abstractmethod
    def scim(self) -> str:
        """Return the address of the SCIM routes."""

    @abstractmethod
    def provisioning_token(self) -> str:
        """Return a token for an identity provider."""
