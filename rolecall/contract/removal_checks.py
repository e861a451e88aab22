"""What must hold of written permissions to take many holders off an object."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.contract.contract import Contract
from rolecall.contract.objects import section
from rolecall.contract.problems import known
from rolecall.contract.source import Places
from rolecall.errors import Problem
from rolecall.ids.verbs import Kind
from rolecall.kinds.registry import KINDS, SECTIONS


def check_removal_overrides(contract: Contract, places: Places) -> Iterator[Problem]:
    """Yield overrides that could be about several objects, or are about an unknown environment."""
    for index, override in enumerate(contract.removal_overrides):
        at = ("removal_overrides", index)
        if override.environment is not None:
            names = contract.environments
            yield from known("environment", override.environment, names, places, (*at, "environment"))
        if override.object is None or override.kind is not None or override.setting is not None:
            continue
        kinds = sorted(kinds_named(contract, override.object))
        if len(kinds) > 1:
            what = f"the override is about {override.object!r}, of which there is a {' and a '.join(kinds)}"
            yield Problem("ambiguous-override", places.of(*at, "object"), what, "Add `kind:`, say `kind: job`.")


def kinds_named(contract: Contract, name: str) -> set[Kind]:
    """Return the kinds of which the contract has an object of a name: PROJECT/NAME, a catalog or a workspace."""
    project, _, key = name.partition("/")
    if not key:
        names: dict[str, set[str | None]] = {
            "catalog": {one.catalog for one in contract.environments.values()},
            "workspace": {*contract.workspaces},
        }
        return {kind.name for kind in KINDS if kind.one_for_each and name in names.get(kind.one_for_each, ())}
    declared = contract.projects.get(project)
    return {kind for kind in SECTIONS if declared is not None and key in section(declared, kind)}
