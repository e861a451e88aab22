"""Verify a signed file offline, and show its content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rolecall.attestations.keys import TrustedKey
from rolecall.attestations.statement import read_statement, signer_of
from rolecall.console.output import SCHEMA_VERSION, Format, out, print_document
from rolecall.console.shown import terminal
from rolecall.contract.revision_digest import contract_digest
from rolecall.deploy.plan_record import PLAN, REVIEW
from rolecall.errors import AttestationRefused
from rolecall.snapshots.snapshot import PREDICATE_TYPE

if TYPE_CHECKING:
    from rolecall.documents.deployment import ResourceChangeSummary, Verified

TYPES = {PREDICATE_TYPE: "snapshot", REVIEW: "review", PLAN: "plan"}
TIMES = {PREDICATE_TYPE: "taken_at", REVIEW: "made_at", PLAN: "made_at"}


def verified(file: Path, keys: Sequence[TrustedKey], contract: Path | None) -> Verified:
    """Return the content of a signed file.

    Args:
        file: the file.
        keys: the keys whose signatures count.
        contract: the contract that it has to be about; None for any.

    Raises:
        AttestationRefused: it is altered, its key is not trusted, or it is about another contract.
        UsageError: it cannot be read.
        InvalidContract: the contract is not valid.
    """
    statement = read_statement(file, keys)
    kind = TYPES.get(statement.predicate_type)
    if kind is None:
        what = f"{file} is a statement of the type {statement.predicate_type}"
        raise AttestationRefused(what, f"These are known: {', '.join(TYPES)}.")
    if contract is not None and (found := contract_digest(contract)) != statement.subjects.get("contract"):
        what = f"{file} is about another contract than {contract}, whose digest is {found[:12]}"
        raise AttestationRefused(what, "Check out the commit that it names.")
    content = statement.predicate
    about = content if kind == "snapshot" else content["inputs"]
    steps = content.get("steps")
    return {
        "schema_version": SCHEMA_VERSION,
        "type": kind,
        "key": signer_of(file),
        "made_at": content[TIMES[statement.predicate_type]],
        "organization": about["organization"],
        "account": about["account_id"],
        "commit": content["commit"],
        "digests": dict(statement.subjects),
        "access": content.get("access"),
        "steps": None if steps is None else [_summary(one) for one in steps],
    }


def _summary(step: Mapping[str, Any]) -> ResourceChangeSummary:
    return {
        "stack": step["stack"],
        "operation": step["operation"],
        "type": step["type"],
        "name": step["name"],
        "properties": step["properties"],
    }


def show_verified(found: Verified, output: Format) -> None:
    """Write the content of a signed file."""
    if output is Format.JSON:
        print_document(found)
        return
    commit = f", commit {found['commit'][:10]}" if found["commit"] else ""
    out.print(f"[green]as signed[/]  {terminal(found['type'])} of {terminal(found['made_at'])}{terminal(commit)}")
    out.print(f"key        {terminal(found['key'])}")
    out.print(f"of         {terminal(found['organization'])}, account {terminal(found['account'])}")
    for name, digest in found["digests"].items():
        out.print(f"sha256     {terminal(digest)}  {terminal(name)}")
    for title, rows in (("access", found["access"]), ("steps", found["steps"])):
        if rows is not None:
            out.print(f"{terminal(title):<10} {len(rows):,}")
