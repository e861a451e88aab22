"""Each rule with an example that is fine, the same with one field changed, and with what is not known yet."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pulumi._types import input_type_py_to_pulumi_names
from pulumi_policy import Severity, proxy
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY, deserialize_properties

from rolecall.ids.ids import ServicePrincipalId
from rolecall.ids.verbs import Verb
from rolecall.policies import rules, types
from rolecall.policies.catalogue import PACKS, RULES, rules_of
from rolecall.policies.compliant import GRANTED, PERMISSIONS, POLICY
from rolecall.policies.context import Context, context_of_contract
from rolecall.policies.controls import FRAMEWORKS
from rolecall.policies.example import Example, Mutation, changed, put, without
from rolecall.policies.properties import Properties, Unknown, raw_properties
from rolecall.policies.rule import Provider, Resource, Rule, message
from rolecall.provider.registry import RESOURCES
from rolecall.provider.schema import CONFIGURATION
from rolecall.systems.orchestrator import Counterparts, JobToRun
from rolecall.systems.registry import ORCHESTRATORS, orchestrator
from tests.policies.example import CONTEXT, EXAMPLES
from tests.support.contracts import CONTRACT, load
from tests.support.lazily import Lazily

if TYPE_CHECKING:
    import pulumi_databricks
else:
    pulumi_databricks = Lazily("pulumi_databricks")

# What resources are written through: a connection that the engine makes, of which nothing is known.
PROVIDER = Provider("pulumi:providers:databricks", "default", Properties({}))
BY_ID = {rule.id: rule for rule in RULES}


def resource(kind: str, values: dict[str, Any], name: str = "churn-train", stack: str = "prod") -> Resource:
    # Through the SDK's own wrapping, as the engine's properties come.
    plain = raw_properties(proxy.unknown_checking_proxy(values))
    return Resource(kind, name, stack, Properties(plain), plain, provider=PROVIDER)


def findings(rule: Rule, example: Example, values: dict[str, Any], context: Context = CONTEXT) -> list[str]:
    one = resource(example.type, values, example.name, example.stack)
    return [found.found for found in rule.findings(one, context)]


def test_every_rule_has_an_example_and_a_file_of_its_name() -> None:
    assert set(BY_ID) == set(EXAMPLES)
    files = {path.stem for path in Path(rules.__path__[0]).rglob("*.py") if path.stem != "__init__"}
    assert files == {rule.id.replace("-", "_") for pack in PACKS for rule in rules_of(pack)}
    assert len(RULES) == len(BY_ID) >= 60


# What is wrong however it looks: nothing in it can be fine or not known.
ALWAYS_WRONG = {
    "nothing-on-dbfs",
    "no-token-of-another-organization",
    "members-come-from-identity-provider",
    "no-long-lived-credentials",
    "no-mounts",
    "persons-come-from-identity-provider",
    "secret-value-not-declared",
    # It judges types; test_known_types.py tries it.
    "type-is-known",
}
# What only has to be there, as the id of something declared is before it is known; and what is searched for secrets.
KNOWN_OR_NOT = {
    "code-from-named-sources",
    "code-outside-dbfs",
    "code-outside-personal-folders",
    "dedicated-compute-not-for-a-person",
    "entitlements-to-groups",
    "no-rights-of-a-machine",
    "nothing-holds-a-secret",
    "program-signs-in-as-the-run",
    "queries-owned-by-no-person",
    "resource-stays-in-its-workspace",
    "cluster-logs-are-kept",
    "compute-holds-no-secret",
    "data-is-described",
    "job-holds-no-secret",
    "no-personal-git-token",
    "pipeline-publishes-to-unity-catalog",
    "production-libraries-are-protected",
    "queries-change-no-access",
    "workspace-makes-no-token",
    "workspace-under-own-keys",
}


def test_every_rule_is_tried_with_what_is_wrong_and_what_is_not_known() -> None:
    assert {rule_id for rule_id, example in EXAMPLES.items() if not example.bad} == ALWAYS_WRONG
    assert {rule_id for rule_id, example in EXAMPLES.items() if not example.unknown} == ALWAYS_WRONG | KNOWN_OR_NOT
    for rule in RULES:
        assert rule.concerns(EXAMPLES[rule.id].type)


@pytest.mark.parametrize("rule_id", sorted(ALWAYS_WRONG))
def test_what_is_always_wrong_is_found_whatever_is_in_it(rule_id: str) -> None:
    for kind in BY_ID[rule_id].types:
        for values in (EXAMPLES[rule_id].good, {}):
            assert BY_ID[rule_id].findings(resource(kind, values), CONTEXT)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_missing_fields_are_judged_and_break_nothing(rule: Rule) -> None:
    example = EXAMPLES[rule.id]
    for name in [*example.good, None]:
        values = {key: value for key, value in example.good.items() if name is not None and key != name}
        for kind in rule.types:
            rule.findings(resource(kind, values, example.name, example.stack), CONTEXT)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_secret_inputs_are_judged_like_others(rule: Rule) -> None:
    example = EXAMPLES[rule.id]
    for values in [example.good, *(changed(example.good, bad) for bad in example.bad)]:
        secret = {key: {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "value": value} for key, value in values.items()}
        plain = raw_properties(proxy.unknown_checking_proxy(deserialize_properties(secret)))
        one = Resource(example.type, example.name, example.stack, Properties(plain), plain, provider=PROVIDER)
        assert [found.found for found in rule.findings(one, CONTEXT)] == findings(rule, example, values)


def test_every_rule_serves_controls_that_are_known() -> None:
    for rule in (one for pack in PACKS for one in rules_of(pack)):
        assert set(rule.controls) <= set(FRAMEWORKS)
        assert rule.controls, rule.id
    for rule in PACKS["compliance"]:
        assert {"SOC 2", "ISO 27001"} <= set(rule.controls), rule.id


def test_every_type_and_property_that_a_rule_names_is_in_the_providers_schema() -> None:
    """A misspelt property would make a rule that never finds anything."""
    for rule in RULES:
        for kind in rule.types:
            assert kind == "*" or kind.startswith("rolecall:") or inputs_of(kind), kind
        example = EXAMPLES[rule.id]
        everything = [example.good, *(changed(example.good, bad) for bad in example.bad)]
        assert {name for values in everything for name in values} <= inputs_of(example.type), rule.id


# Deprecated types that the provider has and its Python package has not.
ONLY_IN_THE_PROVIDER = (types.AWS_S3_MOUNT, types.AZURE_BLOB_MOUNT, types.AZURE_GEN1_MOUNT, types.AZURE_GEN2_MOUNT)


@cache
def inputs_of(kind: str) -> set[str]:
    """Return the names of what a resource of the Databricks provider, or of ours, is declared with."""
    if kind.startswith("rolecall:"):
        return {field.alias or name for name, field in RESOURCES[kind].model.model_fields.items()}
    if kind == types.DATABRICKS_PROVIDER:
        return set(input_type_py_to_pulumi_names(pulumi_databricks.ProviderArgs).values())
    if kind == types.NATIVE_PROVIDER:
        return {*CONFIGURATION}
    if kind in ONLY_IN_THE_PROVIDER:
        return {"mountName"}
    arguments = getattr(pulumi_databricks, f"{kind.rpartition(':')[2]}Args")
    return set(input_type_py_to_pulumi_names(arguments).values())


@pytest.mark.parametrize("rule", [rule for rule in RULES if EXAMPLES[rule.id].bad], ids=lambda rule: rule.id)
def test_what_is_fine_passes(rule: Rule) -> None:
    assert findings(rule, EXAMPLES[rule.id], EXAMPLES[rule.id].good) == []


@pytest.mark.parametrize(
    ("rule_id", "mutation"),
    [
        pytest.param(rule_id, bad, id=f"{rule_id}-{n}")
        for rule_id, one in EXAMPLES.items()
        for n, bad in enumerate(one.bad)
    ],
)
def test_one_changed_field_is_found(rule_id: str, mutation: Mutation) -> None:
    example = EXAMPLES[rule_id]
    assert findings(BY_ID[rule_id], example, changed(example.good, mutation))


@pytest.mark.parametrize(
    ("rule_id", "path"),
    [pytest.param(i, path, id=f"{i}-{path}") for i, one in EXAMPLES.items() for path in one.unknown],
)
def test_what_is_not_known_is_not_compliant(rule_id: str, path: str) -> None:
    example = EXAMPLES[rule_id]
    unknown = put(path, proxy.UNKNOWN_STRING_VALUE)
    (found,) = findings(BY_ID[rule_id], example, changed(example.good, unknown))
    assert "not known during this preview" in found


def test_no_long_lived_credential_at_all() -> None:
    rule = BY_ID["no-long-lived-credentials"]
    for kind in (types.TOKEN, types.OBO_TOKEN, types.SERVICE_PRINCIPAL_SECRET):
        assert rule.findings(resource(kind, {}), CONTEXT)
        assert kind in rule.types


def test_the_id_of_something_declared_is_an_id_though_not_known_yet() -> None:
    unknown = proxy.UNKNOWN_STRING_VALUE
    job = changed(
        EXAMPLES["job-clusters-under-policy"].good,
        put("jobClusters.0.newCluster.policyId", unknown),
        put("runAs.servicePrincipalName", unknown),
    )
    for rule_id in ("job-clusters-under-policy", "job-runs-as-service-principal"):
        assert findings(BY_ID[rule_id], EXAMPLES[rule_id], job) == []


def test_a_list_that_is_something_else_does_not_look_empty() -> None:
    broken = changed(PERMISSIONS, put("accessControls", {"groupName": "users"}))
    rule = BY_ID["permissions-to-groups-not-persons"]
    assert findings(rule, EXAMPLES[rule.id], broken)


def test_only_protected_stacks_are_production() -> None:
    rule = BY_ID["production-only-for-bound-groups"]
    values = changed(PERMISSIONS, put("accessControls.1.groupName", "somebody"))
    assert not rule.findings(resource(types.PERMISSIONS, values, stack="dev"), CONTEXT)
    (found,) = rule.findings(resource(types.PERMISSIONS, values, stack="prod"), CONTEXT)
    assert "bound nowhere" in found.found


def test_a_group_that_is_bound_only_elsewhere_is_told_so() -> None:
    rule = BY_ID["production-only-for-bound-groups"]
    values = changed(PERMISSIONS, put("accessControls.1.groupName", "engineers"))
    (found,) = rule.findings(resource(types.PERMISSIONS, values), CONTEXT)
    assert "bound only in dev" in found.found


def test_the_break_glass_group_may_administer() -> None:
    rule = BY_ID["few-workspace-administrators"]
    by_name = {"groupName": "emergency", "permissions": ["ADMIN"]}
    assert not rule.findings(resource(types.PERMISSION_ASSIGNMENT, by_name), CONTEXT)
    told = replace(CONTEXT, break_glass_id="7")
    for principal, fine in (("7", True), ("8", False)):
        for kind in (types.PERMISSION_ASSIGNMENT, types.MWS_PERMISSION_ASSIGNMENT):
            values = {"principalId": principal, "permissions": ["ADMIN"]}
            assert (not rule.findings(resource(kind, values, name="emergency/ml-prod"), told)) is fine


def test_only_the_program_of_the_account_names_administrators_after_their_group() -> None:
    rule = BY_ID["few-workspace-administrators"]
    context = replace(CONTEXT, break_glass_resource="00g-emergency", has_contract=True, own_program=True)
    values = {"principalId": "1", "permissions": ["ADMIN"]}
    names = (("00g-emergency/ml-prod", True), ("emergency/ml-prod", False), ("emergency-2/ml-prod", False))
    for name, fine in names:
        found = rule.findings(resource(types.PERMISSION_ASSIGNMENT, values, name=name, stack="account"), context)
        assert (not found) is fine, name
    for other in (replace(context, own_program=False), context):
        stack = "account" if other is not context else "prod"
        named = resource(types.PERMISSION_ASSIGNMENT, values, name="00g-emergency/ml-prod", stack=stack)
        assert rule.findings(named, other)


def test_bindings_to_workspaces_are_those_of_a_contract() -> None:
    rule = BY_ID["type-is-known"]
    binding = resource(types.WORKSPACE_BINDING, {"securableName": "acme", "workspaceId": "1"})
    assert not rule.findings(binding, replace(CONTEXT, own_program=True))
    assert rule.findings(binding, CONTEXT)


def test_a_renamed_group_is_told_by_its_id() -> None:
    """The name in a list of permissions is the live one; the contract's key stays."""
    context = replace(CONTEXT, group_keys={"forensics": "analysts", "analysts": "somebody"})
    rule = BY_ID["production-only-for-bound-groups"]
    renamed = changed(PERMISSIONS, put("accessControls.1.groupName", "forensics"))
    assert not rule.findings(resource(types.PERMISSIONS, renamed), context)
    (found,) = rule.findings(resource(types.PERMISSIONS, PERMISSIONS), context)
    assert "'somebody'" in found.found, "another group has taken the name over"
    for key, fine in (("analysts", True), ("somebody", False)):
        holders = [{"type": "GROUP", "name": key, "access": ["READ"]}]
        listed = {"targetType": "WORKFLOW_DEF", "targetId": "prod-churn-train", "holders": holders}
        there = resource("rolecall:conductor:Permissions", listed, name="conductor-churn-train-access")
        assert (not rule.findings(there, context)) is fine, "an orchestrator calls groups by the contract's keys"
    stays = BY_ID["break-glass-stays"]
    moved = replace(CONTEXT, group_keys={"red-phone": "emergency"})
    assert stays.findings(resource(types.PERMISSIONS, PERMISSIONS), moved), "that name is no longer the group's"
    again = changed(PERMISSIONS, put("accessControls.0.groupName", "red-phone"))
    assert not stays.findings(resource(types.PERMISSIONS, again), moved)


