"""What a run may do after a review that has previewed nothing.

Such a record has no step. With the version of Rolecall, the contract, its variables, the day's bindings, the ids of the
account and the states all as they were reviewed, and each state as the earlier contract declares, the run does what
the reviewed change of the contract declares. Everything else that a preview finds is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rolecall import __version__
from rolecall.access.compiler import compile_contract
from rolecall.attestations.statement import digest_of
from rolecall.deploy.plan_record import PlanRecord, variable_digests
from rolecall.deploy.session import Previewed, Session
from rolecall.slices.slice import ACCOUNT, layers_of


def changed_states(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return the stacks whose states differ; one that could not be read is not known to be equal."""
    return [name for name in sorted({*before, *now}) if not now.get(name) or before.get(name) != now[name]]


def other_start(record: PlanRecord, session: Session, states: Mapping[str, str]) -> Iterator[str]:
    """Yield what is known before a preview and differs from what was reviewed.

    Args:
        record: the review.
        session: the run.
        states: digests of the states that it starts from, by stack.
    """
    if record.rolecall != __version__:
        yield f"Rolecall is {__version__}; the review was written by {record.rolecall}"
    if session.deployment.refresh:
        yield "--refresh was not part of the review: it repairs what was not reviewed"
    yield from _other_variables(record, session)
    yield from _other_bindings(record, session)
    if digest_of(session.lookups.to_json()) != record.lookups:
        yield "ids or names of groups, principals or workspaces in the account have changed"
    deployed = _deployed(session)
    changed = changed_states(record.states, states)
    yield from (f"the state of stack {name} has changed" for name in changed if name not in deployed)


def unexplained(record: PlanRecord, session: Session, found: Previewed) -> Iterator[str]:
    """Yield what a preview has found in stacks of which the reviewed change does not explain every step."""
    deployed = _deployed(session)
    for stack, outcome in sorted(found.outcomes.items()):
        if not outcome.changed:
            continue
        if stack in deployed:
            yield f"stack {stack} changes, and the contract has not changed there"
        elif stack in record.not_deployed:
            yield f"stack {stack} had an earlier change that was not deployed when the snapshot was taken"
        elif stack in found.drifted:
            yield f"stack {stack} writes an access list that was changed outside of Rolecall"
            yield from (f"{stack}: {line}" for line in dict.fromkeys(outcome.warnings))
        elif stack == ACCOUNT.stack and session.asks_outside(ACCOUNT):
            yield f"stack {stack} takes members of groups from the identity provider, which no snapshot contains"


def _other_variables(record: PlanRecord, session: Session) -> Iterator[str]:
    if record.inputs.values:
        # The values were known to the review, and are compared with the contract.
        return
    for name, digest in variable_digests(session.compiled.loaded.values).items():
        if name not in record.variables:
            yield f"the variable {name} of the contract had no value in the snapshot"
        elif record.variables[name] != digest:
            yield f"the variable {name} of the contract has another value"


def _other_bindings(record: PlanRecord, session: Session) -> Iterator[str]:
    """Yield the rights that begin or end between the day of the review and that of the run."""
    day = record.made_at.date()
    if day == session.today:
        return
    loaded = session.compiled.loaded
    reviewed, now = compile_contract(loaded.contract, loaded.places, day).access, session.compiled.access
    for target in sorted({*reviewed, *now}):
        before, after = reviewed.get(target, {}), now.get(target, {})
        for subject in sorted({*before, *after}):
            if before.get(subject) != after.get(subject):
                change = f"{before.get(subject, 'nothing')} → {after.get(subject, 'nothing')}"
                yield f"{subject} on {target}: {change} since {day}, because of a date in the contract"


def _deployed(session: Session) -> set[str]:
    """Return the stacks that have what the contract declares."""
    found = set()
    for layer in layers_of(session.compiled.contract):
        for one in layer:
            state = session.states.read_if_whole(one.stack)
            if state is not None and state.holds(session.part(one).digest):
                found.add(one.stack)
    return found
