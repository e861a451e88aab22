"""Resources as the author of a Pulumi program would declare them, judged by the guardrails as the engine would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolecall.policies.catalogue import PACKS
from rolecall.policies.context import Context
from rolecall.policies.judging import Judgement, judge
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Provider, Resource
from tests.policies.example import CONTEXT

GUARDRAILS = {"guardrails": PACKS["guardrails"]}
DEFAULT = "default"


def resource(
    kind: str,
    values: Mapping[str, Any],
    *,
    name: str = "mine",
    stack: str = "prod",
    provider: Mapping[str, Any] | None = None,
    provider_name: str = DEFAULT,
) -> Resource:
    """Return a declared resource.

    Args:
        kind: its type token.
        values: its inputs.
        name: its name in the program.
        stack: the stack.
        provider: inputs of its provider.
        provider_name: the provider's name; the engine makes those that are called `default…`.
    """
    package = kind.split(":")[0]
    through = Provider(f"pulumi:providers:{package}", provider_name, Properties(dict(provider or {})))
    return Resource(kind, name, stack, Properties(dict(values)), dict(values), provider=through)


def refusals(
    *resources: Resource, context: Context = CONTEXT, rules: Mapping[str, Any] | None = None
) -> list[Judgement]:
    """Return what blocks resources under the guardrails.

    Args:
        resources: the resources.
        context: what the organization has agreed upon.
        rules: levels and parameters by rule.
    """
    found = judge(resources, GUARDRAILS, lambda stack: context, rules or {})
    return [one for one in found if one.mandatory]


def refused_by(*resources: Resource, context: Context = CONTEXT, rules: Mapping[str, Any] | None = None) -> set[str]:
    """Return the ids of the rules that block resources."""
    return {one.rule for one in refusals(*resources, context=context, rules=rules)}
