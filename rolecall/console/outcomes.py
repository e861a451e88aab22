"""What came of a deployment: a line for the account and each environment, and more only where there is more to say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from rich.markup import escape

from rolecall.console.output import out
from rolecall.contract.contract import Contract
from rolecall.contract.names import RESERVED
from rolecall.engine.events import Outcome
from rolecall.slices.slice import layers_of

# Violations of one rule that are shown; the rest is counted.
SHOWN_VIOLATIONS = 5
# Stacks of an environment that get a line of their own; the rest is counted.
SHOWN_STACKS = 8


def show_outcomes(outcomes: Mapping[str, Outcome], contract: Contract) -> None:
    """Write what came of stacks, in the order of the contract's environments."""
    environments = {one.stack: one.environment or one.stack for layer in layers_of(contract) for one in layer}
    groups: defaultdict[str, dict[str, Outcome]] = defaultdict(dict)
    for stack, outcome in outcomes.items():
        groups[environments.get(stack) or stack.partition(".")[0]][stack] = outcome
    width = max([10, *(len(name) for name in groups)])
    for name in sorted(groups, key=lambda name: _place(name, contract)):
        _show_group(name, groups[name], width)


def _place(name: str, contract: Contract) -> tuple[int, str]:
    """Return where a line stands: the account first, then the environments as the contract has them."""
    if name == RESERVED:
        return (-1, name)
    names = list(contract.environments)
    return (names.index(name) if name in names else len(names), name)


def _show_group(name: str, outcomes: Mapping[str, Outcome], width: int) -> None:
    ran = {stack: outcome for stack, outcome in outcomes.items() if outcome.ran}
    seconds = max((outcome.seconds for outcome in ran.values()), default=0.0)
    took = f"{seconds:5.1f} s" if ran else ""
    failed = [outcome for outcome in outcomes.values() if outcome.exit_code]
    blocked = [outcome for outcome in failed if any(one.mandatory for one in outcome.violations)]
    together = Outcome()
    for outcome in outcomes.values():
        for operation, count in outcome.changes.items():
            together.changes[operation] = together.changes.get(operation, 0) + count
    if not failed:
        stacks = f"{len(ran)} of {len(outcomes)} stacks ran" if len(outcomes) > 1 else ""
        out.print(f"  {name:{width}} {together.sentence():44} {took:>8}  {stacks}".rstrip())
    elif blocked:
        out.print(f"  {name:{width}} [red]{'blocked by policy':44}[/] {took:>8}".rstrip())
    else:
        out.print(f"  {name:{width}} [red]{'failed':44}[/] {took:>8}".rstrip())
    _show_stacks(outcomes)
    _show_violations(outcomes)


def _show_stacks(outcomes: Mapping[str, Outcome]) -> None:
    """Name the stacks that changed, where an environment has several, and everything that went wrong."""
    changed = [stack for stack, outcome in outcomes.items() if outcome.changed and not outcome.exit_code]
    if len(outcomes) > 1:
        for stack in changed[:SHOWN_STACKS]:
            out.print(f"      [dim]{stack}: {outcomes[stack].sentence()}[/]")
        if len(changed) > SHOWN_STACKS:
            out.print(f"      [dim]and {len(changed) - SHOWN_STACKS} more stacks[/]")
    for warning in dict.fromkeys(warning for outcome in outcomes.values() for warning in outcome.warnings):
        out.print(f"      [yellow]warning:[/] {escape(warning)}")
    for stack, outcome in outcomes.items():
        if outcome.exit_code and (outcome.errors or not outcome.violations):
            for resource, message in outcome.errors or [("", "it ended with an error that says nothing")]:
                where = f"{stack}: " if len(outcomes) > 1 else ""
                out.print(f"      {where}{escape(f'{resource}: ' if resource else '')}{escape(message)}")


def _show_violations(outcomes: Mapping[str, Outcome]) -> None:
    shown: dict[str, int] = {}
    for violation in (one for outcome in outcomes.values() for one in outcome.violations):
        shown[violation.policy] = shown.get(violation.policy, 0) + 1
        if shown[violation.policy] > SHOWN_VIOLATIONS:
            continue
        first, *rest = violation.message.splitlines()
        out.print(f"      [red]{violation.policy}[/]  {escape(first)}")
        for line in rest:
            out.print(f"      {escape(line.strip())}")
    for policy, count in shown.items():
        if count > SHOWN_VIOLATIONS:
            out.print(f"      [red]{policy}[/]  and {count - SHOWN_VIOLATIONS} more")
