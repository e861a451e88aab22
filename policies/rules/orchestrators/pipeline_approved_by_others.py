from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.orchestrators import steps_of
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import HARNESS_PIPELINE


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for path, step in steps_of(resource):
        if step.read("type") != "HarnessApproval":
            continue
        approvers = step.within("spec.approvers")
        if approvers is None or not approvers.read("userGroups"):
            yield Finding(f"{path} may be approved by anybody", "Name a group: `approved_by: GROUP` in the contract.")
        if approvers is None or approvers.read("disallowPipelineExecutor") is not True:
            how = "Set `disallowPipelineExecutor: true`; Rolecall's pipelines do."
            yield Finding(f"{path} may be approved by the user who started the pipeline", how)


RULE = Rule(
    "pipeline-approved-by-others",
    "Who approves a pipeline is of a group, and is not who started it.",
    Severity.HIGH,
    "https://developer.harness.io/docs/platform/approvals/adding-harness-approval-stages",
    (Theme.LEAST_PRIVILEGE, Theme.CHANGE),
    (HARNESS_PIPELINE,),
    _check,
    Example(
        HARNESS_PIPELINE,
        compliant.HARNESS_PIPELINE,
        (
            put(f"stages.0.{compliant.HARNESS_STEP}.spec.approvers.userGroups", []),
            put(f"stages.0.{compliant.HARNESS_STEP}.spec.approvers.disallowPipelineExecutor", False),
            put(f"stages.0.{compliant.HARNESS_STEP}.spec", {}),
        ),
        ("stages", f"stages.0.{compliant.HARNESS_STEP}.spec.approvers.userGroups"),
    ),
)
