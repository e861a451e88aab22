"""Paths of the access graph as drawings: Graphviz, Mermaid, and BloodHound's OpenGraph."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rolecall.access.graph.nodes import Node, Right, actor_name, actor_type
from rolecall.access.graph.words import Step
from rolecall.console.shown import plain

if TYPE_CHECKING:
    from rolecall.access.graph.questions import Answer

Drawn = Sequence[tuple["Answer", Sequence[Sequence[Step]]]]


def drawing(answers: Drawn, form: str) -> str:
    """Return the steps of all paths of answers as one drawing.

    Args:
        answers: answers, each with its paths.
        form: `dot`, `mermaid` or `opengraph`.
    """
    found = [step for _, paths in answers for path in paths for step in path]
    edges = list({(step.hop.source, step.hop.target): step for step in found}.values())
    nodes = list(dict.fromkeys(node for step in edges for node in (step.hop.source, step.hop.target)))
    names = {node: f"n{number}" for number, node in enumerate(nodes)}
    return {"dot": _dot, "mermaid": _mermaid, "opengraph": _opengraph}[form](names, edges)


def _dot(names: dict[Node, str], edges: Sequence[Step]) -> str:
    """https://graphviz.org/doc/info/lang.html: in double quotes, only the quote and the backslash are escaped."""
    lines = ["digraph access {", "  rankdir=LR;", '  node [fontname="sans-serif"]; edge [fontname="sans-serif"];']
    lines += [f"  {names[node]} [label={_quoted(_label(node))}, shape={_shape(node)}];" for node in names]
    lines += [
        f"  {names[step.hop.source]} -> {names[step.hop.target]} [label={_quoted(_why(step))}];" for step in edges
    ]
    return "\n".join([*lines, "}"])


def _quoted(text: str) -> str:
    escaped = plain(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _shape(node: Node) -> str:
    return "box" if isinstance(node, Right) else "ellipse"


def _mermaid(names: dict[Node, str], edges: Sequence[Step]) -> str:
    """Texts stand in quotes, with entities: https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters"""
    lines = ["flowchart LR"]
    for node, name in names.items():
        text = entities(_label(node))
        lines.append(f'  {name}["{text}"]' if isinstance(node, Right) else f'  {name}(["{text}"])')
    lines += [f'  {names[step.hop.source]} -->|"{entities(_why(step))}"| {names[step.hop.target]}' for step in edges]
    return "\n".join(lines)


def entities(text: str) -> str:
    """Return a text for a label of Mermaid."""
    return re.sub(r"[^\w \-./:,@(){}+=]", lambda found: f"#{ord(found[0])};", plain(text))


def _label(node: Node) -> str:
    return str(node) if isinstance(node, Right) else f"{actor_type(node).replace('_', ' ')} {actor_name(node)}"


def _why(step: Step) -> str:
    roles = list(dict.fromkeys(reason.role for reason in step.reasons if reason.role))
    because = [f"role {role}" for role in roles[:1]] + step.places[:1]
    return f"{step.hop.why} ({', '.join(because)})" if because else step.hop.why


def _opengraph(names: dict[Node, str], edges: Sequence[Step]) -> str:
    """https://bloodhound.specterops.io/opengraph/schema: nodes with kinds, edges between their ids."""
    nodes = [{"id": _id(node), "kinds": _kinds(node), "properties": _properties(node)} for node in names]
    steps = [
        {
            "kind": _edge_kind(step),
            "start": {"value": _id(step.hop.source), "match_by": "id"},
            "end": {"value": _id(step.hop.target), "match_by": "id"},
            "properties": {
                "why": step.hop.why,
                "roles": [reason.role for reason in step.reasons if reason.role],
                "places": step.places,
            },
        }
        for step in edges
    ]
    fields = {"metadata": {"source_kind": "Rolecall"}, "graph": {"nodes": nodes, "edges": steps}}
    return json.dumps(fields, indent=2)


def _id(node: Node) -> str:
    if isinstance(node, Right):
        return ":".join(("rolecall", "right", *node.target.parts, node.action))
    environment = getattr(node, "environment", "")
    return ":".join(("rolecall", actor_type(node), *([environment] if environment else []), actor_name(node)))


def _kinds(node: Node) -> list[str]:
    if isinstance(node, Right):
        return [_camel(f"rolecall_{node.target.kind}"), "RolecallRight"]
    return [_camel(f"rolecall_{actor_type(node)}"), "RolecallSubject"]


def _camel(text: str) -> str:
    return "".join(word.capitalize() for word in re.split(r"[^A-Za-z0-9]+", text) if word)


def _properties(node: Node) -> dict[str, Any]:
    if isinstance(node, Right):
        target = node.target
        return {
            "name": str(node),
            "action": node.action,
            "object": target.name,
            "environment": target.environment or "",
        }
    return {"name": actor_name(node)}


def _edge_kind(step: Step) -> str:
    """Return a kind of edge in the letters that a kind may have."""
    source, target = isinstance(step.hop.source, Right), isinstance(step.hop.target, Right)
    return {
        (False, True): "RolecallHolds",
        (True, True): "RolecallIncludes",
        (True, False): "RolecallControls",
        (False, False): "RolecallActsAs",
    }[source, target]
