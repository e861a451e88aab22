"""Grants in Databricks' words, and back.

Each row is a fact of a vendor document; a verb without a row is refused when the contract is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rolecall.access.grant import Subject, SubjectType
from rolecall.contract.verbs import Kind, Verb

# https://docs.databricks.com/en/security/auth/access-control/index.html#job-acls
JOB_LEVELS: Mapping[Verb, str] = {
    Verb.VIEW: "CAN_VIEW",
    Verb.RUN: "CAN_MANAGE_RUN",
    Verb.EDIT: "CAN_MANAGE",
    Verb.OWN: "IS_OWNER",
}
# https://docs.databricks.com/en/admin/clusters/policies.html#cluster-policy-permissions
CLUSTER_POLICY_LEVELS: Mapping[Verb, str] = {Verb.RUN: "CAN_USE"}
# https://docs.databricks.com/api/workspace/workspaceassignment
WORKSPACE_LEVELS: Mapping[Verb, str] = {Verb.RUN: "USER", Verb.MANAGE: "ADMIN"}

LEVELS: Mapping[Kind, Mapping[Verb, str]] = {
    Kind.JOB: JOB_LEVELS,
    Kind.CLUSTER_POLICY: CLUSTER_POLICY_LEVELS,
    Kind.WORKSPACE: WORKSPACE_LEVELS,
}


@dataclass(frozen=True, order=True)
class AccessControl:
    """One entry of a permission object: a group or service principal, and its level."""

    subject: Subject
    level: str

    @property
    def is_group(self) -> bool:
        """Whether the subject is a group."""
        return self.subject.type is SubjectType.GROUP


def access_controls(kind: Kind, subjects: Mapping[Subject, Verb]) -> list[AccessControl]:
    """Return the entries of an object's permissions, one for each subject, in a stable order.

    Args:
        kind: what the object is.
        subjects: the highest verb of each subject on it.

    Raises:
        KeyError: Databricks has no level for a verb; the contract's checks refuse such a verb before.
    """
    return [AccessControl(subject, LEVELS[kind][verb]) for subject, verb in sorted(subjects.items())]


def verb_of(kind: Kind, level: str) -> Verb | None:
    """Return the verb that a level means, or None for a level that no row has."""
    return next((verb for verb, name in LEVELS[kind].items() if name == level), None)
