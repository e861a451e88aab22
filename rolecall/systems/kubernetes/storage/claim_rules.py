"""Rules that a cluster enforces on the claims of a project, and on the pods that mount them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rolecall.systems.kubernetes.admission_policy import Rule, cel_list, cel_map
from rolecall.systems.kubernetes.mesh.privileges import CONTAINERS, every_container

# The beginning of the names of Secrets with keys of volumes.
KEY = "volume-key-"


@dataclass(frozen=True)
class StorageRules:
    """Permitted claims of a namespace, and the service accounts that may mount them.

    Attributes:
        classes: the storage class of each claim of the contract, by the claim's name.
        others: storage classes that other claims may also have.
        writers: names of the service accounts that may mount each claim of the contract.
        readers: names of the service accounts that may mount it read-only.
    """

    classes: Mapping[str, str] = field(default_factory=dict)
    others: Sequence[str] = ()
    writers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    readers: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def own_classes(self) -> list[str]:
        """The project's storage classes."""
        return sorted({*self.classes.values()})


def class_rule(namespace: str, storage: StorageRules) -> Rule:
    """Return the rule that only claims of a namespace have its storage classes: its key and its backups are its own."""
    return Rule(
        "rolecall-classes-of-their-project",
        "",
        "persistentvolumeclaims",
        f"!has(object.spec.storageClassName) || !(object.spec.storageClassName in {cel_list(storage.own_classes)}) || "
        f"object.metadata.namespace == {json.dumps(namespace)}",
        f"only claims of namespace {namespace} have its storage classes",
        everywhere=True,
    )


def claim_rules(storage: StorageRules) -> Iterator[Rule]:
    """Yield the rules on claims and on the pods that mount them.

    https://kubernetes.io/docs/concepts/storage/persistent-volumes/#claims-as-volumes
    """
    name, found = "object.metadata.name", "object.spec.storageClassName"
    allowed = cel_list(sorted({*storage.own_classes, *storage.others}))
    named = cel_map(storage.classes)
    yield Rule(
        "rolecall-claims-are-encrypted",
        "",
        "persistentvolumeclaims",
        # A claim that is there already keeps its class, and its controllers may write to it.
        "(request.operation == 'UPDATE' && has(oldObject.spec.storageClassName)) || "
        f"(has({found}) && {found} in {allowed} && (!({name} in {named}) || {found} == {named}[{name}]))",
        "a claim has an encrypted storage class of the project; a claim of the contract, that of its sensitivity",
    )
    # https://kubernetes.io/docs/concepts/storage/volume-pvc-datasource/: who makes claims, by a workload too, needs no
    # right on the source. A snapshot does not show whose it is.
    copies = " && ".join(
        f"(!has({source}) || ({source}.kind == 'PersistentVolumeClaim' && !({source}.name in {named})) || "
        f"({source}.kind == 'VolumeSnapshot' && {name} in {named}))"
        for source in ("object.spec.dataSource", "object.spec.dataSourceRef")
    )
    yield Rule(
        "rolecall-claims-are-no-copies",
        "",
        "persistentvolumeclaims",
        f"request.operation == 'UPDATE' || ({copies})",
        "no claim is a copy of one of the contract, whose mounts are granted; only those are made from a snapshot",
    )
    account = "(has(object.spec.serviceAccountName) ? object.spec.serviceAccountName : 'default')"
    claim = "one.persistentVolumeClaim"
    writers = {key: [*storage.writers.get(key, ())] for key in storage.classes}
    readers = {key: [*storage.readers.get(key, ())] for key in storage.classes}
    yield Rule(
        "rolecall-mounts-are-granted",
        "",
        "pods",
        "!has(object.spec.volumes) || object.spec.volumes.all(one, !has(one.persistentVolumeClaim) || "
        f"!({claim}.claimName in {named}) || {account} in {cel_map(writers)}[{claim}.claimName] || "
        f"({account} in {cel_map(readers)}[{claim}.claimName] && has({claim}.readOnly) && {claim}.readOnly))",
        "the pod's service account may not mount this claim of the contract; one that may view it mounts it read-only",
    )
    # The driver gets the keys from the storage class; a pod that mounts one decrypts copies of each volume.
    yield Rule(
        "rolecall-keys-stay-with-the-driver",
        "",
        "pods",
        _without_secrets(KEY),
        f"a pod has no Secret with the key of volumes ({KEY}*), as a volume or in its environment",
    )


def _without_secrets(beginning: str) -> str:
    """Return an expression that is true if a pod uses no Secret whose name has a beginning."""

    def unnamed(place: str, name: str) -> str:
        return f"(!has({place}) || !has({place}.{name}) || !{place}.{name}.startsWith('{beginning}'))"

    source, variable, whole = "each.secret", "each.valueFrom.secretKeyRef", "each.secretRef"
    sources = f"one.projected.sources.all(each, {unnamed(source, 'name')})"
    projected = f"(!has(one.projected) || !has(one.projected.sources) || {sources})"
    volume = f"{unnamed('one.secret', 'secretName')} && {projected}"
    environment = (
        f"(!has(one.env) || one.env.all(each, !has(each.valueFrom) || {unnamed(variable, 'name')})) && "
        f"(!has(one.envFrom) || one.envFrom.all(each, {unnamed(whole, 'name')}))"
    )
    volumes = f"(!has(object.spec.volumes) || object.spec.volumes.all(one, {volume}))"
    return " && ".join([volumes, *(every_container(field, environment) for field in CONTAINERS)])
