"""Attacks on invariants as drawings."""

from __future__ import annotations

from rolecall.access.graph.nodes import Right
from rolecall.access.graph.questions import Answer
from rolecall.access.graph.words import Step, steps
from rolecall.compiled import CompiledContract
from rolecall.console.drawings import drawing
from rolecall.parity.invariants import live_verdicts
from rolecall.parity.live_access import live_access
from rolecall.parity.report import Report


def drawn_attack(report: Report, compiled: CompiledContract, form: str = "mermaid") -> str:
    """Return the attacks on all invariants that live access breaks as one drawing; empty where it breaks none.

    Args:
        report: what a parity run saw, of all environments.
        compiled: the contract.
        form: `mermaid`, `dot` or `opengraph`.
    """
    grants = compiled.compilation.grants
    drawn: list[tuple[Answer, list[tuple[Step, ...]]]] = []
    for verdict in live_verdicts(live_access(report), compiled, [*compiled.contract.environments]):
        for way in verdict.attack:
            start = way[0].source
            assert not isinstance(start, Right)
            drawn.append((Answer(start, way[-1].target, (way,)), [steps(way, grants)]))
    return drawing(drawn, form) if drawn else ""
