"""Databricks' quotas, checked before anything is deployed instead of met half-way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from rolecall.contract.contract import Contract
from rolecall.contract.objects import SECTIONS, objects_of
from rolecall.contract.source import Places
from rolecall.errors import Problem
from rolecall.ids.verbs import Kind

LIMITS = "https://docs.databricks.com/en/resources/limits.html"


@dataclass(frozen=True)
class Quota:
    """The most objects of a kind that something holds.

    Attributes:
        kind: what is counted.
        most: how many there may be.
        holder: what holds them: a workspace, a metastore, or the account.
    """

    kind: Kind
    most: int
    holder: str


# All from the page of resource limits; a contract's own objects are counted, those of others are not known here.
QUOTAS = (
    Quota(Kind.JOB, 10_000, "workspace"),
    Quota(Kind.SECRET_SCOPE, 1_000, "workspace"),
    Quota(Kind.WAREHOUSE, 1_000, "workspace"),
    Quota(Kind.MODEL, 5_000, "metastore"),
    Quota(Kind.DATASET, 10_000, "metastore"),
    Quota(Kind.SERVICE_PRINCIPAL, 10_000, "account"),
)
MOST_GROUPS = 5_000
# https://docs.databricks.com/en/data-governance/unity-catalog/resource-quotas.html: volumes of a schema.
MOST_VOLUMES = 10_000


def check_quotas(contract: Contract, places: Places) -> Iterator[Problem]:
    """Yield what a contract has too much of."""
    if len(contract.groups) > MOST_GROUPS:
        what = f"the contract has {len(contract.groups):,} groups; an account holds {MOST_GROUPS:,}"
        yield Problem("quota-exceeded", places.of("groups"), what, f"See {LIMITS}.")
    for quota in QUOTAS:
        counted = Counter[str]()
        for environment, stage in contract.environments.items():
            workspace = contract.workspaces.get(stage.workspace)
            metastore = (workspace.metastore if workspace else None) or stage.workspace
            holder = {"workspace": stage.workspace, "metastore": metastore, "account": "of the contract"}[quota.holder]
            counted[holder] += sum(1 for _ in objects_of(contract, environment, quota.kind))
        for holder, number in counted.items():
            if number > quota.most:
                noun = SECTIONS[quota.kind].replace("_", " ")
                what = f"{quota.holder} {holder} would have {number:,} {noun}; it holds {quota.most:,}"
                yield Problem("quota-exceeded", places.of("projects"), what, f"Split it up. See {LIMITS}.")
    for name, project in contract.projects.items():
        for key, dataset in project.datasets.items():
            if len(dataset.volumes) > MOST_VOLUMES:
                what = f"dataset {key!r} has {len(dataset.volumes):,} volumes; a schema holds {MOST_VOLUMES:,}"
                at = places.of("projects", name, "datasets", key, "volumes")
                yield Problem("quota-exceeded", at, what, f"Split it up. See {LIMITS}.")