def test_a_contract_without_a_break_glass_group_is_not_fine() -> None:
    rule = BY_ID["break-glass-stays"]
    assert rule.findings(resource(types.PERMISSIONS, PERMISSIONS), Context(is_known=True))


def test_a_contract_that_cannot_be_read_fails_the_rules_that_need_it() -> None:
    broken = Context(is_known=True, failure="x is wrong")
    for rule in RULES:
        if rule.needs_contract:
            (found,) = rule.findings(resource(rule.types[0], {}), broken)
            assert "x is wrong" in found.found


def test_parameters_stand_for_a_contract_where_there_is_none() -> None:
    context = Context().with_parameters({"break_glass_group": "emergency", "production": {"prod": ["analysts"]}})
    assert context.is_known
    assert context.protected == {"prod"}
    values = changed(PERMISSIONS, put("accessControls.1.groupName", "engineers"))
    rule = BY_ID["production-only-for-bound-groups"]
    assert rule.findings(resource(types.PERMISSIONS, values), context)


def test_parameters_change_limits() -> None:
    rule = BY_ID["cluster-policy-ends-idle-clusters"]
    strict = CONTEXT.with_parameters({"max_idle_minutes": 10})
    assert rule.findings(resource(types.CLUSTER_POLICY, POLICY), strict)
    tags = BY_ID["required-tags"]
    more = CONTEXT.with_parameters({"required_tags": ["cost-center"]})
    assert tags.findings(resource(types.CLUSTER_POLICY, POLICY), more)


