"""Environments whose access is to other objects or other people in a later contract."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.contract.contract import Contract
from rolecall.contract.environment import Environment


def places_changed(before: Contract, after: Contract) -> dict[str, str]:
    """Return, by environment, that access in it is to other objects or other people, or that it is protected no more.

    An environment is compared with what it was under its former names, too.
    """
    others = _elsewhere(before, after)
    found: dict[str, str] = {}
    for name, environment in after.environments.items():
        former = next((one for one in (name, *environment.renamed_from) if one in before.environments), None)
        if former is None:
            continue
        old = before.environments[former]
        changes = list(others)
        if _address(before, old) != _address(after, environment):
            changes.append(f"it is in workspace {environment.workspace} now, and was in {old.workspace}")
        if old.catalog and old.catalog != environment.catalog:
            changes.append(f"its data is in {environment.catalog or 'no catalog'} now, and was in {old.catalog}")
        if old.protected and not environment.protected:
            changes.append("it is not protected any more")
        if changes:
            found[name] = "; ".join(changes)
    return found


def environments_of(before: Contract, after: Contract) -> list[str]:
    """Return the environments of two contracts; one that was renamed has its later name."""
    renamed = {old for one in after.environments.values() for old in one.renamed_from}
    gone = (name for name in before.environments if name not in renamed)
    return list(dict.fromkeys([*after.environments, *gone]))


def _elsewhere(before: Contract, after: Contract) -> Iterator[str]:
    old, new = before.databricks, after.databricks
    if (old.host, old.account_id) != (new.host, new.account_id):
        yield f"the account is {new.account_id} at {new.host} now, and was {old.account_id} at {old.host}"
    source, later = ((one.identity.provider, one.identity.issuer) if one.identity else None for one in (before, after))
    if source != later:
        yield "its people and groups come from another identity provider"


def _address(contract: Contract, environment: Environment) -> str:
    workspace = contract.workspaces.get(environment.workspace)
    return (workspace.host if workspace is not None else None) or environment.workspace
