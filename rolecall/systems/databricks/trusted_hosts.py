"""Where the deployer signs in: Databricks' own domains, this machine, and the hosts that a contract allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rolecall import settings
from rolecall.errors import SystemRefused
from rolecall.ids.addresses import is_trusted, parse_address

_allowed: set[str] = set()
# Reads the project's contract, in a process that has loaded none; asked once, for a host that is not allowed yet.
_learn: list[Callable[[], Iterable[str]]] = []


def allow_hosts(hosts: Iterable[str]) -> None:
    """Let this process sign in to the hosts that a contract allows beside Databricks' own."""
    _allowed.update(hosts)


def ask_for_hosts(learn: Callable[[], Iterable[str]]) -> None:
    """Let this process ask which hosts a contract allows, once it needs to know.

    Args:
        learn: returns the hosts.
    """
    _learn[:] = [learn]


def require_trusted(name: str, address: str) -> None:
    """Refuse to send credentials to a host that is not allowed.

    Args:
        name: what is signed in to, as messages call it.
        address: its address.

    Raises:
        SystemRefused: the address is none of Databricks', of this machine, or of the hosts that are allowed.
    """
    variable = settings.ALLOWED_HOSTS.name
    how = f"Write the host under `allowed_hosts` in a platform file of the contract, or in {variable}, if it is yours."
    try:
        parsed = parse_address(address.rstrip("/"))
        trusted = is_trusted(parsed, _hosts())
        if not trusted and _learn:
            allow_hosts(_learn.pop()())
            trusted = is_trusted(parsed, _hosts())
    except ValueError as error:
        raise SystemRefused(f"nothing signs in to the address of {name}: {error}", how) from error
    if not trusted:
        raise SystemRefused(f"nothing signs in to the address of {name}: it is none of Databricks' hosts", how)


def _hosts() -> set[str]:
    return {*_allowed, *settings.ALLOWED_HOSTS.read()}