def test_tags_of_cluster_policies_have_to_be_fixed() -> None:
    rule = BY_ID["required-tags"]
    assert not rule.findings(resource(types.CLUSTER_POLICY, POLICY), CONTEXT)
    loose = {"definition": '{"custom_tags.project": {"type": "unlimited"}}'}
    assert rule.findings(resource(types.CLUSTER_POLICY, loose), CONTEXT)


JOB_URN = f"urn:pulumi:dev.churn::rolecall::rolecall:databricks:Job${types.JOB}::churn-train"


@pytest.mark.parametrize(
    "urn",
    [
        JOB_URN.replace("::churn-train", "::eu-churn-train"),
        JOB_URN.replace("dev.churn", "dev.churn-eu"),
        JOB_URN.replace("databricks:Job$", "databricks:Warehouse$"),
        JOB_URN.replace("rolecall:databricks:Job$", ""),
        JOB_URN.replace("dev.churn::", "account::"),
    ],
)
def test_a_resource_that_is_only_called_like_another_gets_no_place(tmp_path: Any, urn: str) -> None:
    assert context_of_contract(load(tmp_path)).place_of(JOB_URN) is not None
    assert context_of_contract(load(tmp_path)).place_of(urn) is None


def test_counterparts_have_the_place_of_their_job(tmp_path: Any) -> None:
    """The table of an orchestrator's types is held against what the orchestrator declares."""
    systems = "".join(f"{one}: true, " for one in ORCHESTRATORS)
    run_as = "        run_as: trainer\n"
    loaded = load(tmp_path, CONTRACT.replace(run_as, f"{run_as}        counterparts: {{{systems[:-2]}}}\n"))
    context = context_of_contract(loaded)
    trainer = ServicePrincipalId("dev", "churn", "trainer")
    for system in ORCHESTRATORS:
        (declared,) = Counterparts(system, loaded.contract).jobs("dev")
        job = JobToRun(declared, "dev", trainer, {trainer: Verb.RUN}, "acme", workspace="", job_id="")
        for wanted in orchestrator(system).for_project([job]):
            urn = f"urn:pulumi:dev.churn::p::rolecall:orchestrators:Counterparts${wanted.token}::{wanted.name}"
            is_of_job = "dev-churn-trainer" not in wanted.name
            assert (context.place_of(urn) is not None) == is_of_job, urn


