"""Databricks' quotas, checked before anything is deployed instead of met half-way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from rolecall.contract.contract import Contract
from rolecall.contract.objects import objects_of
from rolecall.contract.source import Places
from rolecall.errors import Problem
from rolecall.kinds.registry import KINDS
from rolecall.kinds.spec import Scope

LIMITS = "https://docs.databricks.com/en/resources/limits.html"


MOST_GROUPS = 5_000
# https://docs.databricks.com/en/data-governance/unity-catalog/resource-quotas.html: volumes of a schema.
MOST_VOLUMES = 10_000


@dataclass(frozen=True)
class Use:
    """How much of a quota a contract uses.

    Attributes:
        noun: what is counted, in the plural.
        holder: what holds them, as messages call it.
        number: how many the contract has.
        most: how many are allowed.
    """

    noun: str
    holder: str
    number: int
    most: int

    def __str__(self) -> str:
        """Return it for messages: `4,870 of 5,000 groups of the account`."""
        return f"{self.number:,} of {self.most:,} {self.noun} of {self.holder}"


def quota_uses(contract: Contract) -> Iterator[Use]:
    """Yield how much of each quota a contract uses, objects that others have made left out."""
    yield Use("groups", "the account", len(contract.groups), MOST_GROUPS)
    for kind in KINDS:
        if kind.quota is None or kind.section is None:
            continue
        counted = Counter[str]()
        for environment, stage in contract.environments.items():
            workspace = contract.workspaces.get(stage.workspace)
            metastore = (workspace.metastore if workspace else None) or stage.workspace
            per = {Scope.WORKSPACE: f"workspace {stage.workspace}", Scope.METASTORE: f"the metastore {metastore}"}
            holder = per.get(kind.quota.per, "the account")
            counted[holder] += sum(1 for _ in objects_of(contract, environment, kind.name))
        for holder, number in counted.items():
            yield Use(kind.section.replace("_", " "), holder, number, kind.quota.most)


def check_quotas(contract: Contract, places: Places) -> Iterator[Problem]:
    """Yield what a contract has too much of."""
    if len(contract.groups) > MOST_GROUPS:
        what = f"the contract has {len(contract.groups):,} groups; an account holds {MOST_GROUPS:,}"
        yield Problem("quota-exceeded", places.of("groups"), what, f"See {LIMITS}.")
    for kind in KINDS:
        if (quota := kind.quota) is None or kind.section is None:
            continue
        counted = Counter[str]()
        for environment, stage in contract.environments.items():
            workspace = contract.workspaces.get(stage.workspace)
            metastore = (workspace.metastore if workspace else None) or stage.workspace
            holder = {Scope.WORKSPACE: stage.workspace, Scope.METASTORE: metastore}.get(quota.per, "of the contract")
            counted[holder] += sum(1 for _ in objects_of(contract, environment, kind.name))
        for holder, number in counted.items():
            if number > quota.most:
                noun = kind.section.replace("_", " ")
                what = f"{quota.per} {holder} would have {number:,} {noun}; it holds {quota.most:,}"
                yield Problem("quota-exceeded", places.of("projects"), what, f"Split it up. See {LIMITS}.")
