"""Differences between a cluster's mesh and the contract."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Difference(StrEnum):
    """The sort of a difference."""

    MISSING = "missing"
    EXTRA = "extra"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True, order=True)
class MeshFinding:
    """A difference between a cluster and the contract.

    Attributes:
        namespace: the namespace.
        service: the service; empty for the namespace as a whole.
        kind: the sort of difference.
        client: the client; empty where it is about none.
        what: the difference.
    """

    namespace: str
    service: str
    kind: Difference
    client: str
    what: str
