"""A project's objects as resources: their properties, and the order in which they are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rolecall.access.effective import Access
from rolecall.contract.contract import Contract
from rolecall.ids.verbs import Verb
from rolecall.systems.kubernetes.manifests import ISOLATION, Accounts, claims_in, manifests
from rolecall.systems.kubernetes.mesh.compilation import CALLERS
from rolecall.systems.kubernetes.mesh.declared_certificates import certificate_manifests
from rolecall.systems.kubernetes.ownership import MANAGED_BY, OWNER, Manifest
from rolecall.systems.kubernetes.storage.claims import entries

_FRAME = ("apiVersion", "kind", "metadata")


@dataclass(frozen=True)
class Wanted:
    """An object to declare.

    Attributes:
        name: its name among the stack's resources.
        properties: its properties.
        after: names of the resources that have to be there before it.
    """

    name: str
    properties: Mapping[str, Any]
    after: Sequence[str]


def declared_objects(
    contract: Contract,
    access: Access,
    environment: str,
    project: str,
    accounts: Accounts,
    groups: Mapping[str, str] | None = None,
) -> list[Wanted]:
    """Return what a project has in its environment's cluster.

    The objects of one service follow one another in the order of their application, and so do those of a claim and
    Longhorn's; services and claims are made side by side. The policy that closes ways around the mesh comes last,
    after the policies that open ports for callers.

    Args:
        contract: the contract.
        access: the contract's access.
        environment: the environment.
        project: the project.
        accounts: the service accounts of holders.
        groups: names of groups in the cluster, by key; by default the contract's.
    """
    name = contract.environments[environment].cluster
    if name is None:
        return []
    found: list[Wanted] = []
    last: dict[str, str] = {}
    claims = {one.name: one for one in claims_in(contract, access, environment, project, accounts, groups)}
    for manifest in manifests(contract, access, environment, project, accounts, groups):
        metadata, kind = manifest["metadata"], manifest["kind"]
        key = f"{project}.{kind}" if kind == "Namespace" else f"{project}-{metadata['name']}.{kind}"
        chain = _chain(manifest, found[0].properties["name"] if found else "")
        properties = {"cluster": name, **_place(contract, name), **_properties(manifest)}
        if kind == "MeshTLSAuthentication":
            # The list of the service's callers: named as lists of who holds what on an object are.
            service = metadata["name"].partition(".")[0]
            key = f"{project}-{service}"
            properties |= {"meshService": service, CALLERS: _callers(manifest)}
        if kind == "RoleBinding" and (claim := claims.get(metadata["name"].removesuffix(f".{Verb.VIEW}"))) is not None:
            # The first binding of a claim lists all its holders.
            properties |= {"claim": claim.name, "holders": entries(claim)}
        if kind == "Namespace":
            after: list[str] = []
        elif kind == "NetworkPolicy" and metadata["name"] == ISOLATION:
            after = [one.name for one in found]
        elif chain:
            after = [last.get(chain, found[0].name)]
            last[chain] = key
        else:
            after = [found[0].name]
        found.append(Wanted(key, properties, after))
    return found


def declared_certificates(contract: Contract) -> list[Wanted]:
    """Return the objects of the certificates of all clusters' meshes, grouped by cluster."""
    found: list[Wanted] = []
    for name in sorted(contract.clusters):
        after: list[str] = []
        for one in certificate_manifests(contract, name):
            key = f"{name}-{one['metadata']['name']}.{one['kind']}"
            found.append(Wanted(key, {"cluster": name, **_place(contract, name), **_properties(one)}, after))
            after = [key]
    return found


def _chain(manifest: Manifest, namespace: str) -> str:
    """Return the key of the chain in which an object is applied; empty for an object without one."""
    metadata, kind = manifest["metadata"], manifest["kind"]
    part = metadata["name"].partition(".")[0]
    if kind in ("Role", "RoleBinding"):
        return f"claim {part}"
    if kind == "StorageClass" or metadata.get("namespace") not in ("", None, namespace):
        return "storage"
    if kind.startswith("ValidatingAdmissionPolicy"):
        return f"rules {metadata['name']}"
    return f"service {part}" if "spec" in manifest else ""


def _place(contract: Contract, name: str) -> dict[str, Any]:
    cluster = contract.clusters[name]
    return {
        **({"context": cluster.context} if cluster.context else {}),
        **({"overrules": list(cluster.overrules)} if cluster.overrules else {}),
    }


def _properties(manifest: Manifest) -> dict[str, Any]:
    metadata = manifest["metadata"]
    labels = {key: value for key, value in metadata["labels"].items() if key != MANAGED_BY}
    annotations = {key: value for key, value in metadata["annotations"].items() if key != OWNER}
    return {
        "apiVersion": manifest["apiVersion"],
        "kind": manifest["kind"],
        **({"namespace": metadata["namespace"]} if "namespace" in metadata else {}),
        "name": metadata["name"],
        "labels": labels,
        "annotations": annotations,
        "content": {key: value for key, value in manifest.items() if key not in _FRAME},
        "managedBy": metadata["annotations"][OWNER],
    }


def _callers(manifest: Manifest) -> list[dict[str, str]]:
    references = manifest["spec"]["identityRefs"]
    return [{"serviceAccount": f"{one['namespace']}/{one['name']}", "may": "call"} for one in references]
