"""Verbs and kinds: the words of every grant."""

from __future__ import annotations

from enum import StrEnum


class Verb(StrEnum):
    """What a subject may do, from least to most; each includes those before it."""

    VIEW = "view"
    RUN = "run"
    EDIT = "edit"
    MANAGE = "manage"
    OWN = "own"

    @property
    def rank(self) -> int:
        """Place in the order, counted from 0."""
        return _RANKS[self]


_RANKS = {verb: rank for rank, verb in enumerate(Verb)}


class Kind(StrEnum):
    """What access is to. Kinds of other systems come with those systems."""

    WORKSPACE = "workspace"
    JOB = "job"
    CLUSTER_POLICY = "cluster_policy"
    INSTANCE_POOL = "instance_pool"
    WAREHOUSE = "warehouse"
    EXPERIMENT = "experiment"
    MODEL = "model"
    CATALOG = "catalog"
    DATASET = "dataset"
    LINEAGE = "lineage"
    AUDIT = "audit"
    SECRET_SCOPE = "secret_scope"  # noqa: S105 - a kind's name
    SERVICE_PRINCIPAL = "service_principal"


# The verbs that mean something different for each kind. A verb that a kind cannot tell from another is refused rather
# than rounded: CAN_MANAGE on a job is `edit`, so `manage` on a job would promise a difference that does not exist.
VERBS_OF_KIND: dict[Kind, tuple[Verb, ...]] = {
    Kind.WORKSPACE: (Verb.RUN, Verb.MANAGE),
    Kind.JOB: (Verb.VIEW, Verb.RUN, Verb.EDIT, Verb.OWN),
    Kind.CLUSTER_POLICY: (Verb.RUN,),
    Kind.INSTANCE_POOL: (Verb.RUN, Verb.MANAGE),
    Kind.WAREHOUSE: (Verb.VIEW, Verb.RUN, Verb.MANAGE, Verb.OWN),
    Kind.EXPERIMENT: (Verb.VIEW, Verb.EDIT, Verb.MANAGE),
    Kind.MODEL: (Verb.VIEW, Verb.MANAGE),
    Kind.CATALOG: (Verb.RUN, Verb.MANAGE),
    Kind.DATASET: (Verb.VIEW, Verb.EDIT, Verb.MANAGE),
    Kind.LINEAGE: (Verb.VIEW,),
    Kind.AUDIT: (Verb.VIEW,),
    Kind.SECRET_SCOPE: (Verb.VIEW, Verb.EDIT, Verb.MANAGE),
    Kind.SERVICE_PRINCIPAL: (Verb.RUN, Verb.MANAGE),
}
