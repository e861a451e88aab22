"""Gains and losses of access in a run, from the engine's report on each access list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rolecall.contract.contract import Contract
from rolecall.deploy.departures import place_of
from rolecall.deploy.plan import Step
from rolecall.engine.events import Outcome
from rolecall.slices.access_changes import AccessChange, access_changes, given_names, principals_in

DEPLOYER = "the deployer"


class AccessOfRun:
    """Knows the names of the service principals in the states that a run has read."""

    def __init__(self) -> None:
        self.places: dict[str, tuple[str, str]] = {}
        self._principals: dict[str, str] = {}

    def note(self, steps: Iterable[Step]) -> None:
        """Take in the states of stacks."""
        for step in steps:
            self.places[step.stack] = place_of(step)
            if step.state is not None:
                self._principals |= principals_in(step.state.resources)

    def changes(self, outcomes: Mapping[str, Outcome], contract: Contract) -> Iterator[AccessChange]:
        """Yield who gains and who loses.

        Args:
            outcomes: what came of each stack, by its name.
            contract: the contract.
        """
        names = {contract.databricks.deployer: DEPLOYER, **given_names(contract), **self._principals}
        for stack, outcome in outcomes.items():
            place = self.places.get(stack, ("", ""))
            yield from access_changes(outcome.made, *place, contract, names)
