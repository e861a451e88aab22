"""Ways of granting access in Harness that the contract does not declare: administrators and other pipelines."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from rolecall.access.observation import Unmanaged
from rolecall.access.ways import Ways, administrator_names
from rolecall.contract.contract import Contract
from rolecall.systems.harness.client import every
from rolecall.systems.harness.held import administrators
from rolecall.systems.harness.permissions import SERVICE_ACCOUNT
from rolecall.systems.harness.pipeline import PATH, pipeline
from rolecall.systems.harness.powers import powers

TRIGGERS = "/pipeline/api/triggers"
READ = (
    "administrators of the Harness account and organization",
    "pipelines that the contract does not name",
    "triggers of the contract's pipelines",
    "roles that change what runs as a principal: on other pipelines, delegates, service accounts, groups and roles",
)


def harness_ways(
    contract: Contract,
    others: Iterable[str],
    delegates: Collection[str],
    counterparts: Collection[str],
    pool: ThreadPoolExecutor,
) -> Ways:
    """Read all ways into one record.

    Args:
        contract: the contract.
        others: identifiers of the pipelines that are not counterparts of the contract's jobs.
        delegates: the selectors of the delegates that have keys of the contract's service principals.
        counterparts: identifiers of the pipelines of the contract's jobs.
        pool: runs the reads.
    """
    ways = Ways(read=[*READ])
    reads = [
        pool.submit(ways.collect, READ[0], lambda: [*_administrators(contract)]),
        pool.submit(ways.collect, READ[3], lambda: [*powers_of_others(contract, counterparts)]),
    ]
    reads += [
        pool.submit(ways.collect, f"triggers of pipeline {identifier}", triggers_of(identifier))
        for identifier in counterparts
    ]
    reads += [
        pool.submit(ways.collect, f"pipeline {identifier}", _pipeline(identifier, delegates)) for identifier in others
    ]
    for read in reads:
        read.result()
    return ways


def _administrators(contract: Contract) -> Iterator[Unmanaged]:
    known = administrator_names(contract)
    found = administrators()
    own = own_account(who for who, _ in found)
    for who, role in found:
        if who == own or who.partition("/")[2].casefold() in known:
            continue
        yield Unmanaged(
            f"administrator of Harness: {who}",
            f"may run and change every pipeline by the role {role}, and is not in `administrators`",
            f"a Harness account administrator revokes the role {role}",
        )


def own_account(holders: Iterable[str]) -> str:
    """Return the service account that Rolecall signs in with, which a key does not name: the only one with such a role.

    With several, list Rolecall's in `administrators`; the result is then empty, as with a person's token:
    https://developer.harness.io/docs/platform/automation/api/add-and-manage-api-keys
    """
    if os.environ.get("HARNESS_PLATFORM_API_KEY", "").startswith("pat."):
        return ""
    accounts = {who for who in holders if who.startswith(f"{SERVICE_ACCOUNT}/")}
    return accounts.pop() if len(accounts) == 1 else ""


def powers_of_others(contract: Contract, counterparts: Collection[str]) -> Iterator[Unmanaged]:
    """Yield who can change what runs as a principal by something else than a right on its pipeline.

    Args:
        contract: the contract, whose administrators may.
        counterparts: identifiers of the pipelines of its jobs.
    """
    known = administrator_names(contract)
    found = [*powers(counterparts)]
    own = own_account(one.holder for one in found)
    for one in found:
        if one.holder == own or one.holder.partition("/")[2].casefold() in known:
            continue
        yield Unmanaged(
            f"role {one.role} of {one.holder} in Harness",
            f"may {', '.join(one.what)}, and is not in `administrators`",
            f"a Harness administrator revokes the role {one.role}",
        )


def triggers_of(identifier: str) -> Callable[[], list[Unmanaged]]:
    """Return a function that reads what starts a pipeline by itself; the contract's jobs have schedules in Databricks.

    https://developer.harness.io/docs/platform/triggers/triggers-overview
    """

    def read() -> list[Unmanaged]:
        found: list[Unmanaged] = []
        for trigger in every(
            TRIGGERS, key=lambda item: str(item["identifier"]), query={"targetIdentifier": identifier}
        ):
            name, enabled = str(trigger.get("identifier")), trigger.get("enabled", True)
            reaches = f"starts pipeline {identifier} by itself ({trigger.get('type')})" if enabled else ""
            how = f"a Harness administrator: DELETE {TRIGGERS}/{name}?targetIdentifier={identifier}" if enabled else ""
            found.append(Unmanaged(f"trigger {name} of pipeline {identifier}", reaches, how))
        return found

    return read


def _pipeline(identifier: str, delegates: Collection[str]) -> Callable[[], list[Unmanaged]]:
    def read() -> list[Unmanaged]:
        definition = pipeline(identifier) or {}
        used = sorted({text for text in _texts(definition) if text in delegates})
        reaches = f"runs on the delegate {', '.join(used)}" if used else ""
        how = f"name it in the contract, or delete it: DELETE {PATH}/{identifier}" if used else ""
        return [Unmanaged(f"pipeline {identifier}", reaches, how)]

    return read


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    else:
        yield str(value)
