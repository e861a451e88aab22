"""Lists of holders name groups, people and principals by one text: no group has a name that means another subject."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rolecall.access.observation import RemarkKind
from rolecall.contract.contract import Contract
from rolecall.errors import InvalidContract, UsageError
from rolecall.systems.databricks.lookups import find
from rolecall.systems.databricks.principals import read_principals
from tests.support.contracts import CONTRACT, load

OTHERS = [
    "users",
    "Users",
    "account users",
    "admins",
    "ada@example.com",
    "11111111-1111-4111-8111-111111111111",
    "AAAAAAAA-1111-4111-8111-111111111111",
    "servicePrincipals/11111111-1111-4111-8111-111111111111",
    "groups/engineers",
    "app:dev-churn-trainer",
    "1234567890",
    "..",
    "_workspace_admins_1234",
]
PLAIN = ["ML engineers", "R&D / vision", "analysts (eu)", "team@home", "users club", "accounting"]


class Account:
    """An account with one group, which has the id of a group of the contract."""

    def __init__(self, name: str) -> None:
        self.group = {"id": "1", "displayName": name, "externalId": "00g-analysts", "members": []}

    def scim(self, _account_id: str, collection: str, _attributes: str) -> Iterator[dict[str, Any]]:
        yield from [self.group] if collection == "Groups" else []


def read(contract: Contract, name: str) -> Any:
    account: Any = Account(name)
    return read_principals(contract, account)


@pytest.mark.parametrize("name", OTHERS)
def test_the_contract_declares_no_such_group(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidContract) as caught:
        load(tmp_path, CONTRACT.replace("analysts:", f'"{name}":').replace("to: analysts", f'to: "{name}"'))
    assert {one.id for one in caught.value.problems} & {"ambiguous-name", "reserved-name", "wrong-value"}


@pytest.mark.parametrize("name", OTHERS)
def test_a_group_that_is_called_so_in_the_identity_provider_is_named_on_no_list(tmp_path: Path, name: str) -> None:
    contract = load(tmp_path).contract
    with pytest.raises(UsageError, match="is called"):
        find(contract, [Account(name).group])
    seen = read(contract, name)
    assert [one.kind for one in seen.remarks if "is called" in one.text] == [RemarkKind.UNKNOWN]
    everybody = seen.group("users")
    assert everybody.key == "users", "what everybody holds is not a group's"


@pytest.mark.parametrize("name", PLAIN)
def test_other_names_are_fine(tmp_path: Path, name: str) -> None:
    contract = load(tmp_path, CONTRACT.replace("analysts:", f'"{name}":').replace("to: analysts", f'to: "{name}"'))
    assert name in contract.contract.groups
    renamed = find(load(tmp_path).contract, [Account(name).group])
    assert renamed.groups["analysts"].name == name
    assert not [one for one in read(load(tmp_path).contract, name).remarks if "is called" in one.text]
