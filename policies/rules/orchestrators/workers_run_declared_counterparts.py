"""A worker acts as its principal for whatever names its tasks, pool or delegates: programs of any author may."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall import settings
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.orchestrators import steps_of
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CONDUCTOR_TASK, HARNESS_PIPELINE, PREFECT_DEPLOYMENT

# What workers of a principal are named by in each orchestrator, and what a Harness step of Rolecall's runs.
TASKS, POOLS, SCRIPT = "databricks-job-as-", "databricks-jobs-as-", "rolecall worker run"
# What stands at the end of an identifier in Harness whose name has letters that identifiers lack.
_DIGEST = re.compile(r"_[0-9a-f]{10}$")
_HOW = "Declare the job with its counterpart in the contract; Rolecall's own program declares what it needs there."


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    properties = resource.properties
    if resource.type == CONDUCTOR_TASK:
        kind, mapped = str(properties.read("name")), properties.read("jobs") or {}
        for counterpart in sorted(mapped):
            yield from _judged(f"jobs.{counterpart}", counterpart, kind.removeprefix(TASKS), context)
    elif resource.type == PREFECT_DEPLOYMENT:
        pool = str(properties.read("workPool") or "")
        if pool.startswith(POOLS):
            yield from _judged("workPool", str(properties.read("name")), pool.removeprefix(POOLS), context)
    else:
        identity = str(properties.read("identifier") or "")
        for path, step in steps_of(resource):
            yield from _step(path, step, identity, context)


def _step(path: str, step: Properties, identity: str, context: Context) -> Iterator[Finding]:
    for selector in map(str, step.read("spec.delegateSelectors") or []):
        if "<+" in selector:
            yield Finding(f"{path} runs on a delegate that is decided when it starts, {selector}", _HOW)
        if not selector.startswith(POOLS):
            continue
        principal = selector.removeprefix(POOLS)
        variables = {
            str(one.read("name")): one for one in step.items("spec.environmentVariables") if one.is_set("name")
        }
        named = variables.get(settings.PRINCIPAL.name)
        if step.read("spec.source.spec.script") != SCRIPT or named is None or named.read("value") != principal:
            yield Finding(f"{path} runs a command of its own as {principal}", _HOW)
        by_identifier = {_as_identifier(one): one for one in context.counterparts or ()}
        counterpart = by_identifier.get(_DIGEST.sub("", identity.removeprefix("_")), identity)
        yield from _judged(path, counterpart, principal, context)


def _as_identifier(name: str) -> str:
    return re.sub(r"[^0-9a-zA-Z_]", "_", name)


def _judged(path: str, counterpart: str, principal: str, context: Context) -> Iterator[Finding]:
    if principal not in (context.counterparts or {}).get(counterpart, ()):
        yield Finding(
            f"{path} lets {counterpart!r}, which is no counterpart of a job of its own, run as {principal}", _HOW
        )


RULE = Rule(
    "workers-run-declared-counterparts",
    "What runs as a principal in an orchestrator are counterparts of the contract's jobs, and nothing else.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/dev-tools/auth/oauth-federation.html",
    (Theme.LEAST_PRIVILEGE,),
    (CONDUCTOR_TASK, HARNESS_PIPELINE, PREFECT_DEPLOYMENT),
    _check,
    Example(
        CONDUCTOR_TASK,
        {
            "name": "databricks-job-as-prod-churn-trainer",
            "managedBy": "rolecall:acme",
            "jobs": {"prod-churn-train": {"workspace": "https://prod.example", "job_id": "1"}},
        },
        (put("jobs.mine", {"workspace": "https://prod.example", "job_id": "1"}),),
        ("name", "jobs"),
    ),
    needs_contract=True,
)
