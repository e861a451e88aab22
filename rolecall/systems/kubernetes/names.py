"""Names of namespaces, service accounts and services, and what Kubernetes accepts."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.access.identities import account_of
from rolecall.contract.contract import Contract
from rolecall.contract.objects import objects_of
from rolecall.contract.service_accounts import namespace_of
from rolecall.ids.ids import ServicePrincipalId
from rolecall.ids.names import NameSyntax, RenderedName
from rolecall.ids.verbs import Kind
from rolecall.kinds.registry import SECTIONS

LABEL = NameSyntax(
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names",
    "a-z0-9-",
    "small letters, digits, '-'",
    63,
    folds_case=False,
)


def rendered(contract: Contract) -> Iterator[RenderedName]:
    """Yield the names of service accounts and services; the contract's own checks keep namespaces apart."""
    for environment, declared in contract.environments.items():
        if declared.cluster is None:
            continue
        for one in objects_of(contract, environment, Kind.SERVICE_PRINCIPAL):
            principal = ServicePrincipalId(environment, one.project, one.key)
            account = account_of(contract, principal)
            if account is not None:
                path = ("projects", one.project, SECTIONS[one.kind], one.key, "service_account")
                within = (account.cluster, account.namespace)
                yield RenderedName(principal, path, "Kubernetes service account", account.name, within, LABEL)
        for one in objects_of(contract, environment, Kind.SERVICE):
            within = (declared.cluster, namespace_of(environment, one.project))
            place = ("projects", one.project, SECTIONS[one.kind], one.key)
            yield RenderedName(one.id_in(environment), place, "Linkerd Server", one.key, within, LABEL)
