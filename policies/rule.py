"""What a rule is: a pure function with a stable id, and the policy that the engine runs for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
)

from rolecall.ids.characters import engine_text
from rolecall.policies.context import Context, Fact
from rolecall.policies.controls import Controls, Theme, controls_of
from rolecall.policies.example import Example
from rolecall.policies.exemptions import Exemption
from rolecall.policies.properties import Properties, Unknown, raw_properties, untouched
from rolecall.policies.resource import Provider as Provider
from rolecall.policies.resource import Resource as Resource

Pack = Literal["guardrails", "compliance", "cost"]
# The types of a rule that judges every resource.
EVERY_TYPE = ("*",)


@dataclass(frozen=True)
class Finding:
    """What is wrong with a resource.

    Attributes:
        found: what was found, and where in the resource.
        allowed: what is allowed, and how to fix it.
    """

    found: str
    allowed: str


# The rules that cannot judge, each with what it lacks.
Unjudged = dict[str, str]
# What a fact is called in messages.
WORDS: Mapping[Fact, str] = {
    "break_glass": "which group is break-glass (`break_glass_group`)",
    "production": "which workspaces are production (`production`)",
    "catalogs": "which catalogs are production (`production_catalogs`)",
}
_HOW_TO_TELL = "Have a contract, or set the rule's parameters in the file of --policy-pack-config."
# The exemptions that were used, by rule and resource.
Uses = dict[tuple[str, str], Exemption]
Check = Callable[[Resource, Context], Iterable[Finding]]


@dataclass(frozen=True)
class About:
    """A rule's metadata, common to rules on resources and on stacks.

    Attributes:
        id: stable kebab-case name.
        description: what it holds, in one sentence.
        severity: how bad a violation is.
        source: document that it comes from.
        themes: its topics; the controls that it serves follow from them.
    """

    id: str
    description: str
    severity: Severity
    source: str
    themes: tuple[Theme, ...]

    def __post_init__(self) -> None:
        """Refuse arguments in the order of former releases, where types came third."""
        if not isinstance(self.severity, Severity):
            raise TypeError(
                f"rule {self.id}: severity is {self.severity!r}; the arguments of `Rule` are id, description, "
                "severity, source, themes, types, check, example; pass them by name"
            )

    @property
    def controls(self) -> Controls:
        """The controls that it serves, by framework."""
        return controls_of(self.themes)


@dataclass(frozen=True)
class Rule(About):
    """A rule.

    Attributes:
        types: type tokens of the resources that it is about; `EVERY_TYPE` for all.
        check: yields the findings of a resource; raises Unknown for a value that is unknown in a preview.
        example: a resource that complies, and changes that do not.
        parameters: JSON schema of its parameters.
        needs: facts of `policies.organization` that the check requires: `break_glass`, `production`, `catalogs`.
        needs_contract: it cannot tell without the contract or the parameters that stand for it.
        remedy: what to set on a resource so that it complies, where that is safe; done only where the rule's level is
            `remediate`, and shown as a change.
        pack: the pack of Rolecall that has it; a rule of your own is in the pack that lists it.
    """

    types: tuple[str, ...]
    check: Check
    example: Example | None = None
    _: KW_ONLY
    parameters: PolicyConfigSchema | None = None
    needs_contract: bool = False
    remedy: Callable[[Context], Mapping[str, Any]] | None = None
    needs: tuple[Fact, ...] = ()
    pack: Pack = "guardrails"

    def concerns(self, kind: str) -> bool:
        """Return whether the rule judges resources of a type."""
        return kind in self.types or self.types == EVERY_TYPE

    def missing(self, context: Context) -> str | None:
        """Return what the rule would have to know and does not, or None where it can judge."""
        if context.failure is not None:
            return None
        lacking = [fact for fact in self.needs if not context.knows(fact)]
        if not lacking and self.needs_contract and not context.is_known:
            return "there is no contract"
        if not lacking:
            return None
        return f"there is no contract, and no parameter sets {' and '.join(WORDS[one] for one in lacking)}"

    @property
    def must_judge(self) -> bool:
        """Whether a resource is refused where the rule cannot judge it."""
        return self.severity is Severity.CRITICAL

    def findings(self, resource: Resource, context: Context) -> list[Finding]:
        """Return what is wrong with a resource; what is not known is not compliant."""
        if self.needs_contract and context.failure:
            how = "Fix the contract first: this rule reads bindings from it."
            return [Finding(f"the contract cannot be read: {context.failure}", how)]
        missing = self.missing(context)
        if missing is not None and self.must_judge:
            return [Finding(f"it cannot be judged: {missing}", _HOW_TO_TELL)]
        try:
            return list(self.check(resource, context))
        except Unknown as unknown:
            how = "Give it a value that is known before deployment: a literal, or one from the contract."
            return [Finding(f"{unknown.path} is not known during this preview, and unknown is not compliant", how)]


def policy_of(
    rule: Rule, context_of: Callable[[str], Context], uses: Uses, unjudged: Unjudged, *, advisory: bool = False
) -> ResourceValidationPolicy:
    """Return the policy that the engine runs for a rule.

    Args:
        rule: the rule.
        context_of: returns what is known of the contract, for a stack's name.
        uses: takes up the exemptions that are used.
        unjudged: takes up the rules that cannot judge.
        advisory: a violation is reported only, unless a stack's configuration sets another level.
    """

    def validate(arguments: ResourceValidationArgs, report: ReportViolation) -> None:
        if not rule.concerns(arguments.resource_type):
            return
        values = raw_properties(arguments.props)
        stack = stack_of(arguments.urn)
        context = context_of(stack).with_parameters(arguments.get_config())
        exemption = context.exemptions.of(rule.id, arguments.name, stack)
        stack = context.stage_of(stack)
        missing = rule.missing(context)
        if missing is not None and not rule.must_judge:
            unjudged.setdefault(rule.id, missing)
            arguments.not_applicable(missing)
        resource = resource_of(arguments, stack, values)
        for finding in rule.findings(resource, context):
            if exemption is not None:
                uses[rule.id, resource.name] = exemption
                continue
            report(message(resource, finding, context), None)

    return ResourceValidationPolicy(
        name=rule.id,
        description=rule.description,
        validate=validate,
        # A low one is reported only, unless a stack's configuration sets another level.
        enforcement_level=EnforcementLevel.ADVISORY if advisory else EnforcementLevel.MANDATORY,
        severity=rule.severity,
        config_schema=rule.parameters,
        remediate=_remediation(rule, context_of) if rule.remedy else None,
        tags=tags_of(rule.controls),
        url=rule.source,
    )


def tags_of(controls: Controls) -> list[str]:
    """Return controls as the engine's tags."""
    return [f"{framework} {one}" for framework, named in controls.items() for one in named]


