from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.orchestrators import below, steps_of
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import HARNESS_PIPELINE


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for path, step in steps_of(resource):
        if step.is_set("template"):
            yield Finding(f"{path} is a template, whose steps are not seen here", "Write its steps into the pipeline.")
        if step.read("type") == "HarnessApproval" or step.read("spec.delegateSelectors"):
            continue
        how = "Name the delegates of the job's principal in `delegateSelectors`; Rolecall's pipelines do that."
        yield Finding(f"{path} runs on any delegate, with whatever that may do", how)
    for stage in resource.properties.items("stages"):
        for path, _ in below(stage, "template"):
            yield Finding(f"{path} is a template, whose steps are not seen here", "Write its steps into the pipeline.")
        for name in ("stage.type", "type"):
            kind = stage.read(name) if stage.is_set(name.partition(".")[0]) else None
            if kind is not None and kind not in ("Custom", "Approval"):
                yield Finding(f"{stage.path} is a stage of the type {kind}", "Allowed: Custom and Approval.")


RULE = Rule(
    "pipeline-runs-on-named-delegates",
    "Every step of a pipeline runs on delegates that it names.",
    Severity.HIGH,
    "https://developer.harness.io/docs/platform/delegates/manage-delegates/select-delegates-with-selectors",
    (Theme.LEAST_PRIVILEGE,),
    (HARNESS_PIPELINE,),
    _check,
    Example(
        HARNESS_PIPELINE,
        compliant.HARNESS_PIPELINE,
        (put(f"stages.1.{compliant.HARNESS_STEP}.spec", {}),),
        ("stages", f"stages.1.{compliant.HARNESS_STEP}.spec.delegateSelectors"),
    ),
)
