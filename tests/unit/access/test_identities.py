"""The workload identity map and its findings."""

from __future__ import annotations

from pathlib import Path

from rolecall.access.identities import (
    IDENTITY_MISSING,
    IDENTITY_SHARED,
    Account,
    WorkloadIdentity,
    identity_findings,
    workload_identities,
)
from rolecall.compiled import CompiledContract, compile_file
from rolecall.contract.source import Places
from rolecall.ids.ids import ServicePrincipalId
from tests.support.contracts import DATABRICKS, TODAY, VARIABLES

HEAD = (
    DATABRICKS
    + """\
workspaces: {lab: {host: "${env:ML_NONPROD_HOST}"}}
issuers:
  lab: {address: https://oidc.lab.example.com}
  github: {address: https://token.actions.githubusercontent.com}
clusters:
  lab: {context: lab, federation: {issuer: lab, audience: databricks}, mesh: {trust_domain: acme.test}}
environments:
  dev: {workspace: lab, cluster: lab}
  test: {workspace: lab}
break_glass: none
break_glass_reason: a test
groups: {engineers: {external: 00g-engineers}}
roles: {caller: [{may: run, kind: service}]}
projects:
"""
)
TASK = "{task_key: a, existing_cluster_id: '1', spark_python_task: {python_file: /a.py}}"
JOB = f"{{run_as: starter, counterparts: {{prefect: true}}, tasks: [{TASK}]}}"


def project(name: str, principals: str) -> str:
    return f"  {name}:\n    owner: engineers\n    service_principals: {principals}\n"


def compiled(tmp_path: Path, projects: str) -> CompiledContract:
    path = tmp_path / "contract.yaml"
    path.write_text(HEAD + projects, encoding="utf-8")
    return compile_file(path, TODAY, VARIABLES, judged=False)


CHURN = """\
  churn:
    owner: engineers
    bindings: [{role: caller, to: web, in: [dev]}]
    service_principals:
      web: {service_account: web}
      scorer:
        service_account: scorer
        federation: [{issuer: github, subject: "repo:acme/churn:environment:{environment}", audience: acme}]
    services: {scorer: {in: [dev], runs_as: scorer, port: 8080, labels: {app: scorer}}}
"""


def test_each_system_knows_a_principal_by_one_declaration(tmp_path: Path) -> None:
    found = compiled(tmp_path, CHURN)
    identities = {one.principal: one for one in workload_identities(found.contract, found.access)}
    scorer = identities[ServicePrincipalId("dev", "churn", "scorer")]
    assert scorer.account is not None
    assert (scorer.account.namespace, scorer.account.name, scorer.account.cluster) == ("dev-churn", "scorer", "lab")
    assert scorer.account.mesh_identity == "scorer.dev-churn.serviceaccount.identity.linkerd.acme.test"
    assert [(one.issuer, one.subject) for one in scorer.federated] == [
        ("github", "repo:acme/churn:environment:dev"),
        ("lab", "system:serviceaccount:dev-churn:scorer"),
    ]
    assert scorer.needs == ("runs service churn/scorer",)
    web = identities[ServicePrincipalId("dev", "churn", "web")]
    assert web.needs == ("calls service churn/scorer",)
    elsewhere = identities[ServicePrincipalId("test", "churn", "scorer")]
    assert elsewhere.account is None
    assert [one.subject for one in elsewhere.federated] == ["repo:acme/churn:environment:test"]
    assert identity_findings([*identities.values()], found.loaded.places) == []


def test_tokens_of_a_service_account_act_as_its_principal_in_databricks(tmp_path: Path) -> None:
    """The derived federation is in the contract like a written one: components, parity and rules read it there."""
    contract = compiled(tmp_path, CHURN).contract
    subjects = [one.subject for one in contract.projects["churn"].service_principals["web"].federation_in("dev")]
    assert subjects == ["system:serviceaccount:dev-churn:web"]
    assert contract.projects["churn"].service_principals["web"].federation_in("test") == []


def test_what_an_orchestrator_starts_needs_a_token_subject(tmp_path: Path) -> None:
    projects = (
        f"  churn:\n    owner: engineers\n    service_principals: {{starter: {{}}}}\n    jobs: {{train: {JOB}}}\n"
    )
    found = compiled(tmp_path, projects)
    findings = identity_findings(workload_identities(found.contract, found.access), found.loaded.places)
    assert [(one.id, one.environment) for one in findings] == [(IDENTITY_MISSING, "dev"), (IDENTITY_MISSING, "test")]
    assert "starts job churn/train from prefect" in findings[0].what
    assert findings[0].place is not None
    assert findings[0].place.line > 20


def test_a_subject_of_two_projects_and_of_two_environments_is_shared(tmp_path: Path) -> None:
    subject = "issuer: github, subject: 'repo:acme/all:ref:refs/heads/main'"
    principals = [f"{{ci: {{federation: [{{{subject}, audience: {audience}}}]}}}}" for audience in ("a", "b")]
    found = compiled(tmp_path, project("churn", principals[0]) + project("fraud", principals[1]))
    findings = identity_findings(workload_identities(found.contract, found.access), found.loaded.places)
    assert {one.id for one in findings} == {IDENTITY_SHARED}
    assert len(findings) == 3
    assert any("fraud/ci in dev and service principal churn/ci in dev" in one.what for one in findings)
    assert any("churn/ci in test and service principal churn/ci in dev" in one.what for one in findings)


def test_a_service_account_of_two_principals_is_shared() -> None:
    """The contract refuses what would lead to it: two namespaces of one name, one account of two principals."""
    account = Account("lab", "dev-a-b", "ci", "ci.dev-a-b.serviceaccount.identity.linkerd.cluster.local")
    first, other = ServicePrincipalId("dev", "a-b", "one"), ServicePrincipalId("dev-a", "b", "two")
    identities = [WorkloadIdentity(one, account, (), (), ()) for one in (first, other)]
    findings = identity_findings(identities, Places())
    assert {one.id for one in findings} == {IDENTITY_SHARED}
    assert any("service account dev-a-b/ci of cluster lab" in one.what for one in findings)
    assert any("mesh identity ci.dev-a-b.serviceaccount" in one.what for one in findings)
