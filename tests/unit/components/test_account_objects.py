"""Declarations of governed tags and budget policies."""

from __future__ import annotations

from pathlib import Path

from rolecall.slices.part import digests_of
from rolecall.systems.databricks.lookups import Lookups
from tests.support.contracts import CONTRACT, compiled
from tests.support.declared import declared

OBJECTS = """\
governed_tags:
  data-class: {description: How sensitive, values: [personal, internal], assigners: [analysts]}
budget_policies:
  Churn team: {tags: {team: churn}, users: [engineers], managers: [analysts]}
"""
RULES = "databricks:index/accessControlRuleSet:AccessControlRuleSet"


def test_both_are_declared_with_the_whole_list_of_their_roles(tmp_path: Path) -> None:
    recorder = declared(compiled(tmp_path, OBJECTS + CONTRACT), "account")
    assert recorder.of("databricks:index/tagPolicy:TagPolicy") == {
        "data-class": {
            "tagKey": "data-class",
            "description": "How sensitive",
            "values": [{"name": "internal"}, {"name": "personal"}],
        }
    }
    assert recorder.of("databricks:index/budgetPolicy:BudgetPolicy") == {
        "Churn team": {"policyName": "Churn team", "customTags": [{"key": "team", "value": "churn"}]}
    }
    assert "/budgetPolicies/policy-Churn team/" in str(recorder.of(RULES)["budgetPolicies/Churn team"]["name"])
    rules = recorder.of(RULES)
    assert {name: one["grantRules"] for name, one in rules.items()} == {
        "tagPolicies/data-class": [
            {"role": "roles/tagPolicy.assigner", "principals": ["groups/analysts"]},
            {"role": "roles/tagPolicy.manager", "principals": ["groups/emergency"]},
        ],
        "budgetPolicies/Churn team": [
            {"role": "roles/budgetPolicy.manager", "principals": ["groups/analysts", "groups/emergency"]},
            {"role": "roles/budgetPolicy.user", "principals": ["groups/engineers"]},
        ],
    }
    assert str(rules["tagPolicies/data-class"]["name"]).endswith("/tagPolicies/id-data-class/ruleSets/default")


def test_they_change_no_stack_but_the_account(tmp_path: Path) -> None:
    before, after = (digests_of(compiled(tmp_path, text), Lookups()) for text in (CONTRACT, OBJECTS + CONTRACT))
    assert {name for name in before if before[name] != after[name]} == {"account"}
