"""Rights on the API server with which a subject reaches the contract's workloads: as RBAC and the server have them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rolecall.access.graph.live_step import LiveStep
from rolecall.access.graph.nodes import Right
from rolecall.access.observation import Unmanaged
from rolecall.access.ways import administrator_names
from rolecall.contract.contract import Contract
from rolecall.contract.longhorn import Longhorn
from rolecall.ids.ids import GroupId, ServicePrincipalId
from rolecall.ids.verbs import Verb
from rolecall.systems.kubernetes.client import Cluster
from rolecall.systems.kubernetes.inside import Inside
from rolecall.systems.kubernetes.mesh.compilation import Caller
from rolecall.systems.kubernetes.powers import LONGHORN_POWERS, POWERS, Power
from rolecall.systems.kubernetes.rbac import Held, Holder, Rbac
from rolecall.systems.kubernetes.reviews import Question, accounts_of, groups_of, permitted, questions_of

Object = Mapping[str, Any]
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
# longhorn/longhorn, deploy/longhorn.yaml
LONGHORN_BINDINGS = {"longhorn-bind": "longhorn-service-account", "longhorn-support-bundle": "longhorn-support-bundle"}
# Those of its controllers are called like their service accounts, and so are Linkerd's.
CONTROLLER = "system:controller:"
OWN_NAMESPACE = "kube-system"
LINKERD = "linkerd-"
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


def rights_on(contract: Contract, client: Cluster, inside: Inside, rbac: Rbac) -> list[Unmanaged]:
    """Return who has rights that lead past the mesh's policies in some namespaces.

    Args:
        contract: the contract.
        client: the cluster.
        inside: the contract's part in it.
        rbac: roles and bindings.
    """
    namespaces = inside.namespaces
    ours = {one: principal for principal, one in inside.accounts if one.namespace in namespaces}
    longhorn = contract.clusters[inside.cluster].longhorn
    by_binding: defaultdict[tuple[Holder, str], _Rights] = defaultdict(_Rights)
    held = [*rbac.held(namespaces, POWERS)]
    inner = [*rbac.held([longhorn.namespace], LONGHORN_POWERS)] if longhorn is not None else []
    for one in (*held, *inner, *_by_the_server(client, namespaces, [*ours], inside.bound, held)):
        found = by_binding[one.holder, one.binding]
        found.powers += [one.power] * (one.power not in found.powers)
        found.namespaces |= {one.namespace} if one.namespace else {*namespaces}
    return [
        _unmanaged(inside, holder, binding, found, ours)
        for (holder, binding), found in by_binding.items()
        if found.namespaces and not is_expected(contract, inside, holder, binding)
    ]


def is_expected(contract: Contract, inside: Inside, holder: Holder, binding: str) -> bool:
    """Return whether a permitted administrator has the rights of a binding, or a part of the cluster by itself."""
    if holder.kind == "Group":
        # Break-glass is the group of that key, whatever else has its name in the cluster.
        known = inside.subjects.get(holder)
        names = {known.key.casefold()} & administrator_names(contract) if isinstance(known, GroupId) else set()
        names |= {holder.name.casefold()} & {one.casefold() for one in contract.administrators}
    else:
        names = {holder.name.casefold(), holder.user.casefold()} & administrator_names(contract)
    return bool(names) or _is_own(contract, contract.clusters[inside.cluster].longhorn, holder, binding)


def _is_own(contract: Contract, longhorn: Longhorn | None, holder: Holder, binding: str) -> bool:
    """Return whether a part of Kubernetes, of the mesh or of Longhorn has the rights of a binding by itself."""
    kind, _, name = binding.partition(" ")
    if longhorn is not None and holder.kind == "ServiceAccount":
        own = {
            f"ClusterRoleBinding {one}": f"{longhorn.namespace}/{account}" for one, account in LONGHORN_BINDINGS.items()
        }
        own[f"RoleBinding {longhorn.namespace}/longhorn"] = f"{longhorn.namespace}/longhorn-service-account"
        if own.get(binding) == holder.name:
            return True
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
    client: Cluster,
    namespaces: Sequence[str],
    accounts: Sequence[Caller],
    groups: Mapping[str, Sequence[str]],
    held: Sequence[Held],
) -> Iterator[Held]:
    """Yield powers of the contract's service accounts and groups that the server grants and no binding explains.

    Another authorizer, such as a webhook, may grant what RBAC does not. The server is asked about each action of
    groups, including the one of all service accounts of a namespace, and about one action of each power for single
    accounts: about each action it would be 39 requests for each of them.
    """
    known: defaultdict[tuple[Holder, str], set[Power]] = defaultdict(set)
    for one in held:
        for namespace in [one.namespace] if one.namespace else namespaces:
            known[one.holder, namespace].add(one.power)
    together = {namespace: accounts_of(namespace) for namespace in sorted({one.namespace for one in accounts})}
    bound = [(Holder("Group", group), namespace) for namespace in namespaces for group in groups.get(namespace, ())]
    bound += [(Holder("Group", group), namespace) for namespace, group in together.items()]
    single = [(Holder("ServiceAccount", f"{one.namespace}/{one.name}"), one.namespace) for one in accounts]
    for places, actions in ((bound, None), (single, 1)):
        asked: dict[Question, Power] = {}
        for holder, namespace in places:
            groups_too = (holder, *(Holder("Group", one) for one in groups_of(holder)))
            explained = {power for one in groups_too for power in known[one, namespace]}
            for power in POWERS:
                if power.namespaced and power.reviewed and power not in explained:
                    asked |= dict.fromkeys(questions_of(holder, power, namespace)[:actions], power)
        found = {(one.holder, asked[one], one.namespace): None for one in permitted(client, asked)}
        for holder, power, namespace in found:
            known[holder, namespace].add(power)
            yield Held(holder, power, REVIEWED, namespace)


def _unmanaged(
    inside: Inside,
    holder: Holder,
    binding: str,
    found: _Rights,
    accounts: Mapping[Caller, ServicePrincipalId],
) -> Unmanaged:
    source = inside.subjects.get(holder, holder.live)
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
    # Without the rule on mounts every pod of a namespace mounts each of its claims.
    steps += [
        LiveStep(source, Right(target, Verb.EDIT.value), f"may {acting[0].name} of namespace {namespace}, so mounts")
        for namespace, targets in sorted(inside.volumes.items())
        for target in targets
        if acting and not inside.limits_mounts and namespace in found.namespaces
    ]
    # Who reads the key of a volume's class decrypts each copy of the volume.
    steps += [
        LiveStep(source, Right(target, Verb.VIEW.value), f"may read Secrets of namespace {namespace}, so decrypts")
        for namespace, targets in sorted(inside.volumes.items())
        for target in targets
        if namespace in found.namespaces and any(one.decrypts for one in found.powers)
    ]
    reaches = f"may {powers} in {where}: {means}"
    return Unmanaged(f"{binding}: {holder.shown}", reaches, how, tuple(steps))
