"""Grants in Databricks' words, and back: tables, each row a fact of a vendor document.

Some kinds have levels, of which a subject has one on an object; others have privileges or roles, of which it has a set.
Both are sets here, a level being a set of one. What no row says is kept beside the verb, never rounded to one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rolecall.ids.ids import Subject, SubjectType
from rolecall.ids.verbs import Kind, Verb

_ACL = "https://docs.databricks.com/en/security/auth/access-control/index.html"
_UNITY = "https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/privileges.html"
_MODELS = "https://docs.databricks.com/api/workspace/registeredmodels"
_SYSTEM_TABLES = "https://docs.databricks.com/en/admin/system-tables/index.html"
_PRINCIPALS = "https://docs.databricks.com/en/security/auth/access-control/service-principal-acl.html"


@dataclass(frozen=True)
class Row:
    """What a verb on a kind is in Databricks.

    Attributes:
        kind: what access is to.
        verb: the verb; None where Databricks has something that no verb says, which a contract cannot give.
        native: level, privileges or roles.
        source: the document that says so.
        why_not: why no verb says it.
    """

    kind: Kind
    verb: Verb | None
    native: frozenset[str]
    source: str
    why_not: str = ""


def _row(kind: Kind, verb: Verb | None, native: str, source: str, why_not: str = "") -> Row:
    return Row(kind, verb, frozenset(native.split()), source, why_not)


ROWS: tuple[Row, ...] = (
    _row(Kind.WORKSPACE, Verb.RUN, "USER", "https://docs.databricks.com/api/workspace/permissionassignments"),
    _row(Kind.WORKSPACE, Verb.MANAGE, "ADMIN", "https://docs.databricks.com/api/workspace/permissionassignments"),
    _row(Kind.JOB, Verb.VIEW, "CAN_VIEW", f"{_ACL}#job-acls"),
    _row(Kind.JOB, Verb.RUN, "CAN_MANAGE_RUN", f"{_ACL}#job-acls"),
    _row(Kind.JOB, Verb.EDIT, "CAN_MANAGE", f"{_ACL}#job-acls"),
    _row(Kind.JOB, Verb.OWN, "IS_OWNER", f"{_ACL}#job-acls"),
    _row(Kind.CLUSTER_POLICY, Verb.RUN, "CAN_USE", "https://docs.databricks.com/en/admin/clusters/policies.html"),
    _row(Kind.INSTANCE_POOL, Verb.RUN, "CAN_ATTACH_TO", f"{_ACL}#pool-acls"),
    _row(Kind.INSTANCE_POOL, Verb.MANAGE, "CAN_MANAGE", f"{_ACL}#pool-acls"),
    _row(Kind.WAREHOUSE, Verb.VIEW, "CAN_VIEW", f"{_ACL}#sql-warehouse-acls"),
    _row(Kind.WAREHOUSE, Verb.RUN, "CAN_USE", f"{_ACL}#sql-warehouse-acls"),
    _row(
        Kind.WAREHOUSE,
        None,
        "CAN_MONITOR",
        f"{_ACL}#sql-warehouse-acls",
        "it shows everybody's queries, which is neither running nor managing",
    ),
    _row(Kind.WAREHOUSE, Verb.MANAGE, "CAN_MANAGE", f"{_ACL}#sql-warehouse-acls"),
    _row(Kind.WAREHOUSE, Verb.OWN, "IS_OWNER", f"{_ACL}#sql-warehouse-acls"),
    _row(Kind.EXPERIMENT, Verb.VIEW, "CAN_READ", f"{_ACL}#mlflow-experiment-acls"),
    _row(Kind.EXPERIMENT, Verb.EDIT, "CAN_EDIT", f"{_ACL}#mlflow-experiment-acls"),
    _row(Kind.EXPERIMENT, Verb.MANAGE, "CAN_MANAGE", f"{_ACL}#mlflow-experiment-acls"),
    _row(Kind.MODEL, Verb.VIEW, "EXECUTE", _MODELS),
    _row(Kind.MODEL, Verb.MANAGE, "EXECUTE APPLY_TAG MANAGE", _MODELS),
    _row(Kind.CATALOG, Verb.RUN, "USE_CATALOG USE_SCHEMA", _UNITY),
    _row(Kind.CATALOG, Verb.MANAGE, "USE_CATALOG USE_SCHEMA CREATE_SCHEMA MANAGE", _UNITY),
    _row(Kind.CATALOG, None, "BROWSE", _UNITY, "it shows what is in the catalog to people who may use none of it"),
    _row(Kind.CATALOG, None, "ALL_PRIVILEGES", _UNITY, "it grows with every privilege that Databricks adds"),
    _row(Kind.DATASET, Verb.VIEW, "SELECT READ_VOLUME", _UNITY),
    _row(Kind.DATASET, Verb.EDIT, "SELECT READ_VOLUME MODIFY WRITE_VOLUME CREATE_TABLE", _UNITY),
    _row(Kind.DATASET, Verb.MANAGE, "SELECT READ_VOLUME MODIFY WRITE_VOLUME CREATE_TABLE CREATE_VOLUME MANAGE", _UNITY),
    _row(Kind.DATASET, None, "ALL_PRIVILEGES", _UNITY, "it grows with every privilege that Databricks adds"),
    _row(Kind.DATASET, None, "APPLY_TAG", _UNITY, "whoever changes tags changes which rules protect the data"),
    _row(Kind.LINEAGE, Verb.VIEW, "SELECT", _SYSTEM_TABLES),
    _row(Kind.AUDIT, Verb.VIEW, "SELECT", _SYSTEM_TABLES),
    _row(Kind.SECRET_SCOPE, Verb.VIEW, "READ", f"{_ACL}#secret-acls"),
    _row(Kind.SECRET_SCOPE, Verb.EDIT, "WRITE", f"{_ACL}#secret-acls"),
    _row(Kind.SECRET_SCOPE, Verb.MANAGE, "MANAGE", f"{_ACL}#secret-acls"),
    _row(Kind.SERVICE_PRINCIPAL, Verb.RUN, "roles/servicePrincipal.user", _PRINCIPALS),
    _row(
        Kind.SERVICE_PRINCIPAL,
        Verb.MANAGE,
        "roles/servicePrincipal.user roles/servicePrincipal.manager",
        _PRINCIPALS,
    ),
)

NATIVE: Mapping[Kind, Mapping[Verb, frozenset[str]]] = {
    kind: {row.verb: row.native for row in ROWS if row.kind is kind and row.verb} for kind in Kind
}


@dataclass(frozen=True)
class Held:
    """What a subject holds on an object: the highest verb that is whole in it, and what no verb of it says."""

    verb: Verb | None
    beyond: frozenset[str]


def native(kind: Kind, held: Held) -> frozenset[str]:
    """Return what somebody has in Databricks who holds something.

    Raises:
        KeyError: Databricks has nothing for that verb; the contract's checks refuse such a verb before.
    """
    return (NATIVE[kind][held.verb] if held.verb else frozenset()) | held.beyond


def canonical(kind: Kind, words: Iterable[str]) -> Held:
    """Return what levels, privileges or roles mean; `native` gives exactly the same words back."""
    words = frozenset(words)
    whole = [verb for verb, needed in NATIVE[kind].items() if needed <= words]
    highest = max(whole, key=lambda verb: verb.rank, default=None)
    return Held(highest, words - (NATIVE[kind][highest] if highest else frozenset()))


@dataclass(frozen=True, order=True)
class AccessControl:
    """What a group or service principal gets on an object, in Databricks' words."""

    subject: Subject
    words: tuple[str, ...]

    @property
    def is_group(self) -> bool:
        """Whether the subject is a group."""
        return self.subject.type is SubjectType.GROUP

    @property
    def level(self) -> str:
        """The level, on a kind that has levels."""
        (one,) = self.words
        return one


def access_controls(kind: Kind, subjects: Mapping[Subject, Verb]) -> list[AccessControl]:
    """Return the entries of an object's permissions, one for each subject, in a stable order.

    Args:
        kind: what the object is.
        subjects: the highest verb of each subject on it.
    """
    return [
        AccessControl(subject, tuple(sorted(native(kind, Held(verb, frozenset())))))
        for subject, verb in sorted(subjects.items())
    ]
