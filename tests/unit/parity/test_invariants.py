"""Invariants held against live access: what somebody gave by hand breaks them, and what is not known proves nothing."""

from __future__ import annotations

from pathlib import Path

from rolecall.access.effective import Access
from rolecall.access.membership import GroupState, Members, Person
from rolecall.access.observation import Observation, Unmanaged
from rolecall.compiled import CompiledContract
from rolecall.contract import Kind, Verb
from rolecall.ids.ids import GroupId, LiveSubject, ObjectId, Subject, SubjectType
from rolecall.parity.invariants import with_invariants
from rolecall.parity.live_access import live_access
from rolecall.parity.report import Finding, FindingKind, Report
from tests.support.contracts import CONTRACT, compiled

INVARIANTS = """\
invariants:
  - {id: no-changes, never: {who: {outside: []}, can: change, what: {kind: job, environment: prod}}}
  - {id: two-people, never: {who: {same: true}, can: [view, edit], what: {kind: job, environment: prod}}}
break_glass:"""
JOB = ObjectId("prod", Kind.JOB, "churn", "train")
MALLORY = LiveSubject(SubjectType.PERSON, "Mallory@acme.example")


def contract(folder: Path) -> CompiledContract:
    return compiled(folder, CONTRACT.replace("break_glass:", INVARIANTS))


def report(
    access: Access | None = None, people: tuple[str, ...] = (), others: tuple[Unmanaged, ...] = (), *found: Finding
) -> Report:
    members = Members(GroupState.PRESENT, people=tuple(Person("", name) for name in people))
    seen = Observation(access=access or {}, groups={"engineers": members}, others=others)
    return Report((), found, observations={"databricks": seen})


def with_holder(one: CompiledContract, subject: Subject, verb: Verb) -> Access:
    live = {target: dict(held) for target, held in one.access.items()}
    live[JOB][subject] = verb
    return live


def test_a_right_given_by_hand_breaks_an_invariant(tmp_path: Path) -> None:
    one = contract(tmp_path)
    seen = report(with_holder(one, GroupId("engineers"), Verb.EDIT))
    found = with_invariants(seen, one, ["dev", "prod"])
    assert [finding.resource for finding in found.findings] == ["invariant no-changes", "invariant two-people"]
    first = found.findings[0]
    assert first.kind is FindingKind.DIFFERENT
    assert "engineers may edit job churn/train in prod (live; the contract does not give it)" in first.live
    assert first.place is not None
    assert "no-changes" in (tmp_path / "contract.yaml").read_text().splitlines()[first.place.line - 1]
    assert found.exit_code == 1


def test_what_the_contract_gives_breaks_none(tmp_path: Path) -> None:
    one = contract(tmp_path)
    found = with_invariants(report({**one.access}), one, ["dev", "prod"])
    assert found.findings == ()
    assert found.not_read == ()


def test_people_are_followed_into_their_groups(tmp_path: Path) -> None:
    one = contract(tmp_path)
    seen = report(with_holder(one, MALLORY, Verb.EDIT), ("mallory@ACME.example",))
    found = with_invariants(seen, one, ["dev", "prod"])
    assert "mallory@acme.example (person) may edit job churn/train in prod" in found.findings[0].live
    assert live_access(seen).members == {"engineers": frozenset({"mallory@ACME.example"})}


def test_what_could_not_be_placed_or_read_is_no_proof(tmp_path: Path) -> None:
    one = contract(tmp_path)
    unmanaged = Finding("databricks", FindingKind.UNMANAGED, None, "", "", "runs as churn/trainer", resource="job x")
    unknown = Finding("databricks", FindingKind.UNKNOWN, None, "", "", "refused", resource="tokens")
    for finding in (unmanaged, unknown):
        found = with_invariants(report({**one.access}, (), (), finding), one, ["dev", "prod"])
        assert [text.partition(":")[0] for text in found.not_read] == ["invariant no-changes", "invariant two-people"]


def test_environments_that_were_not_read_count_as_the_contract_gives_them(tmp_path: Path) -> None:
    one = contract(tmp_path)
    dev_only = {target: held for target, held in one.access.items() if target.environment == "dev"}
    assert with_invariants(report(dev_only), one, ["dev"]).findings == ()


def test_without_invariants_nothing_is_added(tmp_path: Path) -> None:
    seen = report()
    assert with_invariants(seen, compiled(tmp_path), ["dev"]) is seen
