"""Invariants of a contract: refused with an attack, proved with a certificate, and refused where they say nothing."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from rolecall.access.graph.graph import build
from rolecall.access.graph.invariants import Verdict, verdicts
from rolecall.access.graph.powers import powers_of
from rolecall.compiled import compile_file
from rolecall.errors import InvalidContract, Problem
from tests.support.contracts import TODAY, VARIABLES, write
from tests.unit.access.test_escalation_steps import HEAD, NOTEBOOK

CAN_CHANGE = "never: {who: {outside: [team]}, can: change, what: {environment: prod}}"
PII = "never: {who: {outside: [team]}, can: view, what: {kind: dataset, sensitive: true}}"


def text_of(*invariants: str, right: str = "{may: run, kind: job}", **changes: str) -> str:
    lines = "".join(f"  - {{id: i{number}, {one}}}\n" for number, one in enumerate(invariants))
    text = HEAD.replace("RIGHT", right).replace("JOB", "max_concurrent_runs: 1").replace("TASK", NOTEBOOK)
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text.replace("FEDERATION", "").replace("break_glass:", f"invariants:\n{lines}break_glass:")


def problems(folder: Path, text: str, today: date = TODAY) -> list[Problem]:
    try:
        compile_file(write(folder, text), today, VARIABLES)
    except InvalidContract as invalid:
        return invalid.problems
    return []


def verdict(folder: Path, text: str) -> Verdict:
    compiled = compile_file(write(folder, text), TODAY, VARIABLES, judged=False)
    graph = build(powers_of(compiled.contract, compiled.loaded.places), compiled.access)
    (found,) = verdicts(compiled.contract, graph)
    return found


def test_an_invariant_that_holds_comes_with_a_proof(tmp_path: Path) -> None:
    found = verdict(tmp_path, text_of(CAN_CHANGE))
    assert found.holds
    assert found.certificates
    assert (found.starts, found.targets) == (1, 14), "engineers; everybody else is inside or trusted"
    assert problems(tmp_path, text_of(CAN_CHANGE)) == []


def test_an_attack_names_each_step_with_its_line(tmp_path: Path) -> None:
    accepted = (
        "accepted_escalations:\n  - {of: engineers, acting_as: churn/*, in: [prod], reason: r, ticket: t, owner: o, "
        "expires: 2026-12-01}\nbreak_glass:"
    )
    pii = PII.replace("team", "emergency").replace("sensitive: true", "object: churn/features")
    reader = {
        "bindings: [": "bindings: [{role: reader, to: trainer, in: [prod]}, ",
        "roles: {": "roles: {reader: [{may: view, kind: dataset}], ",
        "break_glass:": accepted,
    }
    (problem,) = problems(tmp_path, text_of(pii, right="{may: edit, kind: job}", **reader))
    assert problem.id == "invariant-broken"
    path = tmp_path / "contract.yaml"
    lines = path.read_text().splitlines()
    at = {
        word: f"{path}:{1 + next(number for number, line in enumerate(lines) if word in line)}"
        for word in ("bindings:", "jobs:")
    }
    assert problem.what == (
        "invariant 'i0' does not hold: "
        f"engineers may edit job churn/train in prod (role given, {at['bindings:']}); "
        f"job churn/train in prod runs as service principal churn/trainer in prod ({at['jobs:']}); "
        "service principal churn/trainer in prod may view dataset churn/features in prod "
        f"(role reader, {at['bindings:']})"
    )
    assert problem.place is not None
    assert "id: i0" in lines[problem.place.line - 1]


def test_who_is_nested_in_a_listed_group_is_inside(tmp_path: Path) -> None:
    nested = {"team: {managed: true}": "team: {managed: true, includes: [engineers]}"}
    pool = CAN_CHANGE.replace("environment: prod", "kind: instance_pool")
    right = "{may: manage, kind: instance_pool}"
    assert verdict(tmp_path, text_of(pool, right=right)).attack
    assert verdict(tmp_path, text_of(pool, right=right, **nested)).holds


def test_who_is_nested_in_the_break_glass_group_is_outside(tmp_path: Path) -> None:
    nested = {"emergency: {managed: true}": "emergency: {managed: true, includes: [engineers]}"}
    found = verdict(tmp_path, text_of(CAN_CHANGE, **nested))
    assert str(found.attack[0][0].target) == "emergency"


def test_inside_is_about_the_listed_ones_alone(tmp_path: Path) -> None:
    inside = "never: {who: {inside: [engineers]}, can: run, what: {kind: job}}"
    assert verdict(tmp_path, text_of(inside)).attack
    assert verdict(tmp_path, text_of(inside.replace("engineers", "team"))).holds
    # A group that has all access by rule may be listed, too.
    assert verdict(tmp_path, text_of(inside.replace("engineers", "emergency"))).attack


def test_principals_count_by_whom_they_are_controlled_unless_they_are_named(tmp_path: Path) -> None:
    reads = {
        "bindings: [": "bindings: [{role: reader, to: trainer, in: [prod]}, ",
        "roles: {": "roles: {reader: [{may: view, kind: dataset}], ",
    }
    about = PII.replace("sensitive: true", "object: churn/features")
    assert verdict(tmp_path, text_of(about, **reads)).holds
    too = about.replace("outside: [team]", "outside: [team], principals: true")
    assert verdict(tmp_path, text_of(too, **reads)).attack
    listed = too.replace("[team]", "[team, churn/*]")
    assert verdict(tmp_path, text_of(listed, **reads)).holds
    one = too.replace("[team]", "[churn/trainer]")
    assert verdict(tmp_path, text_of(one, **reads)).holds


APPROVED = {"JOB": "counterparts: {harness: {approved_by: team}}, tags: {stage: release}"}
FOUR_EYES = "never: {who: {same: true}, can: [approve, run], what: {kind: job, tags: {stage: release}}}"


@pytest.mark.parametrize(("holder", "holds"), [("team", False), ("engineers", True)])
def test_nobody_may_do_two_things_on_one_object(tmp_path: Path, holder: str, *, holds: bool) -> None:
    text = text_of(FOUR_EYES, **{"max_concurrent_runs: 1": APPROVED["JOB"], "to: engineers": f"to: {holder}"})
    found = verdict(tmp_path, text)
    assert found.holds is holds
    if not holds:
        first, second = ([str(hop.target) for hop in way] for way in found.attack)
        assert first == ["approve job churn/train in prod"]
        assert second == ["run job churn/train in prod"]


def test_an_approval_is_reached_through_the_group_that_gives_it(tmp_path: Path) -> None:
    changes = {
        "max_concurrent_runs: 1": APPROVED["JOB"],
        "team: {managed: true}": "team: {managed: true, includes: [engineers]}",
    }
    found = verdict(tmp_path, text_of(FOUR_EYES, **changes))
    assert [str(hop.target) for hop in found.attack[0]] == ["team", "approve job churn/train in prod"]


BAD = {
    "group": (CAN_CHANGE.replace("team", "teem"), "unknown-group", "Did you mean 'team'?"),
    "environment": (CAN_CHANGE.replace("environment: prod", "environment: prud"), "unknown-environment", "'prod'"),
    "project": (CAN_CHANGE.replace("environment: prod", "project: chrun"), "unknown-project", "'churn'"),
    "object": (CAN_CHANGE.replace("environment: prod", "object: churn/trian"), "unknown-object", "'churn/train'"),
    "nothing matches": (PII, "invariant-about-nothing", "break it"),
    "tags of nothing": (CAN_CHANGE.replace("environment: prod", "tags: {a: b}"), "invariant-about-nothing", ""),
    "verb": (CAN_CHANGE.replace("can: change", "can: chnage"), "wrong-value", "change"),
    "kind": (CAN_CHANGE.replace("environment: prod", "kind: jobs"), "wrong-value", "'job'"),
    "verb of another kind": (
        CAN_CHANGE.replace("can: change", "can: manage").replace("environment: prod", "kind: cluster_policy"),
        "verb-not-on-kind",
        "run",
    ),
    "approval of nothing": (
        CAN_CHANGE.replace("can: change", "can: approve").replace("environment: prod", "kind: job"),
        "verb-not-on-kind",
        "approved_by",
    ),
    "no who": (CAN_CHANGE.replace("outside: [team]", ""), "wrong-value", "inside"),
    "two whos": (CAN_CHANGE.replace("outside: [team]", "outside: [team], same: true"), "wrong-value", "one of"),
    "one thing of one": (CAN_CHANGE.replace("outside: [team]", "same: true"), "wrong-value", "two or more"),
    "nothing to do": (CAN_CHANGE.replace("can: change", "can: []"), "wrong-value", "change"),
    "about everything": (CAN_CHANGE.replace("environment: prod", ""), "wrong-value", "environment"),
    "date": (f"{CAN_CHANGE}, at: tomorrow", "wrong-value", "any_date"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_invariant_is_refused_at_its_line(tmp_path: Path, case: str) -> None:
    invariant, problem_id, how = BAD[case]
    found = problems(tmp_path, text_of(CAN_CHANGE, invariant))
    assert {one.id for one in found} == {problem_id}
    lines = (tmp_path / "contract.yaml").read_text().splitlines()
    for problem in found:
        assert how in f"{problem.what} {problem.allowed}"
        assert problem.place is not None
        assert "id: i1" in lines[problem.place.line - 1]


def test_two_invariants_of_one_name_are_refused(tmp_path: Path) -> None:
    text = text_of(CAN_CHANGE, CAN_CHANGE).replace("id: i1", "id: i0")
    assert [one.id for one in problems(tmp_path, text)] == ["declared-twice"]


def test_rights_only_end_with_time_so_todays_proof_holds_on_every_later_day(tmp_path: Path) -> None:
    """What is held on a later day is held today, but for what the deployer owns; both the trusted, who never count."""
    expiring = {"to: engineers, in: [prod]}": "to: engineers, in: [prod], expires: 2026-12-05}"}
    text = text_of(
        f"{CAN_CHANGE}, at: any_date", right="{may: own, kind: job}", **{**expiring, "to: engineers": "to: trainer"}
    )
    path = write(tmp_path, text)
    today = compile_file(path, TODAY, VARIABLES, judged=False)
    for days in (1, 15, 16, 400):
        later = compile_file(path, TODAY + timedelta(days=days), VARIABLES, judged=False)
        trusted = powers_of(later.contract).trusted
        for target, held in later.access.items():
            for subject, verb in held.items():
                before = today.access.get(target, {}).get(subject)
                assert subject in trusted or (before is not None and before.rank >= verb.rank)


def test_an_attack_says_until_when_it_is_possible(tmp_path: Path) -> None:
    expiring = {"to: engineers, in: [prod]}": "to: engineers, in: [prod], expires: 2026-12-05}"}
    pool = CAN_CHANGE.replace("environment: prod", "kind: instance_pool")
    text = text_of(f"{pool}, at: any_date", right="{may: manage, kind: instance_pool}", **expiring)
    (problem,) = problems(tmp_path, text)
    assert "possible until 2026-12-05" in problem.what
    assert problems(tmp_path, text, date(2026, 12, 6)) == []


def test_without_invariants_the_graphs_library_stays_out(tmp_path: Path) -> None:
    path = write(tmp_path, text_of().replace("invariants:\n", ""))
    code = (
        "import sys; from pathlib import Path; from datetime import date; from rolecall.compiled import compile_file; "
        f"compile_file(Path({str(path)!r}), date(2026, 11, 20), placeholders=True); "
        "print('rustworkx' in sys.modules, 'numpy' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == ["False", "False"]
