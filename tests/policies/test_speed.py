"""A pack converts a resource's properties once, however many rules it has."""

from __future__ import annotations

import inspect
from typing import Any

from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel, Policy, ResourceValidationPolicy, policy

from policies.speed import _Once, convert_once


def test_the_sdk_converts_for_every_policy_as_is_expected_here() -> None:
    source = inspect.getsource(policy._PolicyAnalyzerServicer.Analyze)
    assert "deserialize_properties(json_format.MessageToDict(request.properties))" in source
    provider = inspect.getsource(policy._PolicyAnalyzerServicer._get_provider_resource)
    assert "deserialize_properties(json_format.MessageToDict(prov.properties))" in provider


def test_many_policies_are_given_what_was_converted_once(monkeypatch: Any) -> None:
    conversions: list[Any] = []

    def convert(message: Any) -> dict[str, Any]:
        conversions.append(message)
        return json_format.MessageToDict(message)

    convert_once()
    convert_once()
    sdk: Any = policy
    monkeypatch.setattr(sdk.json_format, "MessageToDict", _Once(convert))
    seen: list[Any] = []
    policies: list[Policy] = [
        ResourceValidationPolicy(name=f"rule-{number}", description="x", validate=lambda one, report: seen.append(one))
        for number in range(20)
    ]
    servicer = sdk._PolicyAnalyzerServicer("pack", "1", policies, EnforcementLevel.MANDATORY, None)
    for name in ("one", "two"):
        request = analyzer_pb2.AnalyzeRequest(type="a:b:C", urn=f"urn:pulumi:s::p::a:b:C::{name}", name=name)
        request.properties.update({"name": name})
        servicer.Analyze(request, None)
    assert [one.props["name"] for one in seen] == ["one"] * 20 + ["two"] * 20
    assert len(conversions) == 2
