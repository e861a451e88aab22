"""Groups that were re-created in the account, under another id than when a stack was deployed: their access is gone.

Databricks keeps access by a group's own id. One that was deleted and provisioned again is the same group of the
identity provider, with none of its access; the engine, which compares with the last run, would not notice.
"""

from __future__ import annotations

from collections.abc import Sequence

from rolecall.deploy.hand_made import stacks_with_foreign_holders
from rolecall.deploy.host_checks import HostChecks
from rolecall.deploy.plan import Step
from rolecall.deploy.session import Session
from rolecall.slices.group_names import has_recreated_groups


def stacks_to_refresh(session: Session, steps: Sequence[Step], checks: HostChecks) -> set[str]:
    """Return the stacks whose lists differ from what the last run left, as far as this run writes or lacks them.

    Arguments and errors as those of `stacks_with_foreign_holders`.
    """
    return stacks_with_foreign_holders(session, steps, checks) | stacks_with_new_groups(session, steps)


def stacks_with_new_groups(session: Session, steps: Sequence[Step]) -> set[str]:
    """Return the stacks to refresh, because a group on their lists has another id now.

    Args:
        session: the deployment.
        steps: its stacks.

    Raises:
        SystemRefused: the account refuses the caller.
        SystemUnreachable: it does not answer.
    """
    contract = session.compiled.contract
    return {
        step.stack
        for step in steps
        if step.slice is not None
        and step.state is not None
        and has_recreated_groups(contract, session.lookups, step.state)
    }
