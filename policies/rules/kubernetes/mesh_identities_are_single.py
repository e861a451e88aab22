from __future__ import annotations

from collections.abc import Iterator

from rolecall.policies import compliant
from rolecall.policies.controls import Theme
from rolecall.policies.example import put
from rolecall.policies.kubernetes import LINKERD, object_rule, of_kinds
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Finding


def _check(properties: Properties) -> Iterator[Finding]:
    for identity in properties.read("content.spec.identities") or []:
        if "*" in str(identity):
            yield Finding(f"content.spec.identities has {identity}", "Name each service account under identityRefs.")
    for reference in properties.items("content.spec.identityRefs"):
        if reference.read("kind") != "ServiceAccount":
            yield Finding(
                f"{reference.path} is a whole {reference.read('kind')}",
                "Name single service accounts: `kind: ServiceAccount`.",
            )


RULE = object_rule(
    "mesh-identities-are-single",
    "A policy of the mesh names single service accounts as callers: no wildcard, and no whole namespace.",
    "https://linkerd.io/2/reference/authorization-policy/#meshtlsauthentication",
    (Theme.LEAST_PRIVILEGE, Theme.NETWORK),
    of_kinds(LINKERD, ("MeshTLSAuthentication",), _check),
    compliant.MESH_AUTHENTICATION,
    (
        put("content.spec.identityRefs.0.kind", "Namespace"),
        put("content.spec.identities", ["*"]),
        put("content.spec.identities", ["*.dev-churn.serviceaccount.identity.linkerd.cluster.local"]),
    ),
    ("content.spec.identityRefs",),
)
