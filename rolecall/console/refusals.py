"""What enforcing the policies of a mesh would have refused, as a table or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from rolecall.compiled import CompiledContract, environment_named
from rolecall.console.output import SCHEMA_VERSION, Format, out, print_document, print_table
from rolecall.console.shown import terminal
from rolecall.errors import UsageError
from rolecall.systems.kubernetes.manifests import mesh_services, mesh_settings
from rolecall.systems.kubernetes.mesh.audit import Audited, Refusal, Unreadable, added, audited, refusals

if TYPE_CHECKING:
    from rolecall.documents.kubernetes import RefusalRow


def show_refusals(compiled: CompiledContract, environment: str, files: Sequence[Path], output: Format) -> bool:
    """Write what enforcing would have refused; return whether that is nothing.

    Args:
        compiled: the contract.
        environment: the environment.
        files: metrics of proxies in Prometheus' text format.
        output: how to write it.

    Raises:
        InvalidContract: the contract has no such environment.
        UsageError: the environment has no cluster, or a file cannot be read.
    """
    contract = compiled.contract
    cluster = contract.environments[environment_named(contract, environment)].cluster
    if cluster is None:
        raise UsageError(f"environment {environment!r} has no Kubernetes cluster", "Write `cluster: NAME` there.")
    samples = added(one for file in files for one in _read(file))
    services = [
        service
        for project in contract.projects
        for service in mesh_services(contract, compiled.access, environment, project)
    ]
    found = refusals(samples, services, mesh_settings(contract, cluster))
    if output is Format.JSON:
        print_document({"schema_version": SCHEMA_VERSION, "refusals": [_row(one) for one in found]})
    elif not found:
        total = sum(one.count for one in samples)
        out.print(f"enforcing would have refused nothing; {total:,} requests and connections were audited")
    else:
        _print_table(found)
    return not found


def _read(file: Path) -> list[Audited]:
    how = "Write metrics of proxies in Prometheus' text format, say from its endpoint `/federate`."
    try:
        return [*audited(file.read_text(encoding="utf-8"))]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}", how) from error
    except Unreadable as error:
        raise UsageError(f"{file}: {error}", how) from error


def _print_table(found: Sequence[Refusal]) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("", "namespace", "server", "route", "client", "count", "because"):
        table.add_column(column, overflow="fold")
    for one in found:
        head = "[red]refused[/]" if one.judged else "[yellow]unknown[/]"
        row = one.audited
        cells = (row.namespace or "-", row.server or "-", row.route or "-", row.client or "-", f"{row.count:,}")
        table.add_row(head, *map(terminal, (*cells, one.because)))
    print_table(table)


def _row(one: Refusal) -> RefusalRow:
    found = one.audited
    return {
        "namespace": found.namespace,
        "server": found.server,
        "route": found.route,
        "client": found.client,
        "count": found.count,
        "judged": one.judged,
        "because": one.because,
    }
