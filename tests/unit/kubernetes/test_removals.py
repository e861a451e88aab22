"""Callers of a service are a list of holders: a run that takes more than a third of them away is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.deploy.guard import judge_list
from rolecall.engine.stack_state import Resource, StackState
from rolecall.kinds.access import CALLERS
from rolecall.slices.group_names import GroupNames
from rolecall.slices.part import part_of
from rolecall.slices.removals import removals
from rolecall.slices.slice import slice_named
from tests.support.cluster_contract import CONTRACT, cluster_contract
from tests.support.contracts import TODAY
from tests.support.declared import everything_found


def contract(callers: int, more: str = "") -> str:
    """Return the contract with a number of callers more, beside `web`."""
    names = [f"caller{number}" for number in range(callers)]
    principals = "".join(f"      {one}: {{in: [dev], service_account: {one}}}\n" for one in names)
    bindings = "".join(f"      - {{role: caller, to: {one}, in: [dev]}}\n" for one in names)
    text = CONTRACT.replace(
        "    service_principals:\n      web:", f"    service_principals:\n{principals}      web:", 1
    )
    return text.replace("    bindings:\n", f"    bindings:\n{bindings}", 1) + more


def stack(service: str, callers: int) -> StackState:
    """Return a stack whose list of a service names a number of callers and `web`."""
    entries = [{"serviceAccount": f"dev-fraud/{one}"} for one in ("web", *(f"caller{n}" for n in range(callers)))]
    properties = {"meshService": service, CALLERS.entries: [{**one, "may": "call"} for one in entries]}
    listed = Resource(f"urn::{CALLERS.token}::fraud-{service}", CALLERS.token, "1", properties, properties, custom=True)
    return StackState("old", 1, (listed,), ())


OVERRIDE = """
removal_overrides:
  - {object: fraud/probed, kind: service, environment: dev, reason: moved, owner: engineers, expires: 2026-12-31}
"""


@pytest.mark.parametrize(
    ("left", "more", "refused"), [(9, "", False), (4, "", True), (0, "", True), (4, OVERRIDE, False)]
)
def test_more_than_a_third_of_the_callers_goes_by_a_written_override_only(
    tmp_path: Path, left: int, more: str, refused: bool
) -> None:
    compiled = cluster_contract(tmp_path, contract(left, more))
    found = everything_found(compiled.contract)
    part = part_of(compiled, slice_named(compiled.contract, "dev.fraud"), found)
    (change,) = removals(part, stack("probed", 11), GroupNames())
    assert len(change.before) == 12
    assert {*change.after} == {"dev-fraud/web", *(f"dev-fraud/caller{number}" for number in range(left))}
    violation = judge_list(change, compiled.contract, TODAY, "dev", "fraud")
    assert (violation is not None) is refused
    assert violation is None or "service fraud/probed in dev" in str(violation)
