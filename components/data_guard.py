"""Refuses, in plain `pulumi up`, to delete what holds data and to weaken what protects.

An engine deletes nothing once its program has failed.

`rolecall up` judges all stacks before it writes anything; this covers a user who runs the engine by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pulumi

from rolecall.contract.contract import Contract
from rolecall.contract.deletion import BY_TYPE
from rolecall.contract.protective_settings import PROTECTIVE_TYPES, Declared
from rolecall.engine.stack_state import Resource, StackState
from rolecall.ids.characters import engine_text
from rolecall.slices.data_objects import allowed_by, data_object, is_protected, unwritten
from rolecall.slices.part import Part
from rolecall.slices.settings import key_of, refusals, settings_in, without_deleted_workspaces


def protected(args: pulumi.ResourceTransformationArgs, part: Part) -> pulumi.ResourceTransformationResult | None:
    """Set `protect` on a resource that holds data of a protected environment; return None for any other resource.

    The engine honours it in `pulumi destroy`, too, which runs no program: https://www.pulumi.com/docs/iac/concepts/options/protect/

    Args:
        args: the resource as the program declares it.
        part: the slice that declares it.
    """
    if args.type_ not in BY_TYPE:
        return None
    declared = Declared(args.type_, args.name, "", args.props or {})
    target = data_object(declared, part.slice.environment or "", part.slice.project or "", part.contract)
    if target is None or not is_protected(target, None, part.contract):
        return None
    opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(protect=True))
    return pulumi.ResourceTransformationResult(args.props, opts)


class DataGuard:
    """Compares what a program declares with what its stack holds.

    Args:
        contract: the whole contract, with its `deletions`.
        part: the slice that the program declares.
        state: the stack as it is; None where there is none yet.
        today: the day on which an entry has to hold.
    """

    def __init__(self, contract: Contract, part: Part, state: StackState | None, today: date) -> None:
        self._contract, self._part, self._state, self._today = contract, part, state, today
        self._declared: dict[tuple[str, str], Mapping[str, Any]] = {}
        held = settings_in(state.resources if state is not None else ())
        self._held_settings = without_deleted_workspaces(held, state, contract) if state is not None else held
        self._settings: dict[str, Declared] = {}

    def note(self, declared: pulumi.ResourceTransformationArgs) -> None:
        """Note that a resource is declared, also under the names that it had before.

        Raises:
            RunError: its update would weaken a setting, and the contract has no override.
        """
        if declared.type_ not in BY_TYPE and declared.type_ not in PROTECTIVE_TYPES:
            return
        names = [declared.name]
        aliases = getattr(declared.opts, "aliases", None) or []
        for alias in aliases:
            if isinstance(alias, pulumi.Alias) and isinstance(alias.name, str):
                names.append(alias.name)
            elif isinstance(alias, str):
                names.append(alias.rpartition("::")[2])
        properties = declared.props or {}
        if declared.type_ in PROTECTIVE_TYPES:
            connection = getattr(getattr(declared.opts, "provider", None), "_name", "")
            setting = Declared(declared.type_, declared.name, connection, properties)
            self._note_setting(setting, names)
        for name in names if declared.type_ in BY_TYPE else ():
            self._declared[declared.type_, name] = properties

    def check(self) -> None:
        """Stop where the run would delete or replace an object, or weaken a setting, and the contract has no entry.

        Raises:
            RunError: there is such an object or setting; all are named.
        """
        found = [message for one in self._held() if (message := self._refusal(one))]
        found += refusals(self._held_settings, self._settings, self._contract, self._today)
        if found:
            raise pulumi.RunError(engine_text("\n".join(found)))

    def _note_setting(self, setting: Declared, names: Sequence[str]) -> None:
        """Note a setting; stop where its own update would weaken it, which the engine writes at once."""
        for name in names:
            key = key_of(setting.type, name)
            held = self._held_settings.get(key)
            if held is not None and not setting.connection:
                # Inherited from a parent, which a transformation does not tell.
                setting = replace(setting, connection=held.connection)
            self._settings[key] = setting
            of_same = {key: held} if held else self._of_same(setting)
            if found := refusals(of_same, {**of_same, key: setting}, self._contract, self._today):
                raise pulumi.RunError(engine_text("\n".join(found)))

    def _of_same(self, setting: Declared) -> dict[str, Declared]:
        """Return the held settings of the same workspace and type: a new resource may weaken one beside it."""
        return {
            key: one
            for key, one in self._held_settings.items()
            if one.type == setting.type and one.connection == setting.connection
        }

    def _held(self) -> list[Resource]:
        return [one for one in (self._state.resources if self._state else ()) if one.type in BY_TYPE]

    def _refusal(self, held: Resource) -> str | None:
        declared = self._declared.get((held.type, held.name))
        if declared is not None and not _is_another(held, declared):
            return None
        place = self._part.slice.environment or "", self._part.slice.project or ""
        target = data_object(held, *place, self._contract)
        was_protected = self._state.protected if self._state else None
        if target is None or not is_protected(target, was_protected, self._contract):
            return None
        if allowed_by(target, self._contract, self._today) is not None:
            return None
        verb = "deleted" if declared is None else "replaced by a new one"
        return unwritten(target, verb, "", self._contract, self._today)


def _is_another(held: Resource, declared: Mapping[str, Any]) -> bool:
    """Return whether a declaration makes another object than the one that is there, as far as it is known."""
    for name in BY_TYPE[held.type].identity:
        before, after = held.inputs.get(name), declared.get(name)
        if isinstance(before, str) and isinstance(after, str) and before != after:
            return True
    return False
