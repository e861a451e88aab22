"""Read live access to the contract's claims in a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rolecall.access.effective import Access
from rolecall.access.graph.live_step import LiveStep
from rolecall.access.graph.nodes import Right
from rolecall.access.observation import Remark, RemarkKind, Unmanaged
from rolecall.access.ways import administrator_names
from rolecall.contract.contract import Contract
from rolecall.contract.service_accounts import namespace_of
from rolecall.ids.ids import GroupId, ObjectId, Subject
from rolecall.ids.verbs import Verb
from rolecall.systems.kubernetes.api_kinds import CLAIM, PERSISTENT_VOLUME
from rolecall.systems.kubernetes.client import Cluster
from rolecall.systems.kubernetes.inside import Inside
from rolecall.systems.kubernetes.own_rights import are_own_verbs, own_rules
from rolecall.systems.kubernetes.rbac import Holder, Rbac
from rolecall.systems.kubernetes.rights import is_administrator
from rolecall.systems.kubernetes.storage.claims import CLAIMS
from rolecall.systems.kubernetes.storage.classes import classes_by_claim
from rolecall.systems.kubernetes.storage.reading import (
    Volumes,
    access_on,
    encryption,
    keys,
    strangers,
    verb_of,
    whole_verb,
)

BY_HAND = "revoke it with `kubectl`; `up --refresh` reverts only Rolecall's own objects"


@dataclass
class Observed:
    """Live access to an environment's claims.

    Attributes:
        access: the holders of each claim.
        remarks: other differences.
        strangers: holders that the contract does not know.
    """

    access: dict[ObjectId, dict[Subject, Verb]] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    strangers: list[Unmanaged] = field(default_factory=list)


def observe_volumes(
    contract: Contract, given: Access, client: Cluster, inside: Inside, environment: str, rbac: Rbac
) -> Observed:
    """Return live access to the claims of an environment, and how their volumes are encrypted.

    Args:
        contract: the contract.
        given: the declared access.
        client: the cluster.
        inside: the contract's part in it.
        environment: the environment.
        rbac: roles and bindings.
    """
    seen = Observed()
    subjects = inside.subjects
    claims, persistent = client.every(CLAIM.everywhere), client.every(PERSISTENT_VOLUME.everywhere)
    settings = contract.clusters[inside.cluster].longhorn
    for project in contract.projects:
        if namespace_of(environment, project) not in inside.namespaces:
            continue
        classes = classes_by_claim(contract, environment, project)
        targets = {one.key: one for one in inside.volumes.get(namespace_of(environment, project), ())}
        volumes = Volumes(
            namespace_of(environment, project), targets, classes, settings.other_classes if settings is not None else ()
        )
        declared = {target: [*given.get(target, {})] for target in targets.values()}
        for target, held in access_on(client, volumes, subjects, declared, rbac).items():
            _add_claim(contract, target, held, given.get(target, {}), seen)

        def is_own(holder: Holder, binding: str, verbs: frozenset[str]) -> bool:
            rules = own_rules(contract, inside.cluster, holder, binding)
            return is_administrator(contract, inside, holder) or are_own_verbs(rules, verbs, CLAIMS)

        seen.strangers += strangers(volumes, rbac, subjects, is_own)
        if settings is not None:
            seen.remarks += encryption(volumes, claims, persistent)
            seen.remarks += keys(client, volumes, claims)
    return seen


def _add_claim(
    contract: Contract,
    target: ObjectId,
    held: Mapping[Subject, frozenset[str]],
    declared: Mapping[Subject, Verb],
    seen: Observed,
) -> None:
    """Add the holders of a claim; additional rights of permitted administrators are not reported."""
    permitted = administrator_names(contract)
    found = seen.access.setdefault(target, {})
    for subject, words in held.items():
        verb, beyond = whole_verb(words)
        if isinstance(subject, GroupId) and subject.key.casefold() in permitted:
            wanted = declared.get(subject)
            verb, beyond = (wanted if verb and wanted and verb.rank >= wanted.rank else verb), frozenset()
            if wanted is None:
                continue
        if verb is not None:
            found[subject] = verb
        if beyond:
            step = LiveStep(subject, Right(target, verb_of(beyond).value), f"may {', '.join(sorted(beyond))}")
            what = f"may {', '.join(sorted(beyond))} the claim, beyond every verb of Rolecall"
            seen.remarks.append(Remark(target, RemarkKind.EXTRA, what, str(subject), step, BY_HAND))
