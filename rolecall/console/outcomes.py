"""What came of a deployment: a line for the account and each environment, and more only where there is more to say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from rolecall.console.output import cell, out
from rolecall.console.shown import terminal
from rolecall.contract.contract import Contract
from rolecall.engine.events import Outcome, ResourceStep, Status
from rolecall.slices.slice import layers_of
from rolecall.stack_names import ACCOUNT_STACK

# The pack under which Rolecall's own guards say what they refuse.
GUARD = "rolecall"
# Violations of one rule that are shown; the rest is counted.
SHOWN_VIOLATIONS = 5
# Stacks of an environment that get a line of their own; the rest is counted.
SHOWN_STACKS = 8
# Resources that are named where a stack failed; the rest is counted.
SHOWN_RESOURCES = 8
WORDS = {Status.BLOCKED: "blocked by policy", Status.NOT_RUN: "not run"}


def show_outcomes(outcomes: Mapping[str, Outcome], contract: Contract, next_command: str | None = None) -> None:
    """Write what came of stacks, in the order of the contract's environments.

    Args:
        outcomes: what came of each, by the stack's name.
        contract: the contract.
        next_command: what goes on from there; None where all went well.
    """
    environments = {one.stack: one.environment or one.stack for layer in layers_of(contract) for one in layer}
    groups: defaultdict[str, dict[str, Outcome]] = defaultdict(dict)
    for stack, outcome in outcomes.items():
        groups[environments.get(stack) or stack.partition(".")[0]][stack] = outcome
    width = max([10, *(len(name) for name in groups)])
    for name in sorted(groups, key=lambda name: _place(name, contract)):
        _show_group(name, groups[name], width)
    if next_command is not None:
        again = "correct what is named above, then run" if _is_failure(outcomes) else "run"
        out.print(terminal(f"  next: {again} `{next_command}` again; it continues from here"))


def _is_failure(outcomes: Mapping[str, Outcome]) -> bool:
    return any(outcome.status in (Status.FAILED, Status.BLOCKED) for outcome in outcomes.values())


def _place(name: str, contract: Contract) -> tuple[int, str]:
    """Return where a line stands: the account first, then the environments as the contract has them."""
    if name == ACCOUNT_STACK:
        return (-1, name)
    names = list(contract.environments)
    return (names.index(name) if name in names else len(names), name)


def _show_group(name: str, outcomes: Mapping[str, Outcome], width: int) -> None:
    ran = {stack: outcome for stack, outcome in outcomes.items() if outcome.ran}
    seconds = max((outcome.seconds for outcome in ran.values()), default=0.0)
    took = f"{seconds:5.1f} s" if ran else ""
    together = Outcome()
    for outcome in outcomes.values():
        for operation, count in outcome.changes.items():
            together.changes[operation] = together.changes.get(operation, 0) + count
    worst = _worst(outcomes)
    if worst is None:
        stacks = f"{len(ran)} of {len(outcomes)} stacks ran" if len(outcomes) > 1 else ""
        out.print(terminal(f"  {name:{width}} {together.sentence():44} {took:>8}  {stacks}".rstrip()))
    else:
        word = f"{WORDS.get(worst, str(worst)):44}"
        out.print(f"  {terminal(f'{name:{width}}')} [red]{terminal(word)}[/] {terminal(f'{took:>8}')}".rstrip())
    _show_stacks(outcomes)
    _show_violations(outcomes)


def _worst(outcomes: Mapping[str, Outcome]) -> Status | None:
    """Return what went wrong in an environment; None where nothing did."""
    found = {outcome.status for outcome in outcomes.values()}
    order = (Status.BLOCKED, Status.FAILED, Status.INTERRUPTED, Status.NOT_RUN)
    return next((one for one in order if one in found), None)


def _show_stacks(outcomes: Mapping[str, Outcome]) -> None:
    """Name the stacks that changed, where an environment has several, and everything that went wrong."""
    changed = [stack for stack, outcome in outcomes.items() if outcome.changed and outcome.fine]
    if len(outcomes) > 1:
        for stack in changed[:SHOWN_STACKS]:
            out.print(f"      [dim]{terminal(stack)}: {terminal(outcomes[stack].sentence())}[/]")
        if len(changed) > SHOWN_STACKS:
            out.print(f"      [dim]and {len(changed) - SHOWN_STACKS:,} more stacks[/]")
    for warning in dict.fromkeys(warning for outcome in outcomes.values() for warning in outcome.warnings):
        out.print(f"      [yellow]warning:[/] {cell(warning)}")
    for stack, outcome in outcomes.items():
        where = f"{stack}: " if len(outcomes) > 1 else ""
        if outcome.not_run:
            out.print(f"      {terminal(where)}not run: {cell(outcome.not_run)}")
            continue
        if outcome.exit_code and (outcome.errors or not outcome.violations):
            said = "it was interrupted" if outcome.interrupted else "the engine failed without an error message"
            for resource, message in outcome.errors or [("", said)]:
                named = f"{where}{resource}: " if resource else where
                out.print(f"      {terminal(named)}{cell(message)}")
        if outcome.exit_code and not outcome.preview:
            _show_steps(f"{where}done", outcome.finished)
            _show_steps(f"{where}not done", outcome.undone)


def _show_steps(title: str, steps: Sequence[ResourceStep]) -> None:
    shown = ", ".join(str(one) for one in steps[:SHOWN_RESOURCES]) or "nothing"
    more = f" and {len(steps) - SHOWN_RESOURCES} more" if len(steps) > SHOWN_RESOURCES else ""
    count = f" ({len(steps)})" if steps else ""
    out.print(f"      {terminal(f'{title}{count}: {shown}{more}')}")


def _show_violations(outcomes: Mapping[str, Outcome]) -> None:
    shown: dict[str, int] = {}
    for violation in (one for outcome in outcomes.values() for one in outcome.violations):
        first, *rest = violation.message.split("\n")
        # Removals are listed one by one, however many there are.
        if violation.pack != GUARD:
            shown[violation.policy] = shown.get(violation.policy, 0) + 1
            if shown[violation.policy] > SHOWN_VIOLATIONS:
                continue
        out.print(f"      [red]{terminal(violation.policy)}[/]  {terminal(first)}")
        for line in rest:
            out.print(f"      {terminal(line.strip())}")
    for policy, count in shown.items():
        if count > SHOWN_VIOLATIONS:
            out.print(f"      [red]{terminal(policy)}[/]  and {count - SHOWN_VIOLATIONS:,} more")
