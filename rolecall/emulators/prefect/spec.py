"""The emulator of Prefect, as it is published."""

from __future__ import annotations

from rolecall.emulators.spec import EmulatorSpec
from rolecall.plugins import Lazy

SPEC = EmulatorSpec(
    name="prefect",
    system=Lazy("rolecall.emulators.prefect.emulator", "PrefectEmulator"),
    description=Lazy("rolecall.emulators.descriptions", "PrefectDescription"),
    address_variables=frozenset({"PREFECT_API_URL"}),
    credential_variables=frozenset({"PREFECT_API_KEY"}),
    extras={"prefect": "prefect"},
    order=5,
)
