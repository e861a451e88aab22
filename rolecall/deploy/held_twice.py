"""Objects that the states of two stacks hold: no run deletes one of them, as the other stack still declares it.

That is what an older state looks like that was restored after its objects had moved to another stack, and what a run
leaves that was killed between writing two states.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from rolecall.deploy.departures import Leaving
from rolecall.deploy.plan import Step
from rolecall.deploy.recovery import place_of_ids
from rolecall.deploy.session import Session
from rolecall.engine.events import Violation
from rolecall.engine.stack_state import StackState

RULE = "deletes-what-another-stack-holds"
# What the bridge writes for a type without an id of its own (pulumi-terraform-bridge, pkg/pf/tfbridge).
NO_ID = "missing ID"
# The other stack by stack and URN.
HeldTwice = Mapping[tuple[str, str], str]


def held_twice(session: Session, steps: Sequence[Step]) -> HeldTwice:
    """Return the objects in the stacks of a run that the state of another stack holds too.

    Args:
        session: the deployment.
        steps: its stacks.

    Raises:
        StateUnreadable: the backend does not answer.
    """
    if not any(step.runs for step in steps):
        return {}
    states = {step.stack: step.state for step in steps if step.state is not None}
    failed = {step.stack for step in steps if step.failure is not None}
    for stack in session.states.stacks():
        # A state that cannot be read stops its own stack; of the others, its run is not the place to report it.
        if stack not in states and stack not in failed:
            state = session.states.read_if_whole(stack)
            if state is not None:
                states[stack] = state
    holders: defaultdict[tuple[str, str, str], list[tuple[str, str]]] = defaultdict(list)
    for stack, state in states.items():
        for identity, urn in _objects(state):
            holders[identity].append((stack, urn))
    return {
        (stack, urn): next(other for other, _ in held if other != stack)
        for held in holders.values()
        if len({stack for stack, _ in held}) > 1
        for stack, urn in held
    }


def _objects(state: StackState) -> Iterator[tuple[tuple[str, str, str], str]]:
    for one in state.resources:
        if one.custom and one.id not in ("", NO_ID) and not one.external:
            yield (one.type, place_of_ids(one.type, state.hosts.get(one.connection, "")), one.id), one.urn


def refused_deletions(leaving: Sequence[Leaving], held: HeldTwice) -> Iterator[tuple[str, Violation]]:
    """Yield a violation for each object that would be deleted although another stack holds it, with its stack."""
    for one in leaving:
        other = held.get((one.stack, one.resource.urn))
        if other is None:
            continue
        message = (
            f"{one.resource.name} ({one.resource.id}) would be deleted, and stack {other} has it in its state, too: "
            f"one of the two states is older. Nothing was changed.\n"
            f"See which stack it belongs to. If it is {other}: `pulumi state delete '{one.resource.urn}' --stack "
            f"{one.stack}` takes it out of this state only."
        )
        yield one.stack, Violation(RULE, "rolecall", one.resource.name, message, mandatory=True)
