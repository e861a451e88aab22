"""Documents about who has access."""

from __future__ import annotations

from typing import Any, NotRequired

from pydantic import with_config
from typing_extensions import TypedDict  # pydantic requires it before Python 3.12

from rolecall.documents.document import DOCUMENT, Document


@with_config(DOCUMENT)
class ReasonRow(TypedDict):
    """Why a subject has access."""

    role: str | None
    """the role; null for access without a role"""
    because: str
    """the reason in words"""
    ticket: str | None
    """the ticket of the binding"""
    place: str | None
    """file and line of the contract"""
    expires: NotRequired[str | None]
    """the last day of the binding"""


@with_config(DOCUMENT)
class GrantRow(TypedDict):
    """A grant."""

    subject: str
    """the subject's name"""
    subject_type: str
    """group, service principal, workload or deployer"""
    verb: str
    """view, run, edit, manage or own"""
    kind: str
    """the kind of the object"""
    object: str
    """the object's name"""
    environment: str | None
    """the environment; null for objects of the account"""
    via: list[str]
    """the groups through which a nested group has it; empty for its own access"""
    reasons: list[ReasonRow]
    """why it has it"""


@with_config(DOCUMENT)
class Grants(Document):
    """The result of `rolecall grants`."""

    grants: list[GrantRow]
    """the selected grants"""


@with_config(DOCUMENT)
class FederatedRow(TypedDict):
    """A token subject that acts as a service principal."""

    issuer: str
    """the issuer's name in the contract"""
    subject: str
    """the subject of the token"""
    audience: str
    """the audience of the token"""


@with_config(DOCUMENT)
class IdentityRow(TypedDict):
    """A service principal in one environment, with every identity of its workloads."""

    environment: str
    """the environment"""
    principal: str
    """the service principal: PROJECT/KEY"""
    name: str
    """its display name in Databricks"""
    cluster: str | None
    """the Kubernetes cluster; null without a service account there"""
    namespace: str | None
    """the namespace of its service account"""
    service_account: str | None
    """its service account"""
    mesh_identity: str | None
    """the identity by which the mesh knows it"""
    federated: list[FederatedRow]
    """token subjects that act as it without a key"""
    needs: list[str]
    """what its workloads do"""


@with_config(DOCUMENT)
class IdentityFindingRow(TypedDict):
    """A missing or shared workload identity."""

    id: str
    """identity-missing or identity-shared"""
    environment: str
    """the environment; the first one of a shared identity"""
    what: str
    """the finding"""
    how: str
    """how to go on"""
    place: str | None
    """file and line of the contract"""


@with_config(DOCUMENT)
class Identities(Document):
    """The result of `rolecall identities`."""

    identities: list[IdentityRow]
    """the service principals by environment"""
    findings: list[IdentityFindingRow]
    """missing and shared identities"""


@with_config(DOCUMENT)
class Right(TypedDict):
    """A verb on an object."""

    verb: str
    """the verb"""
    kind: str
    """the kind of the object"""
    object: str
    """the object's name"""


@with_config(DOCUMENT)
class EscalationRow(TypedDict):
    """A subject that may act as a stronger one."""

    environment: str
    """the environment"""
    protected: bool
    """whether the environment is protected"""
    needs_acceptance: bool
    """whether the contract is refused without an acceptance"""
    of: str
    """the subject"""
    acting_as: str
    """the stronger subject"""
    through: list[Right]
    """the access that makes it possible; empty where it needs none"""
    why: str
    """the step, where `through` is empty: `is nested in`, or how live access makes it possible"""
    gains: list[Right]
    """the access that it gains"""
    accepted: dict[str, Any] | None
    """the entry of `accepted_escalations` that permits it"""


@with_config(DOCUMENT)
class Escalations(Document):
    """The result of `rolecall escalations`."""

    escalations: list[EscalationRow]
    """the escalations"""


@with_config(DOCUMENT)
class ExpiryRow(TypedDict):
    """Something with a last day."""

    kind: str
    """binding, removal override, accepted escalation, deletion, exemption …"""
    what: str
    """which one, in words"""
    expires: str
    """its last day"""
    days: int
    """days until then; negative afterwards"""
    expired: bool
    """whether the day is over"""
    owner: str | None
    """the owner"""
    place: str | None
    """file and line of the contract"""
    effect: str
    """the effect of its end"""


@with_config(DOCUMENT)
class Side(TypedDict):
    """The access of a subject in one environment."""

    exists: bool
    """whether the object exists there"""
    verb: str | None
    """the verb; null without access"""
    reasons: list[ReasonRow]
    """why it has it"""


@with_config(DOCUMENT)
class DifferenceRow(TypedDict):
    """A difference between two environments."""

    kind: str
    """the kind of the object"""
    object: str | None
    """the object's name; null for the environment's workspace"""
    subject: str
    """the subject"""
    sides: dict[str, Side]
    """the access by environment"""


@with_config(DOCUMENT)
class Differences(Document):
    """The result of `rolecall diff`."""

    environments: list[str]
    """the two environments"""
    differences: list[DifferenceRow]
    """the differences"""


@with_config(DOCUMENT)
class EnvironmentVerdict(TypedDict):
    """How access in an environment changes between two contracts."""

    environment: str | None
    """the environment; null for what environments share"""
    verdict: str
    """equivalent, less, more or incomparable"""
    remark: str | None
    """what else is other there: its workspace, or that it is not protected any more"""
    witness: str | None
    """the first gain in words; null without one"""


@with_config(DOCUMENT)
class ContractChange(TypedDict):
    """A change of what a subject can do to an object."""

    subject: str
    """the subject's name"""
    subject_type: str
    """group, service principal, workload or deployer"""
    kind: str
    """the kind of the object"""
    object: str
    """the object's name"""
    environment: str | None
    """the environment; null for what environments share"""
    change: str
    """gain, loss, or both where an approval and a verb go different ways"""
    before: list[str]
    """the strongest actions before"""
    after: list[str]
    """the strongest actions after"""
    since: str | None
    """the first day; null for today"""
    until: str | None
    """the last day; null where no end is known"""
    path: str
    """a shortest way to what is gained or lost, with roles and lines"""
    place: str | None
    """file and line that give what is gained, or gave what is lost"""


@with_config(DOCUMENT)
class ContractDifferences(Document):
    """The result of `rolecall diff` for two contracts."""

    unknown: list[str]
    """what of live access could not be read or placed; always empty where two contracts are compared"""
    before: str
    """the earlier contract"""
    after: str
    """the later contract"""
    verdicts: list[EnvironmentVerdict]
    """the verdict of each environment"""
    changes: list[ContractChange]
    """the changes: protected environments first, gains before losses"""
    new_escalations: list[str]
    """who may act as another subject only afterwards"""
    ended_escalations: list[str]
    """who may act as another subject only before"""
