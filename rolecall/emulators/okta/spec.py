"""The emulator of Okta, as it is published."""

from __future__ import annotations

from rolecall.emulators.spec import EmulatorSpec
from rolecall.plugins import Lazy

SPEC = EmulatorSpec(
    name="okta",
    system=Lazy("rolecall.emulators.okta.emulator", "OktaEmulator"),
    description=Lazy("rolecall.emulators.descriptions", "OktaDescription"),
    address_variables=frozenset({"OKTA_CLIENT_ORGURL"}),
    credential_variables=frozenset({"OKTA_CLIENT_TOKEN"}),
    order=1,
)
