"""No run removes or replaces the break-glass group without a written override."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rolecall.deploy.break_glass_guard import other_break_glass, refused_break_glass
from rolecall.deploy.plan import Step, Why
from rolecall.engine.outdating import with_owner
from rolecall.engine.stack_state import STACK, StackState, parse
from rolecall.errors import StateUnreadable
from rolecall.slices.owner import owner_of
from rolecall.slices.part import part_of
from rolecall.slices.slice import ACCOUNT, Slice
from rolecall.systems.databricks.lookups import Lookups
from tests.support.contracts import CONTRACT, TODAY, compiled, load

WHY = "reason: x, owner: ada, expires: 2026-12-01"
GROUP = "break_glass: {group: emergency}\n"


def deployed(folder: Path, text: str = CONTRACT) -> StackState:
    """Return the state of the account's stack after a run of a contract."""
    contract = part_of(compiled(folder, text), ACCOUNT, Lookups()).contract
    outputs = owner_of(contract, ACCOUNT)
    return parse({"latest": {"resources": [{"urn": "urn:pulumi:account::p::x", "type": STACK, "outputs": outputs}]}})


def refusal(folder: Path, text: str, before: StackState) -> str | None:
    return other_break_glass(load(folder, text).contract, before, TODAY)


def changed(text: str, *, override: str = "") -> str:
    assert GROUP in CONTRACT
    return f"{override}\n{CONTRACT.replace(GROUP, text)}"


def test_the_group_that_was_deployed_stays(tmp_path: Path) -> None:
    before = deployed(tmp_path)
    assert before.break_glass is not None
    assert before.break_glass.key == "emergency"
    assert refusal(tmp_path, CONTRACT, before) is None
    assert other_break_glass(load(tmp_path).contract, None, TODAY) is None
    assert other_break_glass(load(tmp_path).contract, StackState("", 0, (), ()), TODAY) is None


@pytest.mark.parametrize(
    ("text", "now"),
    [
        ("break_glass: {group: engineers}\n", "`break_glass` is group engineers"),
        ("break_glass: none\nbreak_glass_reason: a sandbox\n", "`break_glass` is none"),
    ],
)
def test_another_group_or_none_needs_an_override_of_that_group(tmp_path: Path, text: str, now: str) -> None:
    before = deployed(tmp_path)
    found = refusal(tmp_path, changed(text), before)
    assert found is not None
    assert now in found
    assert "removal_overrides: [{group: emergency" in found
    other = f"removal_overrides: [{{group: engineers, {WHY}}}]"
    assert refusal(tmp_path, changed(text, override=other), before) is not None
    own = f"removal_overrides: [{{group: emergency, {WHY}}}]"
    assert refusal(tmp_path, changed(text, override=own), before) is None
    ended = own.replace("2026-12-01", "2020-01-01")
    assert refusal(tmp_path, changed(text, override=ended), before) is not None


EXTERNAL = CONTRACT.replace("emergency: {managed: true}", "emergency: {external: 00g-emergency}")


def test_a_group_that_is_renamed_is_the_same_one(tmp_path: Path) -> None:
    managed, external = deployed(tmp_path), deployed(tmp_path, EXTERNAL)
    renamed = CONTRACT.replace("emergency: {managed: true}", "rescue: {managed: true, renamed_from: [emergency]}")
    renamed = renamed.replace(GROUP, "break_glass: {group: rescue}\n")
    assert renamed.count("rescue") == 2
    assert refusal(tmp_path, renamed, managed) is None
    found = refusal(tmp_path, renamed.replace(", renamed_from: [emergency]", ""), managed)
    assert found is not None
    assert "deletions: [{kind: group, object: emergency" in found
    same = EXTERNAL.replace("emergency: {external", "rescue: {external").replace(
        GROUP, "break_glass: {group: rescue}\n"
    )
    assert refusal(tmp_path, same, external) is None


def test_another_group_of_the_identity_provider_under_the_same_key_is_another_one(tmp_path: Path) -> None:
    found = refusal(tmp_path, EXTERNAL.replace("00g-emergency", "00g-mallory"), deployed(tmp_path, EXTERNAL))
    assert found is not None
    assert "another id in the identity provider" in found


@pytest.mark.parametrize("text", [CONTRACT, changed("break_glass: {group: engineers}\n")])
def test_a_run_of_a_single_stack_is_refused_too(tmp_path: Path, text: str) -> None:
    """The account's stack is not among its steps; its state still records the group."""
    account = deployed(tmp_path)
    session: Any = SimpleNamespace(
        compiled=compiled(tmp_path, text),
        today=TODAY,
        states=SimpleNamespace(read={"account": account}.get),
    )
    state = StackState("x", 0, (), ())
    running = Step("dev.churn", Slice("dev", "churn"), Why.CHANGED, state)
    found = [*refused_break_glass(session, [running])]
    assert [stack for stack, _ in found] == ([] if text == CONTRACT else ["dev.churn"])
    still = [
        Step("dev.churn", Slice("dev", "churn"), Why.AS_DECLARED, state),
        Step("dev.churn", Slice("dev", "churn"), Why.NEW, None),
        Step("dev.gone", None, Why.REMOVED, state),
    ]
    assert [*refused_break_glass(session, still)] == []


def test_a_state_that_cannot_be_read_is_no_state_without_a_break_glass_group(tmp_path: Path) -> None:
    def unreadable(stack: str) -> StackState:
        raise StateUnreadable(f"the state of stack {stack} cannot be read", "Restore it.")

    session: Any = SimpleNamespace(
        compiled=compiled(tmp_path, CONTRACT), today=TODAY, states=SimpleNamespace(read=unreadable)
    )
    running = Step("dev.churn", Slice("dev", "churn"), Why.CHANGED, StackState("x", 0, (), ()))
    with pytest.raises(StateUnreadable, match="account"):
        [*refused_break_glass(session, [running])]


def test_a_run_that_fails_does_not_forget_which_group_it_was(tmp_path: Path) -> None:
    whose = owner_of(load(tmp_path).contract, ACCOUNT)
    later = owner_of(load(tmp_path, changed("break_glass: {group: engineers}\n")).contract, ACCOUNT)
    text = b'{"latest": {"resources": [{"urn": "a", "type": "pulumi:pulumi:Stack"}]}}'
    first = with_owner(text, whose)
    assert first is not None
    assert with_owner(first, later) is None


RENAMED = CONTRACT.replace("{group: emergency}", "{group: rescue}").replace(
    "emergency: {managed: true}", "rescue: {managed: true, renamed_from: emergency}"
)


def test_a_renaming_that_is_taken_back_keeps_the_group(tmp_path: Path) -> None:
    before = deployed(tmp_path / "renamed", RENAMED)
    assert before.break_glass is not None
    assert before.break_glass.key == "rescue"
    assert refusal(tmp_path / "back", CONTRACT, before) is None


def test_a_group_that_the_renamed_one_never_was_is_another(tmp_path: Path) -> None:
    """The former key belongs to a group of the identity provider now, or the later one is still declared."""
    before = deployed(tmp_path / "renamed", RENAMED)
    external = CONTRACT.replace("emergency: {managed: true}", 'emergency: {external: "00g-emergency"}')
    both = CONTRACT.replace("emergency: {managed: true}", "emergency: {managed: true}\n  rescue: {managed: true}")
    for name, text in (("external", external), ("both", both)):
        assert text != CONTRACT
        assert refusal(tmp_path / name, text, before) is not None, name
