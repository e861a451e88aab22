"""What a change of a contract would change in what is possible, in any number of steps."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from rolecall.access.graph.graph import AccessGraph
from rolecall.access.graph.nodes import APPROVE, Actor, Right, actor_name, actor_type, rank_of
from rolecall.contract.binding import Binding, OrganizationBinding
from rolecall.contract.contract import Contract
from rolecall.contract.problems import one_of
from rolecall.errors import UsageError
from rolecall.ids.ids import GroupId, LiveSubject, ObjectId, ServicePrincipalId

AnyBinding = TypeVar("AnyBinding", bound=Binding)


@dataclass(frozen=True)
class Difference:
    """A right that a subject can reach only before a change, only after it, or with another verb.

    Attributes:
        actor: who.
        target: the object.
        before: the strongest actions before; empty for none.
        after: the strongest actions after.
    """

    actor: Actor
    target: ObjectId
    before: str
    after: str


def without_group(contract: Contract, name: str) -> Contract:
    """Return a contract as if a group were empty: its bindings, nestings and approvals grant nothing.

    Raises:
        UsageError: the contract has no such group.
    """
    if name not in contract.groups:
        raise UsageError(f"there is no group {name!r}", one_of(name, contract.groups))
    groups = {
        key: group.model_copy(update={"includes": [one for one in group.includes if one != name]})
        for key, group in contract.groups.items()
        if key != name
    }
    if contract.break_glass and contract.break_glass.group == name:
        raise UsageError(f"{name!r} is the break-glass group", "It holds everything by rule; name another group.")
    projects = {
        key: project.model_copy(update={"bindings": _ended(project.bindings, name)})
        for key, project in contract.projects.items()
    }
    return contract.model_copy(
        update={
            "groups": groups,
            "projects": projects,
            "bindings": _ended(contract.bindings, name),
            "administrators": [one for one in contract.administrators if one != name],
        }
    )


def _ended(bindings: Sequence[AnyBinding], name: str) -> list[AnyBinding]:
    """Return bindings of which those of a group have ended: the others stay at their places."""
    return [one.model_copy(update={"expires": date.min}) if one.to == name else one for one in bindings]


def with_binding(contract: Contract, written: str) -> Contract:
    """Return a contract with one binding more.

    Args:
        contract: the contract.
        written: `role=ROLE,to=SUBJECT,in=ENVIRONMENT+ENVIRONMENT`, and `project=PROJECT`; without it, in all projects.

    Raises:
        UsageError: it is not written so, or names what the contract does not have.
    """
    fields = _fields(written)
    environments = fields["in"].split("+")
    for noun, names, allowed in (
        ("role", [fields["role"]], contract.roles),
        ("environment", environments, contract.environments),
        ("project", [fields["project"]] if "project" in fields else [], contract.projects),
    ):
        for name in names:
            if name not in allowed:
                raise UsageError(f"there is no {noun} {name!r}", one_of(name, allowed))
    binding = {"role": fields["role"], "to": fields["to"], "in": environments}
    project = fields.get("project")
    principals = contract.projects[project].service_principals if project else {}
    if fields["to"] not in contract.groups and fields["to"] not in principals:
        subjects = [*contract.groups, *principals]
        raise UsageError(f"there is no group or principal {fields['to']!r}", one_of(fields["to"], subjects))
    if project is None:
        added = OrganizationBinding.model_validate(binding)
        return contract.model_copy(update={"bindings": [*contract.bindings, added]})
    changed = contract.projects[project]
    changed = changed.model_copy(update={"bindings": [*changed.bindings, Binding.model_validate(binding)]})
    return contract.model_copy(update={"projects": {**contract.projects, project: changed}})


def _fields(written: str) -> dict[str, str]:
    fields = dict(part.partition("=")[::2] for part in written.split(","))
    fields = {key.strip(): value.strip() for key, value in fields.items()}
    if not {"role", "to", "in"} <= fields.keys() or not fields.keys() <= {"role", "to", "in", "project"}:
        how = "Write role=ROLE,to=SUBJECT,in=ENVIRONMENT, several with `+`, and project=PROJECT for one project."
        raise UsageError(f"--add-binding is {written!r}", how)
    return fields


def differences(before: AccessGraph, after: AccessGraph, gone: Collection[str] = ()) -> list[Difference]:
    """Return what each subject can reach in one graph and not in the other, in order.

    Args:
        before: the graph before a change.
        after: the graph after it.
        gone: groups that are not there any more.
    """
    found: list[Difference] = []
    for actor in {**before.actors, **after.actors}:
        if not isinstance(actor, GroupId | ServicePrincipalId | LiveSubject):
            continue
        is_gone = isinstance(actor, GroupId) and actor.key in gone
        first, second = _reach(before, actor), {} if is_gone else _reach(after, actor)
        if first != second:
            targets = {**first, **second}
            found += [
                Difference(actor, target, first.get(target, ""), second.get(target, ""))
                for target in targets
                if first.get(target, "") != second.get(target, "")
            ]
    return sorted(found, key=lambda one: (actor_type(one.actor), actor_name(one.actor), str(one.actor), one.target))


def _reach(graph: AccessGraph, actor: Actor) -> Mapping[ObjectId, str]:
    if actor not in graph.actors:
        return {}
    return dict(_strongest(graph, graph.reached([graph.actors[actor]])))


def _strongest(graph: AccessGraph, reached: set[int]) -> Iterator[tuple[ObjectId, str]]:
    best: dict[ObjectId, dict[str, str]] = {}
    for place in reached:
        node = graph.nodes[place]
        if isinstance(node, Right):
            held = best.setdefault(node.target, {})
            slot = APPROVE if node.action == APPROVE else "verb"
            if slot not in held or rank_of(held[slot]) < rank_of(node.action):
                held[slot] = node.action
    for target, held in best.items():
        yield target, " and ".join(held[slot] for slot in sorted(held, reverse=True))
