"""Whether the Kubernetes clusters that stacks use can be deployed to: asked before anything is changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from rolecall.deploy.recorded_clusters import RecordedClusters
from rolecall.errors import RolecallError, SystemRefused
from rolecall.slices.part import Part
from rolecall.systems.kubernetes.api_kinds import BY_NAME, ApiKind
from rolecall.systems.kubernetes.client import cluster
from rolecall.systems.kubernetes.declared_objects import Wanted, declared_certificates, declared_objects


class Connected(Protocol):
    """A client of a cluster."""

    @property
    def uid(self) -> str:
        """The id of the cluster."""

    def require(self, kind: ApiKind) -> None:
        """Require that the cluster has a kind."""

    def require_namespace(self, name: str) -> None:
        """Require that the cluster has a namespace that no run makes."""

    def may_apply(self, kind: ApiKind, namespace: str) -> bool:
        """Return whether the caller may apply objects of a kind in a namespace."""


class ClusterChecks:
    """Asks each cluster once in a run for each kind.

    Args:
        connect: returns the client of a context's cluster.
    """

    def __init__(self, connect: Callable[[str], Connected] = cluster) -> None:
        self._connect = connect
        self._asked: dict[tuple[str, ApiKind | str | None], RolecallError | None] = {}
        self._uids: dict[str, str] = {}

    def errors(
        self, parts: Mapping[str, Part], recorded: RecordedClusters, *, writes: bool
    ) -> dict[str, list[RolecallError]]:
        """Return why stacks cannot be deployed.

        Their cluster does not answer, is another one than before, lacks a kind, or refuses the caller.

        Args:
            parts: the stacks' parts of the contract, by stack.
            recorded: the clusters in which objects were made.
            writes: whether the run writes; a preview needs no right to.
        """
        found = {stack: self._errors(part, recorded, writes=writes) for stack, part in parts.items()}
        return {stack: errors for stack, errors in found.items() if errors}

    def _errors(self, part: Part, recorded: RecordedClusters, *, writes: bool) -> list[RolecallError]:
        by_cluster: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for one in _wanted(part):
            by_cluster[str(one.properties["cluster"])].append(one.properties)
        return [
            error
            for properties in by_cluster.values()
            for error in self._of_cluster(part.slice.stack, properties, recorded, writes=writes)
        ]

    def _of_cluster(
        self, stack: str, properties: Sequence[Mapping[str, Any]], recorded: RecordedClusters, *, writes: bool
    ) -> list[RolecallError]:
        kinds = {BY_NAME[one["apiVersion"], one["kind"]] for one in properties}
        context = str(properties[0].get("context", ""))
        if (error := self._ask(context, None)) is not None:
            return [error]
        name = str(properties[0]["cluster"])
        other = recorded.error(stack, name, context, self._uids[context])
        if other is not None:
            return [other]
        own = {str(one["name"]) for one in properties if one["kind"] == "Namespace"}
        others = {str(one.get("namespace", "")) for one in properties} - own - {""}
        needed: list[ApiKind | str] = [*sorted(kinds, key=lambda one: (one.version, one.name)), *sorted(others)]
        asked = (self._ask(context, one) for one in needed)
        errors = [one for one in asked if one is not None]
        if errors or not writes:
            return errors
        places = {(BY_NAME[one["apiVersion"], one["kind"]], str(one.get("namespace", ""))) for one in properties}
        client = self._connect(context)
        refused = sorted({kind.plural for kind, namespace in places if not client.may_apply(kind, namespace)})
        if not refused:
            return []
        what = f"the caller may not apply {', '.join(refused)} in the cluster of context {context!r}"
        return [SystemRefused(what, "Bind a role with `create` and `patch` on them to the deployer.")]

    def _ask(self, context: str, needed: ApiKind | str | None) -> RolecallError | None:
        """Query the cluster for a kind or a namespace; None only checks that it answers."""
        if (context, needed) not in self._asked:
            self._asked[context, needed] = None
            client = self._connect(context)
            try:
                if needed is None:
                    self._uids[context] = client.uid
                elif isinstance(needed, str):
                    client.require_namespace(needed)
                else:
                    client.require(needed)
            except RolecallError as error:
                self._asked[context, needed] = error
        return self._asked[context, needed]


def _wanted(part: Part) -> Sequence[Wanted]:
    """Return a stack's resources in clusters."""
    environment, project = part.slice.environment, part.slice.project
    if environment is None:
        return declared_certificates(part.contract)
    if project is None:
        return []
    access = part.compiled.access
    return declared_objects(part.contract, access, environment, project, part.callers, part.cluster_groups)
