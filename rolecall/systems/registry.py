"""The installed systems: those that distributions publish under the entry-point group `rolecall.systems`."""

from __future__ import annotations

from rolecall import plugins
from rolecall.access.observation import Role
from rolecall.errors import UsageError
from rolecall.systems.orchestrator import Orchestrator
from rolecall.systems.spec import SystemSpec


def installed_systems() -> tuple[SystemSpec, ...]:
    """Return the specs of all installed systems, by role and name.

    Raises:
        UsageError: a distribution's spec cannot be loaded, or has another name than its entry point.
    """
    found: list[SystemSpec] = []
    for point in plugins.entry_points(plugins.SYSTEMS):
        spec = point.load(SystemSpec)
        if spec.name != point.name:
            what = f"entry point `{point.name}` of {point.distribution!r} is a system of the name {spec.name!r}"
            raise UsageError(what, "Publish a system under its own name.")
        found.append(spec)
    return tuple(sorted(found, key=lambda spec: ([*Role].index(spec.role), spec.name)))


SYSTEMS: tuple[SystemSpec, ...] = installed_systems()
BY_NAME = {spec.name: spec for spec in SYSTEMS}
ORCHESTRATORS: tuple[str, ...] = tuple(spec.name for spec in SYSTEMS if spec.orchestrator is not None)


def orchestrator(name: str) -> Orchestrator:
    """Return how an orchestrator's counterparts are declared."""
    declared = BY_NAME[name].orchestrator
    assert declared is not None
    return declared()
