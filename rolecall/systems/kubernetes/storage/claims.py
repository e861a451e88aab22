"""Roles and bindings of claims: who may read, change and delete each one.

A binding of a verb names all subjects with that verb or a higher one, so the first one lists all holders.
https://kubernetes.io/docs/reference/access-authn-authz/rbac/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rolecall.access.effective import Access
from rolecall.contract.contract import Contract
from rolecall.contract.objects import objects_of
from rolecall.contract.service_accounts import namespace_of
from rolecall.ids.ids import GroupId, ServicePrincipalId, ownership_mark
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.persistent_volume import PERSISTENT_VOLUME
from rolecall.systems.kubernetes.mesh.compilation import Caller
from rolecall.systems.kubernetes.ownership import Manifest, manifest

RBAC_GROUP = "rbac.authorization.k8s.io"
RBAC = f"{RBAC_GROUP}/v1"
CLAIMS = "persistentvolumeclaims"


@dataclass(frozen=True)
class Claim:
    """A claim in one environment, with all its holders.

    Attributes:
        name: its name.
        namespace: its namespace.
        owner: its mark of ownership.
        groups: verbs of groups, by their names in the cluster.
        accounts: verbs of service accounts.
    """

    name: str
    namespace: str
    owner: str
    groups: Mapping[str, Verb]
    accounts: Mapping[Caller, Verb]


def claims_of(
    contract: Contract,
    access: Access,
    environment: str,
    project: str,
    accounts: Mapping[ServicePrincipalId, Caller],
    groups: Mapping[str, str],
) -> Iterator[Claim]:
    """Yield a project's claims in an environment, by name.

    Args:
        contract: the contract.
        access: the contract's access.
        environment: the environment.
        project: the project.
        accounts: service accounts of service principals.
        groups: names of groups in the cluster, by key.
    """
    declared = objects_of(contract, environment, Kind.PERSISTENT_VOLUME, project)
    for one in sorted(declared, key=lambda each: each.key):
        target = one.id_in(environment)
        held = access.get(target, {})
        yield Claim(
            one.key,
            namespace_of(environment, project),
            ownership_mark(contract.organization, target),
            {groups[who.key]: verb for who, verb in held.items() if isinstance(who, GroupId) and who.key in groups},
            {
                accounts[who]: verb
                for who, verb in held.items()
                if isinstance(who, ServicePrincipalId) and who in accounts
            },
        )


def claim_manifests(claim: Claim) -> Iterator[Manifest]:
    """Yield the roles and bindings of a claim; a verb without holders has none."""
    for verb, words in PERSISTENT_VOLUME.verbs.items():
        subjects = _subjects(claim, verb)
        if not subjects:
            continue
        name = f"{claim.name}.{verb}"
        rule = {"apiGroups": [""], "resources": [CLAIMS], "resourceNames": [claim.name], "verbs": words.split()}
        yield manifest(RBAC, "Role", name, claim.namespace, claim.owner, rules=[rule])
        reference = {"apiGroup": RBAC_GROUP, "kind": "Role", "name": name}
        yield manifest(RBAC, "RoleBinding", name, claim.namespace, claim.owner, roleRef=reference, subjects=[*subjects])


def entries(claim: Claim) -> list[dict[str, str]]:
    """Return all holders of a claim, with the verbs of Kubernetes."""
    groups = [{"group": name, "may": words(verb)} for name, verb in sorted(claim.groups.items())]
    accounts = [
        {"serviceAccount": f"{one.namespace}/{one.name}", "may": words(verb)}
        for one, verb in sorted(claim.accounts.items())
    ]
    return [*groups, *accounts]


def words(verb: Verb) -> str:
    """Return the verbs of Kubernetes that a verb means on a claim."""
    return " ".join(sorted(PERSISTENT_VOLUME.words[verb]))


def _subjects(claim: Claim, verb: Verb) -> Sequence[dict[str, str]]:
    groups = sorted(name for name, held in claim.groups.items() if held.rank >= verb.rank)
    accounts = sorted(one for one, held in claim.accounts.items() if held.rank >= verb.rank)
    return [
        *({"kind": "Group", "apiGroup": RBAC_GROUP, "name": name} for name in groups),
        *({"kind": "ServiceAccount", "name": one.name, "namespace": one.namespace} for one in accounts),
    ]
