"""The emulator of Databricks, as it is published."""

from __future__ import annotations

from rolecall.emulators.spec import EmulatorSpec
from rolecall.plugins import Lazy

SPEC = EmulatorSpec(
    name="databricks",
    system=Lazy("rolecall.emulators.databricks.emulator", "DatabricksEmulator"),
    description=Lazy("rolecall.emulators.descriptions", "DatabricksDescription"),
    address_variables=frozenset({"DATABRICKS_ACCOUNT_HOST"}),
    credential_variables=frozenset({"DATABRICKS_ACCOUNT_ID", "DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET"}),
    order=0,
)
