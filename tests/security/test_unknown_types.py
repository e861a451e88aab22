"""No type of resource is a way around the rules: each is judged, harmless with a reason, or refused."""

from __future__ import annotations

import inspect
from functools import cache
from importlib import import_module

import pulumi
import pytest

from rolecall.policies.catalogue import JUDGED, PACKS
from rolecall.policies.harmless_types import HARMLESS
from rolecall.policies.refused_types import REFUSED
from rolecall.policies.rule import EVERY_TYPE, Resource
from rolecall.policies.types import (
    AWS_S3_MOUNT,
    AZURE_BLOB_MOUNT,
    AZURE_GEN1_MOUNT,
    AZURE_GEN2_MOUNT,
    CLUSTER,
    PROVIDERS,
    SQL_ENDPOINT,
)
from rolecall.provider.registry import RESOURCES
from tests.security.programs import refused_by, resource

# Deprecated types that the provider serves and its Python package leaves out.
ONLY_IN_THE_PROVIDER = {AWS_S3_MOUNT, AZURE_BLOB_MOUNT, AZURE_GEN1_MOUNT, AZURE_GEN2_MOUNT}
RULE = "type-is-known"


@cache
def databricks_types() -> set[str]:
    """Return the types of the provider for Databricks."""
    # Its import costs most of a second in each worker that collects this file.
    module = import_module("pulumi_databricks")
    resources = [one for one in vars(module).values() if inspect.isclass(one)]
    named = [one for one in resources if issubclass(one, pulumi.CustomResource) and hasattr(one, "pulumi_type")]
    return {str(one.pulumi_type) for one in named} - {f"{PROVIDERS}databricks"} | ONLY_IN_THE_PROVIDER


def every_type() -> set[str]:
    """Return the types of both providers."""
    return {*databricks_types(), *RESOURCES}


def test_the_schemas_are_the_real_ones() -> None:
    assert len(databricks_types()) == 164
    assert len(RESOURCES) >= 30


def test_every_type_of_both_providers_is_in_exactly_one_table() -> None:
    tables = {"judged": JUDGED, "harmless": HARMLESS, "refused": REFUSED}
    found = {kind: [name for name, table in tables.items() if kind in table] for kind in every_type()}
    assert {kind: names for kind, names in found.items() if len(names) != 1} == {}


def test_no_table_names_a_type_that_there_is_not() -> None:
    named = {*JUDGED, *HARMLESS, *REFUSED}
    assert {kind for kind in named - every_type() if not kind.startswith("pulumi:")} == set()


def test_a_reason_stands_beside_every_type_that_is_not_judged() -> None:
    assert all(len(reason) > 10 for reason in HARMLESS.values())
    assert all(len(what) > 10 and instead.endswith(".") for what, instead in REFUSED.values())


def test_a_rule_about_every_type_makes_none_known() -> None:
    assert any(rule.types == EVERY_TYPE for rule in PACKS["guardrails"] if rule.id != RULE)
    assert "*" not in JUDGED


@pytest.mark.parametrize("kind", sorted(REFUSED))
def test_refused_types_are_refused_whatever_is_in_them(kind: str) -> None:
    assert RULE in refused_by(resource(kind, {}))


@pytest.mark.parametrize(
    "kind",
    [
        "databricks:index/somethingNew:SomethingNew",
        "rolecall:okta:SuperAdmin",
        "command:local:Command",
        "pulumi-python:dynamic:Resource",
        "pulumi-nodejs:dynamic:Resource",
        "okta:group/memberships:Memberships",
        "aws:iam/role:Role",
        "kubernetes:core/v1:ServiceAccount",
    ],
)
def test_types_that_no_rule_knows_are_refused(kind: str) -> None:
    assert RULE in refused_by(resource(kind, {}))


@pytest.mark.parametrize("package", ["command", "aws", "okta", "docker"])
def test_the_provider_of_a_foreign_package_is_refused(package: str) -> None:
    kind = f"{PROVIDERS}{package}"
    assert RULE in refused_by(Resource(kind, "p", "prod", resource(kind, {}).properties, {}))


def test_a_component_does_nothing_by_itself_and_needs_no_rule() -> None:
    one = resource("acme:platform:Team", {})
    assert RULE not in refused_by(Resource(one.type, one.name, one.stack, one.properties, one.values))


def test_a_custom_resource_is_no_component_whatever_its_type_is_called() -> None:
    assert RULE in refused_by(resource("rolecall:databricks:Job", {}))


def test_the_platform_team_allows_types_by_a_parameter() -> None:
    allowed = {RULE: {"allowed_types": ["aws:*", "databricks:index/mwsNccBinding:MwsNccBinding"]}}
    kinds = ["aws:s3/bucket:Bucket", "databricks:index/mwsNccBinding:MwsNccBinding"]
    for kind in kinds:
        assert RULE not in refused_by(resource(kind, {}), rules=allowed)
    assert RULE in refused_by(resource("awsx:ec2:Vpc", {}), rules=allowed)


def test_types_that_rules_judge_are_not_refused_for_their_type() -> None:
    for kind in (CLUSTER, SQL_ENDPOINT, "random:index/randomPet:RandomPet"):
        assert RULE not in refused_by(resource(kind, {}))
