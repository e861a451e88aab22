"""Longhorn in a Kubernetes cluster: encrypted storage classes, snapshots, backups, and who may reach its API."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from rolecall.contract.workspace import Address
from rolecall.ids.model import Model
from rolecall.ids.name_types import BackupAddress, ClusterSecret, Cron, KubernetesName

# Stand for names in the address of backups.
ENVIRONMENT, PROJECT = "{environment}", "{project}"


def _of_each_project(address: str) -> str:
    authority = address.partition("://")[2].partition("/")[0]
    if ":" in authority.rpartition("@")[0]:
        raise ValueError("it contains a password; write it into the Secret of `signs_in_with`")
    for name in (ENVIRONMENT, PROJECT):
        if name not in address:
            raise ValueError(f"it lacks {name}: each project has backups of its own")
    return address


class Schedule(Model):
    """When something is made, and how many of it are kept."""

    cron: Cron
    """when"""
    keep: Annotated[int, Field(ge=1, le=100)]
    """how many are kept of each volume"""


class Sensitivity(Model):
    """Settings of volumes of a sensitivity; each project and environment has a storage class with its own key."""

    replicas: Annotated[int, Field(ge=1, le=20)] = 3
    """copies on different nodes"""
    snapshots: Schedule | None = None
    """snapshots in the cluster"""
    backups: Schedule | None = None
    """backups outside of the cluster"""


class BackupTarget(Model):
    """Where backups go: a target for each project and environment."""

    url: Annotated[BackupAddress, AfterValidator(_of_each_project)]
    """the address"""
    signs_in_with: ClusterSecret | None = None
    """Secret in Longhorn's namespace with the credentials; `{environment}` and `{project}` stand for their names"""
    poll_minutes: Annotated[int, Field(ge=1, le=59)] = 5
    """minutes between polls of the target"""


class Longhorn(Model):
    """The Longhorn installation in the cluster."""

    namespace: KubernetesName = "longhorn-system"
    """its namespace"""
    sensitivities: Annotated[dict[KubernetesName, Sensitivity], Field(min_length=1)]
    """sensitivities of volumes"""
    backup: BackupTarget | None = None
    """where backups go"""
    webhook_networks: Annotated[list[Address], Field(min_length=1)]
    """networks from which the API server calls Longhorn's webhooks"""
    api_clients: list[KubernetesName] = Field(default_factory=list)
    """namespaces whose pods may reach Longhorn's API, which has no authorization"""
    ui_clients: list[KubernetesName] = Field(default_factory=list)
    """namespaces whose pods may reach Longhorn's user interface, which has no authorization"""
    other_classes: list[KubernetesName] = Field(default_factory=list)
    """storage classes that claims in projects' namespaces may also have, for data that is not sensitive"""


def longhorn_or_none(written: Any) -> Any:
    """Return the value of `longhorn`: its installation, or None for `none`."""
    return None if written == "none" else written
