"""Ownership, break-glass group and former names in a stack's state, for later contracts without them."""

from __future__ import annotations

from rolecall.contract.contract import Contract
from rolecall.contract.objects import section
from rolecall.engine.stack_state import BREAK_GLASS, FORMERLY, ORGANIZATION, PROTECTED, SLICE
from rolecall.kinds.registry import SECTIONS
from rolecall.slices.slice import Slice


def owner_of(contract: Contract, one: Slice) -> dict[str, object]:
    """Return the outputs of a slice's stack that say so."""
    environment, project = one.environment, one.project
    whose: dict[str, object] = {
        ORGANIZATION: contract.organization,
        SLICE: {"environment": environment or "", "project": project or ""},
    }
    if environment is None:
        if contract.break_glass is not None:
            group = contract.groups[contract.break_glass.group]
            whose[BREAK_GLASS] = {"key": contract.break_glass.group, "external": group.external or ""}
        groups = {key: list(group.renamed_from) for key, group in contract.groups.items() if group.renamed_from}
        return {**whose, FORMERLY: {"groups": groups}} if groups else whose
    whose[PROTECTED] = contract.environments[environment].protected
    former = _former(contract, environment, project)
    return {**whose, FORMERLY: former} if former else whose


def _former(contract: Contract, environment: str, project: str | None) -> dict[str, object]:
    """Return the former names of an environment, a project and its objects, each the latest first."""
    environments = list(contract.environments[environment].renamed_from)
    if project is None:
        return {"environments": environments} if environments else {}
    declared = contract.projects[project]
    objects = {
        str(kind): {
            key: [[place.project or project, place.key] for place in value.renamed_from]
            for key, value in section(declared, kind).items()
            if value.renamed_from
        }
        for kind in SECTIONS
    }
    found: dict[str, object] = {
        "environments": environments,
        "projects": list(declared.renamed_from),
        "objects": {kind: former for kind, former in objects.items() if former},
    }
    return {name: former for name, former in found.items() if former}
