"""A contract's volumes in a cluster: encrypted classes, backups, roles, and Longhorn's closed API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rolecall.compiled import CompiledContract
from rolecall.errors import InvalidContract
from rolecall.ids.ids import ObjectId, ServicePrincipalId
from rolecall.ids.verbs import Kind, Verb
from rolecall.systems.kubernetes.longhorn import isolation
from rolecall.systems.kubernetes.manifests import manifests
from rolecall.systems.kubernetes.storage.classes import KEY_USERS, LONGEST_NAME, short_name
from tests.support.cluster_contract import CONTRACT, cluster_contract

Objects = list[dict[str, Any]]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> CompiledContract:
    return cluster_contract(tmp_path_factory.mktemp("contract"))


def of(compiled: CompiledContract, kind: str, environment: str = "dev", project: str = "fraud") -> Objects:
    found = manifests(compiled.contract, compiled.access, environment, project)
    return [one for one in found if one["kind"] == kind]


def changed(folder: Path, *changes: tuple[str, str]) -> CompiledContract:
    text = CONTRACT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return cluster_contract(folder, text)


def problems(folder: Path, *changes: tuple[str, str]) -> list[str]:
    with pytest.raises(InvalidContract) as caught:
        changed(folder, *changes)
    return [one.id for one in caught.value.problems]


def subjects(compiled: CompiledContract, verb: str, environment: str = "dev") -> set[str]:
    found = [one for one in of(compiled, "RoleBinding", environment) if one["metadata"]["name"] == f"features.{verb}"]
    return {f"{one['kind']} {one['name']}" for binding in found for one in binding["subjects"]}


def test_a_class_is_encrypted_with_a_key_in_the_projects_namespace(compiled: CompiledContract) -> None:
    (one,) = of(compiled, "StorageClass")
    assert one["metadata"]["name"] == "dev-fraud-confidential"
    assert one["provisioner"] == "driver.longhorn.io"
    parameters = one["parameters"]
    assert parameters["encrypted"] == "true"
    for user in KEY_USERS:
        assert parameters[f"csi.storage.k8s.io/{user}-secret-name"] == "volume-key-confidential"
        assert parameters[f"csi.storage.k8s.io/{user}-secret-namespace"] == "dev-fraud"
    (other,) = of(compiled, "StorageClass", "prod")
    assert other["parameters"]["csi.storage.k8s.io/node-stage-secret-namespace"] == "prod-fraud"
    # No run writes the key.
    assert of(compiled, "Secret") == []


def test_a_class_names_jobs_and_a_target_that_are_there_before_it(compiled: CompiledContract) -> None:
    found = manifests(compiled.contract, compiled.access, "dev", "fraud")
    kinds = [one["kind"] for one in found]
    (storage_class,) = of(compiled, "StorageClass")
    jobs = {one["metadata"]["name"]: one["spec"] for one in of(compiled, "RecurringJob")}
    named = json.loads(storage_class["parameters"]["recurringJobSelector"])
    assert {one["name"] for one in named} == {*jobs}
    assert {(one["task"], one["cron"], one["retain"]) for one in jobs.values()} == {
        ("snapshot", "0 * * * *", 24),
        ("backup", "0 3 * * *", 30),
    }
    (target,) = of(compiled, "BackupTarget")
    assert storage_class["parameters"]["backupTargetName"] == target["metadata"]["name"]
    assert target["spec"]["backupTargetURL"] == "s3://backups@eu/dev/fraud/"
    assert target["spec"]["credentialSecret"] == "backup-dev-fraud"
    last = max(kinds.index("RecurringJob"), kinds.index("BackupTarget"))
    assert last < kinds.index("StorageClass")
    assert [one["metadata"]["name"] for one in found].index("dev-fraud.longhorn-manager") < kinds.index("StorageClass")


def test_names_of_two_long_jobs_differ_and_fit() -> None:
    names = {short_name(f"production-recommendations-confidential-{task}") for task in ("snapshot", "backup")}
    assert len(names) == 2
    assert {len(one) for one in names} == {LONGEST_NAME}
    assert short_name("dev-fraud") == "dev-fraud"


def test_a_binding_names_all_who_hold_its_verb_or_more(compiled: CompiledContract) -> None:
    writers = {"Group oidc:emergency", "ServiceAccount batch"}
    assert subjects(compiled, "view") == {*writers, "Group oidc:engineers", "ServiceAccount web"}
    assert subjects(compiled, "edit") == writers
    assert subjects(compiled, "manage") == {"Group oidc:emergency"}
    assert subjects(compiled, "view", "prod") == writers
    roles = {one["metadata"]["name"]: one["rules"] for one in of(compiled, "Role")}
    for (rule,) in roles.values():
        assert rule["resources"] == ["persistentvolumeclaims"]
        assert rule["resourceNames"] == ["features"]
    assert {name: rule["verbs"] for name, (rule,) in roles.items()} == {
        "features.view": ["get"],
        "features.edit": ["patch", "update"],
        "features.manage": ["delete"],
    }


@pytest.mark.parametrize(
    ("groups", "engineers"),
    [
        ("{}", "engineers"),
        ('{prefix: "okta:", names: {engineers: ml-engineers}}', "okta:ml-engineers"),
        ("{ids: true, names: {emergency: 1f}}", "00g-engineers"),
    ],
)
def test_groups_are_bound_by_the_names_in_tokens(tmp_path: Path, groups: str, engineers: str) -> None:
    compiled = changed(tmp_path, ('groups: {prefix: "oidc:"}', f"groups: {groups}"))
    assert f"Group {engineers}" in subjects(compiled, "view")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (('groups: {prefix: "oidc:"}', "groups: {ids: true}"), "group-without-id"),
        (('groups: {prefix: "oidc:"}', 'groups: {prefix: "system:"}'), "name-not-allowed"),
        (('groups: {prefix: "oidc:"}', "groups: {names: {emergency: engineers}}"), "names-collide"),
        (('groups: {prefix: "oidc:"}', "groups: {names: {strangers: x}}"), "unknown-group"),
        (("sensitivity: confidential", "sensitivity: secret"), "unknown-sensitivity"),
        (('      backup: {url: "s3', '      x: {url: "s3'), "unknown-key"),
        (("in: [dev, prod], sensitivity", "in: [dev, test], sensitivity"), "environment-without-cluster"),
        (("service_account: batch}", "description: none}"), "principal-without-service-account"),
        (("s3://backups@eu/{environment}/{project}/", "s3://backups@eu/{environment}/"), "wrong-value"),
        (("s3://backups@eu/", "s3://key:word@eu/"), "wrong-value"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, change: tuple[str, str], problem: str) -> None:
    assert problem in problems(tmp_path, change)


def test_backups_need_a_target(tmp_path: Path) -> None:
    start = CONTRACT.index("      backup:")
    line = CONTRACT[start : CONTRACT.index("\n", start) + 1]
    assert problems(tmp_path, (line, "")) == ["missing-key"]


def test_a_volume_needs_longhorn_in_its_cluster(tmp_path: Path) -> None:
    start, end = CONTRACT.index("    longhorn:"), CONTRACT.index("environments:")
    assert {*problems(tmp_path, (CONTRACT[start:end], ""))} == {"cluster-without-longhorn"}


def test_a_project_without_volumes_has_no_class(compiled: CompiledContract) -> None:
    for kind in ("StorageClass", "RecurringJob", "BackupTarget", "Role"):
        assert of(compiled, kind, project="lonely") == []


def test_no_claim_is_made_as_a_copy_of_one_of_the_contract(compiled: CompiledContract) -> None:
    (rules,) = (one for one in of(compiled, "ValidatingAdmissionPolicy") if one["metadata"]["name"].endswith("fraud"))
    (copies,) = (one["expression"] for one in rules["spec"]["validations"] if "copy" in one["message"])
    for source in ("object.spec.dataSource", "object.spec.dataSourceRef"):
        assert f"!has({source}) ||" in copies
        assert f'!({source}.name in {{"features": "dev-fraud-confidential"}})' in copies
    assert "request.operation == 'UPDATE'" in copies, "a claim that is there keeps its source"


def test_longhorns_api_and_user_interface_are_closed_but_for_named_namespaces(compiled: CompiledContract) -> None:
    pods = [
        {"kind": "Pod", "metadata": {"name": app, "namespace": "longhorn-system", "labels": {"app": app}}}
        for app in ("longhorn-manager", "longhorn-ui")
    ]
    policies = [one for one in of(compiled, "NetworkPolicy") if one["metadata"]["namespace"] == "longhorn-system"]
    (found,) = isolation([*pods, *policies])
    assert found.reaches.startswith("open to namespace monitoring")
    assert [*isolation([*pods, *policies], {"namespace monitoring"})] == []
    assert len([*isolation(pods)]) == 2


def test_the_grants_of_volumes_are_those_of_roles(compiled: CompiledContract) -> None:
    target = ObjectId("dev", Kind.PERSISTENT_VOLUME, "fraud", "features")
    held = compiled.access[target]
    assert held[ServicePrincipalId("dev", "fraud", "batch")] is Verb.EDIT
    assert held[ServicePrincipalId("dev", "fraud", "web")] is Verb.VIEW
