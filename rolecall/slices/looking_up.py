"""Facts of the account and the identity provider that programs of stacks need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rolecall.compiled import CompiledContract
from rolecall.errors import InvalidContract
from rolecall.slices.given_live import missing_in_workspaces
from rolecall.systems.databricks.lookups import Lookups, look_up
from rolecall.systems.sign_on import sign_on_names


def look_up_all(compiled: CompiledContract) -> Lookups:
    """Ask the account, and the identity provider where orchestrators fill groups by the names that it has.

    Raises:
        InvalidContract: a group or a service principal that the contract names by its id is not in a workspace that
            needs it.
        SystemRefused: a system refuses the caller.
        SystemUnreachable: it does not answer.
        UsageError: a group of the contract has the name of another principal now.
    """
    has_account = compiled.contract.databricks.has_account
    found = look_up(compiled.contract) if has_account else _through_workspaces(compiled)

    def account() -> Mapping[str, str]:
        return {key: group.name for key, group in found.groups.items()}

    names = sign_on_names(compiled.contract, compiled.access, account)
    return replace(found, orchestrators=names.names, taken=names.taken)


def _through_workspaces(compiled: CompiledContract) -> Lookups:
    # A program without look-ups does not wait until the clients are loaded.
    from rolecall.systems.databricks.given_account import GivenAccount

    account = GivenAccount(compiled.contract)
    if problems := [*missing_in_workspaces(compiled, account)]:
        raise InvalidContract(compiled.loaded.values.hide(problems))
    return look_up(compiled.contract, account)
