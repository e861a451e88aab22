"""Ways of granting access in Harness that the contract does not declare: administrators and other pipelines."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from rolecall.access.observation import Unmanaged
from rolecall.access.ways import Ways, administrator_names
from rolecall.contract.contract import Contract
from rolecall.systems.harness.held import administrators
from rolecall.systems.harness.permissions import SERVICE_ACCOUNT
from rolecall.systems.harness.pipeline import PATH, pipeline

READ = ("administrators of the Harness account and organization", "pipelines that the contract does not name")


def harness_ways(
    contract: Contract, others: Iterable[str], delegates: Collection[str], pool: ThreadPoolExecutor
) -> Ways:
    """Read all ways into one record.

    Args:
        contract: the contract.
        others: identifiers of the pipelines that are not counterparts of the contract's jobs.
        delegates: the selectors of the delegates that have keys of the contract's service principals.
        pool: runs the reads.
    """
    ways = Ways(read=[*READ])
    reads = [pool.submit(ways.collect, READ[0], lambda: [*_administrators(contract)])]
    reads += [
        pool.submit(ways.collect, f"pipeline {identifier}", _pipeline(identifier, delegates)) for identifier in others
    ]
    for read in reads:
        read.result()
    return ways


def _administrators(contract: Contract) -> Iterator[Unmanaged]:
    known = administrator_names(contract)
    unknown = [(who, role) for who, role in administrators() if who.partition("/")[2].casefold() not in known]
    accounts = {who for who, _ in unknown if who.startswith(f"{SERVICE_ACCOUNT}/")}
    for who, role in unknown:
        if accounts == {who}:
            # Rolecall itself signs in as an administrator: a single service account is taken to be its own.
            continue
        yield Unmanaged(
            f"administrator of Harness: {who}",
            f"may run and change every pipeline by the role {role}, and is not in `administrators`",
            f"a Harness account administrator revokes the role {role}",
        )


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
