"""Refuses to replace or remove the break-glass group unless the contract allows it explicitly.

The group is on every list, often as one of few entries, so the limit on the share of removals does not protect it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from rolecall.contract.contract import Contract
from rolecall.deploy.guard import how_to_allow, is_deleted
from rolecall.deploy.plan import Step
from rolecall.deploy.session import Session
from rolecall.deploy.taken_back import key_taken_back
from rolecall.engine.events import Violation
from rolecall.engine.stack_state import StackState
from rolecall.ids.ids import GroupId
from rolecall.slices.group_names import key_now
from rolecall.slices.listed_objects import described, override_of
from rolecall.stack_names import ACCOUNT_STACK

RULE = "break-glass-stays"


def refused_break_glass(session: Session, steps: Sequence[Step]) -> Iterator[tuple[str, Violation]]:
    """Yield a violation if a run would remove the break-glass group from lists, with its first stack.

    Args:
        session: the deployment.
        steps: its stacks.

    Raises:
        StateUnreadable: the state of the account's stack, which records the group, cannot be read.
    """
    written = [step for step in steps if step.runs and step.slice is not None and step.state is not None]
    if not written:
        return
    account = next((step.state for step in steps if step.stack == ACCOUNT_STACK), None)
    account = account or session.states.read(ACCOUNT_STACK)
    message = other_break_glass(session.compiled.contract, account, session.today)
    if message is not None:
        yield written[0].stack, Violation(RULE, "rolecall", "break_glass", message, mandatory=True)


def other_break_glass(contract: Contract, account: StackState | None, today: date) -> str | None:
    """Return the reason against replacing the deployed break-glass group with the contract's; None if allowed.

    Args:
        contract: the contract, with its `removal_overrides` and `deletions`.
        account: the state of the account's stack, which records the deployed group; None if absent.
        today: the date on which an entry has to be valid.
    """
    before = account.break_glass if account is not None else None
    if account is None or before is None:
        return None
    key = key_now(contract, before)
    if key is None and not before.external:
        key = key_taken_back(contract, account, before.key)
    if key is not None and contract.break_glass is not None and contract.break_glass.group == key:
        return None
    listed = GroupId(key or before.key)
    override = override_of(listed, contract)
    if (override is not None and override.expires >= today) or is_deleted(listed, contract, today):
        return None
    now = f"group {contract.break_glass.group}" if contract.break_glass is not None else "none"
    if contract.break_glass is not None and contract.break_glass.group == before.key:
        now += " with another id in the identity provider"
    return (
        f"the break-glass {described(listed)} would lose its access to everything: `break_glass` is {now}; nothing was "
        f"changed.\n{how_to_allow(listed, contract)}"
    )
