from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.permissions import FULL_RIGHTS, goes_without_break_glass
from rolecall.policies.rule import Finding
from rolecall.policies.stack_rules import Change, Findings, StackRule


def _check(change: Change, context: Context) -> Findings:
    without = [
        one for one in change.after.values() if one.type in FULL_RIGHTS and goes_without_break_glass(one, context)
    ]
    if without:
        how = (
            "There is no access when the identity provider or the deployer fails. Better: `break_glass: {group: NAME}`."
        )
        yield without[0].name, Finding(f"the contract has no break-glass group: {context.no_break_glass}", how)


RULE = StackRule(
    "break-glass-is-named",
    "A contract that writes `break_glass: none`, with a reason, is reported.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/security/auth/access-control/index.html",
    (Theme.AVAILABILITY,),
    dict.fromkeys(FULL_RIGHTS),
    _check,
    only_reported=True,
)
