"""What a run is about to do, and where: shown before it is confirmed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from rolecall.deploy.deployment import Operation
from rolecall.deploy.plan import removed, steps_of
from rolecall.deploy.session import Session
from rolecall.engine.events import Outcome


@dataclass(frozen=True)
class Destination:
    """The systems that a run writes to.

    Attributes:
        account: id of the Databricks account.
        host: address of the account.
        workspaces: addresses of the workspaces, by name; empty for one that is still to be made.
    """

    account: str
    host: str
    workspaces: Mapping[str, str]

    def sentences(self) -> Iterator[str]:
        """Yield a line for the account and each workspace."""
        yield f"Databricks account {self.account} at {_place(self.host)}"
        for name, host in self.workspaces.items():
            yield f"workspace {name} at {_place(host)}" if host else f"workspace {name}, which Rolecall makes"


def destination(session: Session) -> Destination:
    """Return where a run writes to: the workspaces of the environments that are asked for, or all of them."""
    contract = session.compiled.contract
    asked = {name.partition(".")[0] for name in session.deployment.environments}
    used = {one.workspace for name, one in contract.environments.items() if not asked or name in asked}
    every = not asked or asked - {*contract.environments}
    names = [name for name in contract.workspaces if every or name in used]
    hosts = {name: contract.workspaces[name].host or "" for name in names}
    return Destination(contract.databricks.account_id, contract.databricks.host, hosts)


def to_be_destroyed(session: Session) -> dict[str, Outcome]:
    """Return what `destroy` would delete in each stack, from the states alone.

    Raises:
        SystemRefused: the account refuses the caller.
        SystemUnreachable: it does not answer.
    """
    assert session.deployment.operation is Operation.DESTROY
    steps = [*removed(session), *(step for layer in session.layers for step in steps_of(session, layer))]
    return {
        step.stack: Outcome(changes={"delete": count}, ran=False, preview=True)
        for step in steps
        if step.state is not None and (count := sum(one.custom for one in step.state.resources))
    }


def _place(host: str) -> str:
    """Return an address, and that it is an emulator's where it is this machine's own."""
    name = urlsplit(host).hostname or ""
    try:
        local = ip_address(name).is_loopback
    except ValueError:
        local = name == "localhost"
    return f"{host} (local emulator)" if local else host