def test_a_message_says_what_where_allowed_and_how_to_mend(tmp_path: Any) -> None:
    loaded = load(tmp_path)
    context = context_of_contract(loaded)
    rule = BY_ID["job-runs-as-service-principal"]
    one = replace(resource(types.JOB, {}), urn=JOB_URN)
    (found,) = rule.findings(one, context)
    text = message(one, found, context)
    place = loaded.places.of("projects", "churn", "jobs", "train")
    assert str(place) in text
    assert "it runs as its deployer" in text
    assert "run_as: NAME" in text


def test_reading_and_presence() -> None:
    properties = Properties({"a": {"b": "x"}, "u": proxy.UNKNOWN_STRING_VALUE, "n": None})
    assert properties.read("a.b") == "x"
    assert properties.read("a.c.d") is None
    assert properties.is_set("u")
    assert not properties.is_set("n")
    with pytest.raises(Unknown):
        properties.read("u")
    with pytest.raises(Unknown):
        properties.is_set("u.inner")


def test_every_rule_says_what_it_holds_and_where_it_comes_from() -> None:
    for rule in RULES:
        assert rule.description.endswith(".")
        assert rule.source.startswith("https://")
        assert rule.types


def test_a_principal_that_is_still_to_be_made_is_no_person() -> None:
    unknown = proxy.UNKNOWN_STRING_VALUE
    granted = changed(GRANTED, put("grants.0.principal", unknown))
    for rule_id in ("data-not-for-everybody", "data-to-groups-not-persons"):
        assert findings(BY_ID[rule_id], EXAMPLES[rule_id], granted) == []


