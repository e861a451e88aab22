"""A rule that lacks what it has to know says so, and no exemption is one for everything."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from rolecall.policies import types
from rolecall.policies.catalogue import GUARDRAILS, RULES
from rolecall.policies.context import Context
from rolecall.policies.exemptions import FILE, Exemptions, load_exemptions
from rolecall.policies.pack import UNJUDGED, policies_of
from rolecall.policies.rule import Rule
from tests.security.programs import refusals, refused_by, resource

TODAY = date(2026, 11, 21)
LIST = {"jobId": "1", "accessControls": [{"groupName": "emergency", "permissionLevel": "CAN_MANAGE"}]}
ASSIGNED = {"groupName": "emergency", "permissions": ["ADMIN"]}
CRITICAL = [rule for rule in RULES if rule.needs and rule.must_judge]


def test_three_critical_rules_need_to_know_the_organization() -> None:
    assert {rule.id for rule in CRITICAL} >= {
        "break-glass-stays",
        "few-workspace-administrators",
        "production-only-for-bound-groups",
    }


@pytest.mark.parametrize("rule", CRITICAL, ids=lambda rule: rule.id)
def test_a_critical_rule_that_knows_nothing_refuses(rule: Rule) -> None:
    values: dict[str, dict[str, Any]] = {types.PERMISSIONS: LIST, types.PERMISSION_ASSIGNMENT: ASSIGNED}
    kind = next(one for one in values if rule.concerns(one))
    found = [one for one in refusals(resource(kind, values[kind]), context=Context()) if one.rule == rule.id]
    assert found
    assert "cannot be judged: there is no contract" in found[0].message


def test_a_parameter_of_another_rule_does_not_stand_for_the_missing_one() -> None:
    """Production was nothing where only `break_glass_group` was told, and no word was said."""
    rules = {"production-only-for-bound-groups": {"break_glass_group": "emergency"}}
    assert "production-only-for-bound-groups" in refused_by(
        resource(types.PERMISSIONS, LIST, stack="test"), context=Context(), rules=rules
    )


def test_the_engine_is_told_once_what_judges_nothing() -> None:
    policies = {one.name: one for one in policies_of(GUARDRAILS, RULES, lambda stack: Context())}
    said: list[str] = []
    pinned: Any = policies["production-code-is-pinned"]
    silent: Any = policies[UNJUDGED]
    arguments = SimpleNamespace(
        resource_type=types.JOB,
        props={},
        urn=f"urn:pulumi:s::p::{types.JOB}::j",
        name="j",
        provider=None,
        get_config=dict,
        not_applicable=_raise,
    )
    for _ in range(2):
        with pytest.raises(LookupError):
            pinned.validate(arguments, lambda message, urn: pytest.fail(message))
        silent.validate(arguments, lambda message, urn: said.append(message))
    assert len(said) == 1
    assert "production-code-is-pinned judges nothing" in said[0]


def _raise(reason: str) -> None:
    raise LookupError(reason)


def load(folder: Path, **changes: str) -> Exemptions:
    entry: dict[str, Any] = {
        "rule": "warehouse-is-small",
        "resource": "reports",
        "stack": "prod.reports",
        "reason": "The month's closing runs all night.",
        "ticket": "FIN-7",
        "owner": "finance",
        "from": date(2026, 11, 1),
        "until": date(2026, 12, 31),
        **changes,
    }
    (folder / FILE).write_text(yaml.safe_dump([entry]))
    return load_exemptions(folder, TODAY)


@pytest.mark.parametrize("stack", ["*", "**", "?*", "p*", "[a-z]*", "*.reports", "*d.reports"])
def test_an_exemption_names_its_stack(tmp_path: Path, stack: str) -> None:
    found = load(tmp_path, stack=stack)
    assert not found.entries
    assert any("is no name" in one for one in found.problems)


@pytest.mark.parametrize("resource_name", ["*", "**", "?*", "[!~]*", "[a-z]*", "*-*", "*e*", "??*[!x]"])
def test_an_exemption_names_its_resources(tmp_path: Path, resource_name: str) -> None:
    assert any("every resource" in one for one in load(tmp_path, resource=resource_name).problems)


def test_nothing_is_exempt_from_break_glass(tmp_path: Path) -> None:
    assert any("has no exemptions" in one for one in load(tmp_path, rule="break-glass-stays").problems)


def test_a_named_stack_and_an_environment_do(tmp_path: Path) -> None:
    for stack in ("prod.reports", "prod.*", "account"):
        assert load(tmp_path, stack=stack).problems == ()
