"""A pack converts a resource's properties once, however many rules it has, and asks only those that are concerned."""

from __future__ import annotations

import inspect
from typing import Any

from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel, Policy, ResourceValidationPolicy, StackValidationPolicy, policy

from rolecall.memoized import Memoized
from rolecall.sdk_patches import patch_policy_sdk


def test_the_sdk_converts_for_every_policy_as_is_expected_here() -> None:
    source = inspect.getsource(inspect.unwrap(policy._PolicyAnalyzerServicer.Analyze))
    assert "deserialize_properties(json_format.MessageToDict(request.properties))" in source
    assert "for policy in self.__policies" in source
    provider = inspect.getsource(policy._PolicyAnalyzerServicer._get_provider_resource)
    assert "deserialize_properties(json_format.MessageToDict(prov.properties))" in provider


def test_many_policies_are_given_what_was_converted_once(monkeypatch: Any) -> None:
    conversions: list[Any] = []

    def convert(message: Any) -> dict[str, Any]:
        conversions.append(message)
        return json_format.MessageToDict(message)

    patch_policy_sdk({}, ())
    patch_policy_sdk({}, ())
    sdk: Any = policy
    monkeypatch.setattr(sdk.json_format, "MessageToDict", Memoized(convert))
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


def test_only_what_a_policy_on_a_stack_reads_has_properties() -> None:
    seen: list[Any] = []

    def keep(arguments: Any, report: Any) -> None:
        seen.extend((one.name, dict(one.props)) for one in arguments.resources)

    patch_policy_sdk({}, names_only=(), whole={"speed-some": {"a:b:Job": "", "a:b:List": "owner"}})
    resources = []
    for kind, name, values in (
        ("a:b:Job", "job", {"size": "Small"}),
        ("a:b:List", "with", {"owner": "ada"}),
        ("a:b:List", "without", {"size": "Small"}),
        ("a:b:Other", "other", {"size": "Small"}),
    ):
        one = analyzer_pb2.AnalyzerResource(type=kind, urn=f"urn:pulumi:s::p::{kind}::{name}", name=name)
        one.properties.update(values)
        resources.append(one)
    policy_on_stack = StackValidationPolicy(name="speed-some", description="x", validate=keep)
    servicer_of(policy_on_stack).AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=resources), None)
    assert seen == [("job", {"size": "Small"}), ("with", {"owner": "ada"}), ("without", {}), ("other", {})]


def servicer_of(*policies: Policy) -> Any:
    sdk: Any = policy
    return sdk._PolicyAnalyzerServicer("pack", "1", [*policies], EnforcementLevel.MANDATORY, None)


def about(name: str, seen: list[str], level: EnforcementLevel | None = None) -> ResourceValidationPolicy:
    return ResourceValidationPolicy(
        name=name,
        description="x",
        validate=lambda arguments, report: seen.append(name),
        remediate=lambda arguments: seen.append(f"mend {name}"),
        enforcement_level=level,
    )


def test_a_policy_is_asked_about_its_types_and_one_that_names_none_about_all() -> None:
    seen: list[str] = []
    patch_policy_sdk({"speed-of-jobs": ["a:b:Job"]}, ())
    servicer = servicer_of(about("speed-of-jobs", seen), about("speed-of-all", seen))
    for kind in ("a:b:Job", "a:b:Other"):
        servicer.Analyze(analyzer_pb2.AnalyzeRequest(type=kind, urn=f"urn:pulumi:s::p::{kind}::n", name="n"), None)
    assert seen == ["speed-of-jobs", "speed-of-all", "speed-of-all"]


def test_only_those_that_are_asked_to_set_things_right_do() -> None:
    seen: list[str] = []
    patch_policy_sdk({"speed-mended": ["a:b:Job"], "speed-told": ["a:b:Job"]}, ())
    told = about("speed-told", seen)
    servicer = servicer_of(told, about("speed-mended", seen, EnforcementLevel.REMEDIATE))
    request = analyzer_pb2.AnalyzeRequest(type="a:b:Job", urn="urn:pulumi:s::p::a:b:Job::n", name="n")
    servicer.Remediate(request, None)
    servicer_of(told).Remediate(request, None)
    assert seen == ["mend speed-mended"]


def test_policies_on_a_stack_are_given_properties_where_one_looks_at_them() -> None:
    seen: list[Any] = []

    def whole(name: str) -> StackValidationPolicy:
        return StackValidationPolicy(
            name=name, description="x", validate=lambda arguments, report: seen.append(arguments.resources[0])
        )

    patch_policy_sdk({}, names_only=["speed-names"])
    resource = analyzer_pb2.AnalyzerResource(type="a:b:Job", urn="urn:pulumi:s::p::a:b:Job::n", name="n")
    resource.properties.update({"size": "Small"})
    request = analyzer_pb2.AnalyzeStackRequest(resources=[resource])
    servicer_of(whole("speed-names")).AnalyzeStack(request, None)
    servicer_of(whole("speed-names"), whole("speed-all")).AnalyzeStack(request, None)
    assert [(one.name, one.urn, dict(one.props)) for one in seen] == [
        ("n", resource.urn, {}),
        ("n", resource.urn, {"size": "Small"}),
        ("n", resource.urn, {"size": "Small"}),
    ]
