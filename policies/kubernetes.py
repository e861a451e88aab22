"""Objects of a Kubernetes cluster as rules see them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, Mutation
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Check, Finding, Resource, Rule
from rolecall.policies.types import KUBERNETES_OBJECT

# Groups of everybody who signs in, or who does not sign in:
# https://kubernetes.io/docs/reference/access-authn-authz/rbac/#discovery-roles
EVERYBODY = ("system:authenticated", "system:unauthenticated", "system:anonymous", "system:serviceaccounts")
LINKERD = "policy.linkerd.io"
RBAC = "rbac.authorization.k8s.io"
CORE, NETWORKING, STORAGE = "", "networking.k8s.io", "storage.k8s.io"
CERTIFICATES = "cert-manager.io"


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


def object_rule(
    name: str,
    description: str,
    source: str,
    themes: tuple[Theme, ...],
    check: Check,
    good: dict[str, Any],
    bad: tuple[Mutation, ...],
    reads: tuple[str, ...],
) -> Rule:
    """Return the rule, critical, on objects of some kinds.

    Args:
        name: the rule's id.
        description: the requirement, in one sentence.
        source: the document that it comes from.
        themes: its topics.
        check: of `of_kinds`.
        good: properties of an object that complies.
        bad: changes, each of which alone violates the rule.
        reads: paths of the properties that the check reads, joined by dots, besides version and kind; those above them
            are read, too.
    """
    paths = dict.fromkeys(
        ".".join(parts[:end]) for parts in (path.split(".") for path in reads) for end in range(1, len(parts) + 1)
    )
    example = Example(KUBERNETES_OBJECT, good, bad, ("apiVersion", "kind", *paths))
    return Rule(name, description, Severity.CRITICAL, source, themes, (KUBERNETES_OBJECT,), check, example)
