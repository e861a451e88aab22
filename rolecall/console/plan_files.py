"""Files of saved plans and of reviews: written after a preview, read before a deployment."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import ValidationError

from rolecall import __version__, settings
from rolecall.attestations.envelope import ALTERED, HOW_ALTERED
from rolecall.attestations.keys import SigningKey, signing_key, trusted_keys
from rolecall.attestations.statement import Statement, read_plain, read_statement, write_plain, write_statement
from rolecall.console.deployment import GateOf, Result
from rolecall.console.review_snapshot import Live
from rolecall.console.sides import Named
from rolecall.contract.packs import own_pack
from rolecall.contract.repository import inside, project_folder_of, repository_of
from rolecall.contract.revision_digest import contract_digest
from rolecall.deploy.plan_gate import Gate
from rolecall.deploy.plan_record import (
    PLAN,
    REVIEW,
    PlanRecord,
    access_rows,
    inputs_of,
    state_digests,
    step_rows,
)
from rolecall.deploy.session import Session, required_packs
from rolecall.errors import AttestationRefused, UsageError
from rolecall.project import find_project
from rolecall.revision import revision_of

SUFFIX = ".json"
WRITE_AGAIN = "Write it again with this one."


@dataclass(frozen=True)
class SavedPlan:
    """A saved plan.

    Attributes:
        environments: the environments and stacks that it is for.
        packs: the policy packs that its command named.
        refresh: whether live state is read first.
        gate: returns what refuses a run that would do something else.
    """

    environments: tuple[str, ...]
    packs: tuple[Path, ...]
    refresh: bool
    gate: GateOf


def record_of(result: Result, now: datetime) -> PlanRecord:
    """Return the record of a preview."""
    session = result.session
    assert session is not None
    deployment = session.deployment
    return PlanRecord(
        made_at=now,
        commit=commit_of(session.file),
        inputs=inputs_of(session.compiled, contract_digest(session.file), deployment.enforced, session.engine.root),
        environments=tuple(deployment.environments),
        refresh=deployment.refresh,
        named_packs=tuple(str(pack) for pack in deployment.packs),
        access=tuple(access_rows(result.access)),
        steps=tuple(step_rows(result.outcomes)),
        states=dict(result.states),
    )


def record_without_preview(second: Named, live: Live, today: date, now: datetime) -> PlanRecord:
    """Return the record of a review that has previewed nothing: the state of the world that a snapshot has seen.

    Args:
        second: the contract after the change.
        live: the snapshot.
        today: the day for which bindings count.
        now: the time.

    Raises:
        UsageError: a policy pack that the contract requires is not there.
    """
    compiled = second.compiled(today)
    root = project_folder_of(second.path)
    packs = required_packs(root, compiled.contract.policy_packs)
    return PlanRecord(
        made_at=now,
        commit=None if second.folder else commit_of(second.path),
        inputs=inputs_of(compiled, contract_digest(second.path), packs, root).model_copy(
            update={"account_id": live.snapshot.account_id}
        ),
        access=None,
        steps=None,
        states={one.name: one.digest for one in live.snapshot.stacks},
        lookups=live.snapshot.lookups,
        variables=live.snapshot.variables,
        not_deployed=live.not_deployed,
    )


def write_review(file: Path, record: PlanRecord, second: Named, key: SigningKey) -> None:
    """Sign and write the record of a review.

    Raises:
        UsageError: the preview was of another contract than the review.
        OutputUnwritable: the file cannot be written.
    """
    if contract_digest(second.path) != record.inputs.contract:
        what = f"the preview is of the working tree, which is another contract than {second.name}"
        raise UsageError(what, "Check that revision out, or review the working tree: `rolecall review BEFORE`.")
    write_statement(file, record.statement(REVIEW), key)


def commit_of(contract: Path) -> str | None:
    """Return the commit of a contract's files; None outside a repository, or where files differ from it."""
    revision = revision_of(contract.absolute().parent)
    return revision.commit if revision is not None and not revision.changed else None


