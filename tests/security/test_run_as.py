"""A job of a project's own file never runs as the deployer, and its tags are not mistaken for Rolecall's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.contracts import CLUSTER
from tests.support.repository import ids, load, problems, project, repository

CHURN = "contract/projects/churn.yaml"
BUNDLE = "resources: {jobs: {b: {RUNS tasks: [{task_key: a, notebook_task: {notebook_path: /a}}]}}}\n"


@pytest.mark.parametrize("runs", ["", "in: [prod]"])
def test_a_job_without_run_as_is_refused(tmp_path: Path, runs: str) -> None:
    text = project("churn").replace("        run_as: trainer\n", f"        {runs}\n" if runs else "")
    (problem,) = problems(repository(tmp_path, {CHURN: text}))
    assert problem.id == "run-as-missing"
    assert "as the deployer" in problem.what


@pytest.mark.parametrize("runs", ["", "run_as: {service_principal_name: '1'},", "run_as: {user_name: a@b.example},"])
def test_so_is_a_bundles(tmp_path: Path, runs: str) -> None:
    """What a bundle says of `run_as` is not taken: it names ids of its own choice."""
    files = {
        CHURN: project("churn", "    bundles: [{path: ../../b/databricks.yml}]\n"),
        "b/databricks.yml": BUNDLE.replace("RUNS", runs),
    }
    assert "run-as-missing" in ids(problems(repository(tmp_path, files)))


@pytest.mark.parametrize("embeds", ["embed_credentials: true", "overrides: {prod: {embed_credentials: true}}"])
def test_so_is_a_dashboard_that_shows_what_the_deployer_may_read(tmp_path: Path, embeds: str) -> None:
    dashboard = f"{{definition: {{pages: []}}, warehouse: reports, {embeds}}}"
    objects = f"    warehouses: {{reports: {{}}}}\n    dashboards: {{all: {dashboard}}}\n"
    (problem,) = problems(repository(tmp_path, {CHURN: project("churn", objects)}))
    assert problem.id == "run-as-missing"
    assert "what the deployer may read" in problem.what
    load(repository(tmp_path, {CHURN: project("churn", objects.replace("true", "false"))}))


def test_a_platform_file_may_leave_it_to_the_packs(tmp_path: Path) -> None:
    text = project("churn").replace("        run_as: trainer\n", "")
    main = repository(tmp_path, {CHURN: text})
    main.write_text(main.read_text().replace("only: projects", "only: platform"))
    load(main)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("policy: small\n", "policy: small\n        tags: {Project: fraud}\n"),
        ("policy: small\n", "policy: small\n        overrides: {prod: {tags: {OWNER: fraud}}}\n"),
        ("    owner: engineers\n", "    owner: engineers\n    tags: {Environment: prod}\n"),
        ("idle_minutes: 30}", "idle_minutes: 30, definition: {custom_tags.Owner: {type: fixed, value: x}}}"),
        ("idle_minutes: 30}", "idle_minutes: 30, tags: {Managed-By: x}}"),
        (CLUSTER, CLUSTER.replace("{", "{custom_tags: {Owner: x}, ", 1)),
    ],
)
def test_no_tag_is_rolecalls_but_for_its_capitals(tmp_path: Path, old: str, new: str) -> None:
    """Azure takes them for one tag, and people do, too."""
    text = project("churn")
    assert old in text
    found = problems(repository(tmp_path, {CHURN: text.replace(old, new)}))
    assert ids(found) == {"tag-not-allowed"}
