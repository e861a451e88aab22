"""Renames that the contract has taken back: a reverted commit must not re-create what a rename has kept.

A stack's state has the former names of its objects (slices/owner.py). Where the contract has the former
name again and not the later one, the objects go back as they came.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from rolecall.compiled import CompiledContract
from rolecall.contract.contract import Contract
from rolecall.contract.naming import group_resource
from rolecall.contract.objects import section
from rolecall.deploy.session import Session
from rolecall.engine.moving import Source, TakeOver
from rolecall.engine.stack_state import FORMERLY, StackState
from rolecall.ids.renamed import FormerPlace
from rolecall.ids.verbs import Kind
from rolecall.kinds.registry import SECTIONS
from rolecall.slices.slice import ACCOUNT, layers_of, place_named


def renamed_back(session: Session) -> CompiledContract:
    """Return the contract with `renamed_from` wherever it has taken a rename back.

    Raises:
        StateUnreadable: a backend does not answer.
    """
    contract = session.compiled.contract
    declared = {one.stack for layer in layers_of(contract) for one in layer}
    for stack in session.states.stacks():
        if not session.states.mentions(stack, FORMERLY, unknown=stack not in declared):
            continue
        state = session.states.read_if_whole(stack)
        if state is not None and state.organization == contract.organization:
            contract = with_former_names(contract, state, state.slice or place_named(stack))
    loaded = replace(session.compiled.loaded, contract=contract)
    return replace(session.compiled, loaded=loaded)


def with_former_names(contract: Contract, state: StackState, place: tuple[str, str]) -> Contract:
    """Return a contract with `renamed_from` wherever it has taken back the former names in a stack's state.

    Args:
        contract: the contract.
        state: the stack's state.
        place: its environment and project.
    """
    environment, project = place
    environments = _again(contract.environments, environment, state.formerly.get("environments"))
    if environments is not contract.environments:
        contract = contract.model_copy(update={"environments": environments})
    projects = _again(contract.projects, project, state.formerly.get("projects"))
    if projects is not contract.projects:
        contract = contract.model_copy(update={"projects": projects})
    for kind, keys in _mapping(state.formerly.get("objects")).items():
        for key, places in _mapping(keys).items():
            if kind in SECTIONS:
                contract = _with_former_place(contract, Kind(kind), (project, str(key)), places)
    return contract


def groups_taken_back(contract: Contract, account: StackState) -> Iterable[TakeOver]:
    """Yield what the account's stack has of a managed group whose renaming the contract has taken back.

    Args:
        contract: the contract.
        account: the state of the account's stack.
    """
    for later, own in _renamed_groups(contract, account):
        for one in account.resources:
            name, separator, rest = one.name.partition("/")
            if name == later:
                yield TakeOver(ACCOUNT.stack, one.type, f"{own}{separator}{rest}", (Source(ACCOUNT.stack, one.name),))


def key_taken_back(contract: Contract, account: StackState, key: str) -> str | None:
    """Return the contract's key of a managed group that a run has renamed to `key` and the contract has renamed back.

    Args:
        contract: the contract.
        account: the state of the account's stack.
        key: the group's key in the latest run.
    """
    own = dict(_renamed_groups(contract, account)).get(key.casefold())
    managed = (one for one, group in contract.groups.items() if not group.external)
    return next((one for one in managed if own is not None and group_resource(contract, one) == own), None)


def _renamed_groups(contract: Contract, account: StackState) -> Iterator[tuple[str, str]]:
    """Yield the names of groups' resources in the state, each with the former one that the contract has again."""
    if account.organization != contract.organization:
        return
    declared = {group_resource(contract, key) for key in contract.groups}
    for later, former in _mapping(account.formerly.get("groups")).items():
        names = [str(one).casefold() for one in former] if isinstance(former, list) else []
        own = next((one for one in names if one in declared), None)
        if own is not None and later.casefold() not in declared:
            yield later.casefold(), own


def _again(declared: Mapping[str, Any], name: str, former: object) -> Mapping[str, Any]:
    """Return declarations, the latest former one that is there again renamed from what took its place."""
    if not name or name in declared:
        return declared
    for old in former if isinstance(former, list) else []:
        if old in declared:
            return {**declared, old: _renamed(declared[old], name)}
    return declared


def _with_former_place(contract: Contract, kind: Kind, now: tuple[str, str], places: object) -> Contract:
    project, key = now
    if project in contract.projects and key in section(contract.projects[project], kind):
        return contract
    for old_project, old_key in _pairs(places):
        there = next((name for name in _projects(contract, old_project) if name in contract.projects), None)
        if there is None or old_key not in section(contract.projects[there], kind):
            continue
        objects = section(contract.projects[there], kind)
        changed = {**objects, old_key: _renamed(objects[old_key], FormerPlace(project=project, key=key))}
        declared = contract.projects[there].model_copy(update={SECTIONS[kind]: changed})
        return contract.model_copy(update={"projects": {**contract.projects, there: declared}})
    return contract


def _projects(contract: Contract, name: str) -> Iterable[str]:
    """Yield a project's name, and what it is called now."""
    yield name
    yield from (now for now, one in contract.projects.items() if name in one.renamed_from)


def _renamed(declaration: Any, former: object) -> Any:
    names = [*declaration.renamed_from, *([former] if former not in declaration.renamed_from else [])]
    return declaration.model_copy(update={"renamed_from": names})


def _mapping(found: object) -> Mapping[str, object]:
    return found if isinstance(found, dict) else {}


def _pairs(found: object) -> Iterable[tuple[str, str]]:
    pairs = found if isinstance(found, list) else []
    return [(str(one[0]), str(one[1])) for one in pairs if isinstance(one, list) and len(one) == 2]
