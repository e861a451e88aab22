"""A remedy changes the property that violates the rule, and nothing else of a resource."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel, policy, proxy
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY

from rolecall.policies import types
from rolecall.policies.catalogue import RULES
from rolecall.policies.example import changed
from rolecall.policies.judging import judge
from rolecall.policies.pack import policies_of
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Resource
from tests.policies.example import CONTEXT, EXAMPLES

WITH_REMEDY = [rule for rule in RULES if rule.remedy]


def remediated(rule_id: str, kind: str, properties: dict[str, Any]) -> dict[str, Any] | None:
    """Return the properties that a pack gives back to the engine; None where it changes nothing."""
    sdk: Any = policy
    packed = policies_of(RULES, RULES, lambda stack: CONTEXT)
    servicer = sdk._PolicyAnalyzerServicer("pack", "1", packed, EnforcementLevel.MANDATORY)
    asked = analyzer_pb2.PolicyConfig(enforcementLevel=analyzer_pb2.REMEDIATE)
    servicer.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig={rule_id: asked}), None)
    request = analyzer_pb2.AnalyzeRequest(type=kind, urn=f"urn:pulumi:prod::p::{kind}::one", name="one")
    request.properties.update(properties)
    remediations = servicer.Remediate(request, None).remediations
    return json_format.MessageToDict(remediations[0].properties) if remediations else None


@pytest.mark.parametrize("rule", WITH_REMEDY, ids=lambda rule: rule.id)
def test_a_remedy_makes_what_is_wrong_fine_and_leaves_alone_what_is_fine(rule: Any) -> None:
    example = EXAMPLES[rule.id]
    assert remediated(rule.id, example.type, example.good) is None
    for bad in example.bad:
        given = remediated(rule.id, example.type, changed(example.good, bad))
        assert given is not None
        resource = Resource(example.type, "one", "prod", Properties(given), given)
        assert rule.findings(resource, CONTEXT) == []


def test_a_remedy_is_given_only_where_it_is_asked_for() -> None:
    endless = changed(EXAMPLES["warehouse-stops-when-idle"].good, EXAMPLES["warehouse-stops-when-idle"].bad[0])
    assert remediated("cluster-ends-when-idle", types.SQL_ENDPOINT, endless) is None
    assert not any(rule.remedy for rule in RULES if rule.id in ("no-mounts", "break-glass-stays"))


def test_secrets_stay_secret_and_unknown_values_unknown() -> None:
    secret = {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "value": "small"}
    properties = {"autoStopMins": 0, "name": proxy.UNKNOWN_STRING_VALUE, "clusterSize": secret}
    given = remediated("warehouse-stops-when-idle", types.SQL_ENDPOINT, properties)
    assert given == {**properties, "autoStopMins": CONTEXT.max_idle_minutes}


def test_what_is_in_a_state_already_blocks_though_it_could_be_set_right() -> None:
    values = changed(EXAMPLES["warehouse-stops-when-idle"].good, EXAMPLES["warehouse-stops-when-idle"].bad[0])
    one = Resource(types.SQL_ENDPOINT, "w", "prod", Properties(values), values)
    configuration = {"warehouse-stops-when-idle": "remediate"}
    (found,) = judge([one], {"cost": RULES}, lambda stack: CONTEXT, configuration)
    assert found.mandatory
