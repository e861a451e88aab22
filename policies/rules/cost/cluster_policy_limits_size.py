from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from rolecall.policies.compute import definition_of
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.costs import WORKERS
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CLUSTER_POLICY


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    definition = definition_of(resource.properties)
    if definition is None:
        yield Finding("its definition is not valid JSON", "Write a policy definition, a JSON object.")
        return
    if resource.properties.read("policyFamilyId") == "personal-vm":
        return  # one machine, by the family's own definition
    bounds = []
    for name in ("num_workers", "autoscale.max_workers"):
        element = definition.get(name, {})
        bounds.append(element.get("value") if element.get("type") == "fixed" else element.get("maxValue"))
    known = [bound for bound in bounds if isinstance(bound, int)]
    how = f"Allowed: up to {context.max_workers} workers. Write `max_workers: 8`, or limit it in the definition."
    if not known:
        yield Finding("it limits neither num_workers nor autoscale.max_workers", how)
    elif max(known) > context.max_workers:
        yield Finding(f"clusters may have {max(known)} workers", how)


def _limited(**elements: Any) -> str:
    return json.dumps(elements)


RULE = Rule(
    "cluster-policy-limits-size",
    "Every cluster policy limits the number of workers.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/admin/clusters/policy-definition.html",
    (Theme.CAPACITY,),
    (CLUSTER_POLICY,),
    _check,
    Example(
        CLUSTER_POLICY,
        {
            "name": "small",
            "definition": json.dumps({"autoscale.max_workers": {"type": "range", "maxValue": 8}}),
        },
        (
            put("definition", "{}"),
            put("definition", "no json"),
            put("definition", _limited(num_workers={"type": "fixed", "value": 33})),
            put("definition", _limited(num_workers={"type": "range", "minValue": 1})),
        ),
        ("definition", "policyFamilyId"),
    ),
    parameters=WORKERS,
    pack="cost",
)
