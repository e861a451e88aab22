"""Longhorn's objects of a project: an encrypted storage class for each sensitivity, with snapshots and backups.

The key is in a Secret of the project's namespace, which Rolecall neither writes nor reads: who may read that Secret may
decrypt the volumes. https://longhorn.io/docs/1.9.0/advanced-resources/security/volume-encryption/
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from rolecall.contract.cluster import Cluster
from rolecall.contract.contract import Contract
from rolecall.contract.longhorn import ENVIRONMENT, PROJECT, BackupTarget, Longhorn, Schedule
from rolecall.contract.objects import objects_of
from rolecall.contract.service_accounts import namespace_of
from rolecall.ids.verbs import Kind
from rolecall.kinds.persistent_volume import PersistentVolume
from rolecall.systems.kubernetes.mesh.compilation import NAMESPACE_LABEL, NETWORK_POLICY
from rolecall.systems.kubernetes.ownership import Manifest, manifest
from rolecall.systems.kubernetes.storage.claim_rules import KEY

STORAGE, LONGHORN = "storage.k8s.io/v1", "longhorn.io/v1beta2"
PROVISIONER = "driver.longhorn.io"
# Longhorn shortens longer names: longhorn/longhorn-manager, datastore: NameMaximumLength.
LONGEST_NAME = 40
# longhorn/longhorn, deploy/longhorn.yaml: ports and labels of the manager and of the user interface.
API_PORT, WEBHOOK_PORTS, UI_PORT = 9500, (9501, 9502), 8000
MANAGER, UI = {"app": "longhorn-manager"}, {"app": "longhorn-ui"}
# The parts of CSI that get the key: https://kubernetes-csi.github.io/docs/secrets-and-credentials-storage-class.html.
KEY_USERS = ("provisioner", "node-publish", "node-stage", "node-expand")


@dataclass(frozen=True)
class StorageClass:
    """An encrypted storage class of a project.

    Attributes:
        name: its name.
        namespace: the project's namespace, with the Secret.
        secret: the Secret with the key.
    """

    name: str
    namespace: str
    secret: str


def storage_class(environment: str, project: str, sensitivity: str) -> StorageClass:
    """Return the storage class of a project for a sensitivity."""
    namespace = namespace_of(environment, project)
    return StorageClass(f"{namespace}-{sensitivity}", namespace, f"{KEY}{sensitivity}")


def classes_by_claim(contract: Contract, environment: str, project: str) -> dict[str, StorageClass]:
    """Return the storage class of each claim of a project in an environment, by the claim's name."""
    found: dict[str, StorageClass] = {}
    for one in objects_of(contract, environment, Kind.PERSISTENT_VOLUME, project):
        assert isinstance(one.value, PersistentVolume)
        sensitivity = one.value.for_environment(environment).sensitivity
        found[one.key] = storage_class(environment, project, sensitivity)
    return dict(sorted(found.items()))


def storage_manifests(contract: Contract, environment: str, project: str, owner: str) -> Iterator[Manifest]:
    """Yield a project's objects of Longhorn: isolation of its API first, and classes after the objects they reference.

    Network policies add up: each project that has volumes brings its own that close Longhorn's API and user interface.
    """
    cluster = cluster_of(contract, environment)
    longhorn = cluster.longhorn if cluster is not None else None
    classes = {one.name: one for one in classes_by_claim(contract, environment, project).values()}
    if longhorn is None or not classes:
        return
    namespace = namespace_of(environment, project)
    yield from _isolation(longhorn, namespace, owner)
    target = ""
    if longhorn.backup is not None:
        target = short_name(namespace)
        yield _backup_target(longhorn.backup, longhorn.namespace, target, environment, project, owner)
    for sensitivity, settings in sorted(longhorn.sensitivities.items()):
        one = storage_class(environment, project, sensitivity)
        if one.name not in classes:
            continue
        jobs: list[str] = []
        for task, schedule in (("snapshot", settings.snapshots), ("backup", settings.backups)):
            if schedule is not None:
                jobs.append(short_name(f"{one.name}-{task}"))
                yield _recurring_job(jobs[-1], longhorn.namespace, task, schedule, owner)
        yield _class_manifest(one, settings.replicas, jobs, target, owner)


