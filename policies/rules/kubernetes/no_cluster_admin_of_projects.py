from __future__ import annotations

from collections.abc import Iterator

from rolecall.policies import compliant
from rolecall.policies.controls import Theme
from rolecall.policies.example import put
from rolecall.policies.kubernetes import EVERYBODY, RBAC, object_rule, of_kinds
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Finding

STRONG_ROLES = ("cluster-admin", "admin", "edit")
STRONG_VERBS = ("*", "bind", "escalate", "impersonate")


def _check(properties: Properties) -> Iterator[Finding]:
    role = str(properties.read("content.roleRef.name") or "")
    if role in STRONG_ROLES:
        yield Finding(f"content.roleRef is {role}", "Bind a role with the verbs and resources that the project needs.")
    for subject in properties.items("content.subjects"):
        name = str(subject.read("name") or "")
        if name.startswith(EVERYBODY):
            yield Finding(f"{subject.path} is everybody: {name}", "Name a group of the contract.")
    for rule in properties.items("content.rules"):
        if strong := sorted({*(rule.read("verbs") or [])} & {*STRONG_VERBS}):
            yield Finding(
                f"{rule.path} has the verbs {', '.join(strong)}", "Name single verbs; others give more rights."
            )
        if "*" in (rule.read("resources") or []):
            yield Finding(f"{rule.path} is about every resource, Secrets included", "Name the resources.")


RULE = object_rule(
    "no-cluster-admin-of-projects",
    "Roles and bindings of a project give single verbs on named resources, and no way to more rights.",
    "https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
    (Theme.LEAST_PRIVILEGE, Theme.ADMINISTRATORS),
    of_kinds(RBAC, ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"), _check),
    compliant.ROLE_BINDING,
    (
        put("content.roleRef.name", "cluster-admin"),
        put("content.subjects.0.name", "system:authenticated"),
        put("content.rules", [{"verbs": ["*"], "resources": ["pods"]}]),
        put("content.rules", [{"verbs": ["escalate"], "resources": ["roles"]}]),
        put("content.rules", [{"verbs": ["get"], "resources": ["*"]}]),
    ),
    ("content.roleRef.name", "content.subjects"),
)
