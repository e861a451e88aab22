"""The whole chain with the real engine: identity provider, its application, Databricks account, workspace, grants."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.identity import GROUPS, Administrator, Company, company
from tests.support.identity_contract import contract, identity_project
from tests.support.project import Project

pytestmark = pytest.mark.engine
CHAINS = [("okta", "scim"), ("entra", "rolecall")]


@pytest.fixture
def systems() -> Iterator[Company]:
    with company(small_pages=False) as running:
        yield running


STACKS = ("account", "dev.churn")


def deploy(project: Project, *stacks: str, refresh: bool = False) -> set[str]:
    """Run the engine on stacks, including unchanged ones; return the operations by resource."""
    flags = ["--every-stack", *(["--refresh"] if refresh else [])]
    told = project.deployed("up", *flags, *(stacks or STACKS))
    return {operation for one in told.values() for operation in one["changes"]}


def parity(project: Project) -> dict[str, Any]:
    answer = project.rolecall("parity", "--environment", "dev", "--format", "json")
    assert answer.stdout, answer.stderr
    told: dict[str, Any] = json.loads(answer.stdout)
    told["exit"] = answer.returncode
    return told


def people(told: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one["finding"], one["group"], one["subject"] or "") for one in told["findings"]]


def members(systems: Company, group: str) -> set[str]:
    account = systems.databricks.account
    found = next(one for one in account.of_type("Group") if one.display_name == group)
    return {account.principals[one].user_name.partition("@")[0] for one in found.members}


@pytest.mark.parametrize(("system", "provisioning"), CHAINS)
def test_joiner_mover_leaver_and_a_renamed_group(
    tmp_path: Path, systems: Company, system: str, provisioning: str
) -> None:
    project = identity_project(tmp_path, systems, contract(system, provisioning))
    deploy(project)
    administrator = Administrator(systems, system)
    pushing = systems.installation.provisioning[system]

    def bring() -> None:
        """Let what changed arrive in Databricks, as this chain does it."""
        if provisioning == "scim":
            pushing.paused = False
            pushing.wake()
            systems.settle()
        else:
            deploy(project, "account")

    bring()
    assert parity(project)["exit"] == 0
    systems.clear_statistics()
    assert deploy(project) == {"same"}
    assert systems.writes() == 0, "a second run writes nothing"

    pushing.paused = True
    administrator.add("dora", "engineers")
    told = parity(project)
    assert told["exit"] == 1
    assert ("missing", "engineers", "dora@example.com") in people(told)
    assert ("missing", "everybody", "dora@example.com") in people(told), "and in the group that includes it"
    bring()
    assert parity(project)["exit"] == 0
    assert members(systems, "engineers") == {"ada", "ben", "dora"}

    administrator.remove("ben", "engineers")
    administrator.add("ben", "analysts")
    bring()
    assert parity(project)["exit"] == 0
    assert members(systems, "engineers") == {"ada", "dora"}
    assert members(systems, "analysts") == {"ben", "cleo"}
    assert members(systems, "everybody") == {"ada", "ben", "cleo", "dora"}

    pushing.paused = True
    administrator.deactivate("ada")
    told = parity(project)
    assert [one for one in people(told) if one[0] == "extra"] == [
        ("extra", "engineers", "ada@example.com"),
        ("extra", "everybody", "ada@example.com"),
    ], "before: she still holds what the groups hold"
    row = next(one for one in told["matrix"] if one["group"] == "engineers")
    assert row["people in databricks"] == {"text": "2, 1 too many", "state": "different"}
    bring()
    assert parity(project)["exit"] == 0, "after: nowhere any more"
    assert "ada" not in members(systems, "engineers") | members(systems, "everybody")
    a_renamed_group_keeps_members_and_grants(project, systems, system, provisioning)


def a_renamed_group_keeps_members_and_grants(
    project: Project, systems: Company, system: str, provisioning: str
) -> None:
    account = systems.databricks.account
    before = next(one for one in account.of_type("Group") if one.display_name == "engineers")
    job = next(iter(account.workspaces["nonprod"].jobs))
    held = account.workspaces["nonprod"].permissions[f"/jobs/{job}"][before.id]

    Administrator(systems, system).rename("engineers", "engineering")
    systems.settle()
    deploy(project, refresh=True)
    assert parity(project)["exit"] == 0
    after = account.principals[before.id]
    if provisioning == "scim":
        assert after.display_name == "engineering", "the name follows the id"
    assert account.workspaces["nonprod"].permissions[f"/jobs/{job}"][after.id] == held
    assert set(after.members) == set(before.members)
    assert deploy(project) == {"same"}


@pytest.mark.parametrize(("system", "provisioning"), CHAINS)
def test_a_group_that_was_deleted_and_made_again_inherits_nothing(
    tmp_path: Path, systems: Company, system: str, provisioning: str
) -> None:
    project = identity_project(tmp_path, systems, contract(system, provisioning))
    deploy(project)
    systems.settle()
    account = systems.databricks.account
    old = next(one for one in account.of_type("Group") if one.display_name == "analysts")
    administrator = Administrator(systems, system)
    again = administrator.make_again("analysts")
    administrator.add("emil", "analysts")
    systems.settle()
    told = parity(project)
    assert told["exit"] == 1
    found = [one for one in told["findings"] if one["group"] == "analysts"]
    assert any(again in one["live"] or "none" in one["live"] for one in found), found
    refused = project.rolecall("up", "--yes", "--refresh", "account")
    assert refused.returncode != 0, "nothing is concluded from a name"
    holders = {holder for entries in account.workspaces["nonprod"].permissions.values() for holder in entries}
    new = [one for one in account.of_type("Group") if one.external_id == again]
    assert not {one.id for one in new} & holders
    assert not any(
        "emil" in account.principals[one].user_name for group in new for one in group.members if group.id in holders
    )
    assert old.id not in {one.id for one in new}

    text = (project.folder / "contract.yaml").read_text()
    first = contract(system, provisioning)
    assert text == first
    project.write("contract.yaml", first.replace(GROUPS[system]["analysts"], again))
    deploy(project, refresh=True)
    systems.settle()
    assert parity(project)["exit"] == 0, "once its new id is written down, it is a group like any other"


def test_entra_without_provisioning_at_all(tmp_path: Path, systems: Company) -> None:
    project = identity_project(tmp_path, systems, contract("entra", "automatic"))
    deploy(project)
    told = parity(project)
    assert told["exit"] == 0, told["findings"]
    row = next(one for one in told["matrix"] if one["group"] == "everybody")
    assert row["people in entra"]["text"] == "3", "through both groups that are nested in it"
    assert row["people in databricks"]["text"] == "as there"


@pytest.mark.parametrize("system", ["okta", "entra"])
def test_an_unprovisioned_group_is_not_an_empty_one(tmp_path: Path, systems: Company, system: str) -> None:
    text = contract(system, "scim")
    project = identity_project(tmp_path, systems, text)
    deploy(project, "account")
    systems.settle()
    told = parity(project)
    cells = {one["group"]: one["people in databricks"]["text"] for one in told["matrix"]}
    assert cells["emergency"] == "empty"
    pushed = systems.installation.provisioning[system]
    pushed.paused = True
    account = systems.databricks.account
    account.remove(next(one.id for one in account.of_type("Group") if one.display_name == "analysts"))
    told = parity(project)
    cells = {one["group"]: one["people in databricks"] for one in told["matrix"]}
    assert cells["analysts"] == {"text": "no such group", "state": "different"}
    assert ("missing", "analysts", "") in people(told)


# A fault, and the group that is shown as unknown or different; None where nothing at all is known.
FAULTS: list[tuple[dict[str, object], str | None]] = [
    ({"kind": "status", "status": 503}, None),
    ({"kind": "wrong-token"}, None),
    ({"kind": "repeated-page", "path": "/api/v1/groups"}, None),
    ({"kind": "truncated-page", "path": "*/users"}, "engineers"),
    ({"kind": "empty-list", "path": "*/users"}, "engineers"),
    ({"kind": "empty-list", "path": "/api/v1/groups"}, "everybody"),
]


def test_an_identity_provider_that_does_not_answer_whole_is_never_equal(tmp_path: Path) -> None:
    with company(small_pages=True) as systems:
        project = identity_project(tmp_path, systems, contract("okta"))
        project.variables["ROLECALL_RETRY_SECONDS"] = "2"
        deploy(project, "account")
        systems.settle()
        for fault, group in FAULTS:
            systems.fault("okta", {"path": "/api/*", "times": -1, **fault})
            told = parity(project)
            assert told["exit"] != 0
            assert told["equal"] is False
            if group is None:
                assert told["exit"] == 3, fault
                assert {one["people in okta"]["state"] for one in told["matrix"]} == {"unknown"}
            else:
                row = next(one for one in told["matrix"] if one["group"] == group)
                assert row["people in okta"]["state"] != "equal", fault
            assert not [one for one in told["findings"] if one["finding"] == "extra"], "nobody is said to be too many"


def test_reports_as_documents(tmp_path: Path, systems: Company) -> None:
    project = identity_project(tmp_path, systems, contract("okta"))
    deploy(project, "account")
    told = project.rolecall("parity", "--format", "markdown").stdout
    assert "| group | people in okta | people in databricks | grants in dev | grants in prod |" in told
    page = project.rolecall("parity", "--format", "html").stdout
    assert page.startswith("<!doctype html>")
    assert '<td class="different">' in page
    table = project.rolecall("parity").stdout
    assert "people in okta" in table
