"""Exemptions: who may break which rule until when; what is wrong with one stops everything."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pulumi_policy import ResourceValidationPolicy, StackValidationPolicy

from rolecall.policies import types
from rolecall.policies.catalogue import COST, RULES, STACK_RULES
from rolecall.policies.context import Context
from rolecall.policies.exemptions import FILE, NEVER, Exemptions, load_exemptions
from rolecall.policies.former_ids import CURRENT
from rolecall.policies.judging import judge, settings_of
from rolecall.policies.pack import IN_USE, MATCH, VALID, policies_of
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Resource

TODAY = date(2026, 11, 21)
GOOD = """\
- rule: warehouse-stops-when-idle
  resource: reports-*
  stack: prod.reports
  reason: The month's closing runs all night.
  ticket: FIN-7
  owner: finance
  from: 2026-11-01
  until: 2026-12-31
"""
ENDLESS = {"clusterSize": "Small", "autoStopMins": 0, "tags": {"customTags": []}}


def load(folder: Path, text: str) -> Exemptions:
    (folder / FILE).write_text(text)
    return load_exemptions(folder, TODAY)


def test_no_file_exempts_nothing(tmp_path: Path) -> None:
    assert load_exemptions(tmp_path, TODAY) == Exemptions()
    assert load(tmp_path, "# none yet\n") == Exemptions()


def test_an_exemption_is_of_one_rule_and_of_what_its_patterns_name(tmp_path: Path) -> None:
    exemptions = load(tmp_path, GOOD)
    assert exemptions.problems == ()
    found = exemptions.of("warehouse-stops-when-idle", "reports-nightly", "prod.reports")
    assert found is not None
    assert found.sentence().endswith(
        f"until 2026-12-31: The month's closing runs all night. (FIN-7, finance; {FILE}:1)"
    )
    assert exemptions.of("warehouse-stops-when-idle", "reports-nightly", "dev.reports") is None
    assert exemptions.of("warehouse-stops-when-idle", "other", "prod.reports") is None
    assert exemptions.of("warehouse-is-small", "reports-nightly", "prod.reports") is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("until: 2026-12-31", "until: 2026-11-20", "it ended on 2026-11-20"),
        ("until: 2026-12-31", "until: 2027-02-01", "it lasts 92 days. Allowed: up to 90"),
        ("until: 2026-12-31", "until: 2026-10-01", "before it begins"),
        ("until: 2026-12-31", "until: soon", "until: "),
        ("  ticket: FIN-7\n", "", "ticket: field required"),
        ("  owner: finance\n", "  owner: ''\n", "owner: "),
        ("reason: The month's closing runs all night.", "reason: because", "reason: "),
        ("owner: finance", "owner: finance\n  forever: true", "forever: "),
        (GOOD, "- 7\n", "it is no exemption"),
        (GOOD, "rule: x\n", "it is no list"),
        (GOOD, "- {", "is not YAML"),
    ],
)
def test_one_that_is_not_in_order_exempts_from_nothing_and_is_a_problem(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    exemptions = load(tmp_path, GOOD.replace(old, new))
    assert exemptions.entries == ()
    assert said in " ".join(exemptions.problems)


def test_all_problems_are_told_each_with_its_line(tmp_path: Path) -> None:
    text = GOOD.replace("FIN-7", "''") + GOOD.replace("2026-12-31", "2026-11-02") + GOOD
    first, second = load(tmp_path, text).problems
    assert first.startswith(f"{FILE}:1: ticket")
    assert second.startswith(f"{FILE}:9: it ended on")


def test_one_that_has_not_begun_exempts_from_nothing_yet(tmp_path: Path) -> None:
    later = load(tmp_path, GOOD.replace("2026-11-01", "2026-12-01"))
    assert (later.entries, later.problems) == ((), ())


def test_a_rule_and_a_resource_that_do_not_exist_are_problems(tmp_path: Path) -> None:
    misspelt = load(tmp_path, GOOD.replace("warehouse-stops", "warehouse-stop"))
    (problem,) = misspelt.unknown_rules({rule.id for rule in RULES})
    assert "there is no rule 'warehouse-stop-when-idle'" in problem
    exemptions, own = load(tmp_path, GOOD), {"warehouse-stops-when-idle"}
    (problem,) = exemptions.without_resource("prod.reports", ["other"], own)
    assert "prod.reports has no resource 'reports-*'" in problem
    assert not list(exemptions.without_resource("prod.reports", ["reports-nightly"], own))
    assert not list(exemptions.without_resource("dev.reports", ["other"], own)), "it is about another stack"
    everywhere = load(tmp_path, GOOD.replace("prod.reports", '"*.reports"'))
    assert not list(everywhere.without_resource("prod.reports", ["other"], own)), "it may be in another one"


class Pack:
    """The cost pack, run as the engine does."""

    def __init__(self, exemptions: Exemptions) -> None:
        context = Context(exemptions=exemptions)
        self.policies = {one.name: one for one in policies_of(COST, RULES, lambda stack: context)}
        self.told: list[str] = []

    def report(self, text: str, urn: str | None = None) -> None:
        self.told.append(text)

    def resource(self, policy: str, name: str) -> list[str]:
        self.told = []
        urn = f"urn:pulumi:prod.reports::rolecall::{types.SQL_ENDPOINT}::{name}"
        arguments = SimpleNamespace(
            resource_type=types.SQL_ENDPOINT, props=ENDLESS, urn=urn, name=name, get_config=dict, provider=None
        )
        validate = cast(ResourceValidationPolicy, self.policies[policy]).__dict__
        _call(validate, arguments, self.report)
        return self.told

    def stack(self, policy: str, *names: str) -> list[str]:
        self.told = []
        resources = [SimpleNamespace(urn=f"urn:pulumi:prod.reports::rolecall::x::{name}", name=name) for name in names]
        validate = cast(StackValidationPolicy, self.policies[policy]).__dict__
        _call(validate, SimpleNamespace(resources=resources), self.report)
        return self.told


def _call(policy: dict[str, Any], arguments: Any, report: Any) -> None:
    validate = next(value for name, value in policy.items() if name.endswith("validate") and value is not None)
    validate(arguments, report)


def test_the_pack_lets_pass_what_is_exempt_and_tells_so(tmp_path: Path) -> None:
    pack = Pack(load(tmp_path, GOOD))
    assert pack.resource("warehouse-stops-when-idle", "other")
    assert pack.stack(IN_USE, "other") == []
    assert pack.resource("warehouse-stops-when-idle", "reports-nightly") == []
    (told,) = pack.stack(IN_USE, "reports-nightly")
    assert told.startswith("reports-nightly: exempt from warehouse-stops-when-idle until 2026-12-31")
    assert pack.resource("compute-carries-tags", "reports-nightly"), "from that rule it is not exempt"
    assert pack.stack(MATCH, "reports-nightly") == []
    assert pack.stack(MATCH, "other")


def test_what_is_wrong_with_exemptions_is_told_once_at_the_first_resource(tmp_path: Path) -> None:
    pack = Pack(load(tmp_path, GOOD + GOOD.replace("2026-12-31", "2026-11-02")))
    assert len(pack.resource(VALID, "one")) == 1
    assert pack.resource(VALID, "two") == []


def test_a_state_is_judged_with_exemptions_too(tmp_path: Path) -> None:
    context = Context(exemptions=load(tmp_path, GOOD))
    one = Resource(types.SQL_ENDPOINT, "reports-nightly", "prod.reports", Properties(ENDLESS), ENDLESS)
    found = {one.rule: one for one in judge([one], {"cost": COST}, lambda stack: context, {})}
    assert not found["warehouse-stops-when-idle"].mandatory
    assert "FIN-7" in found["warehouse-stops-when-idle"].exemption
    assert found["compute-carries-tags"].exemption == ""


def test_a_former_id_of_a_rule_keeps_its_exemption_and_warns(tmp_path: Path) -> None:
    known = {rule.id for rule in RULES} | {rule.id for rule in STACK_RULES}
    # An id that is missing here would end the effect of a user's exemption without a word.
    assert {*CURRENT} >= {
        *("credentials-end", "few-runs-at-once", "job-ends", "owner-stays", "personal-tokens-end"),
        *("pool-lets-machines-go", "production-failures-are-told", "retries-end", "sharing-tokens-end"),
    }
    for former, now in CURRENT.items():
        assert now in known, now
        assert former not in known, former
        text = f"- {{rule: {former}, resource: churn-train, stack: dev.churn, reason: it is long enough, ticket: T-1,"
        text += " owner: engineers, from: 2026-11-01, until: 2026-12-01}\n"
        (tmp_path / FILE).write_text(text)
        found = load_exemptions(tmp_path, date(2026, 11, 20))
        assert (found.problems, [*found.unknown_rules(known)]) == ((), [])
        assert found.of(now, "churn-train", "dev.churn") is not None
        assert found.warnings == (f"{FILE}:1: rule {former!r} is now called {now!r}. Rename it here.",)


def test_a_former_id_of_a_rule_that_has_no_exemptions_is_refused_as_before() -> None:
    assert not {*CURRENT} & NEVER
    assert not {*CURRENT.values()} & NEVER


def test_a_configuration_by_a_former_id_keeps_its_effect() -> None:
    rule = next(rule for rule in RULES if rule.id == "job-has-timeout")
    assert settings_of("cost", rule, {"job-ends": "disabled"})[0] == "disabled"
    assert settings_of("cost", rule, {"job-ends": "disabled", "job-has-timeout": "mandatory"})[0] == "mandatory"
