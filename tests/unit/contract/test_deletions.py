"""Which objects hold data, and which entry of `deletions` is about which of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rolecall.contract.deletion import BY_TYPE, DATA_HOLDERS, DATA_KINDS, GROUP
from rolecall.engine.stack_state import Resource
from rolecall.kinds.registry import KINDS
from rolecall.slices.data_objects import allowed_by, data_object, is_protected, unwritten
from tests.support.contracts import CONTRACT, TODAY, load

WHY = "reason: it ends, owner: ada, expires: 2026-11-20"


def test_what_holds_data_is_what_deletions_can_name() -> None:
    assert {one.kind for one in DATA_HOLDERS} == {*DATA_KINDS} - {GROUP}
    assert {kind.name for kind in KINDS if kind.data} <= {*DATA_KINDS}
    assert len(BY_TYPE) == len(DATA_HOLDERS)


def resource(kind: str, resource_name: str, /, **inputs: Any) -> Resource:
    token = f"databricks:index/{kind}"
    urn = f"urn:pulumi:prod.churn::p::{token}::{resource_name}"
    return Resource(urn, token, resource_name, inputs, {}, custom=True)


TAG = resource("tagPolicy:TagPolicy", "cost center", tagKey="cost center")
VOLUME = resource("volume:Volume", "churn-features-raw-files", name="raw-files")
MODEL = resource("registeredModel:RegisteredModel", "churn-score", name="score")


@pytest.mark.parametrize(
    ("entry", "volume", "model"),
    [
        ("kind: dataset, object: churn/features", True, False),
        ("kind: dataset, object: churn/features, in: [dev]", False, False),
        ("kind: volume, object: churn/features/raw-files, in: [prod]", True, False),
        ("kind: volume, object: churn/features/raw", False, False),
        ("kind: dataset, object: churn/feature", False, False),
        ("kind: model, object: churn/score", False, True),
        ("kind: experiment, object: churn/score", False, False),
        ("project: churn", True, True),
        ("project: churn, in: [dev]", False, False),
        ("project: fraud", False, False),
        ("environment: prod", True, True),
        ("environment: dev", False, False),
    ],
)
def test_an_entry_is_about_what_it_names_and_what_is_in_it(
    tmp_path: Path, entry: str, *, volume: bool, model: bool
) -> None:
    contract = load(tmp_path, f"deletions: [{{{entry}, {WHY}}}]\n{CONTRACT}").contract
    for known, expected in ((VOLUME, volume), (MODEL, model)):
        target = data_object(known, "prod", "churn", contract)
        assert target is not None
        assert (allowed_by(target, contract, TODAY) is not None) is expected
        assert allowed_by(target, contract, date(2026, 11, 21)) is None, "it has ended"


def test_what_is_not_known_to_be_unprotected_is_protected(tmp_path: Path) -> None:
    contract = load(tmp_path).contract
    told = {
        (environment, was): is_protected(target, was, contract)
        for environment in ("dev", "prod", "gone")
        for was in (None, False, True)
        if (target := data_object(MODEL, environment, "churn", contract))
    }
    assert {key for key, protected in told.items() if not protected} == {("dev", None), ("dev", False), ("gone", False)}


def test_the_schema_of_models_holds_nothing_of_its_own(tmp_path: Path) -> None:
    contract = load(tmp_path).contract
    schema = resource("schema:Schema", "churn-models", name="churn_models")
    assert data_object(schema, "prod", "churn", contract) is None
    assert data_object(resource("job:Job", "churn-train"), "prod", "churn", contract) is None


def test_a_catalog_that_is_gone_is_known_by_its_comment(tmp_path: Path) -> None:
    contract = load(tmp_path, f"deletions: [{{environment: old, {WHY}}}]\n{CONTRACT}").contract
    known = resource("catalog:Catalog", "acme_old", name="acme_old", comment="Data and models of acme in old")
    target = data_object(known, "", "", contract)
    assert target is not None
    assert allowed_by(target, contract, TODAY) is not None


@pytest.mark.parametrize(("entry", "allowed"), [("cost center", True), ("center", False)])
def test_a_governed_tag_needs_an_entry_in_any_environment(tmp_path: Path, entry: str, *, allowed: bool) -> None:
    """Without a governed tag, every user who may edit an object's tags controls its masks."""
    contract = load(tmp_path, f"deletions: [{{kind: governed_tag, object: {entry}, {WHY}}}]\n{CONTRACT}").contract
    target = data_object(TAG, "", "", contract)
    assert target is not None
    assert is_protected(target, False, contract)
    assert (allowed_by(target, contract, TODAY) is not None) is allowed
    message = unwritten(target, "deleted", "", contract, TODAY)
    assert (
        "governed tag cost center would be deleted; with it go its values and the limits on who assigns it" in message
    )
    assert "{kind: governed_tag, object: cost center, reason" in message


@pytest.mark.parametrize("key", ["cost center", "2024", "no", "#team", "a}b", '"x"', "é"])
def test_the_entry_that_a_message_names_is_about_the_object(tmp_path: Path, key: str) -> None:
    target = data_object(resource("tagPolicy:TagPolicy", key, tagKey=key), "", "", load(tmp_path).contract)
    assert target is not None
    contract = load(tmp_path, f"deletions: [{{{target.entry()}, {WHY}}}]\n{CONTRACT}").contract
    assert allowed_by(target, contract, TODAY) is not None
