"""Shared by rules on the break-glass group: on which lists it needs which level."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi_policy import PolicyConfigSchema

from rolecall.kinds.access import INTERFACES
from rolecall.policies.context import Context
from rolecall.policies.rights import ORCHESTRATORS, Right, Sort
from rolecall.policies.rule import Resource

BREAK_GLASS = PolicyConfigSchema(
    properties={
        "break_glass_group": {"type": "string"},
        "break_glass_id": {"type": "string", "description": "id of the break-glass group in the Databricks account"},
    }
)
# Levels of which break-glass needs one, by the type of the list.
FULL_RIGHTS: Mapping[str, frozenset[str]] = {
    token: form.full for form in INTERFACES if form.full for token in (form.token, form.single) if token
}


def goes_without_break_glass(resource: Resource, context: Context) -> bool:
    """Return whether a resource is the contract's own, and the contract states why it has no break-glass group.

    A contract beside a program speaks for its own objects only.
    """
    return context.no_break_glass is not None and context.place_of(resource.urn) is not None


def is_break_glass(right: Right, resource: Resource, context: Context) -> bool:
    """Return whether a right is granted to the break-glass group."""
    if right.sort is not Sort.GROUP:
        return False
    return context.key_of(right.holder, in_orchestrator=resource.type in ORCHESTRATORS) == context.break_glass
