"""Which stacks a refresh would find as they are: asked of the systems directly, so that the engine need not run."""

from __future__ import annotations

from collections.abc import Sequence

from rolecall.deploy.plan import Step, Why
from rolecall.deploy.session import Session
from rolecall.systems.databricks.live import Live
from rolecall.trace import span


def live_stacks(session: Session, steps: Sequence[Step]) -> set[str]:
    """Return the stacks that hold what is declared and are live as their states have them.

    Args:
        session: the deployment.
        steps: the stacks; of those that have to be run anyway nothing is read.

    Raises:
        SystemRefused: a system refuses the caller.
        SystemUnreachable: one does not answer.
    """
    contract = session.compiled.contract
    as_declared = {
        step.stack: step.state.resources
        for step in steps
        if step.why is Why.ASKED
        and step.slice is not None
        and step.state is not None
        and step.state.holds(session.part(step.slice).digest)
        and not session.asks_outside(step.slice)
    }
    if not as_declared:
        return set()
    hosts = {name: host for name, one in contract.workspaces.items() if (host := one.host or session.hosts.get(name))}
    live = Live(contract.databricks.host, contract.databricks.account_id, hosts)
    try:
        with span("read what is live"):
            return {stack for stack, same in live.compare(as_declared).items() if same}
    finally:
        live.close()
