"""Completion in the shell of names that the contract, the rules and the problems have."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rolecall.errors import RolecallError


def complete_environments(incomplete: str) -> list[str]:
    """Return the contract's environments that begin so."""
    return _beginning(incomplete, _section("environments"))


def complete_stacks(incomplete: str) -> list[str]:
    """Return the environments, stacks and `account` that begin so."""
    environments, projects = _section("environments"), _section("projects")
    stacks = [f"{environment}.{project}" for environment in environments for project in projects]
    return _beginning(incomplete, ["account", *environments, *stacks])


def complete_groups(incomplete: str) -> list[str]:
    """Return the contract's groups that begin so."""
    return _beginning(incomplete, _section("groups"))


def complete_identity_providers(incomplete: str) -> list[str]:
    """Return the installed identity providers that begin so."""
    return _systems(incomplete, "IDENTITY_PROVIDER")


def complete_orchestrators(incomplete: str) -> list[str]:
    """Return the installed orchestrators that begin so."""
    return _systems(incomplete, "ORCHESTRATOR")


def complete_rules(incomplete: str) -> list[str]:
    """Return the ids of rules that begin so."""
    from rolecall.policies.catalogue import PACKS, rules_of

    return _beginning(incomplete, sorted({rule.id for pack in PACKS for rule in rules_of(pack)}))


def complete_packs(incomplete: str) -> list[str]:
    """Return the names of Rolecall's own packs that begin so."""
    from rolecall.policies.catalogue import PACKS

    return _beginning(incomplete, PACKS)


def complete_explained(incomplete: str) -> list[str]:
    """Return the ids of problems and rules that begin so."""
    from rolecall.console.explanations import explained_ids

    return _beginning(incomplete, explained_ids())


def _systems(incomplete: str, role: str) -> list[str]:
    from rolecall.access.observation import Role
    from rolecall.starting.systems import offered

    return _beginning(incomplete, offered(Role[role]))


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def _section(name: str) -> list[str]:
    """Return the names in a section of the contract, which may be invalid; nothing where there is none.

    A completion that fails prints nothing and disturbs no prompt.
    """
    import os

    from rolecall.contract.files import read_files
    from rolecall.project import require_contract

    try:
        found = read_files(require_contract(Path.cwd(), None, os.environ), []).tree.get(name)
    except (RolecallError, OSError, ValueError):
        return []
    return [str(one) for one in found] if isinstance(found, dict) else []
