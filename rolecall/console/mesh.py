"""Who may call each service by a cluster's objects, compared with the contract: as a table or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

from rolecall.compiled import CompiledContract, environment_named
from rolecall.console.output import SCHEMA_VERSION, Format, out, print_document, print_table
from rolecall.console.shown import terminal
from rolecall.errors import UsageError
from rolecall.systems.kubernetes.lists import objects_of
from rolecall.systems.kubernetes.manifests import manifests, marks_of, mesh_services, mesh_settings
from rolecall.systems.kubernetes.mesh.comparison import compare
from rolecall.systems.kubernetes.mesh.findings import Difference, MeshFinding

if TYPE_CHECKING:
    from rolecall.documents.kubernetes import MeshFindingRow

NOT_COMPARED = "traffic through multicluster gateways, rights on the API server"
STYLES = {Difference.MISSING: "yellow", Difference.UNKNOWN: "yellow"}


def show_mesh(
    compiled: CompiledContract, environment: str, files: Sequence[Path], output: Format, *, gateway: bool
) -> bool:
    """Write the differences; return whether there are none.

    Args:
        compiled: the contract.
        environment: the environment.
        files: lists of the API in JSON, one in a file.
        output: how to write it.
        gateway: whether the cluster has the Gateway API.

    Raises:
        InvalidContract: the contract has no such environment.
        UsageError: the environment has no cluster, or a list is missing or cannot be read.
    """
    contract = compiled.contract
    cluster = contract.environments[environment_named(contract, environment)].cluster
    if cluster is None:
        raise UsageError(f"environment {environment!r} has no Kubernetes cluster", "Write `cluster: NAME` there.")
    live = objects_of(map(_read, files), gateway=gateway)
    access, projects = compiled.access, contract.projects
    services = [one for name in projects for one in mesh_services(contract, access, environment, name)]
    declared = [one for name in projects for one in manifests(contract, access, environment, name)]
    settings, marks = mesh_settings(contract, cluster), marks_of(contract, environment)
    found = compare(services, declared, live, settings, marks)
    if output is Format.JSON:
        rows = [_row(one) for one in found]
        print_document({"schema_version": SCHEMA_VERSION, "equal": not found, "findings": rows})
    elif found:
        _print_table(found)
    else:
        out.print(f"{len(services):,} services of {terminal(cluster)} admit exactly the callers of the contract")
        out.print(f"not compared: {terminal(NOT_COMPARED)}")
    return not found


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        how = "Write a list of the API into it: `kubectl get --raw /apis/policy.linkerd.io/v1beta3/servers`."
        raise UsageError(f"{file} cannot be read as JSON: {error}", how) from error


def _print_table(found: Sequence[MeshFinding]) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("", "namespace", "service", "client", "difference"):
        table.add_column(column, overflow="fold")
    for one in found:
        head = f"[{STYLES.get(one.kind, 'red')}]{one.kind}[/]"
        table.add_row(head, *map(terminal, (one.namespace, one.service or "-", one.client or "-", one.what)))
    print_table(table)


def _row(one: MeshFinding) -> MeshFindingRow:
    return {
        "kind": one.kind.value,
        "namespace": one.namespace,
        "service": one.service,
        "client": one.client,
        "what": one.what,
    }
