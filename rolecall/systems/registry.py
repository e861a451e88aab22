"""The systems that Rolecall knows. Adding one is adding its folder and one line here."""

from __future__ import annotations

from importlib import import_module

from rolecall.access.observation import System
from rolecall.systems.orchestrator import Orchestrator

# Folders of this package, in the order in which they are shown.
NAMES = (
    "okta",
    "entra",
    "databricks",
    "conductor",
    "harness",
    "prefect",
)


def _system(name: str) -> System:
    found = import_module(f"rolecall.systems.{name}.system").SYSTEM
    assert isinstance(found, System)
    return found


SYSTEMS: tuple[System, ...] = tuple(_system(name) for name in NAMES)
ORCHESTRATORS: tuple[str, ...] = tuple(one.name for one in SYSTEMS if one.is_orchestrator)


def orchestrator(name: str) -> Orchestrator:
    """Return an orchestrator: what the module `counterpart` in a system's folder declares."""
    found = import_module(f"rolecall.systems.{name}.counterpart").ORCHESTRATOR
    assert isinstance(found, Orchestrator)
    return found
