"""Read live access in the account and the workspaces, as canonical grants."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from rolecall.access.answers import understood
from rolecall.access.effective import Access
from rolecall.access.graph.live_step import LiveStep, strongest, weakest
from rolecall.access.observation import Observation, Remark, RemarkKind, Unmanaged
from rolecall.access.ways import Ways
from rolecall.contract.binding_checks import bound_workspaces
from rolecall.contract.contract import Contract
from rolecall.errors import ObjectMissing, RolecallError, SystemRefused, SystemUnreachable
from rolecall.ids.ids import DeployerId, LiveSubject, ObjectId, ServicePrincipalId, Subject, SubjectType
from rolecall.ids.project_object import Adjustable
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import ASSIGNMENT, PERMISSIONS
from rolecall.kinds.api import Json, value_at
from rolecall.kinds.registry import BY_NAME, KINDS, Spec
from rolecall.kinds.spec import Scope
from rolecall.kinds.workspace import ASSIGNMENTS
from rolecall.systems.databricks.client import Reader, total_calls, workspace_reader
from rolecall.systems.databricks.given_account import reader_of_account
from rolecall.systems.databricks.holders import (
    Ambiguous,
    Holders,
    Inherited,
    Words,
    is_found_in_list,
    list_by_name,
    name_of,
)
from rolecall.systems.databricks.hosts import workspace_hosts
from rolecall.systems.databricks.permissions import canonical
from rolecall.systems.databricks.principals import Principals, read_principals
from rolecall.systems.databricks.shared_objects import shared_with_each
from rolecall.systems.databricks.ways.account import account_ways
from rolecall.systems.databricks.ways.around import around_ways, declares_any
from rolecall.systems.databricks.ways.data import data_ways
from rolecall.systems.databricks.ways.databases import READ as DATABASES_READ
from rolecall.systems.databricks.ways.databases import own_databases
from rolecall.systems.databricks.ways.folders import READ as FOLDERS_READ
from rolecall.systems.databricks.ways.folders import Folders, contents_of, inherited_rights
from rolecall.systems.databricks.ways.identities import Identities, administrators_of, identities_of
from rolecall.systems.databricks.ways.place import Place
from rolecall.systems.databricks.ways.workspace import workspace_ways
from rolecall.systems.databricks.workspace_ids import ids_of_workspaces

# Requests under way at once to one workspace; the pace is held by the reader.
AT_ONCE = 16
# Objects that environments share; a catalog belongs to one.
SHARED = tuple(kind.name for kind in KINDS if kind.shared)
# Always listed: the number of unmanaged ones is reported.
ALWAYS_LISTED = tuple(kind.name for kind in KINDS if kind.api is not None and kind.api.counts_unmanaged)

# Privileges that include all others, now or once their holder grants them.
WHOLE = ("ALL_PRIVILEGES", "MANAGE")
# Databricks' own group of a workspace's administrators.
ADMINS = LiveSubject(SubjectType.GROUP, "admins")


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
        given: the access that it grants in all environments.
        environments: the environments to read; the objects of these are looked for.

    Raises:
        SystemUnreachable: the account does not answer.
        SystemRefused: the account refuses the caller.
    """
    started = time.monotonic()
    account = reader_of_account(contract)
    hosts = workspace_hosts(contract, environments, account)
    readers = {name: workspace_reader(name, host) for name, host in hosts.items() if host}
    found: list[_Found] = []
    absent: list[ObjectId] = [
        target
        for target in given
        if target.environment in environments
        and hosts.get(contract.environments[target.own_environment].workspace) is None
    ]
    remarks: list[Remark] = []
    unmanaged = 0
    ways = Ways()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        principals_later = pool.submit(read_principals, contract, account)
        views = {
            name: _Workspace(contract, given, name, reader, account, environments, pool)
            for name, reader in readers.items()
        }
        principals = principals_later.result()
        remarks += principals.remarks
        answering: dict[str, _Workspace] = {}
        for name, view in views.items():
            try:
                with understood(f"workspace {name}"):
                    results = view.results(principals)
            except RolecallError as error:
                remarks += [Remark(target, RemarkKind.UNKNOWN, error.what) for target in view.targets]
                continue
            answering[name] = view
            found += [one for one in results if isinstance(one, _Found)]
            absent += [one for one in results if isinstance(one, ObjectId)]
            unmanaged += view.unmanaged()
        _read_ways(contract, given, environments, account, principals, answering, ways)
    return Observation(
        access={one.target: dict(one.subjects) for one in found},
        absent=tuple(sorted(absent)),
        remarks=tuple(sorted({*remarks, *(remark for one in found for remark in one.remarks)}, key=str)),
        groups=principals.groups,
        namesakes=principals.namesakes,
        unmanaged=unmanaged,
        calls=total_calls([account, *readers.values()]),
        took=timedelta(seconds=time.monotonic() - started),
        commands={key: command for view in answering.values() for key, command in view.commands.items()},
        **ways.observation_fields(),
    )


