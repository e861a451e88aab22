"""Addresses from which a workspace cannot be reached any more once a run has written its lists of addresses.

Switching lists of addresses on enables other owners' lists in the workspace too. Databricks refuses a
list that blocks its caller, but neither the switch nor a preview: https://docs.databricks.com/api/workspace/ipaccesslists/create
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from rolecall.contract.address_space import Network, is_within, networks
from rolecall.contract.contract import Contract
from rolecall.contract.workspace import Workspace
from rolecall.contract.workspace_settings import CONF, IP_ACCESS_LIST, address_label, workspace_settings
from rolecall.deploy.first_settings import ENFORCED
from rolecall.engine.stack_state import StackState
from rolecall.errors import RolecallError, explained
from rolecall.slices.settings import key_of
from rolecall.systems.databricks.adoption import IP_ACCESS_LISTS
from rolecall.systems.databricks.client import Reader, workspace_reader

SHOWN = 5
HOW_TO_STAY = "Add its address to `ip_access.allow` of the workspace, or run this where the address is allowed."
EVERYWHERE = networks(["0.0.0.0/0", "::/0"])[0]
OWN_LABELS = (address_label("ALLOW"), address_label("BLOCK"))


@dataclass(frozen=True)
class Closed:
    """A workspace that fewer addresses can reach after a run.

    Attributes:
        workspace: its key.
        message: which addresses.
        locks_out: whether the address of this machine is one of them; the run must not begin.
        is_unread: whether the workspace's lists could not be read; the stack must not be run.
    """

    workspace: str
    message: str
    locks_out: bool = False
    is_unread: bool = False


@dataclass(frozen=True)
class _Reach:
    """The allowed ranges, and the blocked ones, which take precedence."""

    allowed: list[Network]
    blocked: list[Network]

    def admits(self, one: Network) -> bool:
        return is_within([one], self.allowed) and not any(one.overlaps(each) for each in self.blocked)


def own_address(host: str) -> str | None:
    """Return the address from which this machine reaches a host; None where a proxy or gateway may replace it.

    A datagram socket only chooses its address when it is connected: nothing is sent.
    """
    parts = urlsplit(host)
    if not proxy_bypass(parts.netloc) and getproxies().keys() & {parts.scheme, "all"}:
        return None
    with suppress(OSError, ValueError):
        for family, kind, _, _, address in socket.getaddrinfo(
            parts.hostname, parts.port or 443, type=socket.SOCK_DGRAM
        ):
            with socket.socket(family, kind) as probe:
                probe.connect(address)
                found = str(probe.getsockname()[0])
            return found if ip_address(found).is_global else None
    return None


def closed_addresses(
    contract: Contract,
    state: StackState | None,
    host_of: Callable[[str], str | None],
    address_of: Callable[[str], str | None] = own_address,
    connect: Callable[[str, str], Reader] = workspace_reader,
    *,
    refreshes: bool = False,
) -> Iterator[Closed]:
    """Yield the workspaces that fewer addresses can reach after a run of the account's stack.

    Args:
        contract: the contract.
        state: the account's stack; None where there is none yet.
        host_of: returns the address of a workspace; None where it is not there yet.
        address_of: returns the address from which this machine reaches a host; None where it is not known.
        connect: returns a reader of a workspace by name and address.
        refreshes: whether the run reads the live state first, and so overwrites manual changes.
    """
    for name, workspace in contract.workspaces.items():
        writes = workspace.ip_access is not None and (refreshes or not _is_deployed(name, workspace, state))
        host = host_of(name) if writes else None
        if host is None:
            continue
        try:
            enforced, lists = _live(connect(name, host))
        except RolecallError as error:
            # The write may succeed moments later.
            message = f"workspace {name}: its lists of addresses cannot be read: {explained(error)}"
            yield Closed(name, message, is_unread=True)
            continue
        yield from _closed(name, workspace, lists, address_of(host), enforced=enforced)


def _closed(
    name: str, workspace: Workspace, lists: Iterable[Mapping[str, Any]], own: str | None, *, enforced: bool
) -> Iterator[Closed]:
    live = [one for one in lists if one.get("enabled") is not False]
    others = [one for one in live if one.get("label") not in OWN_LABELS]
    assert workspace.ip_access is not None
    declared = [
        {"list_type": "ALLOW", "ip_addresses": workspace.ip_access.allow},
        {"list_type": "BLOCK", "ip_addresses": workspace.ip_access.block},
    ]
    before = _reach(live) if enforced else _Reach(EVERYWHERE, [])
    after = _reach([*declared, *others])
    lost = [one for one in before.allowed if not is_within([one], after.allowed)]
    blocked = [one for one in after.blocked if not is_within([one], before.blocked)]
    if not lost and not blocked:
        return
    parts = [f"{_shown(lost)} cannot come in any more, except {_shown(after.allowed)}"] if lost else []
    parts += [f"{_shown(blocked)} is blocked"] if blocked else []
    if not enforced and others:
        labels = ", ".join(sorted(repr(str(one.get("label"))) for one in others))
        parts.append(f"other owners' lists take effect: {labels}")
    address = networks([own])[0] if own else []
    locks_out = any(before.admits(one) and not after.admits(one) for one in address)
    if locks_out:
        parts.append(f"this machine, {own}, is one of them, and the run would end its own access")
    yield Closed(name, f"workspace {name}: {'; '.join(parts)}", locks_out)


def _shown(ranges: list[Network]) -> str:
    if ranges == EVERYWHERE:
        return "every address"
    more = f" and {len(ranges) - SHOWN} more" if len(ranges) > SHOWN else ""
    return ", ".join(str(one) for one in ranges[:SHOWN]) + more


def _reach(lists: Iterable[Mapping[str, Any]]) -> _Reach:
    texts: dict[str, list[str]] = {"ALLOW": [], "BLOCK": []}
    for one in lists:
        texts["BLOCK" if one.get("list_type") == "BLOCK" else "ALLOW"] += one.get("ip_addresses") or []
    # Without a list of allowed addresses, all that are not blocked may come in.
    return _Reach(networks(texts["ALLOW"])[0] if texts["ALLOW"] else EVERYWHERE, networks(texts["BLOCK"])[0])


def _is_deployed(name: str, workspace: Workspace, state: StackState | None) -> bool:
    """Return whether a state has exactly the declared lists, and the switch."""
    recorded = {key_of(one.type, one.name): one.inputs for one in (state.resources if state is not None else ())}
    switch = recorded.get(key_of(CONF, name), {}).get("customConfig")
    wanted = {
        key_of(one.type, one.name): one.inputs
        for one in workspace_settings(name, workspace)
        if one.type == IP_ACCESS_LIST
    }
    same = all(recorded.get(key, {}).get("ipAddresses") == inputs["ipAddresses"] for key, inputs in wanted.items())
    return same and isinstance(switch, dict) and switch.get(ENFORCED) == "true"


def _live(reader: Reader) -> tuple[bool, list[Mapping[str, Any]]]:
    enforced = reader.get("/api/2.0/workspace-conf", keys=ENFORCED).get(ENFORCED)
    return str(enforced).lower() == "true", [*reader.listed(IP_ACCESS_LISTS).values()]
