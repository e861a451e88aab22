"""The installed emulators: those that distributions publish under the entry-point group `rolecall.emulators`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rolecall import plugins
from rolecall.emulators.spec import EmulatorSpec


def emulator_specs() -> list[EmulatorSpec]:
    """Return the specs of all installed emulators, in the order of their ports.

    Raises:
        UsageError: a distribution's spec cannot be loaded.
    """
    found = [point.load(EmulatorSpec) for point in plugins.entry_points(plugins.EMULATORS)]
    return sorted(found, key=lambda spec: (spec.order, spec.name))


def unknown_names(described: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a description, which `rolecall local up` has checked with file and line already."""
    for spec in emulator_specs():
        if spec.name in described and spec.description is not None:
            try:
                section = spec.description().model_validate(described[spec.name] or {})
            except ValueError as error:
                yield f"{spec.name}: {error}"
            else:
                yield from (f"{spec.name}: {one.what}" for one in section.unknown())