def keep_plan(file: Path, key: Path | None) -> Callable[[Result], None]:
    """Return what writes a plan after a preview; signed where there is a key.

    Args:
        file: the plan's file.
        key: the file of the signing key.

    Raises:
        UsageError: the file has another ending, or the key cannot be read.
    """
    if file.suffix != SUFFIX:
        raise UsageError(f"a plan is a {SUFFIX} file, and {file} is none", f"Name {file}{SUFFIX}.")
    found = signing_key(key, os.environ) if key is not None or settings.SIGNING_KEY.is_set() else None

    def keep(result: Result) -> None:
        statement = record_of(result, now()).statement(PLAN)
        if found is not None:
            write_statement(file, statement, found)
        else:
            write_plain(file, statement)

    return keep


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC).replace(microsecond=0)


def planned(file: Path, keys: Path | None) -> SavedPlan:
    """Return a saved plan.

    Args:
        file: its file.
        keys: the file of the trusted keys: with them the plan has to be signed.

    Raises:
        AttestationRefused: it is altered, its key is not trusted, or it is unsigned and names packs elsewhere.
        UsageError: the file or the keys cannot be read.
    """
    trusted = trusted_keys(keys, os.environ) if keys is not None or settings.TRUSTED_KEYS.is_set() else None
    statement = read_plain(file, PLAN) if trusted is None else read_statement(file, trusted, PLAN)
    record = _record(file, statement)
    if record.steps is None or record.access is None:
        # A review may have no preview; its record is not a plan.
        raise AttestationRefused(f"{file} {ALTERED}: a plan lists its steps and its access", HOW_ALTERED)
    if trusted is None:
        _require_known_packs(file, record.named_packs)
    packs = tuple(map(Path, record.named_packs))
    return SavedPlan(record.environments, packs, record.refresh, _gate(record, file, exact=True))


def _require_known_packs(file: Path, names: Sequence[str]) -> None:
    """Require that the packs of an unsigned plan are in the repository: the file selects code to run.

    Raises:
        AttestationRefused: one is elsewhere.
    """
    folder = Path.cwd()
    repository = repository_of(folder / file.name)
    others = [name for name in names if own_pack(name) is None and inside(repository, folder / name) is None]
    if others:
        raise AttestationRefused(
            f"{file} has no verified signature, and its policy packs are code outside of the repository: "
            f"{', '.join(others)}",
            "Sign the plan (--signing-key) and name the trusted keys (--trusted-keys), or put the packs into the "
            "repository.",
        )


def reviewed_gate(file: Path, keys: Path | None) -> GateOf:
    """Return what refuses a run that would do more than a review contains.

    Args:
        file: the signed review.
        keys: the file of the trusted keys.

    Raises:
        AttestationRefused: it is altered, or its key is not trusted.
        UsageError: the file or the keys cannot be read.
    """
    record = _record(file, read_statement(file, trusted_keys(keys, os.environ), REVIEW))
    return _gate(record, file, exact=False)


def _record(file: Path, statement: Statement) -> PlanRecord:
    """Return the record of a statement whose digests are of this record.

    Raises:
        AttestationRefused: it is of another version of Rolecall, or was changed after it was written.
    """
    other_version = f"{file} was written by another version of Rolecall"
    try:
        record = PlanRecord.model_validate(json.loads(json.dumps(statement.predicate)))
    except ValidationError as error:
        raise AttestationRefused(other_version, WRITE_AGAIN) from error
    if record.statement(statement.predicate_type).subjects != statement.subjects:
        # A field that this version has added counts in its digests.
        altered = record.rolecall == __version__
        raise AttestationRefused(f"{file} {ALTERED}" if altered else other_version, WRITE_AGAIN)
    return record


def _gate(record: PlanRecord, file: Path, *, exact: bool) -> GateOf:
    def gate(session: Session) -> Gate:
        packs = session.deployment.enforced
        inputs = inputs_of(session.compiled, contract_digest(session.file), packs, find_project(Path.cwd()))
        return Gate(record, str(file), exact, inputs, state_digests(session))

    return gate
