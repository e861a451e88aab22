from __future__ import annotations

from collections.abc import Iterator

from rolecall.policies import compliant
from rolecall.policies.controls import Theme
from rolecall.policies.example import put, without
from rolecall.policies.kubernetes import LINKERD, object_rule, of_kinds
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Finding

ALLOWED = ("deny", "audit")


def _check(properties: Properties) -> Iterator[Finding]:
    policy = properties.read("content.spec.accessPolicy")
    if policy not in ALLOWED:
        yield Finding(
            f"content.spec.accessPolicy is {policy or 'not set'}", "Write deny, or audit while a service is introduced."
        )


RULE = object_rule(
    "server-denies",
    "A port of the mesh admits only clients of its policies.",
    "https://linkerd.io/2/reference/authorization-policy/#server",
    (Theme.LEAST_PRIVILEGE, Theme.NETWORK),
    of_kinds(LINKERD, ("Server",), _check),
    compliant.SERVER,
    (put("content.spec.accessPolicy", "all-unauthenticated"), without("content.spec.accessPolicy")),
    ("content.spec.accessPolicy",),
)
