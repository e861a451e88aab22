"""Checks of volumes in Kubernetes, of Longhorn, and of group names in API servers."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.contract.cluster import Cluster
from rolecall.contract.cluster_groups import name_in_cluster
from rolecall.contract.contract import Contract
from rolecall.contract.problems import known
from rolecall.contract.source import Path, Places
from rolecall.errors import Problem
from rolecall.kinds.persistent_volume import PERSISTENT_VOLUME, PersistentVolume

# Groups and users of Kubernetes itself: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects
RESERVED = "system:"


def check_persistent_volumes(contract: Contract, places: Places) -> Iterator[Problem]:
    """Yield everything that is wrong with volumes, Longhorn and names of groups."""
    for name, cluster in contract.clusters.items():
        yield from _groups(contract, cluster, places, ("clusters", name, "groups"))
        yield from _backups(cluster, places, ("clusters", name, "longhorn"))
    for name, project in contract.projects.items():
        for key, volume in PERSISTENT_VOLUME.objects(project).items():
            yield from _volume(contract, volume, places, ("projects", name, "persistent_volumes", key))


def _groups(contract: Contract, cluster: Cluster, places: Places, at: Path) -> Iterator[Problem]:
    for key in cluster.groups.names:
        yield from known("group", key, contract.groups, places, (*at, "names", key))
    first: dict[str, str] = {}
    for key, group in contract.groups.items():
        name = name_in_cluster(cluster.groups, key, group.external)
        if name is None:
            continue
        path = (*at, "names", key) if key in cluster.groups.names else at
        if name.startswith(RESERVED):
            what = f"group {key!r} would be {name!r} in the cluster: a name of Kubernetes itself"
            yield Problem("name-not-allowed", places.of(*path), what, f"Begin with anything but {RESERVED!r}.")
        other = first.setdefault(name, key)
        if other != key:
            what = f"groups {other!r} and {key!r} would both be {name!r} in the cluster"
            yield Problem("names-collide", places.of(*path), what, "Write under `names` what tokens call each of them.")


def _backups(cluster: Cluster, places: Places, at: Path) -> Iterator[Problem]:
    if cluster.longhorn is None or cluster.longhorn.backup is not None:
        return
    for name, one in cluster.longhorn.sensitivities.items():
        if one.backups is not None:
            what = f"volumes of sensitivity {name!r} are backed up, and `longhorn` does not say where"
            how = "Write `backup: {url: …}` under `longhorn`, or remove `backups`."
            yield Problem("missing-key", places.of(*at, "sensitivities", name, "backups"), what, how)


def _volume(contract: Contract, volume: PersistentVolume, places: Places, at: Path) -> Iterator[Problem]:
    seen: set[tuple[str, str]] = set()
    for environment, stage in contract.environments.items():
        if not volume.is_in(environment):
            continue
        cluster = contract.clusters.get(stage.cluster or "")
        if stage.cluster is None:
            what = f"environment {environment!r} has no cluster for it"
            how = f"Write `cluster: NAME` in environment {environment!r}, or `in: [...]` here without it."
            yield Problem("environment-without-cluster", places.of(*at), what, how)
        if cluster is None:
            continue
        if cluster.longhorn is None:
            what = f"it is not isolated: cluster {stage.cluster!r} has no `longhorn`, thus no encrypted class"
            how = f"Write `longhorn` with its sensitivities at cluster {stage.cluster!r}."
            yield Problem("cluster-without-longhorn", places.of(*at), what, how)
            continue
        overridden = "sensitivity" in volume.overrides.get(environment, {})
        path = (*at, "overrides", environment, "sensitivity") if overridden else (*at, "sensitivity")
        wanted = str(volume.overrides[environment]["sensitivity"] if overridden else volume.sensitivity)
        mark = (wanted, str(path))
        if mark not in seen:
            seen.add(mark)
            yield from known("sensitivity", wanted, cluster.longhorn.sensitivities, places, path)
