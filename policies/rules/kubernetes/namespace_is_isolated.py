from __future__ import annotations

from collections.abc import Iterator

from rolecall.policies import compliant
from rolecall.policies.controls import Theme
from rolecall.policies.example import put, without
from rolecall.policies.kubernetes import CORE, object_rule, of_kinds
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Finding

POLICY, SKIPPED, INJECT = (
    "config.linkerd.io/default-inbound-policy",
    "config.linkerd.io/skip-inbound-ports",
    "linkerd.io/inject",
)


def _check(properties: Properties) -> Iterator[Finding]:
    annotations = properties.read("annotations") or {}
    for name, wanted in ((POLICY, "deny"), (INJECT, "enabled")):
        found = annotations.get(name)
        if found != wanted:
            yield Finding(f"annotation {name} is {found or 'not set'}", f"Write {wanted}: new pods read it.")
    if SKIPPED in annotations:
        yield Finding(
            f"annotation {SKIPPED} takes ports {annotations[SKIPPED]} out of the mesh", "Take the annotation out."
        )


RULE = object_rule(
    "namespace-is-isolated",
    "Pods of a project's namespace are in the mesh, with all of their ports, and refuse unknown clients.",
    "https://linkerd.io/2/reference/authorization-policy/#default-policies",
    (Theme.NETWORK,),
    of_kinds(CORE, ("Namespace",), _check),
    compliant.NAMESPACE,
    (
        put("annotations", {INJECT: "enabled"}),
        put("annotations", {INJECT: "enabled", POLICY: "all-authenticated"}),
        put("annotations", {INJECT: "enabled", POLICY: "deny", SKIPPED: "8080"}),
        put("annotations", {INJECT: "disabled", POLICY: "deny"}),
        without("annotations"),
    ),
    ("annotations",),
)
