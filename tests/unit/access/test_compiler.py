"""The role compiler: order never matters, adding never takes away, twice is the same."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rolecall.access import compile_contract
from rolecall.access.effective import effective, may
from rolecall.access.grant import Grant
from rolecall.contract import Contract, Kind, Verb
from rolecall.contract.contract import contract_model
from rolecall.contract.source import Places
from rolecall.ids.ids import DeployerId, GroupId, ObjectId, ServicePrincipalId
from tests.support.contracts import CONTRACT, TODAY, VARIABLES, compiled

ROLES = {
    "engineer": [{"may": "edit", "kind": "job"}, {"may": "run", "kind": "cluster_policy"}],
    "runner": [{"may": "run", "kind": "job", "tags": {"stage": "release"}}],
    "viewer": [{"may": "view", "kind": ["job"]}],
    "administrator": [{"may": "manage", "kind": "workspace"}],
    "analyst": [{"may": "view", "kind": ["dataset", "experiment"]}, {"may": "run", "kind": "warehouse"}],
    "scientist": [{"may": "edit", "kind": ["dataset", "secret_scope"]}, {"may": "view", "kind": "model"}],
    "keeper": [{"may": "manage", "kind": ["dataset", "instance_pool", "service_principal", "catalog"]}],
}
GROUPS = ["engineers", "analysts", "emergency", "auditors"]
bindings = st.lists(
    st.fixed_dictionaries(
        {
            "role": st.sampled_from(sorted(ROLES)),
            "to": st.sampled_from(GROUPS),
            "in": st.lists(st.sampled_from(["dev", "prod"]), min_size=1, unique=True),
        },
        optional={"expires": st.sampled_from([date(2026, 1, 1), date(2027, 1, 1)])},
    ),
    max_size=6,
)


def tree(own: list[dict[str, Any]], wide: list[dict[str, Any]]) -> dict[str, Any]:
    text = CONTRACT
    for name, variable in VARIABLES.items():
        text = text.replace(f"${{env:{name}}}", variable)
    value: dict[str, Any] = yaml.safe_load(text)
    value["roles"] = ROLES
    value["groups"]["auditors"] = {"managed": True}
    value["bindings"] = wide
    for environment in value["environments"]:
        value["environments"][environment]["catalog"] = f"acme_{environment}"
    value["projects"]["churn"] |= {
        "warehouses": {"reports": {}},
        "instance_pools": {"ready": {"node_type": "i3.xlarge"}},
        "datasets": {"features": {}, "scores": {"in": ["dev"]}},
        "experiments": {"tuning": {}},
        "models": {"churn": {}},
        "secret_scopes": {"payments": {}},
    }
    value["projects"]["churn"]["bindings"] = own
    return value


def contract_of(value: Mapping[str, Any]) -> Contract:
    return contract_model().model_validate(value)


def grants_of(value: Mapping[str, Any]) -> frozenset[Grant]:
    return frozenset(compile_contract(contract_of(value), Places(), TODAY).grants)


def shuffled(value: Any, random_: random.Random) -> Any:
    if isinstance(value, dict):
        items = list(value.items())
        random_.shuffle(items)
        return {key: shuffled(item, random_) for key, item in items}
    if isinstance(value, list):
        items = [shuffled(item, random_) for item in value]
        random_.shuffle(items)
        return items
    return value


@settings(max_examples=60, deadline=None)
@given(bindings, bindings, st.randoms(use_true_random=False))
def test_the_order_of_the_yaml_never_matters(
    own: list[dict[str, Any]], wide: list[dict[str, Any]], random_: random.Random
) -> None:
    value = tree(own, wide)
    assert grants_of(shuffled(value, random_)) == grants_of(value)


@settings(max_examples=60, deadline=None)
@given(bindings, bindings, bindings)
def test_adding_a_binding_never_takes_a_right_away(
    own: list[dict[str, Any]], wide: list[dict[str, Any]], more: list[dict[str, Any]]
) -> None:
    before = grants_of(tree(own, wide))
    after = effective(grants_of(tree([*own, *more], [*more, *wide])))
    for grant in before:
        assert may(after, grant.subject, grant.verb, grant.target), f"{grant} was lost"


@settings(max_examples=20, deadline=None)
@given(bindings)
def test_compiling_twice_is_the_same(own: list[dict[str, Any]]) -> None:
    contract = contract_of(tree(own, []))
    assert compile_contract(contract, Places(), TODAY) == compile_contract(contract, Places(), TODAY)


@settings(max_examples=30, deadline=None)
@given(bindings)
def test_nobody_holds_anything_in_an_environment_without_a_binding_there(own: list[dict[str, Any]]) -> None:
    bound = {(one["to"], environment) for one in own for environment in one["in"]}
    for grant in grants_of(tree(own, [])):
        if isinstance(grant.subject, GroupId) and grant.subject.key != "emergency":
            assert (grant.subject.key, grant.target.environment) in bound


def test_an_expired_binding_gives_nothing_and_is_reported(tmp_path: Path) -> None:
    text = CONTRACT.replace("ticket: SEC-1}", "ticket: SEC-1, expires: 2026-11-19}")
    result = compiled(tmp_path, text)
    assert not [grant for grant in result.compilation.grants if grant.subject == GroupId("analysts")]
    (problem,) = result.compilation.expired
    assert "expired on 2026-11-19" in problem.what
    assert problem.place is not None
    assert not compiled(tmp_path, text, date(2026, 11, 19)).compilation.expired


def test_tags_choose_objects(tmp_path: Path) -> None:
    text = CONTRACT.replace("viewer: [{may: view, kind: job}]", "viewer: [{may: view, kind: job, tags: {stage: a}}]")
    jobs = [one for one in compiled(tmp_path, text).compilation.grants if one.subject == GroupId("analysts")]
    assert {grant.target.kind for grant in jobs} == {Kind.WORKSPACE}
    tagged = text.replace("      train:\n", "      train:\n        tags: {stage: a}\n")
    assert Kind.JOB in {
        g.target.kind for g in compiled(tmp_path, tagged).compilation.grants if g.subject == GroupId("analysts")
    }


def test_what_jobs_need_to_run_comes_by_rule(tmp_path: Path) -> None:
    result = compiled(tmp_path)
    trainer = ServicePrincipalId("dev", "churn", "trainer")
    deployer = DeployerId(VARIABLES["DATABRICKS_CLIENT_ID"])
    emergency = GroupId("emergency")
    job = ObjectId("dev", Kind.JOB, "churn", "train")
    policy = ObjectId("dev", Kind.CLUSTER_POLICY, "churn", "small")
    workspace = ObjectId("dev", Kind.WORKSPACE, None, "nonprod")
    assert result.access[job][deployer] is Verb.OWN
    assert result.access[job][emergency] is Verb.EDIT
    assert result.access[policy][trainer] is Verb.RUN
    assert result.access[workspace][emergency] is Verb.MANAGE
    assert result.access[workspace][trainer] is Verb.RUN


def test_a_service_principal_can_own_a_job_instead_of_the_deployer(tmp_path: Path) -> None:
    text = CONTRACT.replace("runner: [{may: run, kind: job}]", "runner: [{may: own, kind: job}]")
    text = text.replace(
        "      - {role: viewer", "      - {role: runner, to: trainer, in: [dev]}\n      - {role: viewer"
    )
    owners = {
        grant.subject
        for grant in compiled(tmp_path, text).compilation.grants
        if grant.verb is Verb.OWN and grant.target.environment == "dev"
    }
    assert owners == {ServicePrincipalId("dev", "churn", "trainer")}


def test_every_reason_has_file_and_line(tmp_path: Path) -> None:
    result = compiled(tmp_path)
    grant = Grant(ObjectId("dev", Kind.JOB, "churn", "train"), GroupId("engineers"), Verb.EDIT)
    (reason,) = result.compilation.grants[grant]
    assert reason.role == "engineer"
    assert reason.place is not None
    line = (tmp_path / "contract.yaml").read_text().splitlines()[reason.place.line - 1]
    assert "role: engineer, to: engineers" in line


def test_a_job_may_run_as_another_principal_in_each_environment(tmp_path: Path) -> None:
    text = CONTRACT.replace("{trainer: {}}", "{trainer: {}, tester: {in: [dev]}}").replace(
        "run_as: trainer", "run_as: {dev: tester, prod: trainer}"
    )
    access = compiled(tmp_path, text).access
    for environment, name in (("dev", "tester"), ("prod", "trainer")):
        policy = ObjectId(environment, Kind.CLUSTER_POLICY, "churn", "small")
        principal = ServicePrincipalId(environment, "churn", name)
        assert access[policy][principal] is Verb.RUN
        assert {one for one in access[policy] if isinstance(one, ServicePrincipalId)} == {principal}
