"""All emulators of one organization together: they share a clock, and identity providers provision into services."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from rolecall.emulators.application import Emulator, Json
from rolecall.emulators.certificate import certificate_in
from rolecall.emulators.clock import Clock
from rolecall.emulators.provisioning import Provisioning
from rolecall.emulators.registry import emulator_specs
from rolecall.emulators.server import Latecomers, Served, address_of, listen
from rolecall.emulators.spec import Surroundings
from rolecall.emulators.system import EmulatedSystem, IdentityProvider, ProvisionedService, Work

AUTHORITY = "ROLECALL_CA_FILE"
# External ids that each identity provider has provisioned, in the saved state.
PROVISIONED = "brought"

Wanted = TypeVar("Wanted", bound=EmulatedSystem)


class Installation:
    """The emulators that a description names, each listening on ports of its own.

    Args:
        description: what each starts with, under its name.
        folder: the folder of the certificate and of the systems' files.
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
        kept = saved or {}
        specs = [spec for spec in emulator_specs() if spec.name in description]
        self.systems: dict[str, EmulatedSystem] = {
            spec.name: spec.system()(
                description[spec.name] or {},
                Surroundings(self.clock, folder / spec.name, small_pages, kept.get(spec.name), self._waker(spec.name)),
            )
            for spec in specs
        }
        self.certificate = certificate_in(folder) if any(spec.https for spec in specs) else None
        self.provisioning: dict[str, Provisioning] = {}
        self.addresses: dict[str, str] = {}
        self._served: list[Served] = []
        self._latecomers = Latecomers()
        self._changed: Callable[[], None] = lambda: None
        self._strict = False
        port = first_port
        for spec in specs:
            system = self.systems[spec.name]
            for name, emulator in system.listeners().items():
                opened = listen(port)
                port += 1 if first_port else 0
                self._served.append(Served(opened, emulator.application, self.certificate if spec.https else None))
                self._found(spec.name, name, address_of(opened, "https" if spec.https else "http"))
            system.listen = self._opener(spec.name)
        for system in self.systems.values():
            system.join(one for one in self.systems.values() if one is not system)
        self._provision({name: set(ids) for name, ids in kept.get(PROVISIONED, {}).items()})

    def get(self, kind: type[Wanted]) -> Wanted:
        """Return the system of a class, which the description has to name."""
        return next(one for one in self.systems.values() if isinstance(one, kind))

    def served(self) -> list[Served]:
        """Return applications and their sockets."""
        return self._served

    def beside(self) -> list[Work]:
        """Return what has to run beside the servers."""
        of_systems = [work for system in self.systems.values() for work in system.work()]
        return [self._latecomers.work, *(one.work for one in self.provisioning.values()), *of_systems]

    def warm_up(self) -> None:
        """Start anything slow early."""
        for system in self.systems.values():
            system.warm_up()

    def variables(self) -> dict[str, str]:
        """Return the environment variables that carry addresses and credentials of the deployer."""
        found = {name: value for system in self.systems.values() for name, value in system.variables().items()}
        return {**found, AUTHORITY: self.certificate.chain} if self.certificate else found

    def person(self) -> dict[str, str]:
        """Return name and token of the person who can change things by hand."""
        return next((found for system in self.systems.values() if (found := system.person())), {})

    def be_strict(self) -> None:
        """Answer 501 to requests with a field, parameter or header that the emulators do not know."""
        self._strict = True
        for system in self.systems.values():
            for emulator in system.listeners().values():
                emulator.strict = True

    def watch(self, changed: Callable[[], None]) -> None:
        """Call a function after everything that may have changed a system, before the answer is sent."""
        self._changed = changed
        for system in self.systems.values():
            for emulator in system.listeners().values():
                emulator.changed = changed

    def to_json(self) -> Json:
        """Return the state for a later process."""
        found = {name: system.to_json() for name, system in self.systems.items()}
        return {**found, PROVISIONED: {name: sorted(one.brought) for name, one in self.provisioning.items()}}

    def _provision(self, brought: dict[str, set[str]]) -> None:
        """Let each identity provider provision into the service that can be provisioned."""
        service = next((one for one in self.systems.values() if isinstance(one, ProvisionedService)), None)
        for name, system in self.systems.items():
            if service is not None and isinstance(system, IdentityProvider):
                made = Provisioning(system.directory, service.scim, service.provisioning_token)
                made.brought |= brought.get(name, set())
                system.emulator.settled = made.settled
                system.emulator.switches["provisioning"] = made.switch
                self.provisioning[name] = made

    def _found(self, system: str, listener: str, address: str) -> None:
        self.addresses[f"{system}/{listener}" if listener else system] = address
        self.systems[system].addresses[listener] = address

    def _opener(self, system: str) -> Callable[[str, Emulator], None]:
        """Return a function that serves a listener that was added just now."""

        def opener(listener: str, emulator: Emulator) -> None:
            opened = listen(0)
            emulator.changed, emulator.strict = self._changed, self._strict
            self._found(system, listener, address_of(opened))
            self._latecomers.add(Served(opened, emulator.application))

        return opener

    def _waker(self, system: str) -> Callable[[], None]:
        def wake() -> None:
            if system in self.provisioning:
                self.provisioning[system].wake()

        return wake
