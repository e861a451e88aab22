"""Observation of a system: what every system's observer does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sized
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from rolecall.access.effective import Access
from rolecall.access.membership import GroupState, Members
from rolecall.access.observation import Observation, Remark
from rolecall.access.ways import Ways
from rolecall.contract.contract import Contract
from rolecall.ids.ids import ObjectId
from rolecall.systems.connections import Connection

# Parallel reads; the client keeps to the system's rate limit.
AT_ONCE = 8


class Observer:
    """Measures an observation's requests and time.

    Args:
        client: the system's client.
    """

    def __init__(self, client: Connection) -> None:
        self._client = client
        self._started, self._calls = time.monotonic(), client().calls

    def observation(self, ways: Ways, **fields: Any) -> Observation:
        """Return an observation.

        Args:
            ways: the ways of granting access that were read.
            fields: the other fields of `Observation`.
        """
        return Observation(
            **fields,
            **ways.observation_fields(),
            calls=self._client().calls - self._calls,
            took=timedelta(seconds=time.monotonic() - self._started),
        )

    def groups(
        self,
        contract: Contract,
        listed: Sized,
        read: Callable[[str], Members],
        ways: Callable[[Contract, Mapping[str, Members], ThreadPoolExecutor], Ways],
    ) -> Observation:
        """Return the observation of an identity provider.

        Args:
            contract: the contract.
            listed: all groups that the provider has.
            read: returns the members of a group of the contract, by name.
            ways: reads the ways of granting access.
        """
        with ThreadPoolExecutor(AT_ONCE) as pool:
            pending = {name: pool.submit(read, name) for name in contract.groups}
            groups = {name: later.result() for name, later in pending.items()}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = ways(contract, groups, pool)
        ours = sum(members.state is GroupState.PRESENT for members in groups.values())
        return self.observation(found, groups=groups, holds_grants=False, unmanaged=len(listed) - ours)

    def counterparts(
        self, given: Access, present: Sized, listed: int, access: Access, remarks: Iterable[Remark], ways: Ways
    ) -> Observation:
        """Return the observation of an orchestrator.

        Args:
            given: the access that it has to hold, by job.
            present: the counterparts that exist.
            listed: the number of all objects of their type.
            access: the access that they hold, by job.
            remarks: other differences.
            ways: the ways of granting access that were read.
        """
        absent: tuple[ObjectId, ...] = tuple(sorted(target for target in given if target not in access))
        return self.observation(
            ways,
            access=access,
            absent=absent,
            remarks=tuple(sorted(remarks, key=str)),
            unmanaged=listed - len(present),
        )