def cluster_of(contract: Contract, environment: str) -> Cluster | None:
    """Return the cluster of an environment."""
    name = contract.environments[environment].cluster
    return contract.clusters[name] if name is not None else None


def short_name(name: str) -> str:
    """Return a name short enough for Longhorn: a longer one is cut and ends with its digest."""
    if len(name) <= LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:10]
    return f"{name[: LONGEST_NAME - 11]}-{digest}"


def _class_manifest(one: StorageClass, replicas: int, jobs: list[str], target: str, owner: str) -> Manifest:
    keys = {
        f"csi.storage.k8s.io/{user}-secret-{part}": value
        for user in KEY_USERS
        for part, value in (("name", one.secret), ("namespace", one.namespace))
    }
    selector = json.dumps([{"name": name, "isGroup": False} for name in jobs], separators=(",", ":"))
    parameters = {
        "numberOfReplicas": str(replicas),
        "encrypted": "true",
        **keys,
        **({"recurringJobSelector": selector} if jobs else {}),
        **({"backupTargetName": target} if target else {}),
    }
    return manifest(
        STORAGE,
        "StorageClass",
        one.name,
        "",
        owner,
        provisioner=PROVISIONER,
        parameters=parameters,
        allowVolumeExpansion=True,
        reclaimPolicy="Delete",
        volumeBindingMode="Immediate",
    )


def _recurring_job(name: str, namespace: str, task: str, schedule: Schedule, owner: str) -> Manifest:
    """Return a job with the fields that Longhorn's webhook sets where they are missing.

    longhorn/longhorn-manager, webhook/resources/recurringjob/mutator.go
    """
    spec = {
        "name": name,
        "task": task,
        "cron": schedule.cron,
        "retain": schedule.keep,
        "concurrency": 1,
        "groups": [],
        "labels": {},
        "parameters": {},
    }
    return manifest(LONGHORN, "RecurringJob", name, namespace, owner, spec=spec)


def _backup_target(
    target: BackupTarget, namespace: str, name: str, environment: str, project: str, owner: str
) -> Manifest:
    def filled(text: str) -> str:
        return text.replace(ENVIRONMENT, environment).replace(PROJECT, project)

    spec = {
        "backupTargetURL": filled(target.url),
        "credentialSecret": filled(target.signs_in_with or ""),
        # As Go writes a duration: Longhorn writes it so.
        "pollInterval": f"{target.poll_minutes}m0s",
    }
    return manifest(LONGHORN, "BackupTarget", name, namespace, owner, spec=spec)


def _isolation(longhorn: Longhorn, project: str, owner: str) -> Iterator[Manifest]:
    """Yield policies that close Longhorn's API and user interface but for its own pods, webhooks and named clients."""
    networks = [{"ipBlock": {"cidr": one}} for one in longhorn.webhook_networks]
    webhooks = [{"port": port, "protocol": "TCP"} for port in WEBHOOK_PORTS]
    for part, labels, rules in (
        (
            "manager",
            MANAGER,
            [
                {"from": [{"podSelector": {}}]},
                {"from": networks, "ports": webhooks},
                *_admitted(longhorn.api_clients, API_PORT),
            ],
        ),
        ("ui", UI, _admitted(longhorn.ui_clients, UI_PORT)),
    ):
        spec = {
            "podSelector": {"matchLabels": dict(labels)},
            "policyTypes": ["Ingress"],
            **({"ingress": rules} if rules else {}),
        }
        name = f"{project}.longhorn-{part}"
        yield manifest(NETWORK_POLICY, "NetworkPolicy", name, longhorn.namespace, owner, spec=spec)


def _admitted(namespaces: list[str], port: int) -> list[dict[str, object]]:
    sources = [{"namespaceSelector": {"matchLabels": {NAMESPACE_LABEL: one}}} for one in sorted(namespaces)]
    return [{"from": sources, "ports": [{"port": port, "protocol": "TCP"}]}] if sources else []
