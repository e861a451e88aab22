"""Everything that a run deletes or replaces, over all its stacks, before it writes anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rolecall.deploy.deployment import Operation
from rolecall.deploy.plan import Step, Why
from rolecall.deploy.session import Session
from rolecall.engine.events import Outcome
from rolecall.engine.stack_state import Resource
from rolecall.slices.slice import place_named


@dataclass(frozen=True)
class Leaving:
    """A resource that a run deletes or replaces.

    Attributes:
        stack: the stack that it leaves.
        resource: the resource, as the state or the engine has it.
        environment: the stack's environment; empty for the account's.
        project: the stack's project; empty where it is no project's.
        protected: whether the environment was protected when it was deployed; None if unknown.
        host: address of the workspace that it is in; empty where none is known.
        replaced: whether another one takes its place.
    """

    stack: str
    resource: Resource
    environment: str
    project: str
    protected: bool | None
    host: str = ""
    replaced: bool = False


def place_of(step: Step) -> tuple[str, str]:
    """Return a stack's environment and project, each empty where it has none."""
    if step.slice is not None:
        return step.slice.environment or "", step.slice.project or ""
    if step.state is not None and step.state.slice is not None:
        return step.state.slice
    # An older Rolecall has written the state.
    return place_named(step.stack)


def leaving(session: Session, steps: Sequence[Step], previews: Mapping[str, Outcome]) -> Iterator[Leaving]:
    """Yield what a run deletes or replaces.

    Args:
        session: the deployment.
        steps: its stacks.
        previews: what previews said; a stack without one deletes nothing, unless the whole of it goes.
    """
    for step in steps:
        if step.state is None:
            continue
        environment, project = place_of(step)
        protected, hosts = step.state.protected, step.state.hosts
        if goes_whole(session, step):
            for resource in step.state.resources:
                if resource.custom:
                    host = hosts.get(resource.connection, "")
                    yield Leaving(step.stack, resource, environment, project, protected, host)
        elif step.stack in previews:
            for departure in previews[step.stack].departures:
                host = hosts.get(departure.connection, "")
                yield Leaving(step.stack, departure, environment, project, protected, host, departure.replaced)


def goes_whole(session: Session, step: Step) -> bool:
    """Return whether nothing of a stack stays."""
    return step.why is Why.REMOVED or session.deployment.operation is Operation.DESTROY
