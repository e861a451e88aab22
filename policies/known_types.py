"""Every type is known: judged by a rule of the guardrails, harmless with a reason, or refused.

A type that no rule is about would be a way around all of them: a newer provider's, another package's, or one that runs
commands (`command:local:Command` runs with whatever the deployment may do).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pulumi_policy import PolicyConfigSchema, Severity

from rolecall.policies.context import Context
from rolecall.policies.harmless_types import HARMLESS
from rolecall.policies.refused_types import REFUSED
from rolecall.policies.rule import EVERY_TYPE, Finding, Resource, Rule
from rolecall.policies.types import PROVIDERS

# Packages that reach no system: https://www.pulumi.com/registry/packages/random/.
HARMLESS_PACKAGES = frozenset({"random"})
_ALLOW = "Have the platform team allow it: `allowed_types` of this rule, a type or a package followed by `:*`."


def type_is_known(judged: Collection[str]) -> Rule:
    """Return the rule.

    Args:
        judged: the types that other rules of the guardrails judge.
    """
    known = frozenset(judged)

    def check(resource: Resource, context: Context) -> Iterator[Finding]:
        kind, package = resource.type, package_of(resource.type)
        # A component has no provider and does nothing by itself; what is in it is judged for itself.
        is_component = resource.provider is None and not kind.startswith(PROVIDERS)
        allowed = kind in context.allowed_types or f"{package}:*" in context.allowed_types
        if is_component or allowed or package in HARMLESS_PACKAGES or kind in known or kind in HARMLESS:
            return
        if kind in REFUSED:
            what, instead = REFUSED[kind]
            yield Finding(f"{kind} {what}", f"{instead} {_ALLOW}")
        elif kind.startswith(PROVIDERS):
            yield Finding(f"the package {package!r} can do what no rule judges", _ALLOW)
        else:
            yield Finding(f"no rule knows the type {kind}", _ALLOW)

    return Rule(
        "type-is-known",
        "Every resource is of a type that a rule judges, or that is harmless.",
        EVERY_TYPE,
        check,
        Severity.CRITICAL,
        "https://www.pulumi.com/docs/iac/concepts/resources/names/#types",
        PolicyConfigSchema(
            properties={
                "allowed_types": {
                    "type": "array",
                    "description": "types that are used although no rule judges them; PACKAGE:* for all of a package",
                    "items": {"type": "string"},
                    "default": [],
                }
            }
        ),
    )


def package_of(kind: str) -> str:
    """Return the package of a type: of `pulumi:providers:aws` it is `aws`, as of `aws:s3:Bucket`."""
    return kind.removeprefix(PROVIDERS).split(":")[0]
