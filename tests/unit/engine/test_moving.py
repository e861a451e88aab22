"""Resources move between states with all that is below them, once, and nothing is left that names what went."""

from __future__ import annotations

import copy
from typing import Any

from rolecall.engine.moving import Source, TakeOver, is_empty, name_of, take_over

JOB, COMPONENT, PERMISSIONS = (
    "databricks:index/job:Job",
    "rolecall:databricks:Job",
    "databricks:index/permissions:Permissions",
)
STACK, CONNECTION = "pulumi:pulumi:Stack", "pulumi:providers:databricks"


def urn(stack: str, kind: str, name: str) -> str:
    return f"urn:pulumi:{stack}::rolecall::{kind}::{name}"


def job(stack: str, name: str, identity: str, *more: str) -> list[dict[str, Any]]:
    component = urn(stack, COMPONENT, name)
    own = urn(stack, f"{COMPONENT}${JOB}", name)
    connection = f"{urn(stack, CONNECTION, 'nonprod')}::04da-{stack}"
    return [
        {"urn": component, "type": COMPONENT, "custom": False, "parent": urn(stack, STACK, f"rolecall-{stack}")},
        {
            "urn": own,
            "type": JOB,
            "custom": True,
            "id": identity,
            "parent": component,
            "provider": connection,
            "dependencies": [*more],
            "propertyDependencies": {"runAs": [*more]},
        },
        {
            "urn": urn(stack, f"{COMPONENT}${PERMISSIONS}", name),
            "type": PERMISSIONS,
            "custom": True,
            "id": f"/jobs/{identity}",
            "parent": component,
            "provider": connection,
            "dependencies": [own],
        },
    ]


def deployment(stack: str, *resources: list[dict[str, Any]]) -> dict[str, Any]:
    root = {"urn": urn(stack, STACK, f"rolecall-{stack}"), "type": STACK, "outputs": {"declaration": "abc"}}
    connection = {"urn": urn(stack, CONNECTION, "nonprod"), "type": CONNECTION, "custom": True, "id": f"04da-{stack}"}
    return {
        "manifest": {"version": "v3"},
        "resources": [root, connection, *(one for each in resources for one in each)],
    }


def whole(told: dict[str, Any]) -> None:
    """Check what the engine checks of a state: everything that is named is there, and stands before."""
    seen: set[str] = set()
    for one in told["resources"]:
        named = [one.get("parent"), (one.get("provider") or "").rpartition("::")[0], *one.get("dependencies", [])]
        named += [each for names in one.get("propertyDependencies", {}).values() for each in names]
        assert {each for each in named if each} <= seen, one
        assert one["urn"] not in seen
        seen.add(one["urn"])
        if one.get("provider"):
            held = {each["urn"]: each for each in told["resources"]}
            assert held[one["provider"].rpartition("::")[0]]["id"] == one["provider"].rpartition("::")[2]


def ids(told: dict[str, Any]) -> dict[str, str]:
    return {name_of(one["urn"]): one["id"] for one in told["resources"] if one["type"] == JOB}


WANTED = TakeOver("dev.b", COMPONENT, "b-train", (Source("dev.a", "a-train"),))


def test_a_job_moves_with_what_is_below_it_to_a_new_stack() -> None:
    stacks = {"dev.a": deployment("dev.a", job("dev.a", "a-train", "7"), job("dev.a", "a-train-2", "8"))}
    (taken,) = take_over(stacks, "rolecall", [WANTED])
    assert taken.source.stack == "dev.a"
    assert ids(stacks["dev.a"]) == {"a-train-2": "8"}, "what only begins with the same name stays"
    assert ids(stacks["dev.b"]) == {"b-train": "7"}
    assert stacks["dev.b"]["resources"][0]["urn"] == urn("dev.b", STACK, "rolecall-dev.b")
    assert not stacks["dev.b"]["resources"][0].get("outputs"), "what was declared in the other stack is not said of it"
    for told in stacks.values():
        whole(told)


def test_a_stack_that_has_its_own_connection_uses_it() -> None:
    stacks = {
        "dev.a": deployment("dev.a", job("dev.a", "a-train", "7")),
        "dev.b": deployment("dev.b", job("dev.b", "b-score", "9")),
    }
    take_over(stacks, "rolecall", [WANTED])
    assert ids(stacks["dev.b"]) == {"b-score": "9", "b-train": "7"}
    assert is_empty(stacks["dev.a"])
    for told in stacks.values():
        whole(told)


def test_what_stays_and_what_goes_no_longer_name_each_other() -> None:
    first = job("dev.a", "a-train", "7")
    second = job("dev.a", "a-score", "8", first[1]["urn"])
    stacks = {"dev.a": deployment("dev.a", first, second)}
    take_over(stacks, "rolecall", [WANTED])
    back = TakeOver("dev.c", COMPONENT, "c-score", (Source("dev.a", "a-score"),))
    take_over(stacks, "rolecall", [back])
    for told in stacks.values():
        whole(told)


def test_what_a_killed_run_left_in_both_stays_in_the_one_that_takes_it_over() -> None:
    before = {"dev.a": deployment("dev.a", job("dev.a", "a-train", "7"))}
    after = copy.deepcopy(before)
    take_over(after, "rolecall", [WANTED])
    halfway = {"dev.a": before["dev.a"], "dev.b": copy.deepcopy(after["dev.b"])}
    take_over(halfway, "rolecall", [WANTED])
    assert halfway == after
    assert take_over(halfway, "rolecall", [WANTED]) == []


def test_another_object_of_the_new_name_is_left_alone() -> None:
    stacks = {
        "dev.a": deployment("dev.a", job("dev.a", "a-train", "7")),
        "dev.b": deployment("dev.b", job("dev.b", "b-train", "9")),
    }
    before = copy.deepcopy(stacks)
    assert take_over(stacks, "rolecall", [WANTED]) == []
    assert stacks == before


def test_a_new_key_in_the_same_stack() -> None:
    first = job("dev.a", "a-train", "7")
    stacks = {"dev.a": deployment("dev.a", first, job("dev.a", "a-score", "8", first[1]["urn"]))}
    take_over(stacks, "rolecall", [TakeOver("dev.a", COMPONENT, "a-fit", (Source("dev.a", "a-train"),))])
    assert ids(stacks["dev.a"]) == {"a-fit": "7", "a-score": "8"}
    score = next(one for one in stacks["dev.a"]["resources"] if one.get("id") == "8")
    assert [name_of(one) for one in score["dependencies"]] == ["a-fit"]
    whole(stacks["dev.a"])


def test_what_a_killed_run_had_begun_with_a_resource_goes_with_it() -> None:
    told = deployment("dev.a", job("dev.a", "a-train", "7"), job("dev.a", "a-score", "8"))
    told["pending_operations"] = [
        {"type": "updating", "resource": copy.deepcopy(one)} for one in told["resources"] if one["type"] == JOB
    ]
    stacks = {"dev.a": told}
    take_over(stacks, "rolecall", [WANTED])
    pending = {
        stack: [name_of(one["resource"]["urn"]) for one in each["pending_operations"]] for stack, each in stacks.items()
    }
    assert pending == {"dev.a": ["a-score"], "dev.b": ["b-train"]}
