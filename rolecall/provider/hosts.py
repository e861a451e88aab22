"""Where the provider may send credentials that an engine has started it with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from rolecall.errors import RolecallError
from rolecall.project import require_contract
from rolecall.systems.databricks.account_address import admitted_by_environment, is_same

if TYPE_CHECKING:
    from rolecall.contract.contract import Contract


def is_host_of_project(host: str) -> bool:
    """Return whether an account's address is that of the environment, of Databricks, or of the project's contract."""
    if admitted_by_environment(host, os.environ):
        return True
    contract = _contract_of_project()
    return contract is not None and is_same(host, contract.databricks.host)


def hosts_that_the_project_allows() -> list[str]:
    """Return `allowed_hosts` of the project's contract: an engine that is run by hand passes none on."""
    contract = _contract_of_project()
    return [] if contract is None else list(contract.allowed_hosts)


def _contract_of_project() -> Contract | None:
    # What reads contracts takes a while to import, and is needed only for an address of one's own.
    from rolecall.compiled import compile_file
    from rolecall.today import today

    try:
        return compile_file(require_contract(Path.cwd(), None, os.environ), today()).contract
    except RolecallError:
        return None
