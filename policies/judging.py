"""Judges resources by the rules of packs, in this process: the same rules, without the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.former_ids import ids_of
from rolecall.policies.rule import Resource, Rule, cannot_judge, message
from rolecall.policies.stack_rules import Change, StackRule

MANDATORY, ADVISORY, DISABLED, LEVEL = "mandatory", "advisory", "disabled", "enforcementLevel"
# Checking a state does not remediate it.
BLOCKING = (MANDATORY, "remediate")
Configuration = Mapping[str, Any]


@dataclass(frozen=True)
class Judgement:
    """A rule that a resource breaks.

    Attributes:
        pack: the pack.
        rule: the rule's id.
        stack: the stack that declares the resource.
        resource: the resource's name.
        message: what a tired engineer reads.
        mandatory: whether it blocks.
        exemption: why it is allowed; empty without an exemption.
    """

    pack: str
    rule: str
    stack: str
    resource: str
    message: str
    mandatory: bool
    exemption: str = ""


def judge(
    resources: Iterable[Resource],
    packs: Mapping[str, Iterable[Rule]],
    context_of: Callable[[str], Context],
    configuration: Configuration,
) -> Iterator[Judgement]:
    """Yield what is wrong with resources.

    Args:
        resources: the resources, each with the name of its stack.
        packs: rules by pack.
        context_of: returns what is known of the contract, for a stack's name.
        configuration: levels and parameters by rule, as `pulumi --policy-pack-config` takes them.
    """
    reported: set[tuple[str, str]] = set()
    for resource in resources:
        for pack, rules in packs.items():
            for rule in rules:
                level, parameters = settings_of(pack, rule, configuration)
                if not rule.concerns(resource.type) or level == DISABLED:
                    continue
                context = context_of(resource.stack).with_parameters(parameters)
                missing = rule.missing(context)
                if missing is not None and not rule.must_judge:
                    if (rule.id, resource.stack) not in reported:
                        reported.add((rule.id, resource.stack))
                        said = cannot_judge(rule.id, missing)
                        yield Judgement(pack, rule.id, resource.stack, resource.name, said, mandatory=False)
                    continue
                exemption = context.exemptions.of(rule.id, resource.name, resource.stack)
                why = exemption.sentence() if exemption else ""
                judged = replace(resource, stack=context.stage_of(resource.stack))
                for finding in rule.findings(judged, context):
                    said = message(judged, finding, context)
                    blocks = level in BLOCKING and not why
                    yield Judgement(pack, rule.id, resource.stack, resource.name, said, blocks, why)


def judge_stacks(
    changes: Iterable[Change],
    packs: Mapping[str, Iterable[StackRule]],
    context_of: Callable[[str], Context],
    configuration: Configuration,
) -> Iterator[Judgement]:
    """Yield what is wrong with stacks as a whole; arguments as those of `judge`."""
    for change in changes:
        context = context_of(change.stack)
        for pack, rules in packs.items():
            for rule in rules:
                level, _ = settings_of(pack, rule, configuration)
                for name, finding in rule.check(change, context) if level != DISABLED else ():
                    exemption = context.exemptions.of(rule.id, name, change.stack)
                    why = exemption.sentence() if exemption else ""
                    said = f"{name}: {finding.found}\n    {finding.allowed}"
                    yield Judgement(pack, rule.id, change.stack, name, said, level in BLOCKING and not why, why)


def settings_of(pack: str, rule: Rule | StackRule, configuration: Configuration) -> tuple[str, Mapping[str, Any]]:
    """Return a rule's level and parameters."""
    fields: Any = next((configuration[name] for name in ids_of(rule.id) if configuration.get(name)), {})
    fields = {LEVEL: fields} if isinstance(fields, str) else fields
    return str(fields.get(LEVEL) or level_of(pack, rule)), {
        name: value for name, value in fields.items() if name != LEVEL
    }


def level_of(pack: str, rule: Rule | StackRule) -> str:
    """Return a rule's level by default: rules of low severity block only in the guardrails."""
    if isinstance(rule, StackRule) and rule.only_reported:
        return ADVISORY
    return ADVISORY if rule.severity is Severity.LOW and pack != "guardrails" else MANDATORY
