"""Databricks as a system that parity reads. The SDK takes seconds to import, so it is imported when it is needed."""

from __future__ import annotations

from rolecall.access.effective import Access
from rolecall.access.observation import Observation, System
from rolecall.contract.contract import Contract


def _observe(contract: Contract, given: Access, environments: tuple[str, ...]) -> Observation:
    from rolecall.systems.databricks.observe import observe

    return observe(contract, given, environments)


SYSTEM = System("databricks", _observe)
