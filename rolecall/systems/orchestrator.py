"""What every orchestrator has in common: a job's counterpart there holds what the job holds, and nothing else.

An orchestrator brings how its counterpart of a job is declared; who holds what is the same for all: whoever may see,
run or edit the job. The deployer is left out, as it signs in as administrator there; an owner may edit.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from rolecall.access.effective import Access
from rolecall.access.grant import Subject, SubjectType, Target
from rolecall.contract.contract import Contract
from rolecall.contract.job import JobBase
from rolecall.contract.naming import ALL_USERS
from rolecall.contract.objects import Declared, objects_of
from rolecall.contract.verbs import Kind, Verb

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


@dataclass(frozen=True)
class JobToRun:
    """A job as its counterparts know it.

    Attributes:
        declared: the job.
        environment: the environment.
        principal: display name of the service principal that it runs as.
        holders: who may see, run and edit it, and so its counterpart.
        owner: what Rolecall's objects say of themselves, `rolecall:ORGANIZATION`.
        workspace: address of the workspace; may not be known yet.
        job_id: the job's id there; may not be known yet.
        description: what the job is for.
    """

    declared: Declared
    environment: str
    principal: str
    holders: Holders
    owner: str
    workspace: Any = None
    job_id: Any = None
    description: str = ""

    @property
    def counterpart(self) -> str:
        """What the counterpart is called where it lives."""
        return counterpart_name(self.environment, self.declared.project, self.declared.key)


class Orchestrator(ABC):
    """A system that triggers jobs.

    Attributes:
        name: the system's name.
    """

    name: ClassVar[str]

    @abstractmethod
    def shared(self, groups: Sequence[str], owner: str) -> list[Wanted]:
        """Return what all counterparts share.

        Args:
            groups: the groups that hold something on a counterpart.
            owner: what Rolecall's objects say of themselves.
        """

    @abstractmethod
    def for_project(self, jobs: Sequence[JobToRun]) -> list[Wanted]:
        """Return the counterparts of a project's jobs in one environment, with all that they need."""


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
                one
                for one in objects_of(self.contract, environment, Kind.JOB)
                if isinstance(one.value, JobBase) and one.value.has_counterpart(self.system, environment)
            ]
        return self._jobs[environment]

    def access(self, access: Access) -> Access:
        """Return what the orchestrator has to hold of a contract's access: by jobs, whose counterparts it has."""
        found: Access = {}
        for environment in self.contract.environments:
            for declared in self.jobs(environment):
                target = Target(environment, Kind.JOB, declared.name)
                if target in access:
                    found[target] = holders_of(self.contract, access[target])
        return found

    def groups(self, access: Access) -> list[str]:
        """Return the groups that hold something on a counterpart."""
        held = self.access(access).values()
        return sorted({one.name for holders in held for one in holders if one.type is SubjectType.GROUP})


def holders_of(contract: Contract, held: Holders) -> dict[Subject, Verb]:
    """Return who holds what on a job's counterpart."""
    deployer = Subject(SubjectType.SERVICE_PRINCIPAL, contract.databricks.deployer)
    return {
        subject: min(verb, Verb.EDIT, key=lambda one: one.rank) for subject, verb in held.items() if subject != deployer
    }


def counterpart_name(environment: str, project: str, job: str) -> str:
    """Return what a job's counterpart is called in every orchestrator."""
    return f"{environment}-{project}-{job}"


def everybody_holds(access: Access) -> Iterator[tuple[Target, str]]:
    """Yield where Databricks' groups of everybody hold something, which no orchestrator has."""
    for target, held in access.items():
        for subject in held:
            if subject.type is SubjectType.GROUP and subject.name in ALL_USERS:
                yield target, subject.name