def _read_ways(
    contract: Contract,
    given: Access,
    environments: Sequence[str],
    account: Reader,
    principals: Principals,
    views: Mapping[str, _Workspace],
    ways: Ways,
) -> None:
    """Read every way of giving access that the contract does not declare, of all workspaces side by side."""
    known = identities_of(contract, principals, environments)
    # Those that wait have a pool of their own, so that none waits for a thread that another one holds.
    with ThreadPoolExecutor(AT_ONCE) as pool, ThreadPoolExecutor(AT_ONCE) as waiting:
        later = [waiting.submit(account_ways, contract, account, principals, known, pool, ways)]
        for name, view in views.items():
            jobs = view.unnamed(Kind.JOB)
            ways.found += (
                Unmanaged(f"{kind.noun} {str(value_at(item, kind.api.name))!r} in workspace {name}")
                for kind in KINDS
                if kind.api is not None and kind.name in ALWAYS_LISTED and kind.name is not Kind.JOB
                for item in view.unnamed(kind.name)
            )
            own = view.own_ids()
            later.append(
                waiting.submit(workspace_ways, contract, name, view.reader, jobs, view.is_named, known, own, pool, ways)
            )
            databases = partial(_own_databases, view.reader, name, known, own, given)
            ways.read.append(f"{DATABASES_READ} in workspace {name}")
            later.append(waiting.submit(ways.collect, f"database instances of workspace {name}", databases))
            folders = Folders(contract, name, view.reader, principals, known, given)
            ways.read += (f"{way} in workspace {name}" for way in FOLDERS_READ)
            ways.found += inherited_rights(folders, view.inherited)
            later += [
                pool.submit(ways.collect, f"contents of {target}", partial(_contents, folders, target))
                for target in view.targets
                if target.kind is Kind.FOLDER
            ]
        stages: dict[str, list[Place]] = {}
        bound: dict[str, str] = {}
        ways.collect("bindings to other workspaces", lambda: _add_bound_ids(contract, account, bound))
        for environment in environments:
            declared = contract.environments[environment]
            if declared.workspace in views:
                reader = views[declared.workspace].reader
                place = Place(contract, environment, reader, principals, known, given, account, bound)
                stages.setdefault(declared.workspace, []).append(place)
                if declared.catalog:
                    later.append(waiting.submit(data_ways, place, reader.workspace_id, pool, ways))
        later += [
            waiting.submit(around_ways, places, places[0].reader.workspace_id, pool, ways)
            for places in stages.values()
            if any(map(declares_any, places))
        ]
        for one in later:
            try:
                one.result()
            except RolecallError as error:
                ways.refused.append(error.what)


def _add_bound_ids(contract: Contract, account: Reader, bound: dict[str, str]) -> Sequence[Unmanaged]:
    wanted = bound_workspaces(contract)
    bound |= ids_of_workspaces(contract, wanted, account)
    if unknown := sorted(one for one in wanted - {*bound} if contract.workspaces[one].host is not None):
        # Without its id, a binding to it looks like an undeclared one.
        raise SystemUnreachable(f"workspace {', '.join(unknown)} does not answer with its id", "Run it again.")
    return ()


def _own_databases(
    reader: Reader, name: str, known: Identities, own: Mapping[tuple[str, str], ObjectId], given: Access
) -> list[Unmanaged]:
    return [*own_databases(reader, name, known, own, given)]


