"""Serving endpoints: references must exist, and declarations are limited and recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.errors import InvalidContract
from tests.support.contracts import CONTRACT, compiled, load
from tests.support.declared import declared

WITH_CATALOGS = CONTRACT.replace("{workspace: nonprod}", "{workspace: nonprod, catalog: acme_dev}").replace(
    "{workspace: prod, protected: true}", "{workspace: prod, protected: true, catalog: acme_prod}"
)
MODEL = "    models: {detector: {}}\n"
ENDPOINT = "    serving_endpoints:\n      scoring: {model: detector, version: 3, overrides: {prod: {size: Large}}}\n"


def problems(folder: Path, text: str) -> list[tuple[str, str]]:
    with pytest.raises(InvalidContract) as refused:
        load(folder, text)
    return [(problem.id, problem.what) for problem in refused.value.problems]


def test_the_model_has_to_be_the_projects(tmp_path: Path) -> None:
    ((identity, what),) = problems(tmp_path, WITH_CATALOGS + ENDPOINT)
    assert identity.startswith("unknown-")
    assert "detector" in what


def test_the_model_has_to_be_wherever_the_endpoint_is(tmp_path: Path) -> None:
    ((identity, what),) = problems(tmp_path, WITH_CATALOGS + "    models: {detector: {in: [dev]}}\n" + ENDPOINT)
    assert (identity, "prod" in what) == ("not-in-environment", True)


def test_calls_are_limited_and_recorded_and_the_list_names_the_endpoint_by_its_id(tmp_path: Path) -> None:
    recorder = declared(compiled(tmp_path, WITH_CATALOGS + MODEL + ENDPOINT), "prod.churn")
    (endpoint,) = recorder.of("databricks:index/modelServing:ModelServing").values()
    assert endpoint["name"] == "prod-churn-scoring"
    assert endpoint["aiGateway"]["rateLimits"] == [{"calls": 600, "key": "user", "renewalPeriod": "minute"}]
    assert endpoint["aiGateway"]["inferenceTableConfig"]["catalogName"] == "acme_prod"
    (entity,) = endpoint["config"]["servedEntities"]
    assert (entity["entityName"], entity["entityVersion"]) == ("acme_prod.churn_models.detector", "3")
    assert entity["workloadSize"] == "Large"
    lists = recorder.of("databricks:index/permissions:Permissions")
    assert "servingEndpointId" in lists["churn-scoring"]


def test_an_endpoint_without_a_version_is_declared_without_a_configuration(tmp_path: Path) -> None:
    """The release of the model sets it; a deployment does not revert it."""
    text = WITH_CATALOGS + MODEL + ENDPOINT.replace(", version: 3", "")
    (endpoint,) = (
        declared(compiled(tmp_path, text), "dev.churn").of("databricks:index/modelServing:ModelServing").values()
    )
    assert "config" not in endpoint
