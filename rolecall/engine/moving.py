"""Takes resources over from one stack's state into another's, or under another name, with all that is below them.

Works on deployments as `pulumi stack export` writes them (apitype.DeploymentV3 in pulumi/sdk). A resource that is in
both states, as a run leaves it that was killed between the two writes, stays in the one that takes it over.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rolecall.engine.stack_state import ORGANIZATION, PROTECTED

STACK = "pulumi:pulumi:Stack"
PROVIDER = "pulumi:providers:"
# A connection of the Databricks provider.
CONNECTION = f"{PROVIDER}databricks"
Deployment = dict[str, Any]
State = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """Where a resource may be now: the stack, the resource's name there."""

    stack: str
    name: str


@dataclass(frozen=True)
class TakeOver:
    """A resource that a stack takes over, with all that is below it.

    Attributes:
        stack: the stack that takes it over.
        type: its type token.
        name: its name there.
        sources: where it may be now, the likeliest first.
    """

    stack: str
    type: str
    name: str
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Taken:
    """A resource that was taken over.

    Attributes:
        wanted: what was asked for.
        source: where it was.
        urns: the names of all that came with it, new by old.
    """

    wanted: TakeOver
    source: Source
    urns: Mapping[str, str] = field(default_factory=dict)


def take_over(deployments: dict[str, Deployment], project: str, wanted: Iterable[TakeOver]) -> list[Taken]:
    """Move resources between deployments, in place; return what was moved.

    What the target has already under its name with another id is left alone: it is another object.

    Args:
        deployments: by stack; a target that is missing is added.
        project: the project's name.
        wanted: what is to be moved.
    """
    moves: list[Taken] = []
    for one in wanted:
        for source in one.sources:
            urns = _below(deployments.get(source.stack), one, source, project)
            if urns and not _is_another(deployments, one, source, urns):
                moves.append(Taken(one, source, urns))
                break
    pairs: dict[tuple[str, str], dict[str, str]] = {}
    for move in moves:
        pairs.setdefault((move.source.stack, move.wanted.stack), {}).update(move.urns)
    for (source_stack, target_stack), urns in pairs.items():
        if source_stack == target_stack:
            _rename(deployments[source_stack], urns)
        else:
            target = deployments.setdefault(target_stack, _empty(deployments[source_stack], project, target_stack))
            _move(deployments[source_stack], target, urns, (source_stack, target_stack, project))
    return moves


def is_empty(deployment: Deployment) -> bool:
    """Return whether a deployment holds nothing but itself, connections and components."""
    return not any(one.get("custom") and not one["type"].startswith(PROVIDER) for one in _resources(deployment))


def name_of(urn: str) -> str:
    """Return a resource's name."""
    return urn.split("::", 3)[3]


def _resources(deployment: Deployment | None) -> list[State]:
    return (deployment or {}).get("resources") or []


def _below(deployment: Deployment | None, wanted: TakeOver, source: Source, project: str) -> dict[str, str]:
    """Return a resource and all that is below it, their new names by the old ones."""
    found: dict[str, str] = {}
    for one in _resources(deployment):
        is_root = one["type"] == wanted.type and name_of(one["urn"]) == source.name
        if is_root or one.get("parent") in found:
            found[one["urn"]] = _renamed(one["urn"], wanted, source, project)
    return found


def _renamed(urn: str, wanted: TakeOver, source: Source, project: str) -> str:
    _, _, kind, name = urn.split("::", 3)
    if name == source.name or (name.startswith(source.name) and name[len(source.name)] in "-/"):
        name = wanted.name + name[len(source.name) :]
    return f"urn:pulumi:{wanted.stack}::{project}::{kind}::{name}"


def _is_another(
    deployments: Mapping[str, Deployment], wanted: TakeOver, source: Source, urns: Mapping[str, str]
) -> bool:
    """Return whether the target has something else under the new names already."""
    held = {one["urn"]: one for one in _resources(deployments.get(wanted.stack))}
    pairs = [
        (one, held[urns[one["urn"]]])
        for one in _resources(deployments[source.stack])
        if one["urn"] in urns and urns[one["urn"]] in held
    ]
    customs = [(old, new) for old, new in pairs if old.get("custom")]
    if source.stack == wanted.stack:
        return bool(pairs)
    return bool(pairs) and not any(old.get("id") == new.get("id") for old, new in customs)


def _empty(source: Deployment, project: str, stack: str) -> Deployment:
    root = {"urn": f"urn:pulumi:{stack}::{project}::{STACK}::{project}-{stack}", "custom": False, "type": STACK}
    whose = next((one.get("outputs") or {} for one in _resources(source) if one["type"] == STACK), {})
    # Whose it is stays true; what the other outputs say is about the other stack.
    root["outputs"] = {name: whose[name] for name in (ORGANIZATION, PROTECTED) if name in whose}
    keys = ("manifest", "metadata", "secrets_providers")
    kept = {key: copy.deepcopy(value) for key, value in source.items() if key in keys}
    return {**kept, "resources": [root]}


