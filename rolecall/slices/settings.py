"""The protective settings that a stack declares, before and after a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from rolecall.contract.contract import Contract
from rolecall.contract.protective_settings import PROTECTIVE_TYPES, Declared, refusal_of, weakened
from rolecall.contract.workspace_settings import workspace_settings
from rolecall.engine.changes import Change
from rolecall.engine.stack_state import Resource, StackState

_WORKSPACE = "databricks:index/mwsWorkspaces:MwsWorkspaces"


def settings_in(resources: Iterable[Resource], hosts: Mapping[str, str] | None = None) -> dict[str, Declared]:
    """Return the protective settings of a stack, by type and name.

    Args:
        resources: the resources of the stack.
        hosts: addresses by connection; without them, workspaces are identified by the connections' names.
    """
    addresses = hosts or {}
    return {
        key_of(one.type, one.name): Declared(
            one.type, one.name, one.connection, one.inputs, addresses.get(one.connection, "")
        )
        for one in resources
        if one.type in PROTECTIVE_TYPES
    }


def key_of(resource_type: str, name: str) -> str:
    """Return what identifies a resource of a stack."""
    return f"{resource_type}::{name}"


def changed(before: Mapping[str, Declared], changes: Iterable[Change]) -> dict[str, Declared]:
    """Return the settings after a run, by the keys that they have now.

    Args:
        before: the settings now.
        changes: the changes that the run makes.
    """
    after = dict(before)
    for one in changes:
        key = key_of(one.type, one.former or one.name)
        if one.name:
            after[key] = Declared(one.type, one.name, one.connection, one.inputs)
        else:
            after.pop(key, None)
    return after


def contract_refusals(contract: Contract, state: StackState, today: date) -> list[str]:
    """Return why the contract's own settings of workspaces may not be deployed, before a program declares any.

    Args:
        contract: the whole contract, with its `removal_overrides`.
        state: the account's stack now.
        today: the day on which an override has to hold.
    """
    held = without_deleted_workspaces(settings_in(state.resources), state, contract)
    before = {key: one for key, one in held.items() if _is_of_contract(one)}
    declared = (one for name, each in contract.workspaces.items() for one in workspace_settings(name, each))
    return refusals(before, {key_of(one.type, one.name): one for one in declared}, contract, today)


def without_deleted_workspaces(
    settings: Mapping[str, Declared], state: StackState, contract: Contract
) -> dict[str, Declared]:
    """Return the settings but those of workspaces that Rolecall made and deletes: `deletions` judge that."""
    made = {str(one.inputs.get("workspaceName") or one.name) for one in state.resources if one.type == _WORKSPACE}
    gone = made - {name for name, one in contract.workspaces.items() if one.create is not None}
    return {key: one for key, one in settings.items() if one.connection not in gone}


def _is_of_contract(one: Declared) -> bool:
    """Return whether a resource is called as the contract's are; a program may declare others beside them."""
    return one.name in {one.connection, *(f"{one.connection}-{part}" for part in ("allow", "block", "tokens"))}


def refusals(
    before: Mapping[str, Declared], after: Mapping[str, Declared], contract: Contract, today: date
) -> list[str]:
    """Return why settings may not become what a program declares; empty where they may.

    Args:
        before: the settings of the stack now.
        after: the settings that the program declares, by the same keys.
        contract: the contract, with its `removal_overrides`.
        today: the day on which an override has to hold.
    """
    found = weakened(before, after)
    messages = (refusal_of(one, contract.removal_overrides, today) for one in found)
    return [one for one in messages if one is not None]
