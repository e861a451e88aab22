"""Which hosts a run of a stack uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from rolecall.access.observation import PLATFORM
from rolecall.deploy.departures import place_of
from rolecall.deploy.plan import Step
from rolecall.deploy.session import Session
from rolecall.slices.slice import ACCOUNT
from rolecall.systems.databricks.account_address import is_same
from rolecall.systems.reachability import Host, databricks_hosts
from rolecall.systems.registry import SYSTEMS


def hosts_of(session: Session, step: Step) -> list[Host]:
    """Return the hosts that a run of a stack uses; errors as those of `Session.lookups`.

    Args:
        session: the deployment.
        step: the stack.
    """
    contract = session.compiled.contract
    if step.slice == ACCOUNT:
        # It connects to every workspace, for its settings; one that it makes itself is not there yet.
        workspaces = {name: one.host for name, one in contract.workspaces.items() if one.host}
    else:
        workspaces = _workspace_of(session, place_of(step)[0])
    account = contract.databricks.host if contract.databricks.has_account else None
    return [*databricks_hosts(account, workspaces), *_others(session, step)]


def run_hosts(session: Session, steps: Iterable[Step]) -> set[str]:
    """Return the hosts of Databricks to which a run of some stacks sends its credentials.

    They are the contract's, those of workspaces that Rolecall has made, and those that a stack was connected to before:
    what the contract no longer names is deleted there.

    Args:
        session: the deployment.
        steps: the stacks.
    """
    contract = session.compiled.contract
    former = {host for step in steps if step.state is not None for host in step.state.hosts.values()}
    named = {one.host for one in contract.workspaces.values() if one.host}
    return {contract.databricks.host, *named, *session.hosts.values(), *former}


def account_of(session: Session) -> Callable[[str], bool]:
    """Return a predicate for the host of the contract's account."""
    return lambda host: is_same(host, session.compiled.contract.databricks.host)


def _workspace_of(session: Session, environment: str) -> dict[str, str]:
    contract = session.compiled.contract
    if environment not in contract.environments:
        return {}
    name = contract.environments[environment].workspace
    host = contract.workspaces[name].host or session.hosts.get(name)
    return {name: host} if host else {}


def _others(session: Session, step: Step) -> Iterator[Host]:
    """Yield the identity provider's hosts for the account, and those of orchestrators that trigger a stack's jobs."""
    if step.slice is None:
        return
    part = session.part(step.slice)
    for system in SYSTEMS:
        if system.name == PLATFORM:
            continue
        used = step.slice == ACCOUNT and (not system.is_orchestrator or system.name in part.orchestrated)
        if step.slice != ACCOUNT:
            used = system.is_orchestrator and part.has_counterparts
        if used and system.concerns(session.compiled.contract):
            yield from (Host(name, address) for name, address in system.addresses().items())
