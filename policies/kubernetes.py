"""Objects of a Kubernetes cluster as rules see them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rolecall.policies.context import Context
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Check, Finding, Resource

# Groups that everybody is in who signs in, or nobody has to sign in for:
# https://kubernetes.io/docs/reference/access-authn-authz/rbac/#discovery-roles
EVERYBODY = ("system:authenticated", "system:unauthenticated", "system:anonymous", "system:serviceaccounts")
LINKERD = "policy.linkerd.io"
RBAC = "rbac.authorization.k8s.io"
CORE, NETWORKING = "", "networking.k8s.io"


def of_kinds(group: str, kinds: tuple[str, ...], check: Callable[[Properties], Iterator[Finding]]) -> Check:
    """Return a check of the objects of some kinds of an API group; objects of other kinds have no finding.

    Args:
        group: the API group; empty for the core group.
        kinds: the kinds.
        check: yields what is wrong with the properties of such an object.
    """

    def judge(resource: Resource, context: Context) -> Iterator[Finding]:
        properties = resource.properties
        version = str(properties.read("apiVersion") or "")
        if version.rpartition("/")[0] == group and properties.read("kind") in kinds:
            yield from check(properties)

    return judge
