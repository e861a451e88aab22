"""Facts of the account and the identity provider that programs of stacks need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rolecall.compiled import CompiledContract
from rolecall.systems.databricks.lookups import Lookups, look_up
from rolecall.systems.sign_on import sign_on_names


def look_up_all(compiled: CompiledContract) -> Lookups:
    """Ask the account, and the identity provider where orchestrators fill groups by the names that it has.

    Raises:
        SystemRefused: a system refuses the caller.
        SystemUnreachable: it does not answer.
        UsageError: a group of the contract has the name of another principal now.
    """
    found = look_up(compiled.contract)

    def account() -> Mapping[str, str]:
        return {key: group.name for key, group in found.groups.items()}

    names = sign_on_names(compiled.contract, compiled.access, account)
    return replace(found, orchestrators=names.names, taken=names.taken)
