"""Snapshots: what is in them, what is not, which are refused, and what a review makes of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from rolecall.access.membership import GroupState, Members, Person
from rolecall.access.observation import Observation
from rolecall.attestations.statement import Statement, write_statement
from rolecall.cli.main import app
from rolecall.console.durations import duration_of
from rolecall.contract.revision_digest import contract_digest
from rolecall.errors import AttestationRefused, UsageError
from rolecall.ids.ids import DeployerId, GroupId, LiveSubject, ObjectId, ServicePrincipalId, SubjectType
from rolecall.ids.verbs import Kind, Verb
from rolecall.parity.report import Finding, FindingKind, Report, SystemSummary
from rolecall.snapshots.people import people_of, unknown_groups
from rolecall.snapshots.reading import Expected, in_words, read_snapshot
from rolecall.snapshots.snapshot import PREDICATE_TYPE, GrantRow, Snapshot, StackRow
from rolecall.snapshots.taking import NO_VALUE, Origin, snapshot_of, statement_of
from rolecall.systems.databricks.lookups import FoundGroup, Lookups
from tests.support.contracts import CONTRACT, VARIABLES, compiled, load, write
from tests.support.signing import KeyFiles, key_files

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
JOB = ObjectId("dev", Kind.JOB, "churn", "train")
CANARY = "dapi0123456789abcdef0123456789abcdef"
SUBJECTS = (
    GroupId("engineers"),
    ServicePrincipalId("dev", "churn", "trainer"),
    DeployerId("11111111-1111-4111-8111-111111111111"),
    LiveSubject(SubjectType.PERSON, "mallory@example.com"),
    LiveSubject(SubjectType.GROUP, "others"),
)


@pytest.fixture
def keys(tmp_path: Path) -> KeyFiles:
    return key_files(tmp_path)


def members(*names: str) -> Members:
    return Members(GroupState.PRESENT, people=tuple(Person("", name) for name in names))


def report(findings: tuple[Finding, ...] = ()) -> Report:
    seen = Observation(
        access={JOB: dict.fromkeys(SUBJECTS, Verb.RUN)},
        groups={
            "engineers": members("ada@example.com", "ben@example.com"),
            "analysts": members("ben@example.com", "cleo@example.com"),
        },
    )
    systems = (
        SystemSummary("databricks", 1, len(SUBJECTS), 0, 3, 0.1),
        SystemSummary("okta", 0, 0, 0, 0, 0.0, "it does not answer"),
    )
    return Report(systems, findings, observations={"databricks": seen})


def taken(
    folder: Path,
    findings: tuple[Finding, ...] = (),
    text: str = CONTRACT,
    at: datetime = NOW,
    *,
    deployed: bool = True,
) -> Snapshot:
    found = {"engineers": FoundGroup("77", "00g-engineers", "ML engineers")}
    origin = Origin(at, contract_digest(write(folder, text, "digest.yaml")), "c" * 40)
    digests = {"declaration": "d" * 64, "digest": "e" * 64}
    stacks = [StackRow(name="dev.churn", resources=4, pending=0, as_declared=deployed, **digests)]
    lookups = Lookups(found, ids={"engineers": "77"})
    return snapshot_of(compiled(folder, text), report(findings), lookups, stacks, origin)


def written(folder: Path, keys: KeyFiles, snapshot: Snapshot) -> Path:
    file = folder / "snapshot.json"
    write_statement(file, statement_of(snapshot), keys.signing)
    return file


def read(folder: Path, file: Path, keys: KeyFiles, text: str = CONTRACT, **more: Any) -> Snapshot:
    main = write(folder, text, "expected.yaml")
    expected = {"now": NOW, "max_age": timedelta(hours=24), "contract": contract_digest(main), **more}
    return read_snapshot(file, keys.trusted, Expected(loaded=load(folder, text), **expected))


def test_it_is_read_as_it_was_taken(tmp_path: Path, keys: KeyFiles) -> None:
    snapshot = taken(tmp_path)
    found = read(tmp_path, written(tmp_path, keys, snapshot), keys)
    assert found == snapshot
    assert {one.holder() for one in found.grants} == {*SUBJECTS}
    assert {(one.target(), one.verb, one.system) for one in found.grants} == {(JOB, Verb.RUN, "databricks")}
    assert [one.name for one in found.unread] == ["okta"]


@pytest.mark.parametrize("subject", SUBJECTS, ids=str)
def test_a_subject_keeps_its_identity(subject: Any) -> None:
    assert GrantRow.of("okta", subject, Verb.EDIT, JOB).holder() == subject


def test_no_secret_gets_into_it(tmp_path: Path, keys: KeyFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKTA_CLIENT_TOKEN", "canary-of-the-environment")
    found = (
        # What was set by hand in a job is shown by parity, and is nothing for a file that many read.
        Finding("databricks", FindingKind.DIFFERENT, JOB, "", "", CANARY, resource="Job", property="parameters[0]"),
        Finding("databricks", FindingKind.DIFFERENT, JOB, "", "plain", "hunter2", resource="Job", property="x"),
        Finding("databricks", FindingKind.UNMANAGED, None, "", "", "reach", resource=f"endpoint with {CANARY}"),
        Finding("okta", FindingKind.UNKNOWN, None, "", "", "refused: canary-of-the-environment"),
    )
    text = json.dumps(statement_of(taken(tmp_path, found)).predicate)
    for secret in (CANARY, "hunter2", "canary-of-the-environment"):
        assert secret not in text
    assert NO_VALUE in text
    assert "parameters[0]" in text


def test_an_old_one_is_refused_with_its_age(tmp_path: Path, keys: KeyFiles) -> None:
    file = written(tmp_path, keys, taken(tmp_path))
    day = timedelta(hours=24)
    assert read(tmp_path, file, keys, now=NOW + day)
    with pytest.raises(AttestationRefused, match="is 24 hours old; the most is 24 hours"):
        read(tmp_path, file, keys, now=NOW + day + timedelta(seconds=1))
    with pytest.raises(AttestationRefused, match="3 hours old; the most is 2 hours"):
        read(tmp_path, file, keys, now=NOW + timedelta(hours=3), max_age=timedelta(hours=2))
    assert read(tmp_path, file, keys, now=NOW - timedelta(minutes=4)), "clocks differ a little"
    with pytest.raises(AttestationRefused, match="in the future"):
        read(tmp_path, file, keys, now=NOW - timedelta(minutes=6))


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("organization: acme", "organization: initech", "of the organization 'acme', the contract's is 'initech'"),
        ("${env:DATABRICKS_ACCOUNT_ID}", "7c0ffee0-0000-4000-8000-00000000000f", "of the account 7c0ffee0-"),
        ("max_workers: 2", "max_workers: 3", "of another revision of the contract"),
        ("in: [dev, prod]", "in: [dev]", "of another revision of the contract"),
    ],
)
def test_one_of_something_else_is_refused(before: str, after: str, reason: str, tmp_path: Path, keys: KeyFiles) -> None:
    assert before in CONTRACT
    file = written(tmp_path, keys, taken(tmp_path))
    with pytest.raises(AttestationRefused, match=reason):
        read(tmp_path, file, keys, CONTRACT.replace(before, after))


def test_the_digest_is_of_the_content(tmp_path: Path) -> None:
    first = contract_digest(write(tmp_path, CONTRACT))
    assert contract_digest(write(tmp_path, f"# A comment.\n{CONTRACT}", "deeper/other.yaml")) == first
    assert contract_digest(write(tmp_path, CONTRACT.replace("ticket: SEC-1", "ticket: SEC-2"))) != first


def test_another_form_and_another_statement_are_refused(tmp_path: Path, keys: KeyFiles) -> None:
    file = tmp_path / "x.json"
    content = statement_of(taken(tmp_path)).predicate
    row = {**content["grants"][0], "subject_type": "robot"}
    changes: list[Mapping[str, Any]] = [
        {"schema_version": 2},
        {"more": 1},
        {"grants": [row]},
        {"taken_at": "2026-11-20T12:00:00"},
    ]
    for change in changes:
        write_statement(file, Statement(PREDICATE_TYPE, {}, {**content, **change}), keys.signing)
        with pytest.raises(AttestationRefused, match="another version"):
            read(tmp_path, file, keys)
    write_statement(file, Statement("urn:rolecall:review:1", {}, content), keys.signing)
    with pytest.raises(AttestationRefused, match="urn:rolecall:review:1"):
        read(tmp_path, file, keys)


def test_people_follow_the_id_of_their_group(tmp_path: Path) -> None:
    snapshot, before = taken(tmp_path), load(tmp_path).contract
    assert people_of(snapshot, before, before)["engineers"] == {"ada@example.com", "ben@example.com"}
    renamed = load(
        tmp_path,
        CONTRACT.replace("engineers: {external", "builders: {external")
        .replace("to: engineers", "to: builders")
        .replace("owner: engineers", "owner: builders"),
    )
    assert people_of(snapshot, before, renamed.contract)["builders"] == {"ada@example.com", "ben@example.com"}
    other = load(tmp_path, CONTRACT.replace("00g-engineers", "00g-others")).contract
    assert "engineers" not in people_of(snapshot, before, other), "the same key for another group"
    assert unknown_groups(snapshot, before, other) == ["emergency", "engineers"]


def test_people_of_a_nested_group_leave_with_it(tmp_path: Path) -> None:
    identity = "identity: {provider: okta, issuer: https://acme.okta.com, application: 0oa1databricks000001}\n"
    nested = identity + CONTRACT.replace("groups:\n", "groups:\n  all: {managed: true, includes: [analysts]}\n")
    snapshot = taken(tmp_path, text=nested)
    rows = [
        one.model_copy(update={"people": ("ben@example.com", "cleo@example.com", "dora@example.com")})
        if one.key == "all"
        else one
        for one in snapshot.groups
    ]
    snapshot = snapshot.model_copy(update={"groups": tuple(rows)})
    before = load(tmp_path, nested).contract
    after = load(tmp_path, nested.replace(", includes: [analysts]", "")).contract
    assert people_of(snapshot, before, after)["all"] == {"dora@example.com"}


def review(
    folder: Path,
    keys: KeyFiles,
    after: str,
    *more: str,
    findings: tuple[Finding, ...] = (),
    deployed: bool = True,
) -> Result:
    before = write(folder, CONTRACT, "before.yaml")
    later = write(folder, after, "after.yaml")
    at = datetime.now(UTC).replace(microsecond=0)
    file = written(folder, keys, taken(folder, findings, at=at, deployed=deployed))
    arguments = ["review", str(before), str(later), "--snapshot", str(file), "--trusted-keys", str(keys.public)]
    # Neither a credential nor a passphrase, and of the contract's variables the ids only.
    return CliRunner().invoke(app, [*arguments, *more], env={**VARIABLES}, catch_exceptions=False)


def test_a_review_names_people_ids_drift_and_stacks(tmp_path: Path, keys: KeyFiles) -> None:
    drift = Finding("databricks", FindingKind.EXTRA, JOB, "mallory@example.com", "", "CAN_RUN")
    after = CONTRACT.replace("role: viewer, to: analysts", "role: runner, to: analysts")
    found = review(tmp_path, keys, after, findings=(drift,))
    assert found.exit_code == 4, found.output
    text = found.stdout.replace("&#8203;", "")
    assert "Live access as of " in text
    assert "in the account 7c0ffee0-0000-4000-8000-000000000001" in text
    assert "**2 people gain**" in text
    assert "| ben@example.com | job churn/train in prod: view → run |" in text, "in dev, Ben may edit it already"
    assert "| cleo@example.com | job churn/train in prod: view → run<br>job churn/train in dev: view → run |" in text
    assert "| analysts | 00g-analysts | not there | ben@example.com, cleo@example.com |" in text
    assert "**Drift: 1 finding**" in text
    assert "| databricks | extra | job churn/train in dev | mallory@example.com | nothing | CAN_RUN |" in text
    assert "**Not in the snapshot, so unknown**" in text
    assert "- dev.churn: changes (4 resources now)" in text
    assert "- prod.churn: not deployed yet" in text


def test_a_review_names_stacks_of_which_earlier_changes_are_not_deployed(tmp_path: Path, keys: KeyFiles) -> None:
    after = CONTRACT.replace("role: viewer, to: analysts", "role: runner, to: analysts")
    for text, line in (
        (after, "- dev.churn: changes (4 resources now); an earlier change is not deployed yet"),
        (CONTRACT, "- dev.churn: an earlier change is not deployed yet"),
    ):
        found = review(tmp_path, keys, text, deployed=False)
        assert line in found.stdout.replace("&#8203;", "").splitlines()


def test_a_review_refuses_a_snapshot_that_does_not_fit(tmp_path: Path, keys: KeyFiles) -> None:
    other = key_files(tmp_path, "other")
    before = write(tmp_path, CONTRACT, "before.yaml")
    old = written(tmp_path, keys, taken(tmp_path, at=datetime.now(UTC) - timedelta(hours=25)))
    arguments = ["review", str(before), str(before), "--snapshot", str(old)]
    runner = CliRunner()
    for more, reason in (
        (["--trusted-keys", str(keys.public)], "is 25 hours old; the most is 24 hours"),
        (["--trusted-keys", str(other.public)], "which is not trusted"),
        ([], "neither --trusted-keys nor `ROLECALL_TRUSTED_KEYS` is set"),
    ):
        found = runner.invoke(app, [*arguments, *more], env={**VARIABLES})
        assert reason in str(found.exception)
        assert found.stdout == ""
    fine = runner.invoke(app, [*arguments, "--trusted-keys", str(keys.public), "--max-age", "2d"], env={**VARIABLES})
    assert fine.exit_code == 0, fine.output


def test_without_variables_the_account_is_shown_as_not_compared(tmp_path: Path, keys: KeyFiles) -> None:
    found = review(tmp_path, keys, CONTRACT)
    assert "not compared" not in found.stdout
    before = write(tmp_path, CONTRACT, "before.yaml")
    arguments = ["review", str(before), str(before), "--snapshot", str(tmp_path / "snapshot.json")]
    unset = dict.fromkeys(VARIABLES)
    again = CliRunner().invoke(app, [*arguments, "--trusted-keys", str(keys.public)], env=unset)
    assert again.exit_code == 0, again.output
    assert "7c0ffee0-0000-4000-8000-000000000001 (not compared)" in again.stdout


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=1), "1 second"),
        (timedelta(minutes=59, seconds=59), "59 minutes"),
        (timedelta(hours=25), "25 hours"),
        (timedelta(days=3), "3 days"),
    ],
)
def test_ages_in_words(age: timedelta, words: str) -> None:
    assert in_words(age) == words


def test_an_age_is_a_number_with_a_unit() -> None:
    assert duration_of("45m", "--max-age") == timedelta(minutes=45)
    assert duration_of("7d", "--max-age") == timedelta(days=7)
    for text in ("", "24", "0h", "-1h", "1w", "1h30m", "24 h"):
        with pytest.raises(UsageError, match="--max-age is"):
            duration_of(text, "--max-age")
