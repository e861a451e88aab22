"""Which stacks a refresh would find as they are: asked of the systems directly, so that the engine need not run."""

from __future__ import annotations

from collections.abc import Sequence

from rolecall.deploy.plan import Step, Why
from rolecall.deploy.session import Session
from rolecall.systems.databricks.given_account import reader_of_account
from rolecall.systems.databricks.live import Live
from rolecall.trace import span


def live_stacks(session: Session, steps: Sequence[Step]) -> set[str]:
    """Return the stacks that are live as their states have them, whether those have the contract's declarations or not.

    Args:
        session: the deployment.
        steps: the stacks; nothing is read of those that a killed run has left, or whose program asks other systems.

    Raises:
        SystemRefused: a system refuses the caller.
        SystemUnreachable: one does not answer.
    """
    contract = session.compiled.contract
    held = {step.stack: step.state.resources for step in steps if step.state is not None and _comparable(session, step)}
    new = {step.stack for step in steps if step.why is Why.NEW and not (step.state and step.state.anything)}
    if not held:
        return new
    hosts = {name: host for name, one in contract.workspaces.items() if (host := one.host or session.hosts.get(name))}
    live = Live(reader_of_account(contract), contract.databricks.account_id, hosts)
    try:
        with span("read live state"):
            return new | {stack for stack, same in live.compare(held).items() if same}
    finally:
        live.close()


def _comparable(session: Session, step: Step) -> bool:
    known = step.slice is not None and step.state is not None and not session.asks_outside(step.slice)
    return known and step.why in (Why.ASKED, Why.CHANGED)
