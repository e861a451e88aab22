"""Service accounts of a contract's service principals."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.access.identities import account_of
from rolecall.contract.contract import Contract
from rolecall.contract.objects import objects_of
from rolecall.ids.ids import ServicePrincipalId
from rolecall.ids.verbs import Kind
from rolecall.systems.kubernetes.mesh.compilation import Caller


def accounts_in(contract: Contract, environment: str) -> Iterator[tuple[ServicePrincipalId, Caller]]:
    """Yield each service principal of an environment that has a service account, with it."""
    for one in objects_of(contract, environment, Kind.SERVICE_PRINCIPAL):
        principal = ServicePrincipalId(environment, one.project, one.key)
        account = account_of(contract, principal)
        if account is not None:
            yield principal, Caller(account.namespace, account.name)
