"""Pipelines of the emulator, driven by Databricks' own SDK."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from databricks.sdk.errors import InvalidParameterValue, NotFound, PermissionDenied, ResourceAlreadyExists
from databricks.sdk.service import iam, pipelines

from tests.support.emulator import ServedEmulator, served

CODE = [pipelines.PipelineLibrary(file=pipelines.FileLibrary(path="/Workspace/refine.sql"))]


@pytest.fixture(scope="module")
def emulator() -> Iterator[ServedEmulator]:
    with served() as running:
        yield running


def test_a_pipeline_is_made_listed_changed_and_removed(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    made = [
        client.pipelines.create(name=f"p{number}", catalog="acme", schema="s", serverless=True, libraries=CODE)
        for number in range(4)
    ]
    assert [one.name for one in client.pipelines.list_pipelines()] == ["p0", "p1", "p2", "p3"], "in pages"
    identity = str(made[0].pipeline_id)
    found = client.pipelines.get(identity)
    assert found.run_as_user_name == found.creator_user_name == client.current_user.me().user_name
    assert found.spec is not None
    assert found.spec.libraries == CODE
    with pytest.raises(ResourceAlreadyExists):
        client.pipelines.create(name="p1", libraries=CODE)
    client.pipelines.update(identity, name="p9", libraries=CODE, continuous=True)
    assert client.pipelines.get(identity).state is pipelines.PipelineState.RUNNING
    client.pipelines.stop(identity)
    assert client.pipelines.start_update(identity).update_id
    for one in made:
        client.pipelines.delete(str(one.pipeline_id))
    with pytest.raises(NotFound):
        client.pipelines.get(identity)


def test_what_a_level_allows(emulator: ServedEmulator) -> None:
    emulator.assign("ada@example.com")
    owner, ada = emulator.workspace(), emulator.as_person()
    identity = str(owner.pipelines.create(name="mine", libraries=CODE).pipeline_id)
    with pytest.raises(PermissionDenied):
        ada.pipelines.get(identity)
    entry = iam.AccessControlRequest(user_name="ada@example.com", permission_level=iam.PermissionLevel.CAN_RUN)
    owner.permissions.update("pipelines", identity, access_control_list=[entry])
    assert ada.pipelines.start_update(identity).update_id
    with pytest.raises(PermissionDenied):
        ada.pipelines.update(identity, name="theirs")
    owner.pipelines.delete(identity)


def test_what_the_service_refuses(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    cluster = [pipelines.PipelineCluster(label="default", num_workers=1)]
    with pytest.raises(InvalidParameterValue, match="serverless"):
        client.pipelines.create(name="a", serverless=True, clusters=cluster, libraries=CODE)
    with pytest.raises(InvalidParameterValue, match="not both"):
        client.pipelines.create(name="a", catalog="acme", storage="dbfs:/x", libraries=CODE)
    with pytest.raises(InvalidParameterValue, match="does not exist"):
        client.pipelines.create(name="a", libraries=CODE, run_as=pipelines.RunAs(service_principal_name="nobody"))
