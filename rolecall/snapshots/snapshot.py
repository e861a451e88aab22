"""The content of a snapshot: live grants, groups with their people, ids, findings and digests of states."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from rolecall.documents.parity import FindingRow
from rolecall.ids.ids import DeployerId, GroupId, LiveSubject, ObjectId, ServicePrincipalId, Subject, SubjectType
from rolecall.ids.verbs import Kind, Verb

PREDICATE_TYPE = "urn:rolecall:snapshot:1"
DEPLOYER = "deployer"
LIVE = "live "


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GrantRow(_Model):
    """A live grant.

    Attributes:
        system: the system.
        subject_type: `group` or `service_principal` of the contract, `deployer`, or `live TYPE` for any other holder.
        subject: the parts of its id.
        verb: the highest verb.
        environment: the object's environment; None where environments share it.
        kind: the object's kind.
        project: the object's project; None where projects share it.
        key: the object's key.
    """

    system: str
    subject_type: str
    subject: tuple[str, ...]
    verb: Verb
    environment: str | None
    kind: Kind
    project: str | None
    key: str

    @classmethod
    def of(cls, system: str, subject: Subject, verb: Verb, target: ObjectId) -> GrantRow:
        """Return the row of a grant."""
        parts: tuple[str, ...]
        match subject:
            case GroupId(key):
                sort, parts = str(SubjectType.GROUP), (key,)
            case ServicePrincipalId(environment, project, key):
                sort, parts = str(SubjectType.SERVICE_PRINCIPAL), (environment, project, key)
            case DeployerId(application_id):
                sort, parts = DEPLOYER, (application_id,)
            case LiveSubject(kind, name):
                sort, parts = f"{LIVE}{kind}", (name,)
        return cls(
            system=system,
            subject_type=sort,
            subject=parts,
            verb=verb,
            environment=target.environment,
            kind=target.kind,
            project=target.project,
            key=target.key,
        )

    def target(self) -> ObjectId:
        """Return the object."""
        return ObjectId(self.environment, self.kind, self.project, self.key)

    def holder(self) -> Subject:
        """Return the subject.

        Raises:
            ValueError: there is no such type of subject.
        """
        if self.subject_type == SubjectType.GROUP:
            return GroupId(*self.subject)
        if self.subject_type == SubjectType.SERVICE_PRINCIPAL:
            return ServicePrincipalId(*self.subject)
        if self.subject_type == DEPLOYER:
            return DeployerId(*self.subject)
        return LiveSubject(SubjectType(self.subject_type.removeprefix(LIVE)), *self.subject)


class GroupRow(_Model):
    """A group of the contract, as it is live.

    Attributes:
        key: its key in the contract.
        external: its id in the identity provider; empty for a group that Rolecall creates.
        account_id: its id in the Databricks account; empty where it is not there.
        account_name: its name there.
        people: the sign-in names of everyone in it, nested groups included; None where no system has listed them.
    """

    key: str
    external: str
    account_id: str
    account_name: str
    people: tuple[str, ...] | None


class SystemRow(_Model):
    """How reading a system went.

    Attributes:
        name: the system.
        grants: the number of live grants of the contract's objects.
        failure: why it could not be read; None where it was.
    """

    name: str
    grants: int
    failure: str | None


class StackRow(_Model):
    """The state of a stack.

    Attributes:
        name: the stack.
        declaration: digest of what was deployed last; empty where no run has ended well.
        resources: the number of its resources.
        pending: the number of operations that a killed run has left.
        digest: SHA-256 of what the state has; empty where it cannot be read.
        as_declared: whether the last run has deployed what the snapshot's contract declares, and all of it.
    """

    name: str
    declaration: str
    resources: int
    pending: int
    digest: str
    as_declared: bool


class Snapshot(_Model):
    """Live access at a time.

    Attributes:
        schema_version: the version of this form.
        taken_at: when reading began.
        rolecall: the version of Rolecall that took it.
        organization: the contract's organization.
        account_id: the Databricks account.
        contract: the contract's digest (`contract_digest`).
        commit: the commit of the contract's files; None outside a repository.
        environments: the contract's environments.
        systems: how reading each went.
        grants: the live grants of the contract's objects.
        groups: the contract's groups.
        hosts: addresses of the workspaces that Rolecall creates, by name.
        application_ids: application ids of service principals, by their external ids.
        lookups: digest of all ids of the account that programs of stacks get.
        variables: digests of the values of the contract's variables, by name (`variable_digests`).
        findings: the differences from the contract.
        not_read: ways of granting access that were not read.
        stacks: the states of the project's stacks.
    """

    schema_version: Literal[1] = 1
    taken_at: AwareDatetime
    rolecall: str
    organization: str
    account_id: str
    contract: str = Field(pattern=r"^[0-9a-f]{64}$")
    commit: str | None
    environments: tuple[str, ...]
    systems: tuple[SystemRow, ...]
    grants: tuple[GrantRow, ...]
    groups: tuple[GroupRow, ...]
    hosts: dict[str, str]
    application_ids: dict[str, str]
    lookups: str
    variables: dict[str, str]
    findings: tuple[FindingRow, ...]
    not_read: tuple[str, ...]
    stacks: tuple[StackRow, ...]

    @property
    def unread(self) -> list[SystemRow]:
        """The systems that could not be read."""
        return [one for one in self.systems if one.failure]

    def age(self, now: datetime) -> float:
        """Return the seconds since it was taken."""
        return (now - self.taken_at).total_seconds()
