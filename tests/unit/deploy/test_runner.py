"""What a run leaves out, and what one broken stack does to those beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rolecall.deploy.deployment import Deployment, Operation
from rolecall.deploy.plan import Step, Why
from rolecall.deploy.runner import Runner
from rolecall.deploy.targets import targets
from rolecall.deploy.watcher import Watcher
from rolecall.engine.events import Outcome
from rolecall.engine.stack_state import StackState
from rolecall.errors import EngineFailed, ExitCode
from rolecall.slices.slice import Slice

CHURN = Slice("dev", "churn")


class Engine:
    """Makes no stack, and runs those that are there."""

    def __init__(self) -> None:
        self.killed: dict[str, int] = {}

    def select(self, stack: str) -> None:
        raise EngineFailed(f"the stack {stack} cannot be made")

    def run(self, operation: str, stack: str, flags: Sequence[str], **told: Any) -> Outcome:
        return Outcome(changes={"same": 1})


def session(*, counterparts: bool = False, services: bool = False, **asked: Any) -> Any:
    part = SimpleNamespace(
        objects_digest="objects", digest="new", has_counterparts=counterparts, has_cluster_access=services
    )
    return SimpleNamespace(
        deployment=Deployment(Operation.UP, **asked),
        engine=Engine(),
        message="",
        part=lambda one: part,
        states=SimpleNamespace(create=lambda stack: False, verified=lambda state: {}, journal_file=lambda stack: None),
    )


def runner(**asked: Any) -> Runner:
    return Runner(session(**asked), Watcher())


def step(state: StackState | None) -> Step:
    return Step(CHURN.stack, CHURN, Why.CHANGED, state)


HELD = StackState("old", 0, (), (), objects="objects")


def test_only_lists_of_holders_are_run_where_nothing_else_can_have_changed() -> None:
    assert any("permissions:Permissions" in one for one in targets(session(), step(HELD), ()))
    other = StackState("old", 0, (), (), objects="other objects")
    assert targets(session(), step(other), ()) == []
    assert targets(session(), step(StackState("old", 3, (), (), objects="objects")), ()) == []


WHOLE: list[dict[str, Any]] = [
    {"packs": [Path("guardrails")]},
    {"refresh": True},
    {"all_slices": True},
    {"counterparts": True},
    {"services": True},
]


@pytest.mark.parametrize("asked", WHOLE)
def test_packs_refreshes_orchestrators_and_services_need_the_whole_stack(asked: dict[str, Any]) -> None:
    assert targets(session(**asked), step(HELD), ()) == []


def test_a_stack_that_is_live_as_its_state_has_it_is_not_refreshed_by_the_engine() -> None:
    """What is live was read already; the engine would read it all once more, and compare it ten times as slowly."""
    asked = runner(refresh=True)
    served = SimpleNamespace(programs=lambda session: SimpleNamespace(address="127.0.0.1:1"), packs=list)
    asked._serving = served  # type: ignore[assignment]  # only what is asked of it
    assert "--refresh" in asked._stack_run("up", {})._flags("up", CHURN.stack)
    asked._live = {CHURN.stack}
    assert "--refresh" not in asked._stack_run("up", {})._flags("up", CHURN.stack)
    assert targets(session(refresh=True), step(HELD), {CHURN.stack}) == targets(session(), step(HELD), ())
    assert asked._without_run("preview", step(HELD)) is None, "it holds something else than is declared"


def test_a_stack_that_cannot_be_run_is_told_and_stops_no_other() -> None:
    broken = runner()._stack_run("destroy", {}).run(step(None))
    assert broken.exit_code == ExitCode.FAILED
    assert broken.errors == [("", "the stack dev.churn cannot be made")]
    assert runner()._stack_run("destroy", {}).run(step(HELD)).exit_code == 0
