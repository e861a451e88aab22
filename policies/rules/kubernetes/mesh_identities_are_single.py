from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.kubernetes import LINKERD, of_kinds
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Finding, Rule
from rolecall.policies.types import KUBERNETES_OBJECT


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


RULE = Rule(
    "mesh-identities-are-single",
    "A policy of the mesh names single service accounts as callers: no wildcard, and no whole namespace.",
    (KUBERNETES_OBJECT,),
    of_kinds(LINKERD, ("MeshTLSAuthentication",), _check),
    Severity.CRITICAL,
    "https://linkerd.io/2/reference/authorization-policy/#meshtlsauthentication",
    (Theme.LEAST_PRIVILEGE, Theme.NETWORK),
    Example(
        KUBERNETES_OBJECT,
        compliant.MESH_AUTHENTICATION,
        (
            put("content.spec.identityRefs.0.kind", "Namespace"),
            put("content.spec.identities", ["*"]),
            put("content.spec.identities", ["*.dev-churn.serviceaccount.identity.linkerd.cluster.local"]),
        ),
        ("apiVersion", "kind", "content", "content.spec", "content.spec.identityRefs"),
    ),
)
