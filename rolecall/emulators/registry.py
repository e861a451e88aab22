"""The installed emulators: those that distributions publish under the entry-point group `rolecall.emulators`."""

from __future__ import annotations

from rolecall import plugins
from rolecall.emulators.spec import EmulatorSpec


def emulator_specs() -> list[EmulatorSpec]:
    """Return the specs of all installed emulators, in the order of their ports.

    Raises:
        UsageError: a distribution's spec cannot be loaded.
    """
    found = [point.load(EmulatorSpec) for point in plugins.entry_points(plugins.EMULATORS)]
    return sorted(found, key=lambda spec: (spec.order, spec.name))
