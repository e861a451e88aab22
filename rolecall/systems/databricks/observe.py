"""Read what is live in the account and the workspaces, as canonical grants."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rolecall.access.effective import Access
from rolecall.access.observation import Observation, Remark, RemarkKind
from rolecall.contract.contract import Contract
from rolecall.errors import ObjectMissing, RolecallError
from rolecall.ids.ids import ObjectId, ServicePrincipalId, Subject
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.api import value_at
from rolecall.kinds.registry import BY_NAME, KINDS
from rolecall.kinds.workspace import ASSIGNMENTS
from rolecall.systems.databricks.client import Reader, account_reader, total_calls, workspace_reader
from rolecall.systems.databricks.holders import Ambiguous, Holders, Words, is_found_in_list, list_by_name, name_of
from rolecall.systems.databricks.hosts import workspace_hosts
from rolecall.systems.databricks.permissions import canonical
from rolecall.systems.databricks.principals import Principals, read_principals
from rolecall.systems.databricks.shared_objects import told_to_each

# Requests under way at once to one workspace; the pace is held by the reader.
AT_ONCE = 16
# Objects that environments share; a catalog belongs to one.
SHARED = tuple(kind.name for kind in KINDS if kind.shared)
# Listed always: how many of them the contract does not have is told.
ALWAYS_LISTED = tuple(kind.name for kind in KINDS if kind.api is not None and kind.api.counts_unmanaged)


@dataclass(frozen=True)
class _Found:
    """What was read of one object."""

    target: ObjectId
    subjects: Mapping[Subject, Verb]
    remarks: tuple[Remark, ...]


def observe(contract: Contract, given: Access, environments: tuple[str, ...]) -> Observation:
    """Read what Databricks holds of a contract's access.

    A workspace that does not answer, or refuses, makes everything in it unknown; the others are still read.

    Args:
        contract: the contract.
        given: the access that it gives; its objects are looked for.
        environments: the environments to read.

    Raises:
        SystemUnreachable: the account does not answer.
        SystemRefused: the account refuses the caller.
    """
    started = time.monotonic()
    account = account_reader(contract.databricks.host, contract.databricks.account_id)
    hosts = workspace_hosts(contract, environments, account)
    readers = {name: workspace_reader(name, host) for name, host in hosts.items() if host}
    found: list[_Found] = []
    absent: list[ObjectId] = [
        target for target in given if hosts.get(contract.environments[target.own_environment].workspace) is None
    ]
    remarks: list[Remark] = []
    unmanaged = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        principals_later = pool.submit(read_principals, contract, account)
        views = {
            name: _Workspace(contract, given, name, reader, account, environments, pool)
            for name, reader in readers.items()
        }
        principals = principals_later.result()
        remarks += principals.remarks
        for view in views.values():
            try:
                results = view.results(principals)
            except RolecallError as error:
                remarks += [Remark(target, RemarkKind.UNKNOWN, error.what) for target in view.targets]
                continue
            found += [one for one in results if isinstance(one, _Found)]
            absent += [one for one in results if isinstance(one, ObjectId)]
            unmanaged += view.unmanaged()
    return Observation(
        access={one.target: dict(one.subjects) for one in found},
        absent=tuple(sorted(absent)),
        remarks=tuple(sorted({*remarks, *(remark for one in found for remark in one.remarks)}, key=str)),
        groups=principals.groups,
        namesakes=principals.namesakes,
        unmanaged=unmanaged,
        calls=total_calls([account, *readers.values()]),
        took=timedelta(seconds=time.monotonic() - started),
    )


class _Workspace:
    """Everything that is looked for in one workspace; its lists are asked for at once."""

    def __init__(
        self,
        contract: Contract,
        given: Access,
        name: str,
        reader: Reader,
        account: Reader,
        environments: Sequence[str],
        pool: ThreadPoolExecutor,
    ) -> None:
        self._contract, self._given, self._name = contract, given, name
        self._reader, self._account, self._pool = reader, account, pool
        stages = [one for one in environments if contract.environments[one].workspace == name]
        self.targets = [target for target in given if target.environment in stages]
        kinds = {*ALWAYS_LISTED, *(target.kind for target in self.targets if is_found_in_list(BY_NAME[target.kind]))}
        self._assigned = pool.submit(reader.listed, ASSIGNMENTS)
        self._later = {kind: pool.submit(list_by_name, reader, kind) for kind in kinds}
        self._listed: dict[Kind, dict[str, list[dict[str, Any]]]] = {}

    def results(self, principals: Principals) -> list[_Found | ObjectId]:
        """Return what was found of each object, or the object itself where it is not there.

        Raises:
            SystemUnreachable: the workspace does not answer.
            SystemRefused: it refuses the caller.
        """
        self._listed = {kind: later.result() for kind, later in self._later.items()}
        holders = Holders(self._contract, self._reader, self._account, principals, self._listed)
        own = [target for target in self.targets if target.kind not in SHARED]
        lookups = [self._pool.submit(self._look, holders, principals, target) for target in own]
        shared = {(target.kind, target.key) for target in self.targets if target.kind in SHARED}
        results: list[_Found | ObjectId] = [one.result() for one in lookups]
        for kind, key in sorted(shared):
            results += self._shared(kind, key, holders, principals)
        return results

    def unmanaged(self) -> int:
        """Return how many jobs and policies the workspace lists that the contract does not have."""
        count = 0
        for kind in ALWAYS_LISTED:
            wanted = {name_of(self._contract, one) for one in self.targets if one.kind is kind}
            count += sum(len(same) for name, same in self._listed[kind].items() if name not in wanted)
        return count

    def _look(self, holders: Holders, principals: Principals, target: ObjectId) -> _Found | ObjectId:
        try:
            words = holders.of(target)
            remarks = self._identity(holders, principals, target) if target.kind is Kind.JOB and words else ()
        except Ambiguous as error:
            remark = Remark(target, RemarkKind.UNKNOWN, f"{error}; which one is meant cannot be told")
            return _Found(target, {}, (remark,))
        except ObjectMissing:
            return target
        if words is None:
            return target
        subjects, more = _canonical(target, words)
        return _Found(target, subjects, (*remarks, *more))

    def _identity(self, holders: Holders, principals: Principals, target: ObjectId) -> tuple[Remark, ...]:
        """Compare who a job runs as: that is access too, to all that this identity may reach."""
        environment, project = target.own_environment, target.own_project
        wanted = self._contract.projects[project].jobs[target.key].service_principal(environment)
        item = holders.listed(target)
        if wanted is None or item is None:
            return ()
        api = BY_NAME[target.kind].api
        assert api is not None
        live = str(self._reader.object(api, str(value_at(item, api.id))).get("run_as_user_name") or "nobody")
        if live == principals.application_id(ServicePrincipalId(environment, project, wanted)):
            return ()
        text = f"it runs as {principals.shown(live)}; the contract says {wanted}"
        return (Remark(target, RemarkKind.DIFFERENT, text),)

    def _shared(self, kind: Kind, key: str, holders: Holders, principals: Principals) -> Iterator[_Found | ObjectId]:
        """Tell each environment what it holds of an object that they share."""
        asked = [target for target in self.targets if target.kind is kind and target.key == key]
        sharing = [ObjectId(environment, kind, None, key) for environment in self._contract.environments]
        words = self._levels(principals) if kind is Kind.WORKSPACE else holders.of(asked[0])
        if words is None:
            yield from asked
            return
        live, remarks = _canonical(asked[0], words)
        for target, seen in told_to_each(live, self._given, sharing, asked):
            yield _Found(target, seen, tuple(remarks) if target == asked[0] else ())

    def _levels(self, principals: Principals) -> Words:
        """Return who is assigned to the workspace, and at which level."""
        words: Words = {}
        for entry in self._assigned.result().values():
            levels = {str(level) for level in entry.get("permissions") or []}
            words.setdefault(principals.subject(entry.get("principal") or {}), set()).update(levels)
        return words


def _canonical(target: ObjectId, words: Words) -> tuple[dict[Subject, Verb], list[Remark]]:
    """Return what subjects hold, and a remark for each word that no verb says."""
    known = BY_NAME[target.kind].vocabulary
    subjects: dict[Subject, Verb] = {}
    remarks: list[Remark] = []
    for subject, said in words.items():
        held = canonical(target.kind, said)
        if held.verb is not None:
            subjects[subject] = held.verb
        for word in sorted(held.beyond):
            kind = RemarkKind.DIFFERENT if word in known else RemarkKind.UNKNOWN
            remarks.append(Remark(target, kind, f"{subject} holds {word}, which no verb says"))
    return subjects, remarks
