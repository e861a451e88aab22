"""Rights on the API server with which a subject reaches the contract's workloads: as RBAC and the server have them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from rolecall.access.graph.live_step import LiveStep
from rolecall.access.observation import Unmanaged
from rolecall.access.ways import administrator_names
from rolecall.contract.contract import Contract
from rolecall.ids.ids import GroupId, LiveSubject, ServicePrincipalId, Subject, SubjectType
from rolecall.systems.kubernetes.client import Cluster, allowed
from rolecall.systems.kubernetes.mesh.compilation import Caller
from rolecall.systems.kubernetes.powers import POWERS, Power
from rolecall.systems.kubernetes.rbac import Held, Holder, Rbac

Object = Mapping[str, Any]
# Parallel reviews of the API server.
REVIEWS = 16
# Bindings that Kubernetes makes for its own parts, each with the one subject that it has by default. Another subject of
# such a binding, and another binding of such a subject, were added by hand:
# https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
OWN_BINDINGS = {
    "cluster-admin": "system:masters",
    "system:kube-controller-manager": "system:kube-controller-manager",
    "system:kube-scheduler": "system:kube-scheduler",
    "system:monitoring": "system:monitoring",
    "system:node": "system:nodes",
    "system:node-proxier": "system:kube-proxy",
    "system:volume-scheduler": "system:kube-scheduler",
}
# Those of its controllers are called like their service accounts, and so are Linkerd's.
CONTROLLER = "system:controller:"
OWN_NAMESPACE = "kube-system"
LINKERD = "linkerd-"
# Groups of every service account: https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
ACCOUNTS = "system:serviceaccounts"
AUTHENTICATED = "system:authenticated"
REVIEWED = "the API server's authorization"


@dataclass
class _Rights:
    """What one holder has by one binding.

    Attributes:
        powers: its powers.
        namespaces: the namespaces in which it has them.
    """

    powers: list[Power] = field(default_factory=list)
    namespaces: set[str] = field(default_factory=set)


def rights_on(
    contract: Contract,
    client: Cluster,
    namespaces: Sequence[str],
    accounts: Sequence[tuple[ServicePrincipalId, Caller]],
    rbac: Iterable[Object],
) -> list[Unmanaged]:
    """Return who has rights that lead past the mesh's policies in some namespaces.

    Args:
        contract: the contract.
        client: the cluster.
        namespaces: the namespaces of the contract's projects.
        accounts: the service accounts of the contract's service principals.
        rbac: roles and bindings, each with its kind.
    """
    ours = {one: principal for principal, one in accounts if one.namespace in namespaces}
    by_binding: defaultdict[tuple[Holder, str], _Rights] = defaultdict(_Rights)
    held = [*Rbac.of(rbac).held(namespaces, POWERS)]
    for one in held:
        found = by_binding[one.holder, one.binding]
        found.powers += [one.power] * (one.power not in found.powers)
        found.namespaces |= {one.namespace} if one.namespace else {*namespaces}
    for one in _by_the_server(client, namespaces, [*ours], held):
        found = by_binding[one.holder, one.binding]
        found.powers.append(one.power)
        found.namespaces.add(one.namespace)
    permitted = administrator_names(contract)
    return [
        _unmanaged(contract, holder, binding, found, ours)
        for (holder, binding), found in by_binding.items()
        if found.namespaces and not _is_own(contract, holder, binding) and holder.name.casefold() not in permitted
    ]


def _is_own(contract: Contract, holder: Holder, binding: str) -> bool:
    """Return whether a part of Kubernetes or of the mesh has the rights of a binding by itself."""
    kind, _, name = binding.partition(" ")
    if kind != "ClusterRoleBinding":
        return False
    if holder.kind != "ServiceAccount":
        return OWN_BINDINGS.get(name) == holder.name
    namespace, _, account = holder.name.partition("/")
    if namespace == OWN_NAMESPACE:
        return name == f"{CONTROLLER}{account}"
    planes = {one.mesh.control_plane for one in contract.clusters.values()}
    return namespace in planes and account.startswith(LINKERD) and account in name


def _by_the_server(
    client: Cluster, namespaces: Sequence[str], accounts: Sequence[Caller], held: Sequence[Held]
) -> Iterator[Held]:
    """Yield powers of the contract's service accounts that the server grants and no binding explains.

    Another authorizer, such as a webhook, may grant what RBAC does not.
    """
    known: defaultdict[str, set[Power]] = defaultdict(set)
    for one in held:
        known[one.holder.name].add(one.power)
    asked = [
        (account, power)
        for account in accounts
        for power in POWERS
        if power.acts_as and power.namespaced and power not in _known(known, account)
    ]
    with ThreadPoolExecutor(REVIEWS) as pool:
        answers = pool.map(lambda one: _is_allowed(client, *one), asked)
        for (account, power), answer in zip(asked, answers, strict=True):
            if answer:
                yield Held(_holder(account), power, REVIEWED, account.namespace)


def _known(known: Mapping[str, set[Power]], account: Caller) -> set[Power]:
    names = (f"{account.namespace}/{account.name}", ACCOUNTS, f"{ACCOUNTS}:{account.namespace}", AUTHENTICATED)
    return {power for name in (*names, _holder(account).user) for power in known.get(name, ())}


def _holder(account: Caller) -> Holder:
    return Holder("ServiceAccount", f"{account.namespace}/{account.name}")


def _is_allowed(client: Cluster, account: Caller, power: Power) -> bool:
    groups = [ACCOUNTS, f"{ACCOUNTS}:{account.namespace}", AUTHENTICATED]
    resource, _, sub = power.resources[0].partition("/")
    attributes = {
        "namespace": account.namespace,
        "verb": power.verbs[0],
        "group": power.group,
        "resource": resource,
        **({"subresource": sub} if sub else {}),
    }
    return allowed(client, _holder(account).user, groups, attributes)


def _unmanaged(
    contract: Contract,
    holder: Holder,
    binding: str,
    found: _Rights,
    accounts: Mapping[Caller, ServicePrincipalId],
) -> Unmanaged:
    source = _subject(contract, holder, accounts)
    powers = ", ".join(one.name for one in found.powers)
    means = ", ".join(dict.fromkeys(one.means for one in found.powers))
    where = ", ".join(sorted(found.namespaces))
    how = (
        "find the authorizer of the API server that allows it, and take the right away there"
        if binding == REVIEWED
        else f"take {holder.shown} out of {binding} (`kubectl edit`), or name it in `administrators`"
    )
    acting = [one for one in found.powers if one.acts_as]
    steps = [
        LiveStep(source, principal, f"may {acting[0].name} of namespace {account.namespace}, so acts as")
        for account, principal in sorted(accounts.items())
        if acting and account.namespace in found.namespaces and principal != source
    ]
    reaches = f"may {powers} in {where}: {means}"
    return Unmanaged(f"{binding}: {holder.shown}", reaches, how, tuple(steps))


def _subject(contract: Contract, holder: Holder, accounts: Mapping[Caller, ServicePrincipalId]) -> Subject:
    if holder.kind == "Group":
        return GroupId(holder.name) if holder.name in contract.groups else LiveSubject(SubjectType.GROUP, holder.name)
    if holder.kind == "ServiceAccount":
        namespace, _, name = holder.name.partition("/")
        return accounts.get(Caller(namespace, name)) or LiveSubject(SubjectType.SERVICE_PRINCIPAL, holder.name)
    prefix = "system:serviceaccount:"
    if holder.name.startswith(prefix):
        namespace, _, name = holder.name.removeprefix(prefix).partition(":")
        return _subject(contract, Holder("ServiceAccount", f"{namespace}/{name}"), accounts)
    return LiveSubject(SubjectType.PERSON, holder.name)
