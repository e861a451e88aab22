"""500 groups with 10,000 memberships: as few requests as paging needs, counted."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.support.emulator import served_together
from tests.support.identity import OKTA_APPLICATION, Company, description
from tests.support.identity_contract import contract, identity_project

pytestmark = pytest.mark.engine
GROUPS, MEMBERS = 500, 20
PEOPLE = 1_000


def group_id(number: int) -> str:
    return f"00g{number:017d}"


@pytest.fixture
def systems() -> Iterator[Company]:
    described = description({})
    described["okta"]["groups"] += [{"name": f"team-{number}", "id": group_id(number)} for number in range(GROUPS)]
    in_each = GROUPS * MEMBERS // PEOPLE
    people = [
        {
            "name": f"person{person}@example.com",
            "id": f"00u{person:017d}",
            "groups": [f"team-{(person + step * GROUPS // in_each) % GROUPS}" for step in range(in_each)],
        }
        for person in range(PEOPLE)
    ]
    described["okta"]["users"] = people
    # All of it has arrived, as in an organization that has used its application for years.
    described["databricks"]["users"] += [{**one, "external_id": one["id"]} for one in people]
    described["databricks"]["groups"] = [
        {"name": f"team-{number}", "external_id": group_id(number)} for number in range(GROUPS)
    ]
    with served_together(described, small_pages=False) as installation:
        yield Company(installation)


def test_a_plan_and_a_comparison_need_no_more_calls_than_pages(tmp_path: Path, systems: Company) -> None:
    okta = systems.okta.organization
    assert sum(len(okta.members(group_id(number))) for number in range(GROUPS)) == GROUPS * MEMBERS
    text = yaml.safe_load(contract("okta", "scim", includes=False))
    text["groups"] |= {f"team-{number}": {"external": group_id(number)} for number in range(GROUPS)}
    project = identity_project(tmp_path, systems, yaml.safe_dump(text, sort_keys=False))
    application = okta.applications[OKTA_APPLICATION]
    for number in range(GROUPS):
        application.groups[group_id(number)] = {"priority": 0, "profile": {}, "lastUpdated": "2026-01-01T00:00:00.000Z"}

    systems.clear_statistics()
    project.engine.select("account")
    preview = project.engine.run("preview", "account")
    assert preview.exit_code == 0, preview.errors
    assert preview.changes["create"] > 2 * GROUPS
    assert systems.statistics("okta")["total"] == 0, "what is new is not asked for"
    # One list of the account's groups, to find those that were made again; and a token.
    assert (
        systems.statistics("databricks")["calls"].get("GET /api/2.0/accounts/{account_id}/scim/v2/Groups", 0)
        <= math.ceil(GROUPS / 1000) + 1
    )

    systems.clear_statistics()
    answer = project.rolecall("parity", "--format", "json")
    told = json.loads(answer.stdout)
    # Groups come in pages of 300 with their statistics, members in pages of 1,000: one call for each group.
    there = [one for one in told["matrix"] if one["people in okta"]["text"] != "no such group"]
    asked = systems.statistics("okta")
    # What is told of a group has a list of its own for each of them.
    of_a_group = ("users", "owners", "roles")
    needed = {f"GET /api/v1/groups/{{id}}/{each}": len(there) for each in of_a_group}
    needed |= {
        "GET /api/v1/groups": math.ceil(len(okta.groups) / 300),
        "GET /api/v1/groups/rules": 1,
        "GET /api/v1/iam/assignees/users": 1,
        "GET /api/v1/apps/{id}/users": math.ceil(PEOPLE / 200),
        "GET /api/v1/apps/{id}/groups": math.ceil(GROUPS / 200),
    }
    assert asked["calls"] == needed
    calls = systems.statistics("databricks")["calls"]
    assert calls["GET /api/2.0/accounts/{account_id}/scim/v2/Groups"] == math.ceil(GROUPS / 1000)
    users = len(systems.databricks.account.of_type("User"))
    assert calls["GET /api/2.0/accounts/{account_id}/scim/v2/Users"] == math.ceil(users / 1000)
    rows = {one["group"]: one for one in told["matrix"]}
    assert rows["team-7"]["people in databricks"] == {"text": str(MEMBERS), "state": "equal"}
