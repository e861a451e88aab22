"""Where the provider may send credentials that an engine has started it with."""

from __future__ import annotations

import os
from pathlib import Path

from rolecall.errors import RolecallError
from rolecall.project import require_contract
from rolecall.systems.databricks.account_address import admitted_by_environment, is_same


def is_host_of_project(host: str) -> bool:
    """Return whether an account's address is that of the environment, of Databricks, or of the project's contract."""
    if admitted_by_environment(host, os.environ):
        return True
    # What reads contracts takes a while to import, and is needed only for an address of one's own.
    from rolecall.compiled import compile_file
    from rolecall.console.today import today

    try:
        contract = compile_file(require_contract(Path.cwd(), None, os.environ), today()).contract
    except RolecallError:
        return False
    return is_same(host, contract.databricks.host)
