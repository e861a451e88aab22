"""What groups are called in orchestrators, which single sign-on fills by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.engine.stack_state import RecordedGroup, StackState
from rolecall.slices.group_names import names_now
from rolecall.slices.part import part_of
from rolecall.slices.slice import slice_named
from rolecall.systems.databricks.lookups import Lookups
from rolecall.systems.registry import ORCHESTRATORS, orchestrator
from rolecall.systems.sign_on import chosen_names
from tests.support.contracts import CONTRACT, compiled

LISTS = "rolecall:conductor:Permissions"


@pytest.mark.parametrize(
    ("live", "names", "unusable"),
    [
        ({"engineers": "engineers", "analysts": "analysts"}, {}, {}),
        ({"engineers": "engineering"}, {"engineers": "engineering"}, {}),
        ({"engineers": "analysts", "analysts": "engineers"}, {"engineers": "analysts", "analysts": "engineers"}, {}),
        # Another group of the contract has this name: in Entra ID names need not be unique.
        ({"engineers": "Analysts"}, {}, {"engineers": "Analysts"}),
        ({"engineers": "both", "analysts": "BOTH"}, {}, {"engineers": "both", "analysts": "BOTH"}),
        ({"engineers": "users"}, {}, {"engineers": "users"}),
        ({"engineers": "a/../b"}, {}, {"engineers": "a/../b"}),
        ({"engineers": "engineer\u200bs"}, {}, {"engineers": "engineer\u200bs"}),
    ],
)
def test_an_orchestrator_follows_a_name_that_no_other_group_has(
    tmp_path: Path, live: dict[str, str], names: dict[str, str], unusable: dict[str, str]
) -> None:
    found = chosen_names(compiled(tmp_path, CONTRACT).contract, live)
    assert (found.names, found.unusable) == (names, unusable)


def test_two_groups_never_get_one_name(tmp_path: Path) -> None:
    """One that cannot have its name keeps its key, and another group with that name keeps its own."""
    found = chosen_names(compiled(tmp_path, CONTRACT).contract, {"engineers": "a/b", "analysts": "engineers"})
    assert not found.names
    assert found.unusable == {"engineers": "a/b", "analysts": "engineers"}


@pytest.mark.parametrize("system", ORCHESTRATORS)
def test_a_group_keeps_its_name_under_another_key(system: str) -> None:
    before, after = (
        next(one for one in orchestrator(system).shared({key: "engineers"}, "acme") if one.name.endswith("engineers"))
        for key in ("engineers", "Builders")
    )
    assert (before.token, before.name, before.properties["name"]) == (after.token, after.name, after.properties["name"])
    assert before.properties["managedBy"] != after.properties["managedBy"], "the mark names the group of the contract"


def test_only_what_names_a_renamed_group_in_an_orchestrator_is_run_again(tmp_path: Path) -> None:
    text = CONTRACT.replace(
        "        run_as: trainer\n", "        run_as: trainer\n        counterparts: {conductor: [dev]}\n"
    )
    contract = compiled(tmp_path, text)
    renamed = Lookups(orchestrators={"engineers": "engineering"})
    stacks = {name: slice_named(contract.contract, name) for name in ("account", "dev.churn", "prod.churn")}
    changed = {
        name
        for name, one in stacks.items()
        if part_of(contract, one, Lookups()).digest != part_of(contract, one, renamed).digest
    }
    assert changed == {"account", "dev.churn"}


def test_a_list_in_an_orchestrator_says_which_group_a_former_name_stood_for(tmp_path: Path) -> None:
    contract = compiled(tmp_path, CONTRACT).contract
    recorded = (
        RecordedGroup("engineers", "00g-engineers", "engineers", orchestrators="data people"),
        RecordedGroup("analysts", "00g-analysts", "analysts"),
    )
    state = StackState("dev.churn", 0, (), (), groups=recorded)
    names = names_now(contract, Lookups(orchestrators={"analysts": "engineers"}), [state])
    assert names.now(LISTS, "data people") == "engineers"
    assert names.now(LISTS, "analysts") == "engineers"
