"""Objects that environments share, the clouds, and addresses of workspaces: pure functions."""

from __future__ import annotations

import pytest

from rolecall.access.effective import Access
from rolecall.contract import Kind, Verb
from rolecall.contract.clouds import cloud_of
from rolecall.contract.workspace import Workspace
from rolecall.ids.ids import GroupId, ObjectId
from rolecall.kinds.clouds import pool_attributes
from rolecall.systems.databricks.addresses import host_of
from rolecall.systems.databricks.shared_objects import shared_with_each

DEV, PROD = (ObjectId(name, Kind.WORKSPACE, None, "ml") for name in ("dev", "prod"))
A, B, C = (GroupId(name) for name in "abc")


def test_the_highest_of_what_environments_give_is_right_for_each() -> None:
    given: Access = {DEV: {A: Verb.RUN, B: Verb.RUN}, PROD: {A: Verb.MANAGE}}
    told = dict(shared_with_each({A: Verb.MANAGE, B: Verb.RUN, C: Verb.RUN}, given, [DEV, PROD], [DEV, PROD]))
    assert told[DEV] == {A: Verb.RUN, B: Verb.RUN, C: Verb.RUN}, "who is needed nowhere is extra in the first"
    assert told[PROD] == {A: Verb.MANAGE}


def test_less_than_is_needed_is_seen_as_it_is() -> None:
    given: Access = {DEV: {A: Verb.RUN}, PROD: {A: Verb.MANAGE, B: Verb.RUN}}
    told = dict(shared_with_each({A: Verb.RUN}, given, [DEV, PROD], [DEV, PROD]))
    assert told == {DEV: {A: Verb.RUN}, PROD: {A: Verb.RUN}}


@pytest.mark.parametrize(
    ("host", "cloud", "attribute"),
    [
        ("https://dbc-1.cloud.databricks.com", "aws", "awsAttributes"),
        ("https://adb-1.2.azuredatabricks.net", "azure", "azureAttributes"),
        ("https://1.2.gcp.databricks.com", "gcp", "gcpAttributes"),
        ("http://127.0.0.1:80", "aws", "awsAttributes"),
    ],
)
def test_a_workspaces_address_tells_its_cloud(host: str, cloud: str, attribute: str) -> None:
    found = cloud_of(Workspace.model_validate({"host": host}))
    assert found == cloud
    assert set(pool_attributes(found, "spot")) == {attribute}
    assert pool_attributes(found, "spot") != pool_attributes(found, "on-demand")


def test_a_workspace_that_is_made_says_its_cloud_itself() -> None:
    new = {"cloud": "gcp", "region": "europe-west3", "project": "p"}
    assert cloud_of(Workspace.model_validate({"create": new})) == "gcp"


def test_the_address_of_a_new_workspace() -> None:
    assert host_of({"workspace_url": "http://127.0.0.1:1"}) == "http://127.0.0.1:1"
    assert host_of({"deployment_name": "dbc-1"}) == "https://dbc-1.cloud.databricks.com"
    assert host_of({"deployment_name": "1.2", "cloud": "gcp"}) == "https://1.2.gcp.databricks.com"