def test_rules_on_data_know_every_form_of_a_grant() -> None:
    everybody = {"principal": "account users", "privileges": ["MODIFY"], "schema": "a.b"}
    assert BY_ID["data-not-for-everybody"].findings(resource(types.GRANT, everybody), CONTEXT)
    entries = {"scope": "payments", "entries": [{"principal": "users", "permission": "MANAGE"}]}
    assert BY_ID["secrets-not-for-everybody"].findings(resource(types.SECRET_ACCESS, entries), CONTEXT)
    clusters = {"groupId": "1", "allowClusterCreate": True}
    assert BY_ID["no-compute-without-policy"].findings(resource(types.ENTITLEMENTS, clusters), CONTEXT)


def test_arguments_in_the_order_of_former_releases_are_refused_when_the_pack_is_loaded() -> None:
    former: list[Any] = ["my-rule", "A rule.", (types.JOB,), print, Severity.LOW, "https://acme.example", ()]
    with pytest.raises(TypeError, match=r"rule my-rule: .*pass them by name"):
        Rule(*former)


def test_a_warehouse_keeps_its_owner_too() -> None:
    rule = BY_ID["exactly-one-owner"]
    warehouse = {"sqlEndpointId": "1", "accessControls": PERMISSIONS["accessControls"]}
    assert not rule.findings(resource(types.PERMISSIONS, warehouse), CONTEXT)
    (found,) = rule.findings(resource(types.PERMISSIONS, changed(warehouse, without("accessControls.2"))), CONTEXT)
    assert "SQL warehouse would have no owners" in found.found


