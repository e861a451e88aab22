"""A cluster's objects as lists of the API, so that a list that was not read is never taken for an empty one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rolecall.errors import UsageError
from rolecall.systems.kubernetes.mesh.objects import GATEWAY_GROUP, POLICY_GROUP

Object = dict[str, Any]


@dataclass(frozen=True)
class ObjectList:
    """A list of the API.

    Attributes:
        group: the API group; empty for the core group.
        kind: the kind of its objects.
        path: the path of the list for all namespaces.
        gateway: whether a cluster without the Gateway API has none.
    """

    group: str
    kind: str
    path: str
    gateway: bool = False


LISTS = (
    ObjectList("", "Namespace", "/api/v1/namespaces"),
    ObjectList("", "Pod", "/api/v1/pods"),
    ObjectList("networking.k8s.io", "NetworkPolicy", "/apis/networking.k8s.io/v1/networkpolicies"),
    ObjectList(POLICY_GROUP, "Server", f"/apis/{POLICY_GROUP}/v1beta3/servers"),
    ObjectList(POLICY_GROUP, "AuthorizationPolicy", f"/apis/{POLICY_GROUP}/v1alpha1/authorizationpolicies"),
    ObjectList(POLICY_GROUP, "MeshTLSAuthentication", f"/apis/{POLICY_GROUP}/v1alpha1/meshtlsauthentications"),
    ObjectList(POLICY_GROUP, "NetworkAuthentication", f"/apis/{POLICY_GROUP}/v1alpha1/networkauthentications"),
    ObjectList(POLICY_GROUP, "ServerAuthorization", f"/apis/{POLICY_GROUP}/v1beta1/serverauthorizations"),
    ObjectList(POLICY_GROUP, "HTTPRoute", f"/apis/{POLICY_GROUP}/v1beta3/httproutes"),
    ObjectList("linkerd.io", "ServiceProfile", "/apis/linkerd.io/v1alpha2/serviceprofiles"),
    ObjectList(GATEWAY_GROUP, "HTTPRoute", f"/apis/{GATEWAY_GROUP}/v1/httproutes", gateway=True),
    ObjectList(GATEWAY_GROUP, "GRPCRoute", f"/apis/{GATEWAY_GROUP}/v1/grpcroutes", gateway=True),
)


def objects_of(documents: Iterable[Any], *, gateway: bool) -> list[Object]:
    """Return the objects of all lists, each with its kind.

    Args:
        documents: answers of the API, in JSON.
        gateway: whether the cluster has the Gateway API.

    Raises:
        UsageError: a list is missing, or is not whole.
    """
    found: list[Object] = []
    read: set[tuple[str, str]] = set()
    for document in documents:
        kind = document.get("kind") if isinstance(document, Mapping) else None
        version = str(document.get("apiVersion", "")) if isinstance(document, Mapping) else ""
        group = version.rpartition("/")[0]
        listed = next((one for one in LISTS if kind == f"{one.kind}List" and one.group == group), None)
        if listed is None:
            shown = f"{kind or type(document).__name__} of {version or 'no version'}"
            raise UsageError(f"a document is a {shown}, which is none of these lists", _how(LISTS))
        if (document.get("metadata") or {}).get("continue"):
            raise UsageError(f"the list of {listed.kind} has more pages", "Read it without `limit`.")
        read.add((listed.group, listed.kind))
        items = document.get("items") or []
        found += [{**item, "apiVersion": version, "kind": listed.kind} for item in items]
    missing = [one for one in LISTS if (one.group, one.kind) not in read and (gateway or not one.gateway)]
    if missing:
        names = ", ".join(f"{one.kind} of {one.group or 'the core group'}" for one in missing)
        raise UsageError(f"these lists were not read: {names}", _how(missing))
    return found


def _how(lists: Iterable[ObjectList]) -> str:
    commands = " ; ".join(f"kubectl get --raw {one.path}" for one in lists)
    return f"Write each list into a file: {commands}. Without the Gateway API: --no-gateway-api."
