"""Which cluster each name in the contract meant when objects were made in it, as states have it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from rolecall.engine.stack_state import StackState
from rolecall.errors import RolecallError
from rolecall.systems.kubernetes.governed_object import GovernedObject, uid_in


def _by_name(states: Iterable[StackState]) -> dict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for state in states:
        for one in state.resources:
            if one.type == GovernedObject.token and one.id:
                found[str(one.inputs.get("cluster"))].add(uid_in(one.id))
    return dict(found)


@dataclass
class RecordedClusters:
    """The ids of clusters in states.

    Attributes:
        states: the states of the stacks that are run, by stack; None where there is none yet.
        others: returns the states of all stacks, for a stack that has nothing in a cluster yet.
    """

    states: Mapping[str, StackState | None] = field(default_factory=dict)
    others: Callable[[], Iterable[StackState]] = tuple
    _all: dict[str, set[str]] | None = None

    def error(self, stack: str, name: str, context: str, uid: str) -> RolecallError | None:
        """Return why nothing may be made in a cluster: its name has meant another one; None where it has not.

        A stack without an object there follows the other stacks: its first grants would be made in the wrong cluster.

        Args:
            stack: the stack.
            name: the cluster's name in the contract.
            context: the context through which it is reached.
            uid: the id of the cluster to which the context leads.
        """
        state = self.states.get(stack)
        known = _by_name([state] if state is not None else []).get(name)
        if known is None:
            if self._all is None:
                self._all = _by_name(self.others())
            known = self._all.get(name)
        if not known or uid in known:
            return None
        return RolecallError(
            f"context {context!r} leads to another cluster than the one in which cluster {name!r} of the contract has "
            "objects",
            "Correct the kubeconfig. For a re-created cluster: `pulumi state delete` its old objects, or give the "
            "cluster another name and context in the contract while the old one is there.",
        )
