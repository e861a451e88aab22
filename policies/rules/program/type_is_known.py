"""A type that no rule judges would bypass all rules.

It may come from a newer provider or from another package; `command:local:Command` runs commands with all permissions of
the deployment.
"""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example
from rolecall.policies.harmless_types import HARMLESS
from rolecall.policies.parameters import list_parameter
from rolecall.policies.refused_types import REFUSED
from rolecall.policies.rule import EVERY_TYPE, Finding, Resource, Rule
from rolecall.policies.types import PROVIDERS, WORKSPACE_BINDING

# Packages that reach no system: https://www.pulumi.com/registry/packages/random/.
HARMLESS_PACKAGES = frozenset({"random"})
# Declared by contracts; other programs need the platform team's decision.
OF_CONTRACT = frozenset({WORKSPACE_BINDING})
_ALLOW = "Have the platform team allow it: `allowed_types` of this rule, a type or a package followed by `:*`."


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    # The catalogue imports this rule.
    from rolecall.policies.catalogue import JUDGED

    kind, package = resource.type, package_of(resource.type)
    # A component has no provider and does nothing by itself; the resources in it are judged one by one.
    is_component = resource.provider is None and not kind.startswith(PROVIDERS)
    allowed = kind in context.allowed_types or f"{package}:*" in context.allowed_types
    if is_component or allowed or package in HARMLESS_PACKAGES or kind in JUDGED or kind in HARMLESS:
        return
    if kind in OF_CONTRACT and context.own_program:
        return
    if kind in REFUSED:
        what, instead = REFUSED[kind]
        yield Finding(f"{kind} {what}", f"{instead} {_ALLOW}")
    elif kind.startswith(PROVIDERS):
        yield Finding(f"the package {package!r} can do what no rule judges", _ALLOW)
    else:
        yield Finding(f"no rule covers the type {kind}", _ALLOW)


def package_of(kind: str) -> str:
    """Return the package of a type: of `pulumi:providers:aws` it is `aws`, as of `aws:s3:Bucket`."""
    return kind.removeprefix(PROVIDERS).split(":")[0]


RULE = Rule(
    "type-is-known",
    "Every resource is of a type that a rule judges, or that is harmless.",
    Severity.CRITICAL,
    "https://www.pulumi.com/docs/iac/concepts/resources/names/#types",
    (Theme.CHANGE, Theme.CONFIGURATION),
    EVERY_TYPE,
    _check,
    Example("databricks:index/sqlPermissions:SqlPermissions", {"anyFile": True}, (), ()),
    parameters=list_parameter(
        "allowed_types", "types that are used although no rule judges them; PACKAGE:* for all of a package"
    ),
)
