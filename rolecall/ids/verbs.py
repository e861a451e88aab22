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
    CLUSTER = "cluster"
    WAREHOUSE = "warehouse"
    EXPERIMENT = "experiment"
    MODEL = "model"
    SERVING_ENDPOINT = "serving_endpoint"
    FOLDER = "folder"
    PIPELINE = "pipeline"
    QUERY = "query"
    ALERT = "alert"
    DASHBOARD = "dashboard"
    APP = "app"
    VECTOR_SEARCH_ENDPOINT = "vector_search_endpoint"
    DATABASE_INSTANCE = "database_instance"
    CATALOG = "catalog"
    DATASET = "dataset"
    TABLE = "table"
    VOLUME = "volume"
    FUNCTION = "function"
    STORAGE_CREDENTIAL = "storage_credential"
    EXTERNAL_LOCATION = "external_location"
    SERVICE_CREDENTIAL = "service_credential"
    CONNECTION = "connection"
    RECIPIENT = "recipient"
    SHARE = "share"
    LINEAGE = "lineage"
    AUDIT = "audit"
    SECRET_SCOPE = "secret_scope"  # noqa: S105 - a kind's name
    SERVICE_PRINCIPAL = "service_principal"
    SERVICE = "service"
    PERSISTENT_VOLUME = "persistent_volume"
