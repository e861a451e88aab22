"""What every orchestrator has in common: a job's counterpart there holds what the job holds, and nothing else.

An orchestrator declares its counterpart of a job; the holders are the same in all: subjects who may see,
run or edit the job. The deployer is left out, as it signs in as administrator there; an owner may edit.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from rolecall.access.effective import Access
from rolecall.contract.contract import Contract
from rolecall.contract.naming import ALL_USERS, subject_name
from rolecall.contract.objects import Declared
from rolecall.errors import InvalidContract, Problem
from rolecall.ids.ids import DeployerId, GroupId, ObjectId, ServicePrincipalId, Subject, SubjectType, ownership_mark
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.job import JobBase

Holders = Mapping[Subject, Verb]


@dataclass(frozen=True)
class Wanted:
    """A resource of the native provider that an orchestrator wants declared.

    Attributes:
        token: its type, `rolecall:SYSTEM:NAME`.
        name: its name among Pulumi's resources.
        properties: its inputs; a value may be known only once something else is made.
        after: names of those that have to be there before it.
    """

    token: str
    name: str
    properties: Mapping[str, Any]
    after: Sequence[str] = ()


def each_once(wanted: Iterable[Wanted]) -> list[Wanted]:
    """Return resources without repetitions, as several jobs want the same principal's.

    Raises:
        InvalidContract: two different resources of one type have one name; neither may take the other's place.
    """
    found: dict[tuple[str, str], Wanted] = {}
    for one in wanted:
        first = found.setdefault((one.token, one.name), one)
        if first.properties != one.properties:
            what = f"two different resources of type {one.token} would be called {one.name!r}"
            how = "Rename the job or the service principal that the name comes from."
            raise InvalidContract([Problem("names-collide", None, what, how)])
    return list(found.values())


@dataclass(frozen=True)
class JobToRun:
    """A job as its counterparts know it.

    Attributes:
        declared: the job.
        environment: the environment.
        runs_as: the service principal that it runs as.
        holders: who may see, run and edit it, and so its counterpart.
        organization: the contract's organization, which marks of ownership begin with.
        workspace: address of the workspace; may not be known yet.
        job_id: the job's id there; may not be known yet.
        description: what the job is for.
        after: jobs that the counterpart runs before, in their order.
        approved_by: the group whose member must approve before the job itself runs; empty if none.
        group_names: what groups are called in orchestrators, by key, where that is not the key.
    """

    declared: Declared
    environment: str
    runs_as: ServicePrincipalId
    holders: Holders
    organization: str
    workspace: Any = None
    job_id: Any = None
    description: str = ""
    after: Sequence[JobToRun] = ()
    approved_by: str = ""
    group_names: Mapping[str, str] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        """The ownership mark of the counterpart."""
        return ownership_mark(self.organization, self.declared.id_in(self.environment))

    @property
    def principal_mark(self) -> str:
        """The ownership mark of the principal's objects."""
        return ownership_mark(self.organization, self.runs_as)

    @property
    def principal(self) -> str:
        """What orchestrators call the service principal: its display name in the account."""
        return subject_name(self.runs_as)

    @property
    def counterpart(self) -> str:
        """What the counterpart is called where it lives."""
        return counterpart_name(self.environment, self.declared.project, self.declared.key)

    def holder_entries(self, group: str, principal: str, access: Callable[[Verb], object]) -> list[dict[str, Any]]:
        """Return the entries of the counterpart's access list.

        Args:
            group: the type of an entry of a group.
            principal: the type of an entry of a service principal.
            access: returns the access of an entry for a verb.
        """
        return [
            {
                "type": group if subject.type is SubjectType.GROUP else principal,
                "name": name_of(subject, self.group_names),
                "access": access(verb),
            }
            for subject, verb in sorted(self.holders.items())
        ]


class Orchestrator(ABC):
    """A system that triggers jobs.

    Attributes:
        name: the system's name.
        group_type: the type of its groups or teams, after `rolecall:NAME:`.
        has_stages: whether a counterpart may run other jobs before, and wait for an approval.
    """

    name: ClassVar[str]
    group_type: ClassVar[str] = "Group"
    has_stages: ClassVar[bool] = False

    def shared(self, groups: Mapping[str, str], organization: str) -> list[Wanted]:
        """Return the resources shared by all counterparts: the groups, unless the system needs more.

        Args:
            groups: the names of the groups that hold something on a counterpart, by key.
            organization: the contract's organization.
        """
        return [
            self.marked(self.group_type, name, ownership_mark(organization, GroupId(key)))
            for key, name in groups.items()
        ]

    @abstractmethod
    def for_project(self, jobs: Sequence[JobToRun]) -> list[Wanted]:
        """Return the counterparts of a project's jobs in one environment, with all that they need."""

    def marked(self, kind: str, name: str, mark: str) -> Wanted:
        """Return a resource of a type, after `rolecall:NAME:`, that has only a name and its owner's mark."""
        return Wanted(f"rolecall:{self.name}:{kind}", f"{self.name}-{name}", {"name": name, "managedBy": mark})


