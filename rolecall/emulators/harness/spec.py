"""The emulator of Harness, as it is published."""

from __future__ import annotations

from rolecall.emulators.spec import EmulatorSpec
from rolecall.plugins import Lazy

SPEC = EmulatorSpec(
    name="harness",
    system=Lazy("rolecall.emulators.harness.emulator", "HarnessEmulator"),
    description=Lazy("rolecall.emulators.descriptions", "HarnessDescription"),
    address_variables=frozenset({"HARNESS_ENDPOINT"}),
    credential_variables=frozenset(
        {"HARNESS_ACCOUNT_ID", "HARNESS_ORG_ID", "HARNESS_PLATFORM_API_KEY", "HARNESS_PROJECT_ID", "HARNESS_SSO_ID"}
    ),
    order=4,
)
