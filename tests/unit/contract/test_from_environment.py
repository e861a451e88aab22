"""Fields that may refer to environment variables are marked in the contract's model, and nowhere else."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel

from rolecall.contract.contract import Contract
from rolecall.contract.from_environment import ANY, CIDR, IDENTIFIER, UUID, Unset, environment_fields


class Leaf(BaseModel):
    named: Annotated[str | None, UUID] = None
    listed: Annotated[list[str] | None, CIDR] = None
    plain: str = ""


class Tree(BaseModel):
    leaf: Leaf | None = None
    leaves: dict[str, Leaf] = {}
    each: list[Annotated[str, IDENTIFIER]] = []
    inner: Tree | None = None


def test_fields_are_found_at_any_depth() -> None:
    found = {path: marker for path, marker in environment_fields(Tree).items() if path[0] != "inner"}
    assert found == {
        ("leaf", "named"): UUID,
        ("leaf", "listed", ANY): CIDR,
        ("leaves", ANY, "named"): UUID,
        ("leaves", ANY, "listed", ANY): CIDR,
        ("each", ANY): IDENTIFIER,
    }


def test_no_field_of_a_project_is_marked() -> None:
    found = environment_fields(Contract)
    platform = {"identity", "issuers", "databricks", "workspaces", "environments", "groups", "metastores"}
    assert {path[0] for path in found} == platform
    assert ("databricks", "host") in found
    assert ("workspaces", ANY, "ip_access", "allow", ANY) in found
    assert ("workspaces", ANY, "create", "storage_key") in found


def test_each_variable_has_a_placeholder_of_its_own() -> None:
    for path, marker in environment_fields(Contract).items():
        values = {marker.placeholder(Unset(name, begins=True, ends=True)) for name in ("ONE", "OTHER")}
        # There is one account, so its address need not differ.
        assert len(values) == (1 if path == ("databricks", "host") else 2), path
        assert marker.placeholder(Unset("ONE", begins=False, ends=False)) in ("unset-one", "1")
