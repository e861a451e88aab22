"""Checks on bindings of catalogs, locations and credentials to workspaces."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from rolecall.contract.contract import Contract
from rolecall.contract.metastore_privileges import is_same
from rolecall.contract.objects import Declared, objects_of
from rolecall.contract.problems import known
from rolecall.contract.source import Path, Places
from rolecall.errors import Problem
from rolecall.kinds.metastore_object import BoundObject
from rolecall.kinds.registry import KINDS, SECTIONS

BINDABLE = tuple(kind for kind in KINDS if kind.model is not None and issubclass(kind.model, BoundObject))


def check_bindings(contract: Contract, places: Places) -> Iterator[Problem]:
    """Check bindings; a project opens nothing of a protected environment in an unprotected one."""
    for name, environment in contract.environments.items():
        for workspace in environment.catalog_workspaces:
            at: Path = ("environments", name, "catalog_workspaces", workspace)
            yield from _target(contract, places, name, workspace, at)
        for kind in BINDABLE:
            for one in objects_of(contract, name, kind.name):
                yield from _object(contract, places, name, one)


def bound_workspaces(contract: Contract) -> frozenset[str]:
    """Return the workspaces to which something of the contract is bound beside its environment's."""
    found = {name for environment in contract.environments.values() for name in environment.catalog_workspaces}
    for environment in contract.environments:
        for kind in BINDABLE:
            for one in objects_of(contract, environment, kind.name):
                assert isinstance(one.value, BoundObject)
                found |= {*one.value.for_environment(environment).workspaces}
    return frozenset(found)


def _object(contract: Contract, places: Places, environment: str, one: Declared) -> Iterator[Problem]:
    assert isinstance(one.value, BoundObject)
    at: Path = ("projects", one.project, SECTIONS[one.kind], one.key)
    try:
        own = one.value.for_environment(environment)
    except ValidationError:
        return  # a check of its own reports the override
    for workspace in own.workspaces:
        yield from _target(contract, places, environment, workspace, (*at, "workspaces"))
        open_stages = [
            name
            for name, stage in contract.environments.items()
            if stage.workspace == workspace and not stage.protected
        ]
        if contract.environments[environment].protected and open_stages:
            what = f"{one.kind.replace('_', ' ')} {one.key!r} of {environment}, which is protected, would be usable "
            how = f"Bind it to workspaces of protected environments, or leave {workspace!r} out."
            yield Problem(
                "protected-object-bound-elsewhere",
                places.of(*at, "workspaces"),
                f"{what}from workspace {workspace!r} of {', '.join(open_stages)}, which is not",
                how,
            )


def _target(contract: Contract, places: Places, environment: str, workspace: str, at: Path) -> Iterator[Problem]:
    found = contract.workspaces.get(workspace)
    if found is None:
        yield from known("workspace", workspace, contract.workspaces, places, at)
        return
    own = contract.environments[environment].workspace
    if own == workspace:
        what = f"{workspace!r} is the workspace of {environment}, to which everything of it is bound already"
        yield Problem("binding-to-own-workspace", places.of(*at), what, "Leave it out.")
    here = contract.workspaces.get(own)
    if here and here.metastore and found.metastore and not is_same(here.metastore, found.metastore):
        what = f"workspace {workspace!r} has another metastore than {own!r}, the workspace of {environment}"
        how = "Bind workspaces of one metastore; across metastores, data is shared by `shares`."
        yield Problem("binding-across-metastores", places.of(*at), what, how)
