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

ALLOWED = ("deny", "audit")


def _check(properties: Properties) -> Iterator[Finding]:
    policy = properties.read("content.spec.accessPolicy")
    if policy not in ALLOWED:
        yield Finding(
            f"content.spec.accessPolicy is {policy or 'not set'}", "Write deny, or audit while a service is introduced."
        )


RULE = Rule(
    "server-denies",
    "A port of the mesh admits only clients of its policies.",
    (KUBERNETES_OBJECT,),
    of_kinds(LINKERD, ("Server",), _check),
    Severity.CRITICAL,
    "https://linkerd.io/2/reference/authorization-policy/#server",
    (Theme.LEAST_PRIVILEGE, Theme.NETWORK),
    Example(
        KUBERNETES_OBJECT,
        compliant.SERVER,
        (put("content.spec.accessPolicy", "all-unauthenticated"), without("content.spec.accessPolicy")),
        ("apiVersion", "kind", "content", "content.spec", "content.spec.accessPolicy"),
    ),
)