def _contents(folders: Folders, target: ObjectId) -> list[Unmanaged]:
    return [*contents_of(folders, target)]


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
        self.reader, self._account, self._pool = reader, account, pool
        stages = [one for one in environments if contract.environments[one].workspace == name]
        self.targets = [target for target in given if target.environment in stages]
        # Including objects of environments that are not read: they are declared too.
        self._here = [target for target in given if contract.environments[target.own_environment].workspace == name]
        kinds = {*ALWAYS_LISTED, *(target.kind for target in self.targets if is_found_in_list(BY_NAME[target.kind]))}
        self._assigned = pool.submit(reader.listed, ASSIGNMENTS)
        self._later = {kind: pool.submit(list_by_name, reader, kind) for kind in kinds}
        self._listed: dict[Kind, dict[str, list[dict[str, Any]]]] = {}
        self.commands: dict[tuple[ObjectId, str], str] = {}
        self.inherited: list[Inherited] = []

    def results(self, principals: Principals) -> list[_Found | ObjectId]:
        """Return what was found of each object, or the object itself where it is not there.

        Raises:
            SystemUnreachable: the workspace does not answer.
            SystemRefused: it refuses the caller.
        """
        self._listed = {kind: later.result() for kind, later in self._later.items()}
        holders = Holders(self._contract, self.reader, self._account, principals, self._listed)
        own = [target for target in self.targets if target.kind not in SHARED]
        lookups = [self._pool.submit(self._look, holders, principals, target) for target in own]
        shared = {(target.kind, target.key) for target in self.targets if target.kind in SHARED}
        results: list[_Found | ObjectId] = [one.result() for one in lookups]
        for kind, key in sorted(shared):
            results += self._shared(kind, key, holders, principals)
        self.inherited = holders.inherited
        return results

    def own_ids(self) -> dict[tuple[str, str], ObjectId]:
        """Return the contract's objects that other objects reference by id or name.

        The keys are a field with the id, or the kind, and the id; or the kind and the name.
        """
        found: dict[tuple[str, str], ObjectId] = {}
        for kind in KINDS:
            if kind.scope is not Scope.WORKSPACE or kind.section is None:
                continue
            targets = {name_of(self._contract, one): one for one in self.targets if one.kind is kind.name}
            found |= {(str(kind.name), name): target for name, target in targets.items()}
            for name, items in self._listed.get(kind.name, {}).items() if kind.api is not None else ():
                if name in targets and kind.api is not None:
                    ids = [str(value_at(item, kind.api.id)) for item in items]
                    fields = [str(kind.name), *([kind.id_field] if kind.id_field else [])]
                    found |= {(field, identity): targets[name] for identity in ids for field in fields}
        return found

    def unmanaged(self) -> int:
        """Return how many jobs and policies the workspace lists that the contract does not have."""
        count = 0
        for kind in ALWAYS_LISTED:
            wanted = {name_of(self._contract, one) for one in self._here if one.kind is kind}
            count += sum(len(same) for name, same in self._listed[kind].items() if name not in wanted)
        return count

    def unnamed(self, kind: Kind) -> list[Mapping[str, Any]]:
        """Return the objects of a kind that the workspace lists and the contract does not name."""
        wanted = {name_of(self._contract, one) for one in self._here if one.kind is kind}
        listed = self._listed.get(kind, {})
        return [item for name, same in listed.items() if name not in wanted for item in same]

    def is_named(self, noun: str, item: Mapping[str, Any]) -> bool:
        """Return whether a listed thing is an object of the contract."""
        kind = next((one for one in KINDS if one.noun == noun and one.api is not None), None)
        if kind is None or kind.api is None:
            return False
        wanted = {name_of(self._contract, one) for one in self._here if one.kind is kind.name}
        return str(value_at(item, kind.api.name)) in wanted

    def _look(self, holders: Holders, principals: Principals, target: ObjectId) -> _Found | ObjectId:
        try:
            words = holders.of(target)
            remarks = self._identity(holders, principals, target) if words else ()
        except Ambiguous as error:
            remark = Remark(target, RemarkKind.UNKNOWN, f"{error}; which one is meant is unknown")
            return _Found(target, {}, (remark,))
        except ObjectMissing:
            return target
        except SystemRefused as error:
            # Roles on a service principal are granted one by one: the rest of the workspace may be readable.
            if target.kind is not Kind.SERVICE_PRINCIPAL:
                raise
            return _Found(target, {}, (Remark(target, RemarkKind.UNKNOWN, error.what),))
        if words is None:
            return target
        subjects, more = _canonical(target, self._lowerable(target, words), self._given.get(target, {}))
        return _Found(target, subjects, (*remarks, *more))

    def _lowerable(self, target: ObjectId, words: Words) -> Words:
        """Return the entries of a list without those that Databricks and its provider keep there whatever is declared.

        `admins` may do everything with every object, and the provider puts its caller on each list
        (terraform-provider-databricks, permissions/permission_definitions.go).
        """
        if BY_NAME[target.kind].access.interface is not PERMISSIONS:
            return words
        given = self._given.get(target, {})
        return {
            subject: held
            for subject, held in words.items()
            if subject in given or not (isinstance(subject, DeployerId) or subject == ADMINS)
        }

    def _identity(self, holders: Holders, principals: Principals, target: ObjectId) -> tuple[Remark, ...]:
        """Compare who an object runs as: that is access too, to all that this identity may reach."""
        kind = BY_NAME[target.kind]
        if kind.api is not None and kind.differs is not None:
            return self._differs(holders, target, kind, kind.differs)
        if kind.api is None or not kind.api.runs_as or kind.executes is None:
            return ()
        environment, project = target.own_environment, target.own_project
        wanted = kind.executes.principal(kind.objects(self._contract.projects[project])[target.key], target)
        item = holders.listed(target)
        if wanted is None or item is None:
            return ()
        read = self.reader.object(kind.api, str(value_at(item, kind.api.id)))
        live = str(value_at(read, kind.api.runs_as) or "nobody")
        if live == principals.application_id(ServicePrincipalId(environment, project, wanted)):
            return ()
        text = f"it runs as {principals.shown(live)}; the contract says {wanted}"
        return (Remark(target, RemarkKind.DIFFERENT, text),)

    def _differs(
        self, holders: Holders, target: ObjectId, kind: Spec, differs: Callable[[Any, Json], tuple[str, str] | None]
    ) -> tuple[Remark, ...]:
        """Compare what the provider does not read back."""
        assert kind.api is not None
        declared = kind.objects(self._contract.projects[target.own_project])[target.key]
        value = declared.for_environment(target.own_environment) if isinstance(declared, Adjustable) else declared
        live: Json = {}
        try:
            if kind.api.find:
                live = self.reader.found(kind.api, name_of(self._contract, target))
            elif item := holders.listed(target):
                live = self.reader.object(kind.api, str(value_at(item, kind.api.id)))
        except ObjectMissing:
            pass  # a dashboard that is not published
        found = differs(value, live)
        return (Remark(target, RemarkKind.DIFFERENT, found[0], how=f"`{found[1]}`"),) if found else ()

    def _shared(self, kind: Kind, key: str, holders: Holders, principals: Principals) -> Iterator[_Found | ObjectId]:
        """Tell each environment what it holds of an object that they share."""
        asked = [target for target in self.targets if target.kind is kind and target.key == key]
        sharing = [ObjectId(environment, kind, None, key) for environment in self._contract.environments]
        assigned = BY_NAME[kind].access.interface is ASSIGNMENT
        words = self._levels(principals, asked) if assigned else holders.of(asked[0])
        if words is None:
            yield from asked
            return
        held = {subject: verb for target in asked for subject, verb in self._given.get(target, {}).items()}
        live, remarks = _canonical(asked[0], words, held)
        for target, seen in shared_with_each(live, self._given, sharing, asked):
            yield _Found(target, seen, tuple(remarks) if target == asked[0] else ())

    def _levels(self, principals: Principals, asked: Sequence[ObjectId]) -> Words:
        """Return who is assigned to the workspace, and at which level, but for the contract's administrators.

        The previewer only reads, which requires only USER in the workspace.
        Manual assignments stay until they are removed by hand; the finding has the command.
        """
        administrators = administrators_of(self._contract, principals)
        previewer = (self._contract.databricks.previewer or "").casefold()
        given = {subject for target in asked for subject in self._given.get(target, {})}
        words: Words = {}
        for entry in self._assigned.result().values():
            levels = {str(level) for level in entry.get("permissions") or []}
            principal = entry.get("principal") or {}
            subject = principals.subject(principal)
            names = [str(principal.get(key)).casefold() for key in _PRINCIPAL_NAMES if principal.get(key)]
            if subject not in given and administrators & {*names}:
                continue
            if levels == {ENTRY} and previewer in names:
                continue
            words.setdefault(subject, set()).update(levels)
            command = f"databricks account workspace-assignment delete {self._id()} {principal.get('principal_id')}"
            if not self._contract.databricks.has_account:
                command = f"databricks api delete {ASSIGNMENTS.list}/principals/{principal.get('principal_id')}"
            self.commands |= {(target, str(subject)): command for target in asked}
        return words

    def _id(self) -> str:
        try:
            return self.reader.workspace_id()
        except RolecallError:
            return "WORKSPACE_ID"