def test_a_cluster_of_its_own_is_made_under_a_policy_too() -> None:
    rule = BY_ID["job-clusters-under-policy"]
    assert rule.findings(resource(types.CLUSTER, {"sparkVersion": "16.4.x-scala2.12"}), CONTEXT)
    assert not rule.findings(resource(types.CLUSTER, {"policyId": "1"}), CONTEXT)


def test_the_break_glass_group_stays_on_every_form_of_a_list() -> None:
    rule, unknown = BY_ID["break-glass-stays"], proxy.UNKNOWN_STRING_VALUE
    lists: dict[str, Any] = {
        types.GRANTS: {"grants": [{"principal": unknown}, {"principal": "emergency", "privileges": ["MANAGE"]}]},
        types.SECRET_ACCESS: {"entries": [{"principal": "emergency", "permission": "MANAGE"}]},
        types.ACCESS_CONTROL_RULE_SET: {
            "grantRules": [{"role": "roles/servicePrincipal.manager", "principals": [unknown, "groups/emergency"]}]
        },
    }
    for kind, values in lists.items():
        assert rule.findings(resource(kind, values), CONTEXT) == [], kind
        ((name, entries),) = values.items()
        first = entries[0]
        kept = {**first, "principals": [unknown]} if "principals" in first else {**first, "principal": "analysts"}
        (found,) = rule.findings(resource(kind, {name: [kept]}), CONTEXT)
        assert "would lose its access" in found.found
    unknown_list = {"grantRules": [{"role": "r", "principals": unknown}]}
    (found,) = rule.findings(resource(types.ACCESS_CONTROL_RULE_SET, unknown_list), CONTEXT)
    assert "not known" in found.found


@pytest.mark.parametrize(
    ("dependency", "count"),
    [
        ("requests", 1),
        ("requests>=2", 1),
        ("requests==2.32.3", 0),
        ("/Workspace/Shared/x.whl", 0),
        ("-r /Workspace/Shared/requirements.txt", 0),
        ("https://packages.example.com/x.whl", 0),
        ("http://packages.example.com/x.whl", 1),
        ("dist/x-1.0.whl", 0),
    ],
)
def test_what_serverless_tasks_install_is_pinned_too(dependency: str, count: int) -> None:
    environments = [{"environmentKey": "e", "spec": {"environmentVersion": "2", "dependencies": [dependency]}}]
    job = resource(types.JOB, {"name": "a", "environments": environments})
    assert len(list(BY_ID["libraries-are-pinned"].findings(job, CONTEXT))) == count
