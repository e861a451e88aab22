from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put, without
from rolecall.policies.kubernetes import LINKERD, of_kinds
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Finding, Rule
from rolecall.policies.types import KUBERNETES_OBJECT


def _check(properties: Properties) -> Iterator[Finding]:
    if not [*properties.items("content.spec.requiredAuthenticationRefs")]:
        yield Finding(
            "content.spec.requiredAuthenticationRefs is empty: the policy admits every client",
            "Require a MeshTLSAuthentication of the callers, or a NetworkAuthentication of the nodes for probes.",
        )


RULE = Rule(
    "mesh-policy-requires-authentication",
    "A policy of the mesh admits only clients that it authenticates.",
    (KUBERNETES_OBJECT,),
    of_kinds(LINKERD, ("AuthorizationPolicy",), _check),
    Severity.CRITICAL,
    "https://linkerd.io/2/reference/authorization-policy/#authorizationpolicy",
    (Theme.LEAST_PRIVILEGE, Theme.NETWORK),
    Example(
        KUBERNETES_OBJECT,
        compliant.AUTHORIZATION_POLICY,
        (
            put("content.spec.requiredAuthenticationRefs", []),
            without("content.spec.requiredAuthenticationRefs"),
            without("content.spec"),
        ),
        ("apiVersion", "kind", "content", "content.spec", "content.spec.requiredAuthenticationRefs"),
    ),
)
