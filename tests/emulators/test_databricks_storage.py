"""Objects of a metastore around its data, through Databricks' own SDK: what the service takes and refuses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import InvalidParameterValue, NotFound, PermissionDenied
from databricks.sdk.service import catalog

from tests.support.emulator import DESCRIPTION, ServedEmulator, served_together

METASTORE = "5a000000-0000-4000-8000-0000000000e1"
ROLE = catalog.AwsIamRoleRequest(role_arn="arn:aws:iam::123456789012:role/lake")
_P = catalog.Privilege


@pytest.fixture
def emulator() -> Iterator[ServedEmulator]:
    from rolecall.emulators.databricks.emulator import DatabricksEmulator

    spaces = [{"name": "nonprod", "metastore": METASTORE}, {"name": "prod", "metastore": METASTORE}]
    world = {**DESCRIPTION, "metastores": [{"id": METASTORE, "name": "central"}], "workspaces": spaces}
    with served_together({"databricks": world}) as installation:
        yield ServedEmulator(installation.get(DatabricksEmulator))


def lake(client: WorkspaceClient) -> None:
    client.storage_credentials.create("lake", aws_iam_role=ROLE)
    client.external_locations.create("landing", "s3://lake/landing", "lake")


def grant(client: WorkspaceClient, sort: str, name: str, who: str, *what: catalog.Privilege) -> None:
    client.grants.update(sort, name, changes=[catalog.PermissionsChange(principal=who, add=[*what])])


def test_a_location_lies_in_no_other_and_has_a_credential_that_exists(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    lake(client)
    with pytest.raises(InvalidParameterValue, match="overlaps"):
        client.external_locations.create("inner", "s3://lake/landing/inner", "lake")
    beside = client.external_locations.create("beside", "s3://lake/landing-2", "lake")
    with pytest.raises(InvalidParameterValue, match="overlaps"):
        client.external_locations.update("beside", url="s3://lake")
    with pytest.raises(NotFound, match="does not exist"):
        client.external_locations.update("beside", credential_name="nothing")
    assert client.external_locations.get("beside").url == beside.url


def test_what_is_in_use_goes_by_force_only(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    lake(client)
    with pytest.raises(InvalidParameterValue, match="used by external location landing"):
        client.storage_credentials.delete("lake")
    client.catalogs.create("acme")
    client.schemas.create("raw", "acme")
    client.volumes.create("acme", "raw", "in", catalog.VolumeType.EXTERNAL, storage_location="s3://lake/landing/in")
    with pytest.raises(InvalidParameterValue, match="used by volume"):
        client.external_locations.delete("landing")
    client.external_locations.delete("landing", force=True)
    client.storage_credentials.delete("lake")


def test_each_privilege_of_a_location_is_given_and_no_other(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    lake(client)
    known = (_P.READ_FILES, _P.WRITE_FILES, _P.CREATE_EXTERNAL_TABLE, _P.CREATE_EXTERNAL_VOLUME)
    grant(client, "external_location", "landing", "engineers", *known, _P.CREATE_MANAGED_STORAGE, _P.MANAGE)
    (held,) = client.grants.get("external_location", "landing").privilege_assignments or []
    assert {*known} <= {*(held.privileges or [])}
    with pytest.raises(InvalidParameterValue, match="not applicable"):
        grant(client, "external_location", "landing", "engineers", _P.SELECT)


def test_who_holds_something_on_a_location_sees_it_and_others_do_not(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    lake(client)
    emulator.assign("ada@example.com")
    ada = emulator.as_person()
    with pytest.raises(PermissionDenied):
        ada.external_locations.get("landing")
    grant(client, "external_location", "landing", "engineers", _P.READ_FILES)
    assert ada.external_locations.get("landing").url == "s3://lake/landing"
    with pytest.raises(PermissionDenied):
        ada.external_locations.update("landing", url="s3://elsewhere")


def test_a_location_needs_the_privilege_on_the_metastore_and_on_its_credential(emulator: ServedEmulator) -> None:
    client = emulator.workspace()
    lake(client)
    emulator.assign("ada@example.com")
    ada = emulator.as_person()
    with pytest.raises(PermissionDenied, match="CREATE EXTERNAL LOCATION on Metastore"):
        ada.external_locations.create("own", "s3://own", "lake")
    grant(client, "metastore", METASTORE, "engineers", _P.CREATE_EXTERNAL_LOCATION)
    with pytest.raises(PermissionDenied, match="on Storage Credential"):
        ada.external_locations.create("own", "s3://own", "lake")
    grant(client, "storage_credential", "lake", "engineers", _P.CREATE_EXTERNAL_LOCATION)
    assert ada.external_locations.create("own", "s3://own", "lake").owner == "ada@example.com"


def test_what_is_isolated_is_used_and_listed_where_it_is_bound(emulator: ServedEmulator) -> None:
    here, there = emulator.workspace(), emulator.workspace("prod")
    lake(here)
    here.external_locations.update("landing", isolation_mode=catalog.IsolationMode.ISOLATION_MODE_ISOLATED)
    binding = catalog.WorkspaceBinding(workspace_id=here.get_workspace_id())
    here.workspace_bindings.update_bindings("external_location", "landing", add=[binding])
    assert here.external_locations.get("landing").name == "landing"
    for refused in (
        lambda: there.external_locations.get("landing"),
        lambda: there.grants.get("external_location", "landing"),
    ):
        with pytest.raises(PermissionDenied, match="not accessible in current workspace"):
            refused()
    assert [one.name for one in there.external_locations.list()] == []
    assert [one.name for one in there.external_locations.list(include_unbound=True)] == ["landing"]
