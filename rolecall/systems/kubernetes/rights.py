"""Rights on the API server with which a subject reaches the contract's workloads: as RBAC and the server have them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rolecall.access.graph.live_step import LiveStep
from rolecall.access.graph.nodes import Right
from rolecall.access.observation import Unmanaged
from rolecall.access.ways import administrator_names
from rolecall.contract.contract import Contract
from rolecall.ids.ids import GroupId, ServicePrincipalId
from rolecall.ids.verbs import Verb
from rolecall.systems.kubernetes.client import Cluster
from rolecall.systems.kubernetes.inside import Inside
from rolecall.systems.kubernetes.mesh.compilation import Caller
from rolecall.systems.kubernetes.own_rights import own_rules
from rolecall.systems.kubernetes.powers import LONGHORN_POWERS, MESH_POWERS, POWERS, SYSTEM_POWERS, Power
from rolecall.systems.kubernetes.rbac import Held, Holder, Rbac, permits
from rolecall.systems.kubernetes.reviews import Question, accounts_of, groups_of, permitted, questions_of

Object = Mapping[str, Any]
# Whose service accounts have rights in all namespaces.
SYSTEM = "kube-system"
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
    by_binding: defaultdict[tuple[Holder, str], _Rights] = defaultdict(_Rights)
    held = [(one, namespaces) for one in rbac.held(namespaces, POWERS)]
    reviewed = _by_the_server(client, namespaces, [*ours], inside.bound, [one for one, _ in held])
    acting = {SYSTEM, *_namespaces_of_administrators(contract, inside, (one for one, _ in held))} - {*namespaces}
    held += [
        (one, [namespace])
        for namespace, powers in _around(contract, inside.cluster, acting)
        for one in rbac.held([namespace], powers)
        if one.namespace or one.power not in POWERS
    ]
    for one, places in (*held, *((each, namespaces) for each in reviewed)):
        if is_expected(contract, inside, one.holder, one.binding, one.power):
            continue
        found = by_binding[one.holder, one.binding]
        found.powers += [one.power] * (one.power not in found.powers)
        found.namespaces |= {one.namespace} if one.namespace else {*places}
    return [
        _unmanaged(contract, inside, holder, binding, found, ours, acting)
        for (holder, binding), found in by_binding.items()
        if found.namespaces
    ]


def _around(contract: Contract, cluster_name: str, acting: Iterable[str]) -> Iterator[tuple[str, Sequence[Power]]]:
    """Yield namespaces outside of projects, and rights there that lead to all projects' namespaces.

    Args:
        contract: the contract.
        cluster_name: the cluster.
        acting: namespaces whose service accounts have rights in all others.
    """
    found = contract.clusters[cluster_name]
    yield from ((one, SYSTEM_POWERS) for one in sorted(acting))
    yield from ((one, MESH_POWERS) for one in sorted(found.mesh.key_namespaces))
    if found.longhorn is not None:
        yield found.longhorn.namespace, LONGHORN_POWERS


def _namespaces_of_administrators(contract: Contract, inside: Inside, held: Iterable[Held]) -> Iterator[str]:
    """Yield the namespaces of service accounts in `administrators`: acting as one yields its rights."""
    for one in {each.holder for each in held if each.holder.kind == "ServiceAccount"}:
        if is_administrator(contract, inside, one):
            yield one.name.partition("/")[0]


def is_expected(contract: Contract, inside: Inside, holder: Holder, binding: str, power: Power) -> bool:
    """Return whether a permitted administrator has a power by a binding, or a part of the cluster by itself."""
    if is_administrator(contract, inside, holder):
        return True
    return permits(own_rules(contract, inside.cluster, holder, binding), power)


def is_administrator(contract: Contract, inside: Inside, holder: Holder) -> bool:
    """Return whether the contract permits a subject each right."""
    if holder.kind == "Group":
        # Break-glass is the group of that key, whatever else has its name in the cluster.
        known = inside.subjects.get(holder)
        names = {known.key.casefold()} & administrator_names(contract) if isinstance(known, GroupId) else set()
        names |= {holder.name.casefold()} & {one.casefold() for one in contract.administrators}
    else:
        names = {holder.name.casefold(), holder.user.casefold()} & administrator_names(contract)
    return bool(names)


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
    contract: Contract,
    inside: Inside,
    holder: Holder,
    binding: str,
    found: _Rights,
    accounts: Mapping[Caller, ServicePrincipalId],
    administering: Collection[str],
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
    # Controllers and administrators act as each account, and the mesh's issuer signs the identity of each.
    keys = sorted(contract.clusters[inside.cluster].mesh.key_namespaces & found.namespaces)
    leading = found.powers[0].name
    if acting and (through := sorted({*administering} & found.namespaces)):
        why = f"may {acting[0].name} of namespace {through[0]}, so acts as"
        steps += [LiveStep(source, principal, why) for _, principal in sorted(accounts.items()) if principal != source]
    if keys:
        why = f"may {leading} of namespace {keys[0]}, so signs the identity of a caller, and calls"
        steps += [LiveStep(source, Right(target, Verb.RUN.value), why) for target in inside.services]
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
