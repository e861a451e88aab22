"""The contract's part in an environment's cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rolecall.access.effective import Access
from rolecall.contract.cluster_groups import names_in_cluster
from rolecall.contract.contract import Contract
from rolecall.contract.objects import objects_of
from rolecall.contract.service_accounts import namespace_of
from rolecall.ids.ids import GroupId, ObjectId, ServicePrincipalId, Subject
from rolecall.ids.verbs import Kind
from rolecall.systems.kubernetes.mesh.compilation import Caller
from rolecall.systems.kubernetes.rbac import Holder


@dataclass(frozen=True)
class Inside:
    """The contract's part in an environment's cluster.

    Attributes:
        cluster: the cluster's name in the contract.
        namespaces: the namespaces of projects.
        accounts: the service accounts of service principals.
        groups: names of the contract's groups in the cluster, by key.
        bound: names of the groups that are bound in the project of each namespace.
        volumes: the claims of each namespace.
        limits_mounts: whether the cluster refuses pods whose service account may not mount a claim.
        services: the services of the environment.
    """

    cluster: str
    namespaces: Sequence[str]
    accounts: Sequence[tuple[ServicePrincipalId, Caller]] = ()
    groups: Mapping[str, str] = field(default_factory=dict)
    bound: Mapping[str, Sequence[str]] = field(default_factory=dict)
    volumes: Mapping[str, Sequence[ObjectId]] = field(default_factory=dict)
    limits_mounts: bool = True
    services: Sequence[ObjectId] = ()

    @cached_property
    def subjects(self) -> dict[Holder, Subject]:
        """The contract's groups and service principals by their names in bindings."""
        return {
            **{Holder("Group", name): GroupId(key) for key, name in self.groups.items()},
            **{Holder("ServiceAccount", f"{one.namespace}/{one.name}"): who for who, one in self.accounts},
        }


def inside_of(
    contract: Contract,
    given: Access,
    cluster_name: str,
    environment: str,
    projects: Sequence[str],
    accounts: Sequence[tuple[ServicePrincipalId, Caller]],
) -> Inside:
    """Return the contract's part in an environment's cluster."""
    groups = names_in_cluster(contract, cluster_name)
    namespaces = {project: namespace_of(environment, project) for project in projects}
    volumes: dict[str, list[ObjectId]] = {}
    bound: dict[str, set[str]] = {namespace: set() for namespace in namespaces.values()}
    for project, namespace in namespaces.items():
        for one in objects_of(contract, environment, Kind.PERSISTENT_VOLUME, project):
            target = one.id_in(environment)
            volumes.setdefault(namespace, []).append(target)
            bound[namespace] |= {who.key for who in given.get(target, {}) if isinstance(who, GroupId)}
        everywhere = [one for one in contract.bindings if project in (one.projects or contract.projects)]
        bindings = [*contract.projects[project].bindings, *everywhere]
        bound[namespace] |= {one.to for one in bindings if environment in one.in_}
    named = {space: sorted(groups[key] for key in keys if key in groups) for space, keys in bound.items()}
    limits = contract.clusters[cluster_name].admission
    services = [one.id_in(environment) for one in objects_of(contract, environment, Kind.SERVICE)]
    return Inside(cluster_name, [*namespaces.values()], accounts, groups, named, volumes, limits, sorted(services))
