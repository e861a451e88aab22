"""Where the deployer signs in: Databricks' own domains, this machine, and the hosts that a contract allows."""

from __future__ import annotations

import os
from collections.abc import Iterable

from rolecall.errors import SystemRefused
from rolecall.ids.addresses import is_trusted, parse_address

# Hosts that are allowed in processes that load no contract, separated by commas: the native provider's, a worker's.
VARIABLE = "ROLECALL_ALLOWED_HOSTS"

_allowed: set[str] = set()


def allow_hosts(hosts: Iterable[str]) -> None:
    """Let this process sign in to the hosts that a contract allows beside Databricks' own."""
    _allowed.update(hosts)


def require_trusted(name: str, address: str) -> None:
    """Refuse to send credentials to a host that is not allowed.

    Args:
        name: what is signed in to, as messages call it.
        address: its address.

    Raises:
        SystemRefused: the address is none of Databricks', of this machine, or of the hosts that are allowed.
    """
    allowed = {*_allowed, *(one.strip() for one in os.environ.get(VARIABLE, "").split(",") if one.strip())}
    how = f"Write the host under `allowed_hosts` in a platform file of the contract, or in {VARIABLE}, if it is yours."
    try:
        trusted = is_trusted(parse_address(address.rstrip("/")), allowed)
    except ValueError as error:
        raise SystemRefused(f"nothing signs in to the address of {name}: {error}", how) from error
    if not trusted:
        raise SystemRefused(f"nothing signs in to the address of {name}: it is none of Databricks' hosts", how)
