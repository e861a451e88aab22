"""What limits a run to lists of holders, where nothing else can have changed."""

from __future__ import annotations

from collections.abc import Collection

from rolecall.deploy.plan import Step, Why
from rolecall.deploy.session import Session
from rolecall.kinds.access import INTERFACES

# Everything in a stack that depends on who holds what; and the stack itself, whose outputs tell what was declared.
HOLDER_TYPES = tuple(interface.token for interface in INTERFACES)
HOLDERS_PATTERNS = tuple(f"**{kind}::**" for kind in HOLDER_TYPES)
STACK_PATTERN = "**pulumi:pulumi:Stack::**"


def targets(session: Session, step: Step, live: Collection[str]) -> list[str]:
    """Return the flags that limit a run to lists of holders; none where it has to go through everything.

    Args:
        session: the deployment.
        step: the stack, and why it is run.
        live: stacks in which nothing was changed by hand.
    """
    part = session.part(step.slice) if step.slice is not None else None
    project = step.slice is not None and step.slice.project is not None
    if part is None or not project or step.state is None or step.why is not Why.CHANGED:
        return []
    whole = len(step.state.resources) == step.state.declared
    deployment = session.deployment
    # A policy pack has to see everything: what is left out of a run is shown to no rule.
    refreshed = deployment.refresh and step.stack not in live
    # A new subject may need more than an entry on an access list in an orchestrator, or in a mesh.
    beyond_lists = part.has_counterparts or part.has_cluster_access
    asked = refreshed or deployment.enforced or deployment.all_slices or beyond_lists
    if asked or not whole or step.state.objects != part.objects_digest:
        return []
    return [f"--target={pattern}" for pattern in (*HOLDERS_PATTERNS, STACK_PATTERN)]
