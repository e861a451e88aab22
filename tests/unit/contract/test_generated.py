"""Generated files are what their generators write today."""

from __future__ import annotations

import json

from rolecall.contract import json_schema
from rolecall.kinds.jobs_api import job_models
from tests.generators import documents, jobs_api


def test_the_tables_of_the_jobs_api_are_those_of_the_libraries() -> None:
    form = jobs_api.job_form()
    assert json.loads(jobs_api.FORM.read_text()) == form, "run `make generate`"
    assert json.loads(jobs_api.PROPERTIES.read_text()) == jobs_api.job_properties(form), "run `make generate`"


def test_every_field_of_the_jobs_api_is_in_the_models() -> None:
    models = job_models()
    for name, fields in jobs_api.job_form().items():
        assert {field.alias for field in models[name].model_fields.values()} == set(fields)


def test_the_schema_describes_the_contract_for_editors() -> None:
    schema = json_schema()
    assert schema["additionalProperties"] is False
    assert {"version", "organization", "projects", "environments"} <= set(schema["properties"])
    job = schema["$defs"]["Job"]["properties"]
    assert {"include", "in", "policy", "run_as", "overrides", "tasks", "schedule", "git_source"} <= set(job)
    assert "tasks" not in schema["$defs"]["Job"].get("required", [])


def test_the_generated_documents_are_those_of_the_code() -> None:
    for name, page in documents.PAGES.items():
        assert (documents.DOCS / name).read_text() == page(), f"docs/{name}: run `make generate`"
