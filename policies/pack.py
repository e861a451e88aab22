"""A pack as the engine runs it: a policy for each rule, and what keeps exemptions in sight."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)

from rolecall.policies.catalogue import STACK_RULES
from rolecall.policies.context import Context
from rolecall.policies.exemptions import FILE
from rolecall.policies.properties import raw_properties
from rolecall.policies.rule import (
    EVERY_TYPE,
    Rule,
    Unjudged,
    Uses,
    cannot_judge,
    policy_of,
    resource_of,
    stack_of,
    tags_of,
)
from rolecall.policies.rules.settings.protective_settings_stay import RULE as SETTINGS_STAY
from rolecall.policies.stack_rules import StackRule, change_of, keyed
from rolecall.policies.state import is_readable, is_whole_run, settings_before
from rolecall.sdk_patches import patch_policy_sdk

VALID, MATCH, IN_USE = "exemptions-are-valid", "exemptions-match", "exemptions-in-use"
UNJUDGED = "every-rule-can-judge"


# Declared inputs of the resources that stack rules read, by URN.
Inputs = dict[str, Mapping[str, Any]]


def policies_of(
    rules: Sequence[Rule],
    known: Sequence[Rule],
    context_of: Callable[[str], Context],
    *,
    advisory: Callable[[Rule], bool] = lambda rule: False,
    stack_rules: Sequence[StackRule] = (),
) -> list[Policy]:
    """Return the policies of a pack.

    Args:
        rules: the pack's rules.
        known: the rules of all packs, which exemptions may name.
        context_of: returns what is known of the contract and of exemptions, for a stack's name.
        advisory: returns whether a violation of a rule is reported only.
        stack_rules: the pack's rules on the stack as a whole.
    """
    types = {rule.id: rule.types for rule in rules if rule.types != EVERY_TYPE}
    patch_policy_sdk(types, names_only=(MATCH, IN_USE), whole={rule.id: rule.types for rule in stack_rules})
    uses: Uses = {}
    unjudged: Unjudged = {}
    inputs: Inputs = {}
    own = frozenset(rule.id for rule in rules)
    return [
        *(policy_of(rule, context_of, uses, unjudged, advisory=advisory(rule)) for rule in rules),
        # After the rules: it is asked in the order of this list.
        _unjudged(unjudged, stack_rules, inputs),
        _valid(frozenset({*(rule.id for rule in known), *(rule.id for rule in STACK_RULES)}), context_of),
        *(_on_stack(rule, context_of, uses, inputs) for rule in stack_rules),
        _match(own, context_of),
        _in_use(uses, context_of),
    ]


def _valid(known: frozenset[str], context_of: Callable[[str], Context]) -> ResourceValidationPolicy:
    """Block at the first resource already: a policy on the whole stack is asked when all of it was made."""
    reported: set[str] = set()

    def validate(arguments: ResourceValidationArgs, report: ReportViolation) -> None:
        exemptions = context_of(stack_of(arguments.urn)).exemptions
        for problem in [*exemptions.problems, *exemptions.unknown_rules(known)]:
            if problem not in reported:
                reported.add(problem)
                report(problem, None)

    return ResourceValidationPolicy(
        name=VALID,
        description=f"Exemptions in {FILE} are whole, hold today, last at most 90 days, and name rules that there are.",
        validate=validate,
        enforcement_level=EnforcementLevel.MANDATORY,
        severity=Severity.HIGH,
    )


def _unjudged(unjudged: Unjudged, stack_rules: Sequence[StackRule], inputs: Inputs) -> ResourceValidationPolicy:
    reported: set[str] = set()
    read = {kind for rule in stack_rules for kind, key in rule.types.items() if key is not None}
    if SETTINGS_STAY in stack_rules and not is_readable(os.environ):
        unjudged[SETTINGS_STAY.id] = "the stack's state is in no local file"

    def validate(arguments: ResourceValidationArgs, report: ReportViolation) -> None:
        # For the stack rules, which run after all resources were analyzed.
        if arguments.resource_type in read:
            inputs[arguments.urn] = raw_properties(arguments.props)
        for rule, missing in unjudged.items():
            if rule not in reported:
                reported.add(rule)
                report(cannot_judge(rule, missing), None)

    return ResourceValidationPolicy(
        name=UNJUDGED,
        description="A rule that lacks its input reports that.",
        validate=validate,
        enforcement_level=EnforcementLevel.ADVISORY,
        severity=Severity.MEDIUM,
    )


def _on_stack(
    rule: StackRule, context_of: Callable[[str], Context], uses: Uses, inputs: Inputs
) -> StackValidationPolicy:
    def validate(arguments: StackValidationArgs, report: ReportViolation) -> None:
        urns = [one.urn for one in arguments.resources]
        if not urns:
            return
        stack = stack_of(urns[0])
        resources = [
            # AnalyzeStack passes outputs, which a preview of a new workspace does not have yet.
            resource_of(one, stack, {**raw_properties(one.props), **inputs.get(one.urn, {})})
            for one in arguments.resources
            if one.resource_type in rule.types
        ]
        before = settings_before(urns[0], os.environ)
        if before is not None and not is_whole_run():
            # What is left out of a run is shown to no rule, and stays.
            before = {key: one for key, one in before.items() if key in keyed(resources)}
        change, context = change_of(resources, stack, before), context_of(stack)
        for name, finding in rule.check(change, context):
            exemption = context.exemptions.of(rule.id, name, stack)
            if exemption is not None:
                uses[rule.id, name] = exemption
                continue
            report(f"{name}: {finding.found}\n    {finding.allowed}", None)

    return StackValidationPolicy(
        name=rule.id,
        description=rule.description,
        validate=validate,
        enforcement_level=EnforcementLevel.ADVISORY if rule.only_reported else EnforcementLevel.MANDATORY,
        severity=rule.severity,
        url=rule.source,
        tags=tags_of(rule.controls),
    )


def _match(own: frozenset[str], context_of: Callable[[str], Context]) -> StackValidationPolicy:
    def validate(arguments: StackValidationArgs, report: ReportViolation) -> None:
        stacks = {stack_of(one.urn) for one in arguments.resources}
        names = [one.name for one in arguments.resources]
        for stack in stacks:
            for problem in context_of(stack).exemptions.without_resource(stack, names, own):
                report(problem, None)

    return StackValidationPolicy(
        name=MATCH,
        description="An exemption that names a stack is about a resource that the stack has.",
        validate=validate,
        enforcement_level=EnforcementLevel.MANDATORY,
        severity=Severity.MEDIUM,
    )


def _in_use(uses: Uses, context_of: Callable[[str], Context]) -> StackValidationPolicy:
    def validate(arguments: StackValidationArgs, report: ReportViolation) -> None:
        for (_, name), exemption in sorted(uses.items()):
            report(f"{name}: {exemption.sentence()}", None)
        for stack in sorted({stack_of(one.urn) for one in arguments.resources}):
            for warning in context_of(stack).exemptions.warnings:
                report(warning, None)

    return StackValidationPolicy(
        name=IN_USE,
        description="Every report lists the exemptions in use.",
        validate=validate,
        enforcement_level=EnforcementLevel.ADVISORY,
        severity=Severity.LOW,
    )
