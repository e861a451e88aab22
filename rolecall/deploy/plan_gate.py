"""Refuse a run that would do anything else than what was reviewed, or than what a saved plan says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from rolecall.attestations.statement import digest_of
from rolecall.deploy.plan_record import AccessRow, Inputs, PlanRecord, StepRow, access_rows, step_rows
from rolecall.deploy.session import Session
from rolecall.engine.events import Outcome
from rolecall.errors import NotReviewed
from rolecall.slices.access_changes import AccessChange
from rolecall.slices.slice import layers_of

# Differences that a message lists.
LISTED = 20


@dataclass(frozen=True)
class Gate:
    """What a run may do.

    Attributes:
        record: what was reviewed or planned.
        file: the file that it comes from.
        exact: whether the run has to do all of it, as a saved plan says; a review also allows less.
        inputs: what decides what this run does.
        states: digests of the states that this run starts from, by stack.
    """

    record: PlanRecord
    file: str
    exact: bool
    inputs: Inputs
    states: Mapping[str, str]

    def check_start(self, session: Session) -> None:
        """Check everything that is known before a preview.

        Raises:
            NotReviewed: the contract, a policy pack, the exemptions or a state is another one.
        """
        self._refuse([*_other_inputs(self.record.inputs, self.inputs), *self._other_world(session)])

    def check(self, previews: Mapping[str, Outcome], access: Iterable[AccessChange]) -> None:
        """Check what previews have found.

        Args:
            previews: what a run would do, by stack.
            access: who would gain and who would lose.

        Raises:
            NotReviewed: the run would do something else.
        """
        if self.record.steps is None or self.record.access is None:
            # Contract, states and ids are those of the review, so that nothing else can come of them.
            return
        steps, rows = [*step_rows(previews)], [*access_rows(access)]
        found = [f"access: {one}" for one in _more(rows, self.record.access)]
        found += [str(one) for one in _more(steps, self.record.steps)]
        if self.exact:
            found += [f"no longer: {one}" for one in _more(self.record.access, rows)]
            found += [f"no longer: {one}" for one in _more(self.record.steps, steps)]
        self._refuse(found)

    def _other_world(self, session: Session) -> Iterator[str]:
        if self.exact:
            yield from (f"the state of stack {name} has changed" for name in _changed(self.record.states, self.states))
        elif self.record.steps is None:
            if session.deployment.refresh:
                yield "--refresh was not part of the review: it repairs what was not reviewed"
            if digest_of(session.lookups.to_json()) != self.record.lookups:
                yield "ids or names of groups, principals or workspaces in the account have changed"
            done = _deployed(session)
            changed = _changed(self.record.states, self.states)
            yield from (f"the state of stack {name} has changed" for name in changed if name not in done)

    def _refuse(self, found: Collection[str]) -> None:
        if not found:
            return
        lines = [f"  {one}" for one in [*found][:LISTED]]
        if len(found) > LISTED:
            lines.append(f"  and {len(found) - LISTED:,} more")
        if self.exact:
            what = f"{self.file} does not fit any more:"
            how = "Nothing was changed. Save and look at a new plan: `rolecall preview --save-plan FILE`."
        else:
            what = f"what would be applied is not within what was reviewed ({self.file}):"
            how = "Nothing was changed. Review it: `rolecall review BEFORE..AFTER --preview --out FILE`."
        raise NotReviewed("\n".join([what, *lines]), f"\n{how}")


def _more(some: Iterable[StepRow | AccessRow], others: Iterable[StepRow | AccessRow]) -> list[StepRow | AccessRow]:
    """Return those that others do not have, or have less often."""
    return [*(Counter(some) - Counter(others)).elements()]


def _changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return the stacks whose states differ; one that could not be read is not known to be equal."""
    return [name for name in sorted({*before, *now}) if not now.get(name) or before.get(name) != now[name]]


def _deployed(session: Session) -> set[str]:
    """Return the stacks that hold what the contract declares."""
    found = set()
    for layer in layers_of(session.compiled.contract):
        for one in layer:
            state = session.states.read_if_whole(one.stack)
            if state is not None and state.holds(session.part(one).digest):
                found.add(one.stack)
    return found


def _other_inputs(reviewed: Inputs, now: Inputs) -> Iterator[str]:
    for name, title in (("organization", "organization"), ("account_id", "account")):
        before, after = getattr(reviewed, name), getattr(now, name)
        if before != after:
            yield f"the {title} is {after}, it was {before}"
    if reviewed.contract != now.contract:
        yield f"the contract is another one: {now.contract[:12]}, it was {reviewed.contract[:12]}"
    elif reviewed.values and reviewed.values != now.values:
        yield "variables of the contract have other values"
    for name, digest in reviewed.packs.items():
        if name not in now.packs:
            yield f"policy pack {name} does not judge this run"
        elif now.packs[name] != digest:
            yield f"policy pack {name} has changed"
    if reviewed.exemptions != now.exemptions:
        yield "the exemptions from policies have changed"
