"""Quotas are an error before anything is deployed."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from rolecall.contract.contract import contract_model
from rolecall.contract.quotas import check_quotas
from rolecall.contract.source import Places
from tests.support.contracts import CONTRACT, VARIABLES


def tree() -> dict[str, Any]:
    text = CONTRACT
    for name, variable in VARIABLES.items():
        text = text.replace(f"${{env:{name}}}", variable)
    value: dict[str, Any] = yaml.safe_load(text)
    for environment in value["environments"].values():
        environment |= {"catalog": "acme"}
    return value


def found(value: dict[str, Any]) -> list[str]:
    return [one.what for one in check_quotas(contract_model().model_validate(value), Places())]


@pytest.mark.parametrize(
    ("section", "number", "word"),
    [
        ("secret_scopes", 1_001, "workspace nonprod would have 1,001 secret scopes"),
        ("warehouses", 1_001, "workspace prod would have 1,001 warehouses"),
        ("models", 5_001, "5,001 models"),
        ("service_principals", 5_001, "10,002 service principals"),
    ],
)
def test_one_too_many_is_named_with_what_holds_it(section: str, number: int, word: str) -> None:
    value = tree()
    value["projects"]["churn"][section] = {f"o{index}": {} for index in range(number)}
    if section == "service_principals":
        value["projects"]["churn"]["jobs"] = {}
    assert any(word in one for one in found(value)), found(value)


def test_as_many_as_there_may_be_are_fine() -> None:
    value = tree()
    value["projects"]["churn"]["secret_scopes"] = {f"o{index}": {} for index in range(1_000)}
    assert found(value) == []
    value["groups"] = {f"g{index}": {"managed": True} for index in range(5_001)}
    assert found(value) == ["the contract has 5,001 groups; an account holds 5,000"]
