"""Paths in words: each step with the role, the binding and the line that grants it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rolecall.access.grant import Grant, Reason
from rolecall.access.graph.graph import HOLDS, INCLUDES, Hop
from rolecall.access.graph.nodes import APPROVE, Node, Right
from rolecall.ids.ids import DeployerId, GroupId, LiveSubject, ServicePrincipalId, Subject
from rolecall.ids.verbs import Verb

Grants = Mapping[Grant, tuple[Reason, ...]]
# Reasons for access beyond the contract.
LIVE = "live; the contract does not give it"


@dataclass(frozen=True)
class Step:
    """A step of a path with everything that explains it.

    Attributes:
        hop: the step.
        reasons: for a grant, the bindings and rules that it comes from.
    """

    hop: Hop
    reasons: tuple[Reason, ...] = ()

    @property
    def places(self) -> list[str]:
        """File and line of every binding or rule that grants it."""
        if self.hop.place is not None:
            return [str(self.hop.place)]
        return list(dict.fromkeys(str(reason.place) for reason in self.reasons if reason.place))

    def __str__(self) -> str:
        """Return it in words: `engineers may edit job churn/train in dev (role engineer, contract.yaml:12)`."""
        because = _because(self)
        where = f" ({because})" if because else ""
        if isinstance(self.hop.source, Right) and isinstance(self.hop.target, Right) and self.hop.why == INCLUDES:
            return f"{self.hop.source} includes {self.hop.target.action}{where}"
        source = self.hop.source.target if isinstance(self.hop.source, Right) else self.hop.source
        return f"{source} {self.hop.why} {self.hop.target}{where}"


def steps(hops: Iterable[Hop], grants: Grants) -> tuple[Step, ...]:
    """Return the steps of a path with the reasons of the grants among them."""
    return tuple(Step(hop, _reasons(hop, grants)) for hop in hops)


def sentence(path: Sequence[Step]) -> str:
    """Return a path in words."""
    return "; ".join(map(str, path))


def _reasons(hop: Hop, grants: Grants) -> tuple[Reason, ...]:
    if not is_grant(hop.source, hop.target):
        return ()
    target = hop.target
    assert isinstance(target, Right)
    return grants.get(Grant(target.target, _subject(hop.source), Verb(target.action)), ())


def is_grant(source: Node, target: Node) -> bool:
    """Return whether a step is something that a subject holds itself."""
    return isinstance(source, Subject) and isinstance(target, Right) and target.action != APPROVE


def _subject(node: Node) -> Subject:
    assert isinstance(node, GroupId | ServicePrincipalId | DeployerId | LiveSubject)
    return node


def _because(step: Step) -> str:
    hop = step.hop
    if step.reasons:
        shown = []
        for reason in step.reasons[:1]:
            named = f"role {reason.role}" if reason.role else reason.because
            until = f", until {reason.expires}" if reason.expires else ""
            shown.append(f"{named}{f', {reason.place}' if reason.place else ''}{until}")
        return "; ".join(shown)
    if hop.place is not None:
        return str(hop.place)
    return LIVE if is_grant(hop.source, hop.target) and hop.why == HOLDS else ""
