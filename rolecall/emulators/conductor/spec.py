"""The emulator of Conductor, as it is published."""

from __future__ import annotations

from rolecall.emulators.spec import EmulatorSpec
from rolecall.plugins import Lazy

SPEC = EmulatorSpec(
    name="conductor",
    system=Lazy("rolecall.emulators.conductor.emulator", "ConductorEmulator"),
    description=Lazy("rolecall.emulators.descriptions", "ConductorDescription"),
    address_variables=frozenset({"CONDUCTOR_SERVER_URL"}),
    credential_variables=frozenset({"CONDUCTOR_AUTH_KEY", "CONDUCTOR_AUTH_SECRET"}),
    order=3,
)
