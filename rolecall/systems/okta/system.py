"""Okta as a system that parity reads."""

from __future__ import annotations

import os

from rolecall.access.effective import Access
from rolecall.access.observation import Observation, System
from rolecall.contract.contract import Contract


def _observe(contract: Contract, given: Access, environments: tuple[str, ...]) -> Observation:
    from rolecall.systems.okta.observe import observe

    return observe(contract)


def _concerns(contract: Contract) -> bool:
    return contract.identity is not None and contract.identity.provider == "okta"


def _addresses() -> dict[str, str]:
    address = os.environ.get("OKTA_CLIENT_ORGURL")
    return {"Okta": address} if address else {}


DOES_NOT_READ = (
    "who may write the attributes of users that a group rule reads",
    "resource sets of custom administrator roles",
    "authorization servers, policies and API tokens that the contract does not name",
)
SYSTEM = System("okta", _observe, _concerns, addresses=_addresses, does_not_read=DOES_NOT_READ)