@dataclass(frozen=True)
class Counterparts:
    """The jobs of a contract that have a counterpart in one orchestrator."""

    system: str
    contract: Contract
    _jobs: dict[str, list[Declared]] = field(default_factory=dict, compare=False)

    def jobs(self, environment: str) -> list[Declared]:
        """Return the jobs of an environment that have one."""
        if environment not in self._jobs:
            self._jobs[environment] = [
                Declared(Kind.JOB, project, key, job)
                for project, declared in self.contract.projects.items()
                for key, job in declared.jobs.items()
                if job.counterparts and job.has_counterpart(self.system, environment)
            ]
        return self._jobs[environment]

    def access(self, access: Access) -> Access:
        """Return what the orchestrator has to hold of a contract's access: by jobs, whose counterparts it has."""
        found: Access = {}
        for environment in self.contract.environments:
            for declared in self.jobs(environment):
                target = declared.id_in(environment)
                if target in access:
                    found[target] = holders_of(self.contract, access[target])
        return found

    def groups(self, access: Access) -> list[str]:
        """Return the groups that hold something on a counterpart, or have to approve one's run."""
        held = self.access(access).values()
        holders = {one.key for holders in held for one in holders if isinstance(one, GroupId)}
        return sorted(holders | {found for one in self.contract.environments for found in self._approvers(one)})

    def _approvers(self, environment: str) -> Iterator[str]:
        for declared in self.jobs(environment):
            assert isinstance(declared.value, JobBase)
            found = declared.value.counterpart(self.system)
            if found is not None and found.approved_by:
                yield found.approved_by


def holders_of(contract: Contract, held: Holders) -> dict[Subject, Verb]:
    """Return who holds what on a job's counterpart."""
    deployer = DeployerId(contract.databricks.deployer)
    return {
        subject: min(verb, Verb.EDIT, key=lambda one: one.rank) for subject, verb in held.items() if subject != deployer
    }


def name_of(subject: Subject, group_names: Mapping[str, str]) -> str:
    """Return what orchestrators call a subject.

    Args:
        subject: the subject.
        group_names: what groups are called there, by key, where that is not the key.
    """
    return group_names.get(subject.key, subject.key) if isinstance(subject, GroupId) else subject_name(subject)


def subjects_by_name(given: Access, group_names: Mapping[str, str]) -> dict[tuple[SubjectType, str], Subject]:
    """Return the subjects of some access by their type and what orchestrators call them."""
    return {(subject.type, name_of(subject, group_names)): subject for held in given.values() for subject in held}


def verb_of(table: Mapping[Verb, Collection[str]], access: Collection[str]) -> tuple[Verb | None, bool]:
    """Return the verb that some access comes to, and whether it is exactly that.

    Rights beyond a verb count as the next verb that includes them, so that no right is underreported.

    Args:
        table: what each verb is called where the access is held, from the weakest verb.
        access: the subject's levels.
    """
    held = {*access}
    for verb, needed in table.items():
        if held <= {*needed}:
            return (verb if held else None), held == {*needed}
    return Verb.EDIT, False


def principals_of(job: JobToRun) -> dict[str, str]:
    """Return the ownership marks of the service principals that hold something on a job's counterpart, by name."""
    held = (one for one in job.holders if isinstance(one, ServicePrincipalId))
    return {subject_name(one): ownership_mark(job.organization, one) for one in sorted(held)}


def counterpart_name(environment: str, project: str, job: str) -> str:
    """Return what a job's counterpart is called in every orchestrator."""
    return f"{environment}-{project}-{job}"


def counterpart_of(target: ObjectId) -> str:
    """Return what the counterpart of a job is called."""
    return counterpart_name(target.own_environment, target.own_project, target.key)


def runs_as(contract: Contract, target: ObjectId) -> ServicePrincipalId:
    """Return the service principal that a job runs as."""
    environment, project = target.own_environment, target.own_project
    principal = contract.projects[project].jobs[target.key].service_principal(environment)
    assert principal is not None, "the contract's checks refuse a counterpart of a job without `run_as`"
    return ServicePrincipalId(environment, project, principal)


def principal_of(contract: Contract, target: ObjectId) -> str:
    """Return the display name of the service principal that a job runs as."""
    return subject_name(runs_as(contract, target))


def place_of(contract: Contract, target: ObjectId) -> dict[str, str]:
    """Return as whom, and in which workspace, a counterpart runs its job; without a workspace that is not made yet."""
    host = workspace_of(contract, target)
    return {"principal": principal_of(contract, target), **({"workspace": host} if host else {})}


def workspace_of(contract: Contract, target: ObjectId) -> str:
    """Return the address of the workspace that has a job; empty where it is not known before it is made."""
    return contract.workspaces[contract.environments[target.own_environment].workspace].host or ""


def everybody_holds(access: Access) -> Iterator[tuple[ObjectId, str]]:
    """Yield where Databricks' groups of everybody hold something, which no orchestrator has."""
    for target, held in access.items():
        for subject in held:
            if isinstance(subject, GroupId) and subject.key in ALL_USERS:
                yield target, subject.key
