"""Service accounts of Kubernetes that act as service principals: one declaration, every system's identity of it."""

from __future__ import annotations

from typing import Any

# https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/: the claim `sub` of their tokens.
_SUBJECT = "system:serviceaccount:{namespace}:{name}"


def namespace_of(environment: str, project: str) -> str:
    """Return the namespace of a project in an environment."""
    return f"{environment}-{project}"


def token_subject(namespace: str, name: str) -> str:
    """Return the subject of a service account's tokens."""
    return _SUBJECT.format(namespace=namespace, name=name)


def mesh_identity(namespace: str, name: str, control_plane: str, trust_domain: str) -> str:
    """Return the identity by which Linkerd knows the pods of a service account.

    https://linkerd.io/2/features/automatic-mtls/
    """
    return f"{name}.{namespace}.serviceaccount.identity.{control_plane}.{trust_domain}"


def take_service_accounts(tree: dict[str, Any]) -> None:
    """Add to each service principal with a service account the federation of its tokens, in each environment.

    Args:
        tree: the contract as plain values; changed in place. What is not valid is left to the model to refuse.
    """
    clusters, environments = _mapping(tree.get("clusters")), _mapping(tree.get("environments"))
    issuers = _mapping(tree.get("issuers"))
    trusted = {
        str(name): federation
        for name, environment in environments.items()
        if (federation := _federation(clusters, _mapping(environment).get("cluster"))) is not None
        and federation["issuer"] in issuers
    }
    for project, declared in _mapping(tree.get("projects")).items():
        for principal in _mapping(_mapping(declared).get("service_principals")).values():
            if isinstance(principal, dict) and isinstance(principal.get("service_account"), str):
                _add(principal, str(project), trusted)


def _add(principal: dict[str, Any], project: str, trusted: dict[str, dict[str, str]]) -> None:
    written = principal.get("federation", [])
    if not isinstance(written, list):
        return
    added = []
    for environment, federation in trusted.items():
        if isinstance(principal.get("in"), list) and environment not in principal["in"]:
            continue
        subject = token_subject(namespace_of(environment, project), principal["service_account"])
        one = {**federation, "subject": subject, "in": [environment]}
        if one not in written:
            added.append(one)
    if added:
        principal["federation"] = [*written, *added]


def _federation(clusters: dict[Any, Any], cluster: object) -> dict[str, str] | None:
    found = _mapping(clusters.get(cluster) if isinstance(cluster, str) else None).get("federation")
    if not isinstance(found, dict):
        return None
    issuer, audience = found.get("issuer"), found.get("audience")
    named = isinstance(issuer, str) and isinstance(audience, str)
    return {"issuer": str(issuer), "audience": str(audience)} if named else None


def _mapping(value: object) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}
