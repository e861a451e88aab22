"""A group under another key, another name in the identity provider, or both, where Rolecall provisions the account.

What identity providers provision themselves is in test_changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.test_identity import deploy, parity
from tests.support.identity import Administrator, Company, company
from tests.support.identity_contract import contract, identity_project
from tests.support.live import live
from tests.support.project import GUARDRAILS, Project

pytestmark = pytest.mark.engine


@pytest.fixture
def systems() -> Iterator[Company]:
    with company(small_pages=False) as running:
        yield running


def renamed(text: str, old: str, new: str) -> str:
    """Return a contract with another key of a group, wherever it is named."""
    return re.sub(rf"\b{old}\b", new, text)


def up(project: Project, systems: Company) -> dict[str, Any]:
    """Deploy with guardrails, settle, and return what is live."""
    project.deployed("up", *STRICT)
    systems.settle()
    assert parity(project)["exit"] == 0, parity(project)["findings"]
    systems.clear_statistics()
    assert deploy(project) == {"same"}
    assert systems.writes() == 0, "a second run writes nothing"
    return live(systems.installation)


STRICT = ("--policy-pack", str(GUARDRAILS))


def deletions(systems: Company) -> list[str]:
    """Return the deletions that the systems were asked for."""
    asked = (systems.statistics(name)["calls"] for name in systems.installation.addresses)
    return [route for requests in asked for route in requests if route.startswith("DELETE")]


@pytest.mark.parametrize(("system", "provisioning"), [("entra", "rolecall")])
def test_a_renamed_group_keeps_its_rights(tmp_path: Path, systems: Company, system: str, provisioning: str) -> None:
    text = contract(system, provisioning)
    project = identity_project(tmp_path, systems, text)
    before = up(project, systems)

    project.write("contract.yaml", text := renamed(text, "engineers", "Builders"))
    systems.clear_statistics()
    project.deployed("up", *STRICT)
    assert not deletions(systems), "the assignment of the same group must not go"
    assert up(project, systems) == before

    administrator = Administrator(systems, system)
    administrator.rename("engineers", "engineering")
    systems.settle()
    systems.clear_statistics()
    assert up(project, systems) == before
    assert not deletions(systems)

    administrator.rename("analysts", "risk analysts")
    systems.settle()
    project.write("contract.yaml", text := renamed(text, "analysts", "risk"))
    assert up(project, systems) == before

    # Groups that Rolecall makes: in case only, and under another name.
    project.write("contract.yaml", text := renamed(text, "everybody", "EveryBody"))
    assert up(project, systems) == before
    text = renamed(text, "EveryBody", "all builders").replace(
        "all builders: {managed: true", "all builders: {managed: true, renamed_from: EveryBody"
    )
    project.write("contract.yaml", text)
    assert up(project, systems) == before
    names = {one.display_name for one in systems.databricks.account.of_type("Group")}
    assert "all builders" in names
    assert not {"everybody", "EveryBody"} & names
