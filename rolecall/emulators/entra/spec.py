"""The emulator of Entra ID, as it is published."""

from __future__ import annotations

from rolecall.emulators.spec import EmulatorSpec
from rolecall.plugins import Lazy

SPEC = EmulatorSpec(
    name="entra",
    system=Lazy("rolecall.emulators.entra.emulator", "EntraEmulator"),
    description=Lazy("rolecall.emulators.descriptions", "EntraDescription"),
    address_variables=frozenset({"AZURE_AUTHORITY_HOST", "ROLECALL_GRAPH_HOST"}),
    credential_variables=frozenset({"AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID"}),
    https=True,
    order=2,
)
