"""Live access to the contract's claims, and whether their volumes are encrypted with the project's key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rolecall.access.graph.live_step import LiveStep
from rolecall.access.graph.nodes import Right
from rolecall.access.observation import Remark, RemarkKind, Unmanaged
from rolecall.errors import ObjectMissing, SystemRefused
from rolecall.ids.ids import ObjectId, Subject
from rolecall.ids.verbs import Verb
from rolecall.kinds.persistent_volume import PERSISTENT_VOLUME
from rolecall.systems.kubernetes.client import Cluster
from rolecall.systems.kubernetes.rbac import EVERYTHING, Holder, Rbac, verbs_on
from rolecall.systems.kubernetes.reviews import Question, groups_of, permitted
from rolecall.systems.kubernetes.storage.claims import CLAIMS
from rolecall.systems.kubernetes.storage.classes import PROVISIONER, StorageClass
from rolecall.systems.requests import Request

Object = Mapping[str, Any]
WORDS = tuple(sorted(PERSISTENT_VOLUME.words[Verb.MANAGE]))
# A table of names and ages: not even annotations, in which `kubectl apply` keeps a copy of the whole Secret.
# https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
TABLE = {"Accept": "application/json;as=Table;g=meta.k8s.io;v=v1"}
WITHOUT_OBJECT = {"includeObject": "None"}


@dataclass(frozen=True)
class Volumes:
    """A project's claims in a cluster.

    Attributes:
        namespace: its namespace.
        claims: the claims of the contract, by name.
        classes: their storage classes, by the claim's name.
        others: storage classes that other claims may have.
    """

    namespace: str
    claims: Mapping[str, ObjectId]
    classes: Mapping[str, StorageClass]
    others: Sequence[str]


def access_on(
    client: Cluster,
    volumes: Volumes,
    subjects: Mapping[Holder, Subject],
    declared: Mapping[ObjectId, Sequence[Subject]],
    rbac: Rbac,
) -> dict[ObjectId, dict[Subject, frozenset[str]]]:
    """Return the verbs that the contract's subjects have on each claim, as the API server answers.

    A subject is reviewed for claims that the contract or a binding grants it, and for the namespace as a whole.

    Args:
        client: the cluster.
        volumes: the claims.
        subjects: the contract's groups and service accounts.
        declared: the declared holders of each claim.
        rbac: roles and bindings.
    """
    by_binding = holders_of(rbac, volumes)
    asked: list[Question] = []
    for name, target in volumes.claims.items():
        bound = {holder for holder, _ in by_binding.get(name, {})}
        for holder, subject in subjects.items():
            by_group = {Holder("Group", one) for one in groups_of(holder)}
            named = name if subject in declared.get(target, ()) or bound & {holder, *by_group} else ""
            asked += [Question(holder, volumes.namespace, verb, "", CLAIMS, named) for verb in WORDS]
    answers = {*permitted(client, dict.fromkeys(asked))}
    found: dict[ObjectId, dict[Subject, frozenset[str]]] = {}
    for name, target in volumes.claims.items():
        held: defaultdict[Subject, set[str]] = defaultdict(set)
        for one in answers:
            if one.name in ("", name):
                held[subjects[one.holder]].add(one.verb)
        found[target] = {subject: frozenset(verbs) for subject, verbs in held.items()}
    return found


def holders_of(rbac: Rbac, volumes: Volumes) -> dict[str, dict[tuple[Holder, str], frozenset[str]]]:
    """Return the verbs of each holder on each claim, by binding; `list` and `create` do not count."""
    found: dict[str, dict[tuple[Holder, str], frozenset[str]]] = {name: {} for name in volumes.claims}
    for holders, shown, _, rules in rbac.bound({volumes.namespace}):
        for name in volumes.claims:
            verbs = verbs_on(rules, "", CLAIMS, name)
            if written := frozenset(WORDS if EVERYTHING in verbs else verbs & {*WORDS}):
                found[name] |= {(holder, shown): written for holder in holders}
    return found


def strangers(
    volumes: Volumes,
    rbac: Rbac,
    subjects: Mapping[Holder, Subject],
    is_own: Callable[[Holder, str, frozenset[str]], bool],
) -> Iterator[Unmanaged]:
    """Yield each undeclared holder of a claim, by binding.

    Args:
        volumes: the claims.
        rbac: roles and bindings.
        subjects: the contract's groups and service accounts.
        is_own: whether a part of the cluster has verbs of a binding by itself, or an administrator.
    """
    reached: defaultdict[tuple[Holder, str], dict[str, frozenset[str]]] = defaultdict(dict)
    for name, holders in holders_of(rbac, volumes).items():
        for (holder, binding), verbs in holders.items():
            if holder not in subjects and not is_own(holder, binding, verbs):
                reached[holder, binding][name] = verbs
    for (holder, binding), claims in reached.items():
        steps = tuple(
            LiveStep(holder.live, Right(volumes.claims[name], verb_of(verbs).value), f"is in {binding}, so may")
            for name, verbs in claims.items()
        )
        words = sorted({verb for each in claims.values() for verb in each})
        what = f"may {', '.join(words)} claims {', '.join(sorted(claims))} in {volumes.namespace}"
        how = f"take {holder.shown} out of {binding} (`kubectl edit`), or name it in `administrators`"
        yield Unmanaged(f"{binding}: {holder.shown}", what, how, steps)


def verb_of(words: frozenset[str]) -> Verb:
    """Return the highest verb that some verbs of Kubernetes on a claim are a part of."""
    return max(
        (verb for verb, adds in PERSISTENT_VOLUME.verbs.items() if words & {*adds.split()}),
        key=lambda verb: verb.rank,
        default=Verb.VIEW,
    )


def whole_verb(words: frozenset[str]) -> tuple[Verb | None, frozenset[str]]:
    """Return the highest verb that some verbs of Kubernetes cover, and the verbs beyond it."""
    whole = [verb for verb, needed in PERSISTENT_VOLUME.words.items() if needed <= words]
    highest = max(whole, key=lambda verb: verb.rank, default=None)
    return highest, words - (PERSISTENT_VOLUME.words[highest] if highest else frozenset())


def encryption(volumes: Volumes, claims: Sequence[Object], persistent: Sequence[Object]) -> Iterator[Remark]:
    """Yield claims of a project whose volumes are not encrypted with its key, and other claims that are.

    Args:
        volumes: the project's claims.
        claims: all claims of the cluster.
        persistent: all persistent volumes of the cluster.
    """
    by_name = {str(one["metadata"]["name"]): one for one in persistent}
    own = {one.name: one for one in volumes.classes.values()}
    for one in claims:
        metadata, spec = one["metadata"], one.get("spec") or {}
        name, found = str(metadata["name"]), str(spec.get("storageClassName") or "")
        if metadata["namespace"] != volumes.namespace:
            if found in own:
                what = f"claim {metadata['namespace']}/{name} has the project's storage class {found}"
                yield Remark(None, RemarkKind.EXTRA, what, how="delete the claim, or move it to another class")
            continue
        target, wanted = volumes.claims.get(name), volumes.classes.get(name)
        if found in volumes.others and wanted is None:
            continue
        expected = wanted or own.get(found)
        if expected is None or found != expected.name:
            named = f"{expected.name}" if expected is not None else "a class of the project"
            has = f"the storage class {found}" if found else "no storage class"
            what = f"claim {volumes.namespace}/{name} has {has}, not {named}"
            yield Remark(target, RemarkKind.DIFFERENT, what, how=_COPY)
            continue
        volume = by_name.get(str(spec.get("volumeName") or ""))
        if volume is not None and (why := _not_encrypted(volume, expected)):
            yield Remark(
                target, RemarkKind.DIFFERENT, f"the volume of claim {volumes.namespace}/{name} {why}", how=_COPY
            )


_COPY = "make a claim of the class, copy the data, and delete the old claim"


def _not_encrypted(volume: Object, expected: StorageClass) -> str:
    """Return why a volume is not encrypted with a key; empty where it is."""
    source = (volume.get("spec") or {}).get("csi") or {}
    if source.get("driver") != PROVISIONER:
        return f"is of {source.get('driver') or 'no CSI driver'}, not of {PROVISIONER}"
    if str((source.get("volumeAttributes") or {}).get("encrypted")) != "true":
        return "is not encrypted"
    for user in ("nodeStageSecretRef", "nodePublishSecretRef"):
        secret = source.get(user) or {}
        if (secret.get("namespace"), secret.get("name")) != (expected.namespace, expected.secret):
            shown = f"{secret.get('namespace')}/{secret.get('name')}" if secret else "no Secret"
            return f"has the key of {shown}, not that of {expected.namespace}/{expected.secret}"
    return ""


def _secrets(one: StorageClass) -> str:
    return f"/api/v1/namespaces/{one.namespace}/secrets"


def keys(client: Cluster, volumes: Volumes, claims: Sequence[Object]) -> Iterator[Remark]:
    """Yield each Secret with a key that is not there, or of which that is not known; no key is read.

    A claim with a volume of the class proves the Secret.
    """
    bound = {
        str(one["spec"].get("storageClassName"))
        for one in claims
        if one["metadata"]["namespace"] == volumes.namespace and (one.get("status") or {}).get("phase") == "Bound"
    }
    for one in {each.name: each for each in volumes.classes.values()}.values():
        shown = f"Secret {one.namespace}/{one.secret} with the key of storage class {one.name}"
        try:
            client().send(Request("GET", f"{_secrets(one)}/{one.secret}", WITHOUT_OBJECT, headers=TABLE))
        except ObjectMissing:
            how = f"`kubectl -n {one.namespace} create secret generic {one.secret} --from-file=CRYPTO_KEY_VALUE=FILE`"
            yield Remark(None, RemarkKind.DIFFERENT, f"{shown} is not there: no volume is made", how=how)
        except SystemRefused:
            if one.name not in bound:
                yield Remark(None, RemarkKind.UNKNOWN, f"{shown} could not be read; no volume of the class proves it")
