"""After a review without a preview, a run may only do what the reviewed change of the contract declares."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rolecall import __version__
from rolecall.attestations.statement import digest_of
from rolecall.compiled import CompiledContract, compile_file
from rolecall.deploy.plan_gate import Gate
from rolecall.deploy.plan_record import PlanRecord, inputs_of, variable_digests
from rolecall.deploy.session import Previewed
from rolecall.engine.events import Outcome
from rolecall.engine.stack_state import StackState
from rolecall.errors import NotReviewed
from rolecall.slices.part import digests_of, part_of
from rolecall.slices.slice import ACCOUNT, layers_of
from rolecall.systems.databricks.lookups import Lookups
from tests.support.contracts import CONTRACT, VARIABLES, write

DAY = date(2026, 11, 20)
LOOKUPS = Lookups(ids={"engineers": "7"})
# The day after the last one of a binding.
EXPIRING = CONTRACT.replace("role: viewer, to: analysts", "role: viewer, to: analysts, expires: 2026-11-20")


def compiled(folder: Path, text: str = CONTRACT, day: date = DAY, **variables: str) -> CompiledContract:
    return compile_file(write(folder, text), day, {**VARIABLES, **variables})


def session(contract: CompiledContract, *deployed: str, **more: Any) -> Any:
    """Return a run; `deployed` are the stacks whose states have what the contract declares."""
    digests = digests_of(contract, LOOKUPS)
    states = {name: StackState(digests[name], 0, (), ()) for name in deployed}
    found: dict[str, Any] = {
        "deployment": SimpleNamespace(refresh=False),
        "lookups": LOOKUPS,
        "compiled": contract,
        "states": SimpleNamespace(read_if_whole=states.get),
        "part": lambda one: part_of(contract, one, LOOKUPS),
        "asks_outside": lambda one: False,
        "today": DAY,
    }
    return SimpleNamespace(**{**found, **more})


def gate(contract: CompiledContract, states: dict[str, str] | None = None, **more: Any) -> Gate:
    inputs = inputs_of(contract, "a" * 64, (), None)
    record = PlanRecord(
        made_at=datetime(2026, 11, 20, 9, tzinfo=UTC),
        commit=None,
        inputs=inputs.model_copy(update={"values": ""}),
        access=None,
        steps=None,
        states={"dev.churn": "e" * 64},
        lookups=digest_of(LOOKUPS.to_json()),
        variables=variable_digests(contract.loaded.values),
    ).model_copy(update=more)
    return Gate(record, "reviewed.json", False, inputs, {"dev.churn": "e" * 64} if states is None else states)


def changes(**stacks: int) -> dict[str, Outcome]:
    return {
        name.replace("_", "."): Outcome(preview=True, changes={"update": number}) for name, number in stacks.items()
    }


def test_the_run_that_was_reviewed_is_admitted(tmp_path: Path) -> None:
    contract = compiled(tmp_path)
    found = gate(contract)
    found.check_start(session(contract))
    found.check(session(contract), Previewed(changes(dev_churn=3, prod_churn=2, account=1)))


@pytest.mark.parametrize("states", [{}, {"dev.churn": ""}, {"dev.churn": "f" * 64}])
def test_another_state_is_refused_unless_the_stack_is_deployed(states: dict[str, str], tmp_path: Path) -> None:
    contract = compiled(tmp_path)
    with pytest.raises(NotReviewed, match=r"the state of stack dev.churn has changed"):
        gate(contract, states).check_start(session(contract))
    gate(contract, states).check_start(session(contract, "dev.churn"))


def test_another_start_is_refused(tmp_path: Path) -> None:
    contract = compiled(tmp_path)
    with pytest.raises(NotReviewed, match="ids or names of groups"):
        gate(contract).check_start(session(contract, lookups=Lookups()))
    with pytest.raises(NotReviewed, match="--refresh was not part of the review"):
        gate(contract).check_start(session(contract, deployment=SimpleNamespace(refresh=True)))
    with pytest.raises(NotReviewed, match=f"Rolecall is {__version__}; the review was written by 0.0.1"):
        gate(contract, rolecall="0.0.1").check_start(session(contract))


def test_a_variable_with_another_value_is_refused(tmp_path: Path) -> None:
    reviewed, other = compiled(tmp_path), compiled(tmp_path, ML_PROD_HOST="http://127.0.0.1:99")
    gate(reviewed).check_start(session(reviewed))
    with pytest.raises(NotReviewed, match="the variable ML_PROD_HOST of the contract has another value"):
        gate(reviewed).check_start(session(other))
    variables = variable_digests(reviewed.loaded.values)
    del variables["ML_PROD_HOST"]
    # The change refers to a variable that the earlier contract did not have.
    with pytest.raises(NotReviewed, match="the variable ML_PROD_HOST of the contract had no value in the snapshot"):
        gate(reviewed, variables=variables).check_start(session(reviewed))


def test_a_binding_that_has_ended_since_is_refused(tmp_path: Path) -> None:
    reviewed, tomorrow = (compiled(tmp_path, EXPIRING, day) for day in (DAY, date(2026, 11, 21)))
    gate(reviewed).check_start(session(reviewed))
    with pytest.raises(NotReviewed, match="analysts on job churn/train in prod: view → nothing since 2026-11-20"):
        gate(reviewed).check_start(session(tomorrow, today=date(2026, 11, 21)))
    same = compiled(tmp_path)
    gate(same).check_start(session(same, today=date(2026, 11, 21)))


def test_an_earlier_change_that_was_not_deployed_is_refused(tmp_path: Path) -> None:
    contract = compiled(tmp_path)
    found = gate(contract, not_deployed=("dev.churn",))
    with pytest.raises(NotReviewed, match=r"stack dev.churn had an earlier change that was not deployed"):
        found.check(session(contract), Previewed(changes(dev_churn=1)))
    # Nothing of it is left, or it is not run.
    found.check(session(contract), Previewed(changes(dev_churn=0)))
    found.check(session(contract), Previewed(changes(prod_churn=1)))


def test_changes_that_the_contract_does_not_explain_are_refused(tmp_path: Path) -> None:
    contract = compiled(tmp_path)
    with pytest.raises(NotReviewed, match=r"stack dev.churn changes, and the contract has not changed there"):
        gate(contract).check(session(contract, "dev.churn"), Previewed(changes(dev_churn=1)))
    outcome = replace(changes(dev_churn=1)["dev.churn"], warnings=["job churn/train: users has access"])
    with pytest.raises(NotReviewed, match=r"(?s)writes an access list .*dev.churn: job churn/train: users has access"):
        gate(contract).check(session(contract), Previewed({"dev.churn": outcome}, drifted=frozenset({"dev.churn"})))
    # The identity provider decides who is in a group.
    asks = session(contract, asks_outside=lambda one: one == ACCOUNT)
    with pytest.raises(NotReviewed, match="stack account takes members of groups from the identity provider"):
        gate(contract).check(asks, Previewed(changes(account=1)))


def test_every_stack_has_a_digest(tmp_path: Path) -> None:
    contract = compiled(tmp_path)
    assert {*digests_of(contract, LOOKUPS)} == {one.stack for layer in layers_of(contract.contract) for one in layer}
