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


# linkerd/linkerd2-proxy-init, proxy-init/cmd/root.go, and https://linkerd.io/2/reference/proxy-configuration/.
BYPASSES = {
    SKIPPED: "excludes ports {} from the mesh",
    "config.linkerd.io/skip-subnets": "excludes connections of {} from the mesh",
    **{f"config.linkerd.io/{one}-image": "runs {} in the place of Linkerd's own" for one in ("proxy", "init", "debug")},
}


def _check(properties: Properties) -> Iterator[Finding]:
    annotations = properties.read("annotations") or {}
    for name, wanted in ((POLICY, "deny"), (INJECT, "enabled")):
        found = annotations.get(name)
        if found != wanted:
            yield Finding(f"annotation {name} is {found or 'not set'}", f"Write {wanted}: new pods read it.")
    for name, what in BYPASSES.items():
        if name in annotations:
            yield Finding(f"annotation {name} {what.format(annotations[name])}", "Remove the annotation.")


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
        put("annotations", {INJECT: "enabled", POLICY: "deny", "config.linkerd.io/skip-subnets": "10.0.0.0/8"}),
        put("annotations", {INJECT: "enabled", POLICY: "deny", "config.linkerd.io/proxy-image": "other"}),
        put("annotations", {INJECT: "disabled", POLICY: "deny"}),
        without("annotations"),
    ),
    ("annotations",),
)
