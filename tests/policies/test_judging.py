"""The same rules without the engine: on what `pulumi stack export` and `pulumi preview --json` write."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from pulumi_policy import proxy

from rolecall.policies import types
from rolecall.policies.catalogue import PACKS, RULES
from rolecall.policies.context import Context
from rolecall.policies.example import changed
from rolecall.policies.existing import SECRET, SIGNATURE, resources_in
from rolecall.policies.judging import Judgement, judge, level_of
from tests.policies.example import CONTEXT, EXAMPLES


def state(kind: str, name: str, inputs: dict[str, Any], stack: str = "prod") -> dict[str, Any]:
    return {"urn": f"urn:pulumi:{stack}::any::{kind}::{name}", "type": kind, "custom": True, "inputs": inputs}


def exported(*states: dict[str, Any]) -> dict[str, Any]:
    return {"version": 3, "deployment": {"resources": [*states]}}


def judged(
    told: dict[str, Any], configuration: dict[str, Any] | None = None, context: Context = CONTEXT
) -> list[Judgement]:
    return list(judge(resources_in(told), PACKS, lambda stack: context, configuration or {}))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_judges_a_state_as_it_judges_a_deployment(rule: Any) -> None:
    example = EXAMPLES[rule.id]
    for values in [example.good, *(changed(example.good, bad) for bad in example.bad)]:
        found = judged(exported(state(example.type, example.name, values, example.stack)))
        wrong = values is not example.good or not example.bad
        assert any(one.rule == rule.id for one in found) is wrong


def test_a_preview_is_judged_with_what_is_not_known_in_it() -> None:
    unknown = {"jobId": "1", "accessControls": proxy.UNKNOWN_STRING_VALUE}
    step = {"op": "create", "newState": state(types.PERMISSIONS, "train", unknown)}
    found = judged({"steps": [step, {"op": "delete", "oldState": state(types.USER, "ada", {})}]})
    assert {one.rule for one in found} >= {"exactly-one-owner", "break-glass-stays"}
    assert all("not known" in one.message for one in found)


def test_secrets_in_a_state_are_opened_where_they_can_be_and_unknown_where_not() -> None:
    secret = {SIGNATURE: SECRET, "plaintext": json.dumps("ada@example.com")}
    (found,) = judged(exported(state(types.SCHEMA, "s", {"comment": "x", "owner": secret})))
    assert found.rule == "owner-is-no-person"
    closed = {SIGNATURE: SECRET, "ciphertext": "v1:abc"}
    (found,) = judged(exported(state(types.SCHEMA, "s", {"comment": "x", "owner": closed})))
    assert "owner is not known" in found.message


def test_levels_and_parameters_come_from_the_configuration() -> None:
    told = exported(state(types.SQL_ENDPOINT, "w", EXAMPLES["warehouse-is-small"].good))
    assert judged(told) == []
    (found,) = judged(told, {"warehouse-is-small": {"max_warehouse_size": "X-Small", "enforcementLevel": "advisory"}})
    assert (found.rule, found.mandatory) == ("warehouse-is-small", False)
    assert judged(told, {"warehouse-is-small": "disabled"}) == []


def test_low_ones_block_only_among_the_guardrails() -> None:
    levels = {pack: {level_of(pack, rule) for rule in rules} for pack, rules in PACKS.items()}
    assert levels == {
        "guardrails": {"mandatory"},
        "compliance": {"mandatory", "advisory"},
        "cost": {"mandatory", "advisory"},
    }


def test_a_rule_that_cannot_judge_says_so_and_refuses_where_it_is_critical() -> None:
    values = EXAMPLES["break-glass-stays"].good
    found = {one.rule: one for one in judged(exported(state(types.PERMISSIONS, "p", values)), context=Context())}
    assert found["break-glass-stays"].mandatory
    assert "cannot be judged" in found["break-glass-stays"].message
    job = {one.rule: one for one in judged(exported(state(types.JOB, "j", {})), context=Context())}
    assert not job["production-code-is-pinned"].mandatory
    assert "judges nothing" in job["production-code-is-pinned"].message


@pytest.mark.parametrize("told", [{}, {"resources": []}])
def test_what_is_neither_a_state_nor_a_preview_is_refused(told: dict[str, Sequence[str]]) -> None:
    with pytest.raises(ValueError, match="neither"):
        judged(told)