# The level of an assignment that grants entry: https://docs.databricks.com/api/account/workspaceassignment
ENTRY = "USER"
_PRINCIPAL_NAMES = ("principal_id", "group_name", "service_principal_name", "user_name")


def _canonical(
    target: ObjectId, words: Words, given: Mapping[Subject, Verb]
) -> tuple[dict[Subject, Verb], list[Remark]]:
    """Return the subjects' verbs, and a remark for each undeclared permission that no verb includes.

    A partial grant of a declared verb is reported as a missing verb, not as extra access.
    """
    known = BY_NAME[target.kind].words
    subjects: dict[Subject, Verb] = {}
    remarks: list[Remark] = []
    for subject, said in words.items():
        held = canonical(target.kind, said)
        if held.verb is not None:
            subjects[subject] = held.verb
        declared = known.get(given[subject], frozenset[str]()) if subject in given else frozenset[str]()
        for word in sorted(held.beyond - declared):
            text = f"{subject} holds {word}, which the contract does not give"
            verb = next((verb for verb, words in known.items() if word in words), None)
            node = strongest(target) if word in WHOLE else weakest(target, verb) if verb else None
            step = LiveStep(subject, node, f"holds {word}, a part of what it takes to") if node else None
            remarks.append(Remark(target, RemarkKind.EXTRA, text, str(subject), step))
    return subjects, remarks
