"""Whether the Kubernetes clusters that stacks use can be deployed to: asked before anything is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from rolecall.errors import RolecallError
from rolecall.slices.part import Part
from rolecall.systems.kubernetes.api_kinds import BY_NAME, ApiKind
from rolecall.systems.kubernetes.client import cluster
from rolecall.systems.kubernetes.declared_objects import declared_objects


class Connected(Protocol):
    """A client of a cluster."""

    @property
    def uid(self) -> str:
        """The id of the cluster."""

    def require(self, kind: ApiKind) -> None:
        """Require that the cluster has a kind."""


class ClusterChecks:
    """Asks each cluster once in a run for each kind.

    Args:
        connect: returns the client of a context's cluster.
    """

    def __init__(self, connect: Callable[[str], Connected] = cluster) -> None:
        self._connect = connect
        self._asked: dict[tuple[str, ApiKind | None], RolecallError | None] = {}

    def errors(self, parts: Mapping[str, Part]) -> dict[str, list[RolecallError]]:
        """Return why stacks cannot be deployed: their cluster does not answer, or lacks a kind.

        Args:
            parts: the stacks' parts of the contract, by stack.
        """
        found = {stack: self._errors(part) for stack, part in parts.items()}
        return {stack: errors for stack, errors in found.items() if errors}

    def _errors(self, part: Part) -> list[RolecallError]:
        environment, project = part.slice.environment, part.slice.project
        if environment is None or project is None:
            return []
        wanted = declared_objects(part.contract, part.compiled.access, environment, project, part.callers)
        kinds = {BY_NAME[one.properties["apiVersion"], one.properties["kind"]] for one in wanted}
        context = next((str(one.properties.get("context", "")) for one in wanted), None)
        if context is None:
            return []
        if (error := self._ask(context, None)) is not None:
            return [error]
        asked = (self._ask(context, kind) for kind in sorted(kinds, key=lambda one: (one.version, one.name)))
        return [one for one in asked if one is not None]

    def _ask(self, context: str, kind: ApiKind | None) -> RolecallError | None:
        """Ask for a kind, or where there is none, whether the cluster answers."""
        if (context, kind) not in self._asked:
            self._asked[context, kind] = None
            client = self._connect(context)
            try:
                if kind is None:
                    _ = client.uid
                else:
                    client.require(kind)
            except RolecallError as error:
                self._asked[context, kind] = error
        return self._asked[context, kind]
