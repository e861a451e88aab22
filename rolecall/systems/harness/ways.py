"""Ways of giving access in Harness that the contract does not declare: administrators, and pipelines of others."""

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
    """Read every way.

    Args:
        contract: the contract.
        others: identifiers of the pipelines that are no counterparts.
        delegates: the selectors of the delegates that hold the keys of the contract's service principals.
        pool: runs the reads.
    """
    ways = Ways(read=[*READ])
    later = [pool.submit(ways.noted, READ[0], lambda: [*_administrators(contract)])]
    later += [pool.submit(ways.noted, f"pipeline {one}", _pipeline(one, delegates)) for one in others]
    for one_later in later:
        one_later.result()
    return ways


def _administrators(contract: Contract) -> Iterator[Unmanaged]:
    group = contract.break_glass.group if contract.break_glass else None
    known = administrator_names(contract.databricks.deployer, group, contract.administrators)
    found = [(who, role) for who, role in administrators() if who.partition("/")[2].casefold() not in known]
    accounts = {who for who, _ in found if who.startswith(f"{SERVICE_ACCOUNT}/")}
    for who, role in found:
        if accounts == {who}:
            # The run itself signs in as an administrator: where there is one service account, it is that one.
            continue
        yield Unmanaged(
            f"administrator of Harness: {who}",
            f"may run and change every pipeline by the role {role}, and is not in `administrators`",
            f"a Harness account administrator takes the role {role} away",
        )


def _pipeline(identifier: str, delegates: Collection[str]) -> Callable[[], list[Unmanaged]]:
    def read() -> list[Unmanaged]:
        found = pipeline(identifier) or {}
        used = sorted({one for one in _texts(found) if one in delegates})
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
