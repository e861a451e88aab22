"""Roles that are given in Harness' organization or account count in the project too, and parity sees them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from rolecall.access.effective import Access
from rolecall.errors import SystemRefused
from rolecall.ids.ids import GroupId, LiveSubject, ObjectId, SubjectType
from rolecall.ids.verbs import Kind, Verb
from rolecall.systems.harness.held import held_on_pipelines
from rolecall.systems.harness.identifiers import identifier
from tests.emulators.test_harness import BEN, Clients
from tests.support.identity import Company, company, signed_in_to
from tests.support.lazily import Lazily

if TYPE_CHECKING:
    import harness_open_api as harness
else:
    harness = Lazily("harness_open_api")

PIPELINE = identifier("dev-churn-train")
BELOW = "_all_resources_including_child_scopes"
ENGINEERS = GroupId("engineers")
GIVEN: Access = {ObjectId("dev", Kind.JOB, "churn", "train"): {ENGINEERS: Verb.EDIT}}
VIEWS, RUNS = {"core_pipeline_view"}, {"core_pipeline_view", "core_pipeline_execute"}
BEN_IN_HARNESS = LiveSubject(SubjectType.PERSON, BEN.partition("/")[2])


@pytest.fixture
def systems(monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    with company() as running, signed_in_to(running.harness, monkeypatch):
        yield running


def give(systems: Company, role: str, group: str, **scope: str) -> None:
    """Give Ben a role above the project, through Harness' own client."""
    owner = Clients(systems)
    body = {
        "resourceGroupIdentifier": group,
        "roleIdentifier": role,
        "principal": {"identifier": BEN_IN_HARNESS.name, "type": "USER"},
        "disabled": False,
        "managed": False,
    }
    harness.RoleAssignmentsApi(owner.client).post_role_assignment(body, owner.account, **scope)


def test_a_role_of_the_account_or_the_organization_is_held_in_the_project(systems: Company) -> None:
    project = systems.harness.project
    assert held_on_pipelines(GIVEN, {}) == {}, "administrators of the account are not listed"
    give(systems, "_account_viewer", BELOW)
    assert held_on_pipelines(GIVEN, {}) == {PIPELINE: {BEN_IN_HARNESS: VIEWS}}
    assert project.may(BEN, "core_pipeline_view", PIPELINE)
    give(systems, "_pipeline_executor", BELOW, org_identifier=project.organization)
    assert held_on_pipelines(GIVEN, {}) == {PIPELINE: {BEN_IN_HARNESS: RUNS}}
    assert project.may(BEN, "core_pipeline_execute", PIPELINE)


def test_a_role_on_what_is_not_in_the_project_is_none(systems: Company) -> None:
    project = systems.harness.project
    give(systems, "_pipeline_executor", "_all_account_level_resources")
    give(systems, "_pipeline_executor", "_all_organization_level_resources", org_identifier=project.organization)
    assert held_on_pipelines(GIVEN, {}) == {}
    assert not project.may(BEN, "core_pipeline_view", PIPELINE)


@pytest.mark.parametrize("told", [None, {}, {"includedScopes": [{"filter": "EXCLUDING_CHILD_SCOPES"}]}])
def test_what_harness_does_not_tell_of_a_resource_group_is_not_taken_for_nothing(
    systems: Company, told: dict[str, object] | None
) -> None:
    give(systems, "_pipeline_executor", "_all_account_level_resources")
    groups = systems.harness.project.above["account"].resource_groups
    group = groups.pop("_all_account_level_resources")
    if told is not None:
        kept = {key: value for key, value in group.items() if key != "includedScopes"}
        groups["_all_account_level_resources"] = {**kept, **told}
    assert held_on_pipelines(GIVEN, {}) == {PIPELINE: {BEN_IN_HARNESS: RUNS}}


def test_a_group_of_the_account_is_not_the_projects_of_the_same_name(systems: Company) -> None:
    for level, name in (("account", "account.engineers"), ("organization", "org.engineers"), ("project", "engineers")):
        systems.harness.project.assignments = {
            "by_hand": {
                "identifier": "by_hand",
                "resourceGroupIdentifier": "_all_project_level_resources",
                "roleIdentifier": "_project_viewer",
                "principal": {"scopeLevel": level, "identifier": "engineers", "type": "USER_GROUP"},
            }
        }
        subject = ENGINEERS if level == "project" else LiveSubject(SubjectType.GROUP, name)
        assert held_on_pipelines(GIVEN, {}) == {PIPELINE: {subject: VIEWS}}


def test_who_may_not_see_the_account_cannot_say_that_all_is_equal(
    systems: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Clients(systems, BEN)
    with pytest.raises(harness.rest.ApiException) as caught:
        harness.RoleAssignmentsApi(client.client).get_role_assignment_list(client.account)
    assert caught.value.status == 403
    monkeypatch.setenv("HARNESS_PLATFORM_API_KEY", systems.harness.key_of(BEN))
    with pytest.raises(SystemRefused) as refused:
        held_on_pipelines(GIVEN, {})
    assert "organization and account" in refused.value.how_to_go_on