def _rename(deployment: Deployment, urns: Mapping[str, str]) -> None:
    known = {one["urn"] for one in _resources(deployment)}
    for one in _resources(deployment):
        rewrite(one, urns, known | {*urns.values()})
        one["urn"] = urns.get(one["urn"], one["urn"])
        connection, separator, identity = str(one.get("provider") or "").rpartition("::")
        if connection in urns:
            one["provider"] = f"{urns[connection]}{separator}{identity}"
    for operation in deployment.get("pending_operations") or []:
        operation["resource"]["urn"] = urns.get(operation["resource"]["urn"], operation["resource"]["urn"])


def _move(source: Deployment, target: Deployment, urns: Mapping[str, str], names: tuple[str, str, str]) -> None:
    moved = [one for one in _resources(source) if one["urn"] in urns]
    kept = [one for one in _resources(source) if one["urn"] not in urns]
    held = {one["urn"] for one in _resources(target)}
    everything = {one["urn"]: one for one in _resources(source)}
    target["resources"] = _resources(target)
    for one in moved:
        new = copy.deepcopy(one)
        if urns[one["urn"]] in held:
            continue
        _bring_foundations(one, everything, target, urns, names)
        known = {present["urn"] for present in _resources(target)}
        new["urn"] = urns[one["urn"]]
        rewrite(new, {**_across(everything, names), **urns}, known)
        if new.get("provider"):
            new["provider"] = _provider_in(new["provider"], target, names)
        target["resources"].append(new)
    known = {one["urn"] for one in kept}
    for one in kept:
        rewrite(one, {}, known)
    source["resources"] = kept
    operations = source.get("pending_operations") or []
    source["pending_operations"] = [one for one in operations if one["resource"]["urn"] not in urns]
    for operation in (one for one in operations if one["resource"]["urn"] in urns):
        changed = copy.deepcopy(operation)
        changed["resource"]["urn"] = urns[operation["resource"]["urn"]]
        changed["resource"]["parent"] = urns.get(changed["resource"].get("parent"), "") or _other(
            str(changed["resource"].get("parent") or ""), names
        )
        target.setdefault("pending_operations", []).append(changed)


def _across(everything: Mapping[str, State], names: tuple[str, str, str]) -> dict[str, str]:
    """Return the names in the target of what both stacks have: themselves, connections and common components."""
    return {urn: _other(urn, names) for urn, one in everything.items() if not one.get("custom") or _is_connection(one)}


def _is_connection(one: State) -> bool:
    return str(one["type"]).startswith(PROVIDER)


def _other(urn: str, names: tuple[str, str, str]) -> str:
    """Return the name of a connection, a component or the stack itself in the other stack."""
    source, target, project = names
    _, separator, rest = urn.partition(f"urn:pulumi:{source}::{project}::")
    if not separator:
        return urn
    kind, _, name = rest.partition("::")
    return f"urn:pulumi:{target}::{project}::{kind}::{f'{project}-{target}' if kind == STACK else name}"


def _bring_foundations(
    one: State,
    everything: Mapping[str, State],
    target: Deployment,
    urns: Mapping[str, str],
    names: tuple[str, str, str],
) -> None:
    """Add the parent and the connection that a resource needs, where the target lacks them and they do not move."""
    needed = [str(one.get("parent") or ""), str(one.get("provider") or "").rpartition("::")[0]]
    for urn in needed:
        present = {held["urn"] for held in _resources(target)}
        if urn and urn not in urns and urn in everything and _other(urn, names) not in present:
            foundation = copy.deepcopy(everything[urn])
            _bring_foundations(foundation, everything, target, urns, names)
            foundation["urn"] = _other(urn, names)
            if foundation["type"] == STACK:
                # Its owner stays true; its declaration is the other stack's.
                outputs = foundation.get("outputs") or {}
                foundation["outputs"] = {name: outputs[name] for name in (ORGANIZATION, PROTECTED) if name in outputs}
            rewrite(foundation, _across(everything, names), {held["urn"] for held in _resources(target)})
            target["resources"].append(foundation)


def _provider_in(reference: str, target: Deployment, names: tuple[str, str, str]) -> str:
    urn = _other(reference.rpartition("::")[0], names)
    connection = next(one for one in _resources(target) if one["urn"] == urn)
    return f"{urn}::{connection['id']}"


def rewrite(one: State, urns: Mapping[str, str], known: set[str]) -> None:
    """Let a resource name others by their new names, and those not at all that are not there."""

    def kept(names: Sequence[str]) -> list[str]:
        return [new for old in names if (new := urns.get(old, old)) in known]

    if one.get("parent"):
        one["parent"] = urns.get(one["parent"], one["parent"])
    if "dependencies" in one:
        one["dependencies"] = kept(one["dependencies"] or [])
    if "propertyDependencies" in one:
        one["propertyDependencies"] = {
            key: kept(value or []) for key, value in (one["propertyDependencies"] or {}).items()
        }
    for key in ("deletedWith", "viewOf"):
        if one.get(key) and urns.get(one[key], one[key]) not in known:
            del one[key]
        elif one.get(key):
            one[key] = urns.get(one[key], one[key])
    one.pop("aliases", None)
