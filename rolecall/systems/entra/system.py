"""Entra ID as a system that parity reads."""

from __future__ import annotations

import os

from rolecall import settings
from rolecall.access.effective import Access
from rolecall.access.observation import Observation, System
from rolecall.contract.contract import Contract


def _observe(contract: Contract, given: Access, environments: tuple[str, ...]) -> Observation:
    from rolecall.systems.entra.observe import observe

    return observe(contract)


def _concerns(contract: Contract) -> bool:
    return contract.identity is not None and contract.identity.provider == "entra"


def _addresses() -> dict[str, str]:
    return {
        "Microsoft Graph": settings.GRAPH_HOST.read(),
        "Entra ID": os.environ.get("AZURE_AUTHORITY_HOST") or "https://login.microsoftonline.com",
    }


DOES_NOT_READ = (
    "custom directory roles, and roles that are scoped to an administrative unit or one application",
    "people who are eligible members of a group (Privileged Identity Management for groups)",
    "dynamic membership rules, and who may write the attributes that they read",
    "certificates and client secrets of applications",
)
SYSTEM = System("entra", _observe, _concerns, addresses=_addresses, does_not_read=DOES_NOT_READ)
