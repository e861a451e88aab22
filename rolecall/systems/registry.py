"""The systems that Rolecall knows. Adding one is adding its folder and one line here."""

from __future__ import annotations

from importlib import import_module

from rolecall.access.observation import System
from rolecall.systems.conductor import system as conductor
from rolecall.systems.databricks import system as databricks
from rolecall.systems.entra import system as entra
from rolecall.systems.harness import system as harness
from rolecall.systems.okta import system as okta
from rolecall.systems.orchestrator import Orchestrator
from rolecall.systems.prefect import system as prefect

SYSTEMS: tuple[System, ...] = (
    okta.SYSTEM,
    entra.SYSTEM,
    databricks.SYSTEM,
    conductor.SYSTEM,
    harness.SYSTEM,
    prefect.SYSTEM,
)
ORCHESTRATORS: tuple[str, ...] = tuple(one.name for one in SYSTEMS if one.is_orchestrator)


def orchestrator(name: str) -> Orchestrator:
    """Return an orchestrator: what the module `counterpart` in a system's folder declares."""
    found = import_module(f"rolecall.systems.{name}.counterpart").ORCHESTRATOR
    assert isinstance(found, Orchestrator)
    return found
