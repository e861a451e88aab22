"""Two groups with the same external id: deployment is refused, and parity reports both."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.contract.contract import Contract
from rolecall.contract.group import Group
from rolecall.errors import UsageError
from rolecall.systems.databricks.account_groups import account_groups, by_external_id, twins
from rolecall.systems.databricks.lookups import find

CONTRACT = Contract.model_construct(
    organization="acme",
    groups={"engineers": Group(external="00g-engineers"), "analysts": Group(external="00g-analysts")},
    workspaces={},
)


def group(identity: str, name: str, external_id: str) -> dict[str, Any]:
    return {"id": identity, "displayName": name, "externalId": external_id}


OWN, FAKE = group("1", "engineers", "00g-engineers"), group("2", "fakes", "00g-engineers")
OTHER = group("3", "analysts", "00g-analysts")


@pytest.mark.parametrize("groups", [[OWN, FAKE, OTHER], [FAKE, OTHER, OWN]])
def test_of_two_groups_with_one_external_id_the_other_name_is_undeclared(groups: list[dict[str, Any]]) -> None:
    assert by_external_id(CONTRACT, groups)["00g-engineers"] is OWN
    assert twins(CONTRACT, groups) == {"engineers": ["engineers", "fakes"]}
    assert account_groups_names(groups) == {"engineers": "engineers", "analysts": "analysts"}


def test_groups_with_ids_of_their_own_are_no_twins() -> None:
    renamed = group("1", "engineering", "00g-engineers")
    assert twins(CONTRACT, [renamed, OTHER, group("4", "local", "")]) == {}
    assert by_external_id(CONTRACT, [renamed])["00g-engineers"] is renamed


@pytest.mark.parametrize("groups", [[OWN, FAKE], [FAKE, OWN]])
def test_deployment_is_refused_if_two_groups_have_the_same_external_id(groups: list[dict[str, Any]]) -> None:
    with pytest.raises(UsageError, match="groups engineers and fakes of the account both have the external id"):
        find(CONTRACT, groups)
    assert find(CONTRACT, [OWN, OTHER]).groups["engineers"].id == "1"


def account_groups_names(groups: list[dict[str, Any]]) -> dict[str, str]:
    contract = CONTRACT.model_copy(update={"databricks": Provisioned()})
    return {key: members.name for key, members in account_groups(contract, groups, []).items()}


class Provisioned:
    """The section's setting for provisioning of groups."""

    provisioning = "scim"
