"""Cost of a matrix: its findings are read once, for any number of rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rolecall.access.effective import Access
from rolecall.access.observation import PLATFORM, Observation
from rolecall.compiled import compile_file
from rolecall.ids.ids import GroupId, ObjectId
from rolecall.ids.verbs import Kind, Verb
from rolecall.parity.job_matrix import job_matrix
from rolecall.parity.matrix import group_matrix
from rolecall.parity.report import CellState, Finding, FindingKind
from tests.support.contracts import TODAY, VARIABLES, write
from tests.support.identity_contract import contract

JOBS = [ObjectId("dev", Kind.JOB, "churn", f"train-{number}") for number in range(20)]
ENGINEERS = GroupId("engineers")


class Counted(list[Finding]):
    """Counts how often it is read."""

    read = 0

    def __iter__(self) -> Iterator[Finding]:
        self.read += 1
        return super().__iter__()


def missing(target: ObjectId) -> Finding:
    return Finding(PLATFORM, FindingKind.MISSING, target=target, subject=str(ENGINEERS), given="run", live="nothing")


def test_the_matrix_of_jobs_reads_findings_once() -> None:
    findings = Counted([missing(JOBS[0])])
    access: Access = {target: {ENGINEERS: Verb.RUN} for target in JOBS}
    given = {PLATFORM: access, "conductor": access}
    matrix = job_matrix(given, ["conductor"], {PLATFORM: Observation({}), "conductor": Observation(access)}, findings)
    assert matrix is not None
    assert findings.read == 1
    states = [row.cells[0].state for row in matrix.rows]
    assert states.count(CellState.DIFFERENT) == 1


def test_the_matrix_of_groups_reads_findings_once(tmp_path: Path) -> None:
    okta = {"OKTA_CLIENT_ORGURL": "http://127.0.0.1:9"}
    found = compile_file(write(tmp_path, contract("okta")), TODAY, {**VARIABLES, **okta})
    target = next(one for one, held in found.access.items() if ENGINEERS in held and one.environment == "dev")
    whole = Finding(PLATFORM, FindingKind.MISSING, target=target, subject="", given="is there", live="nothing")
    findings = Counted([missing(target), whole])
    matrix = group_matrix(found, ["dev"], {}, findings, [])
    assert matrix is not None
    assert findings.read == 1
    shown = {row.name: row.cells[-1].text for row in matrix.rows}
    assert shown["engineers"].endswith(", 2 differ"), "its own, and that of the object as a whole"
    assert shown["emergency"].endswith(", 1 differ")
