"""The rules by pack, found in `rolecall.policies.rules`: one a file, each names its pack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import walk_packages

from rolecall.policies import rules
from rolecall.policies.rule import EVERY_TYPE, Rule
from rolecall.policies.stack_rules import StackRule


def _found() -> Iterator[Rule | StackRule]:
    """Yield the rules by area and name."""
    for module in walk_packages(rules.__path__, f"{rules.__name__}."):
        if not module.ispkg:
            rule = import_module(module.name).RULE
            assert isinstance(rule, Rule | StackRule), module.name
            yield rule


_FOUND = tuple(_found())
RULES: tuple[Rule, ...] = tuple(rule for rule in _FOUND if isinstance(rule, Rule))
STACK_RULES: tuple[StackRule, ...] = tuple(rule for rule in _FOUND if isinstance(rule, StackRule))


def _of(pack: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in RULES if rule.pack == pack)


# Mistakes in every organization; requirements of auditors; unexpected costs.
GUARDRAILS, COMPLIANCE, COST = _of("guardrails"), _of("compliance"), _of("cost")
PACKS: Mapping[str, tuple[Rule, ...]] = {"guardrails": GUARDRAILS, "compliance": COMPLIANCE, "cost": COST}
# Rules on stacks as a whole, by pack.
ON_STACKS: Mapping[str, tuple[StackRule, ...]] = {"guardrails": STACK_RULES}
# The types that guardrails judge; rules about every type make none known.
JUDGED = frozenset(kind for rule in GUARDRAILS if rule.types != EVERY_TYPE for kind in rule.types)


def rules_of(pack: str) -> list[Rule | StackRule]:
    """Return a pack's rules on resources and on stacks."""
    return [*PACKS[pack], *ON_STACKS.get(pack, ())]
