"""Refuse a run whose changes differ from the reviewed preview or from a saved plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from rolecall import __version__
from rolecall.deploy.plan_record import AccessRow, Inputs, PlanRecord, StepRow, access_rows, step_rows
from rolecall.deploy.session import Previewed, Session
from rolecall.deploy.unpreviewed import changed_states, other_start, unexplained
from rolecall.errors import NotReviewed

# Differences that a message lists.
LISTED = 20


@dataclass(frozen=True)
class Gate:
    """What a run may do.

    Attributes:
        record: what was reviewed or planned.
        file: the file that it comes from.
        exact: whether the run has to do all of it, as a saved plan states; a review also allows less.
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
        other = _other_inputs(self.record.inputs, self.inputs, exact=self.exact)
        self._refuse([*other, *self._other_world(session)])

    def check(self, session: Session, found: Previewed) -> None:
        """Check what previews have found.

        Raises:
            NotReviewed: the run would do something else.
        """
        previews, access = found.outcomes, found.access
        if self.record.steps is None or self.record.access is None:
            if self.exact:
                self._refuse(["the plan lists no steps"])
            self._refuse([*unexplained(self.record, session, found)])
            return
        steps, rows = [*step_rows(previews)], [*access_rows(access)]
        more = [f"access: {one}" for one in _more(rows, self.record.access)]
        more += [str(one) for one in _more(steps, self.record.steps)]
        if self.exact:
            more += [f"no longer: {one}" for one in _more(self.record.access, rows)]
            more += [f"no longer: {one}" for one in _more(self.record.steps, steps)]
        self._refuse(more)

    def _other_world(self, session: Session) -> Iterator[str]:
        if self.exact:
            if self.record.rolecall != __version__:
                yield f"Rolecall is {__version__}; the plan was written by {self.record.rolecall}"
            changed = changed_states(self.record.states, self.states)
            yield from (f"the state of stack {name} has changed" for name in changed)
        elif self.record.steps is None:
            yield from other_start(self.record, session, self.states)

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
        raise NotReviewed("\n".join([what, *lines]), how)


def _more(some: Iterable[StepRow | AccessRow], others: Iterable[StepRow | AccessRow]) -> list[StepRow | AccessRow]:
    """Return those that others do not have, or have less often."""
    return [*(Counter(some) - Counter(others)).elements()]


def _other_inputs(reviewed: Inputs, now: Inputs, *, exact: bool) -> Iterator[str]:
    for name, title in (("organization", "organization"), ("account_id", "account")):
        before, after = getattr(reviewed, name), getattr(now, name)
        if before != after:
            yield f"the {title} is {after}, it was {before}"
    if reviewed.contract != now.contract:
        yield f"the contract is another one: {now.contract[:12]}, it was {reviewed.contract[:12]}"
    elif (exact or reviewed.values) and reviewed.values != now.values:
        yield "variables of the contract have other values"
    for name, digest in reviewed.packs.items():
        if name not in now.packs:
            yield f"policy pack {name} does not judge this run"
        elif now.packs[name] != digest:
            yield f"policy pack {name} has changed"
    if reviewed.exemptions != now.exemptions:
        yield "the exemptions from policies have changed"
