"""Objects of a cluster as YAML documents or JSON."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import yaml

from rolecall.compiled import CompiledContract, environment_named
from rolecall.console.output import SCHEMA_VERSION, ManifestsFormat, print_document
from rolecall.contract.problems import one_of
from rolecall.errors import UsageError
from rolecall.systems.kubernetes.admission import admission_manifests
from rolecall.systems.kubernetes.manifests import manifests
from rolecall.systems.kubernetes.mesh.declared_certificates import certificate_manifests

if TYPE_CHECKING:
    from rolecall.documents.kubernetes import ManifestRow


def show_manifests(
    compiled: CompiledContract, environment: str, project: str | None, output: ManifestsFormat, *, admission: bool
) -> None:
    """Write the objects of an environment's cluster, in the order in which they are applied.

    Args:
        compiled: the contract.
        environment: the environment.
        project: only this project's; None for all.
        output: how to write them.
        admission: write the rules of the cluster too.

    Raises:
        InvalidContract: the contract has no such environment.
        UsageError: the environment has no cluster, or the contract no such project.
    """
    contract = compiled.contract
    cluster = contract.environments[environment_named(contract, environment)].cluster
    if cluster is None:
        how = "Write `cluster: NAME` in the environment."
        raise UsageError(f"environment {environment!r} has no Kubernetes cluster", how)
    if project is not None and project not in contract.projects:
        raise UsageError(f"there is no project {project!r}", one_of(project, contract.projects))
    rules = admission_manifests(contract.organization, contract.clusters[cluster].mesh) if admission else ()
    certificates = certificate_manifests(contract, cluster) if project is None else ()
    rows: list[ManifestRow] = [
        {"environment": environment, "project": None, "cluster": cluster, "manifest": one}
        for one in (*rules, *certificates)
    ]
    rows += [
        {"environment": environment, "project": name, "cluster": cluster, "manifest": one}
        for name in contract.projects
        if project in (None, name)
        for one in manifests(contract, compiled.access, environment, name)
    ]
    if output is ManifestsFormat.JSON:
        print_document({"schema_version": SCHEMA_VERSION, "manifests": rows})
    else:
        yaml.safe_dump_all((row["manifest"] for row in rows), sys.stdout, explicit_start=True, sort_keys=False)
