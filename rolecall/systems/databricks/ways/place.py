"""An environment's catalog and metastore, with the inputs of reads of its data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rolecall.access.effective import Access
from rolecall.contract.contract import Contract
from rolecall.contract.objects import objects_of
from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Kind
from rolecall.systems.databricks.client import Reader
from rolecall.systems.databricks.principals import Principals
from rolecall.systems.databricks.ways.identities import Identities

ROOT = "/api/2.1/unity-catalog"


@dataclass(frozen=True)
class Place:
    """The arguments of every read of one environment's data."""

    contract: Contract
    environment: str
    reader: Reader
    principals: Principals
    known: Identities
    given: Access
    account: Reader
    bound: Mapping[str, str] = field(default_factory=dict)

    @property
    def shares(self) -> list[ObjectId]:
        """The environment's shares."""
        return [one.id_in(self.environment) for one in objects_of(self.contract, self.environment, Kind.SHARE)]

    def knows(self, workspaces: Iterable[str]) -> bool:
        """Return whether the ids of workspaces are known: a binding to an unknown one would look undeclared.

        A workspace that is not made yet has no binding.
        """
        return all(one in self.bound or self.contract.workspaces[one].host is None for one in workspaces)

    @property
    def catalog(self) -> str:
        """The environment's catalog."""
        return str(self.contract.environments[self.environment].catalog)
