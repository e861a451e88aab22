"""Projects, environments and objects under other names: what is live stays what it was, and who holds it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from rolecall.emulators.databricks.emulator import DatabricksEmulator
from rolecall.emulators.installation import Installation
from tests.support.documents import stacks
from tests.support.live import live
from tests.support.project import Project
from tests.support.recorded import replayed

pytestmark = pytest.mark.engine
# Objects that no system can rename, which are re-created.
LOST = {"scopes", "securables", "privileges", "rule sets"}


def states(project: Project) -> dict[str, bytes]:
    """Return the state files."""
    return {path.name: path.read_bytes() for path in (project.folder / ".state").rglob("*.json")}


def warnings(told: dict[str, Any]) -> str:
    return "\n".join(text for one in told.values() for text in one["warnings"])


def kept(running: Installation) -> dict[str, Any]:
    """Return the ids of what is kept, and who holds what on it."""
    found = live(running)
    for name in ("securables", "privileges", "conductor", "harness"):
        found.pop(name, None)
    for name in running.get(DatabricksEmulator).account.workspaces:
        found[name] = {key: value for key, value in found[name].items() if key not in LOST}
    found["principals"] = sorted(found["principals"])
    # What may sign in names the environment.
    found.get("entra", {}).pop("federated", None)
    return found


def previewed(project: Project) -> dict[str, Any]:
    """Preview; the states must stay as they are."""
    before = states(project)
    answer = project.rolecall("preview", "--format", "json")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert states(project) == before, "a preview writes to no state"
    told: dict[str, Any] = stacks(answer.stdout)
    return told


def settled(project: Project) -> None:
    told = json.loads(project.rolecall("parity", "--format", "json").stdout)
    assert told["equal"] is True, told["findings"]
    again = project.deployed("up", "--every-stack")
    assert {kind for one in again.values() for kind in one["changes"]} == {"same"}, again


def test_a_renamed_project_keeps_what_it_has(tmp_path: Path) -> None:
    with replayed("okta", tmp_path / "project") as (running, project):
        before = kept(running)
        text = (project.folder / "contract.yaml").read_text()
        text = text.replace("  churn:\n    owner", "  retention:\n    renamed_from: churn\n    owner")
        project.write("contract.yaml", text)
        files = states(project)
        refused = project.rolecall("up", "--yes")
        assert refused.returncode == 1, refused.stdout + refused.stderr
        assert states(project) == files, "nothing is moved where the run is refused"
        assert kept(running) == before
        written = (
            "deletions: [{project: retention, with_data: true, reason: moved by hand, owner: ada, expires: 2099-01-31}]"
        )
        project.write("contract.yaml", f"{text}{written}\n")
        told = previewed(project)
        assert re.search(r"contract\.yaml:\d+: secret scope retention/partner .* loses its secrets", warnings(told))
        assert re.search(r"dataset retention/scores .* loses its tables, volumes and models", warnings(told))
        assert "cluster policy retention/small" in warnings(told), "it is told what is taken over"
        assert kept(running) == before
        project.deployed("up")
        assert kept(running) == before
        stacks = {one["name"] for one in json.loads(project.pulumi("stack", "ls", "--json", check=True).stdout)}
        assert not [one for one in stacks if "churn" in one]
        settled(project)


def test_split_merge_and_new_keys(tmp_path: Path) -> None:
    """A job moves to another project, another project is merged into one, principals and objects get new keys."""
    with replayed("okta", tmp_path / "project") as (running, project):
        before = kept(running)
        told = yaml.safe_load((project.folder / "contract.yaml").read_text())
        churn, fraud = told["projects"]["churn"], told["projects"].pop("fraud")
        # `fraud` goes into `churn`, but for one key that both have.
        score = {**fraud["jobs"]["score"], "renamed_from": {"project": "fraud", "key": "score"}, "policy": "tiny"}
        churn["jobs"]["score"] = score
        churn["service_principals"]["scorer"] = {
            **fraud["service_principals"]["scorer"],
            "renamed_from": "fraud/scorer",
        }
        churn["cluster_policies"]["tiny"] = {**fraud["cluster_policies"]["small"], "renamed_from": "fraud/small"}
        churn["bindings"].append({"role": "engineer", "to": "Analysts of Risk", "in": ["dev"]})
        # The warehouse and the job on it become a project of their own.
        report = churn["jobs"].pop("report")
        told["projects"]["reporting"] = {
            "owner": "engineers",
            "bindings": [{**one} for one in churn["bindings"] if one["to"] not in ("trainer",)],
            "service_principals": {"reader": {}},
            "warehouses": {"daily": {**churn["warehouses"].pop("reports"), "renamed_from": "churn/reports"}},
            "jobs": {
                "daily": {
                    **report,
                    "run_as": "reader",
                    "renamed_from": "churn/report",
                    "tasks": json.loads(json.dumps(report["tasks"]).replace("warehouses.reports", "warehouses.daily")),
                }
            },
        }
        # New keys in the same project.
        churn["service_principals"]["fitter"] = {
            **churn["service_principals"].pop("trainer"),
            "renamed_from": "trainer",
        }
        churn["jobs"]["load"] = {
            **churn["jobs"].pop("nightly_load"),
            "run_as": "fitter",
            "renamed_from": "nightly_load",
        }
        churn["experiments"]["search"] = {"renamed_from": ["tuning"]}
        del churn["experiments"]["tuning"]
        for one in churn["bindings"]:
            one["to"] = "fitter" if one["to"] == "trainer" else one["to"]
        project.write("contract.yaml", yaml.safe_dump(told))
        previewed(project)
        project.deployed("up")
        after = kept(running)
        new = {*after["principals"]} - {*before["principals"]}
        names = {running.get(DatabricksEmulator).account.principals[one].display_name for one in new}
        assert names == {"dev-reporting-reader", "prod-reporting-reader"}, "only what is new is made"
        assert not {*before["principals"]} - {*after["principals"]}
        for space in running.get(DatabricksEmulator).account.workspaces:
            for kind in ("jobs", "cluster_policies", "warehouses", "experiments", "instance_pools"):
                assert after[space][kind] == before[space][kind], (space, kind)
        settled(project)


def test_a_renamed_environment_keeps_what_it_has(tmp_path: Path) -> None:
    with replayed("entra", tmp_path / "project") as (running, project):
        before = kept(running)
        text = (project.folder / "contract.yaml").read_text()
        text = text.replace("  dev: {workspace: nonprod}", "  test: {workspace: nonprod, renamed_from: dev}")
        project.write("contract.yaml", text.replace("[dev]", "[test]"))
        previewed(project)
        project.deployed("up")
        assert kept(running) == before
        settled(project)
