"""Code and libraries come from sources that the organization has named, and messages go to addresses of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pulumi_policy import proxy

from rolecall.errors import InvalidContract
from rolecall.policies import types
from tests.security.programs import refused_by, resource
from tests.support.contracts import CONTRACT, load

SOURCES, HOMES, DBFS, SENDS = (
    "code-from-named-sources",
    "code-outside-personal-folders",
    "code-outside-dbfs",
    "sends-to-named-hosts",
)
EVIL = "https://evil.example/simple"


def library(**one: Any) -> dict[str, Any]:
    return {"tasks": [{"taskKey": "a", "libraries": [one]}]}


def dependency(text: str) -> dict[str, Any]:
    return {"environments": [{"environmentKey": "e", "spec": {"dependencies": ["a==1", text]}}]}


def conf(key: str, value: str) -> dict[str, Any]:
    return {"sparkConf": {key: value}}


def glob(text: str) -> dict[str, Any]:
    return {"libraries": [{"glob": {"include": text}}]}


ATTACKS: list[tuple[str, dict[str, Any], str]] = [
    (types.JOB, library(pypi={"package": "a==1", "repo": EVIL}), SOURCES),
    (types.JOB, library(pypi={"package": f"a==1 --index-url {EVIL}"}), SOURCES),
    (types.JOB, library(pypi={"package": "a @ git+https://evil.example/a.git@v1"}), SOURCES),
    (types.JOB, library(maven={"coordinates": "e:e:1", "repo": EVIL}), SOURCES),
    (types.JOB, library(cran={"package": "a", "repo": EVIL}), SOURCES),
    (types.JOB, library(whl="https://evil.example/a.whl"), SOURCES),
    (types.JOB, library(whl="s3://evil/a.whl"), SOURCES),
    (types.JOB, library(jar="abfss://c@evil.dfs.core.windows.net/a.jar"), SOURCES),
    (types.JOB, library(whl="file:/dbfs/a.whl"), DBFS),
    *((types.JOB, dependency(f"{option} {EVIL}"), SOURCES) for option in ("-i", "--extra-index-url", "--find-links")),
    (types.JOB, dependency(f"--extra-index-url={EVIL}"), SOURCES),
    (types.JOB, dependency("--trusted-host evil.example"), SOURCES),
    (types.JOB, dependency("git+https://evil.example/a@v1"), SOURCES),
    (types.JOB, dependency("https://pypi.org.evil.example/a.whl"), SOURCES),
    (types.JOB, dependency("https://pypi.org@evil.example/a.whl"), SOURCES),
    (types.LIBRARY, {"clusterId": "1", "whl": "gs://evil/a.whl"}, SOURCES),
    (types.CLUSTER, conf("spark.jars", "https://evil.example/a.jar"), SOURCES),
    (types.CLUSTER, conf("spark.jars.repositories", EVIL), SOURCES),
    (types.CLUSTER, conf("spark.submit.pyFiles", "s3a://evil/a.zip"), SOURCES),
    (types.CLUSTER, conf("spark.driver.extraJavaOptions", "-javaagent:/Volumes/a/b/c/a.jar"), SOURCES),
    (types.PIPELINE, {"configuration": {"spark.jars": "https://evil.example/a.jar"}}, SOURCES),
    (types.PIPELINE, {"libraries": [{"file": {"path": "s3://evil/a.sql"}}]}, SOURCES),
    (types.APP, {"name": "a", "gitRepository": {"url": "https://evil.example/a", "provider": "gitHub"}}, SOURCES),
    *(
        (types.CONNECTION, {"name": "c", "connectionType": "MYSQL", "comment": "x", "options": options}, SENDS)
        for options in (
            {"server": "evil.example"},
            {"serverHostname": "evil.example"},
            {"sfUrl": "evil.snowflakecomputing.com"},
            {"host": "h.acme.example", "token_endpoint": "https://evil.example/token"},
            {"host": "h.acme.example", "anything": "https://evil.example"},
            {"host": "u:p@h.acme.example"},
        )
    ),
    (types.PIPELINE, {"environment": {"dependencies": [f"--index-url {EVIL}"]}}, SOURCES),
    *(
        (types.PIPELINE, glob(text), HOMES)
        for text in ("/**", "/Workspace/**", "/Users/**", "/Workspace/Users/a*/**", "/Workspace/U*/**", "/Repos/*/x")
    ),
]


@pytest.mark.parametrize(("kind", "values", "rule"), ATTACKS)
def test_code_of_others_is_refused(kind: str, values: dict[str, Any], rule: str) -> None:
    assert rule in refused_by(resource(kind, values))


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (types.JOB, library(pypi={"package": "a==1"})),
        (types.JOB, library(pypi={"package": "a==1", "repo": "https://pypi.org/simple"})),
        (types.JOB, library(whl="/Volumes/acme/platform/wheels/a.whl")),
        (types.JOB, dependency("/Workspace/churn/dist/a.whl")),
        (types.JOB, dependency("-r /Workspace/churn/requirements.txt")),
        (types.CLUSTER, conf("spark.driver.extraJavaOptions", "-Xss4m")),
        (types.PIPELINE, glob("/Workspace/churn/**")),
        (types.APP, {"name": "a"}),
        (types.PIPELINE, {"configuration": {"source": "s3://acme/landing"}}),
    ],
)
def test_code_of_ones_own_is_not_refused(kind: str, values: dict[str, Any]) -> None:
    assert not refused_by(resource(kind, values)) & {SOURCES, HOMES, DBFS}


DIGEST = "@sha256:" + "0" * 64


def image(kind: str, url: str) -> dict[str, Any]:
    """Return a resource of a type that runs a container image, in each place of a job."""
    held = {"dockerImage": {"url": url}}
    if kind == types.INSTANCE_POOL:
        return {"preloadedDockerImages": [{"url": url}]}
    if kind == types.CLUSTER_POLICY:
        return {"definition": json.dumps({"docker_image.url": {"type": "allowlist", "values": [url]}})}
    inner = {"taskKey": "b", "forEachTask": {"task": {"taskKey": "c", "newCluster": held}}}
    return {"tasks": [inner]} if kind == types.JOB else held


IMAGES = (types.CLUSTER, types.JOB, types.INSTANCE_POOL, types.CLUSTER_POLICY)


@pytest.mark.parametrize("kind", IMAGES)
@pytest.mark.parametrize(
    "url",
    [
        *(
            "evil/ml",
            "ml",
            "evil.example/ml",
            "databricksruntime.evil.example/x",
            "DatabricksRuntime/x",
            "docker.io/evil/x",
        )
    ],
)
def test_an_image_of_others_is_refused(kind: str, url: str) -> None:
    assert SOURCES in refused_by(resource(kind, image(kind, url + DIGEST)))


@pytest.mark.parametrize("kind", IMAGES)
def test_an_image_that_moves_and_a_password_for_it_are_refused(kind: str) -> None:
    assert "images-are-pinned" in refused_by(resource(kind, image(kind, "registry.acme.example/ml:latest")))
    if kind == types.JOB:
        held = {"dockerImage": {"url": "x", "basicAuth": {"username": "u", "password": proxy.UNKNOWN_STRING_VALUE}}}
        job = {"jobClusters": [{"jobClusterKey": "a", "newCluster": held}]}
        assert "images-without-password" in refused_by(resource(kind, job))


@pytest.mark.parametrize("kind", IMAGES)
@pytest.mark.parametrize(
    "url", ["registry.acme.example/ml", "databricksruntime/standard", "docker.io/databricksruntime/python"]
)
def test_an_image_of_the_organization_and_of_databricks_is_fine(kind: str, url: str) -> None:
    assert not refused_by(resource(kind, image(kind, f"{url}:16.4{DIGEST}"))) & {SOURCES, "images-are-pinned"}


def test_an_index_that_the_organization_has_named_is_allowed() -> None:
    job = resource(types.JOB, library(pypi={"package": "a==1", "repo": "https://python.mirror.example/simple"}))
    assert SOURCES in refused_by(job)
    assert SOURCES not in refused_by(job, rules={SOURCES: {"destinations": ["mirror.example"]}})


MAIL = ("x@evil.example", "Ada <x@evil.example>", "x@acme.example.evil.example", "x@notacme.example")


@pytest.mark.parametrize("mail", MAIL)
@pytest.mark.parametrize(
    ("kind", "around"),
    [
        (types.JOB, lambda one: {"emailNotifications": {"onFailures": [one]}}),
        (types.JOB, lambda one: {"tasks": [{"taskKey": "a", "emailNotifications": {"onSuccesses": [one]}}]}),
        (types.PIPELINE, lambda one: {"notifications": [{"alerts": ["on-update-failure"], "emailRecipients": [one]}]}),
        (types.ALERT_V2, lambda one: {"evaluation": {"notification": {"subscriptions": [{"userEmail": one}]}}}),
    ],
)
def test_mail_goes_to_addresses_of_the_organization(kind: str, around: Any, mail: str) -> None:
    named = {SENDS: {"destinations": ["acme.example"]}}
    assert SENDS in refused_by(resource(kind, around(mail)), rules=named)
    assert SENDS not in refused_by(resource(kind, around("ml@acme.example")), rules=named)


CLUSTER = "    clusters: {explore: {runtime: 16.4.x-scala2.12, node_type: i3.xlarge, policy: small, %s}}\n    jobs:"


@pytest.mark.parametrize(
    "settings",
    [
        'spark_conf: {"spark.key": "{{secrets/dev-fraud-keys/key}}"}',
        'spark_conf: {"spark.key": "x{{ secrets/dev-fraud-keys/key }}"}',
        'overrides: {prod: {spark_conf: {"spark.key": "{{secrets/prod-fraud-keys/key}}"}}}',
    ],
)
def test_a_shared_cluster_reads_no_secret_with_the_deployers_rights(tmp_path: Path, settings: str) -> None:
    """A user who may attach to it reads its configuration, whatever the access list of the scope."""
    with pytest.raises(InvalidContract) as error:
        load(tmp_path, CONTRACT.replace("    jobs:", CLUSTER % settings, 1))
    assert {one.id for one in error.value.problems} == {"secret-on-shared-cluster"}


@pytest.mark.parametrize(
    "address", ["https://evil.example", "a@b.example\\nBcc: c@d.example", "all", "a@b, c@d.example"]
)
def test_an_alert_notifies_addresses_alone(tmp_path: Path, address: str) -> None:
    alert = (
        "    alerts: {a: {run_as: trainer, text: SELECT 1 AS c, warehouse: reports, column: c, threshold: 1, "
        f'schedule: "0 0 6 * * ?", notify: ["{address}"]}}}}\n    warehouses: {{reports: {{}}}}\n    jobs:'
    )
    with pytest.raises(InvalidContract) as error:
        load(tmp_path, CONTRACT.replace("    jobs:", alert, 1))
    assert {one.id for one in error.value.problems} == {"wrong-value"}
