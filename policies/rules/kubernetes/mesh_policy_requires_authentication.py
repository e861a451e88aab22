from __future__ import annotations

from collections.abc import Iterator

from rolecall.policies import compliant
from rolecall.policies.controls import Theme
from rolecall.policies.example import put, without
from rolecall.policies.kubernetes import LINKERD, object_rule, of_kinds
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Finding


def _check(properties: Properties) -> Iterator[Finding]:
    if not [*properties.items("content.spec.requiredAuthenticationRefs")]:
        yield Finding(
            "content.spec.requiredAuthenticationRefs is empty: the policy admits every client",
            "Require a MeshTLSAuthentication of the callers, or a NetworkAuthentication of the nodes for probes.",
        )


RULE = object_rule(
    "mesh-policy-requires-authentication",
    "A policy of the mesh admits only clients that it authenticates.",
    "https://linkerd.io/2/reference/authorization-policy/#authorizationpolicy",
    (Theme.LEAST_PRIVILEGE, Theme.NETWORK),
    of_kinds(LINKERD, ("AuthorizationPolicy",), _check),
    compliant.AUTHORIZATION_POLICY,
    (
        put("content.spec.requiredAuthenticationRefs", []),
        without("content.spec.requiredAuthenticationRefs"),
        without("content.spec"),
    ),
    ("content.spec.requiredAuthenticationRefs",),
)