def _remediation(rule: Rule, context_of: Callable[[str], Context]) -> Any:
    """Return what the engine calls where a rule's level is `remediate`, before it judges.

    The SDK takes what it returns at once as well as later, and declares only the second.
    """

    def remediate(arguments: ResourceValidationArgs) -> Mapping[str, Any] | None:
        if not rule.concerns(arguments.resource_type) or rule.remedy is None:
            return None
        context = context_of(stack_of(arguments.urn)).with_parameters(arguments.get_config())
        values = raw_properties(arguments.props)
        stack = context.stage_of(stack_of(arguments.urn))
        if not rule.findings(resource_of(arguments, stack, values), context):
            return None
        return {**untouched(arguments.props), **rule.remedy(context)}

    return remediate


def resource_of(arguments: ResourceValidationArgs | PolicyResource, stack: str, values: Mapping[str, Any]) -> Resource:
    """Return the resource that the engine submits.

    Args:
        arguments: what the policy SDK passes.
        stack: the stack, or its environment.
        values: the resource's plain inputs.
    """
    written = arguments.provider
    provider = None
    if written is not None:
        provider = Provider(written.resource_type, written.name, Properties(raw_properties(written.props)))
    return Resource(arguments.resource_type, arguments.name, stack, Properties(values), values, arguments.urn, provider)


def stack_of(urn: str) -> str:
    """Return the stack of a resource.

    urn:pulumi:STACK::PROJECT::TYPE::NAME (https://www.pulumi.com/docs/iac/concepts/resources/names/#urns)
    """
    return urn.removeprefix("urn:pulumi:").split("::")[0]


def message(resource: Resource, finding: Finding, context: Context) -> str:
    """Return the message of a finding: resource, place, finding, allowed values and the fix."""
    place = context.place_of(resource.urn)
    where = f"{resource.name} ({place})" if place else resource.name
    return engine_text(f"{where}: {finding.found}\n    {finding.allowed}")


def cannot_judge(rule: str, missing: str) -> str:
    """Return the message of a rule that lacks its input."""
    return f"the rule {rule} judges nothing: {missing}\n    {_HOW_TO_TELL}"
