"""Conductor as a system that parity reads, and that triggers jobs."""

from __future__ import annotations

from rolecall.access.effective import Access
from rolecall.access.observation import Observation, System
from rolecall.contract.contract import Contract
from rolecall.systems.orchestrator import Counterparts

NAME = "conductor"


def _observe(contract: Contract, given: Access, environments: tuple[str, ...]) -> Observation:
    from rolecall.systems.conductor.observe import observe

    return observe(contract, given)


def _concerns(contract: Contract) -> bool:
    counterparts = Counterparts(NAME, contract)
    return any(counterparts.jobs(environment) for environment in contract.environments)


def _given(contract: Contract, access: Access) -> Access:
    return Counterparts(NAME, contract).access(access)


SYSTEM = System(NAME, _observe, _concerns, given=_given, is_orchestrator=True)
