"""Workload identities as a table, JSON or a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from rolecall.access.identities import IdentityFinding, WorkloadIdentity, identity_findings, workload_identities
from rolecall.compiled import CompiledContract, environment_named
from rolecall.console.drawings import entities
from rolecall.console.output import SCHEMA_VERSION, IdentitiesFormat, err, out, print_document, print_table
from rolecall.console.shown import terminal

if TYPE_CHECKING:
    from rolecall.documents.access import IdentityFindingRow, IdentityRow


def show_identities(compiled: CompiledContract, environment: str | None, output: IdentitiesFormat) -> bool:
    """Write the identities and what is wrong with them; return whether nothing is.

    Raises:
        InvalidContract: the contract has no such environment.
    """
    if environment is not None:
        environment_named(compiled.contract, environment)
    every = workload_identities(compiled.contract, compiled.access)
    chosen = [one for one in every if environment in (None, one.principal.environment)]
    findings = [
        one
        for one in identity_findings(every, compiled.loaded.places)
        if environment is None or environment == one.environment or f" in {environment}" in one.what
    ]
    if output is IdentitiesFormat.JSON:
        rows, wrong = [_row(one) for one in chosen], [_finding_row(one) for one in findings]
        print_document({"schema_version": SCHEMA_VERSION, "identities": rows, "findings": wrong})
    elif output is IdentitiesFormat.MERMAID:
        out.print(_picture(chosen), markup=False, highlight=False, soft_wrap=True)
        _print_findings(findings, to_stderr=True)
    else:
        _print_table(chosen)
        _print_findings(findings, to_stderr=False)
    return not findings


def _print_table(identities: Sequence[WorkloadIdentity]) -> None:
    if not identities:
        out.print("the contract has no service principals there")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("service principal", "service account", "token subjects", "mesh identity", "what it does"):
        table.add_column(column, overflow="fold")
    for one in identities:
        account = one.account
        cells = (
            one.name,
            f"{account.namespace}/{account.name} in {account.cluster}" if account else "-",
            "\n".join(f"{each.subject} ({each.issuer})" for each in one.federated) or "-",
            account.mesh_identity if account else "-",
            "\n".join(one.needs) or "-",
        )
        table.add_row(*map(terminal, cells))
    print_table(table)


def _print_findings(findings: Sequence[IdentityFinding], *, to_stderr: bool) -> None:
    console = err if to_stderr else out
    for one in findings:
        where = f"{one.place}: " if one.place else ""
        console.print(f"[red]{terminal(one.id)}[/] {terminal(where + one.what)}")
        console.print(f"    {terminal(one.how)}")


def _picture(identities: Sequence[WorkloadIdentity]) -> str:
    """Return the identities as a Mermaid flowchart; an identity of two service principals has two arrows."""
    lines, names = ["flowchart LR"], dict[str, str]()

    def node(text: str, form: str) -> str:
        if text not in names:
            names[text] = f"n{len(names)}"
            lines.append(f"  {names[text]}{form.format(entities(text))}")
        return names[text]

    for one in identities:
        principal = node(f"service principal {one.name}", '(["{}"])')
        subjects = [node(f"{each.subject} of {each.issuer}", '["{}"]') for each in one.federated]
        lines += [f"  {subject} -->|acts as| {principal}" for subject in subjects]
        if one.account is not None:
            account = node(f"service account {one.account.namespace}/{one.account.name}", '["{}"]')
            mesh = node(f"mesh {one.account.mesh_identity}", '["{}"]')
            lines += [f"  {principal} ---|is| {account}", f"  {account} ---|is| {mesh}"]
    return "\n".join(lines)


def _row(one: WorkloadIdentity) -> IdentityRow:
    account = one.account
    return {
        "environment": one.principal.environment,
        "principal": one.principal.name,
        "name": one.name,
        "cluster": account.cluster if account else None,
        "namespace": account.namespace if account else None,
        "service_account": account.name if account else None,
        "mesh_identity": account.mesh_identity if account else None,
        "federated": [
            {"issuer": each.issuer, "subject": each.subject, "audience": each.audience} for each in one.federated
        ],
        "needs": [*one.needs],
    }


def _finding_row(one: IdentityFinding) -> IdentityFindingRow:
    place = str(one.place) if one.place else None
    return {"id": one.id, "environment": one.environment, "what": one.what, "how": one.how, "place": place}
