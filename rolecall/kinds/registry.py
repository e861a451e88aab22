"""All kinds, each before those that refer to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolecall.ids.verbs import Kind
from rolecall.kinds.alert import ALERT
from rolecall.kinds.app import APP
from rolecall.kinds.audit import AUDIT
from rolecall.kinds.catalog import CATALOG
from rolecall.kinds.cluster import CLUSTER
from rolecall.kinds.cluster_policy import CLUSTER_POLICY
from rolecall.kinds.connection import CONNECTION
from rolecall.kinds.dashboard import DASHBOARD
from rolecall.kinds.database_instance import DATABASE_INSTANCE
from rolecall.kinds.dataset import DATASET
from rolecall.kinds.experiment import EXPERIMENT
from rolecall.kinds.external_location import EXTERNAL_LOCATION
from rolecall.kinds.folder import FOLDER
from rolecall.kinds.function import FUNCTION
from rolecall.kinds.instance_pool import INSTANCE_POOL
from rolecall.kinds.job import JOB
from rolecall.kinds.lineage import LINEAGE
from rolecall.kinds.persistent_volume import PERSISTENT_VOLUME
from rolecall.kinds.pipeline import PIPELINE
from rolecall.kinds.query import QUERY
from rolecall.kinds.recipient import RECIPIENT
from rolecall.kinds.registered_model import MODEL
from rolecall.kinds.secret_scope import SECRET_SCOPE
from rolecall.kinds.service import SERVICE
from rolecall.kinds.service_credential import SERVICE_CREDENTIAL
from rolecall.kinds.service_principal import SERVICE_PRINCIPAL
from rolecall.kinds.serving_endpoint import SERVING_ENDPOINT
from rolecall.kinds.share import SHARE
from rolecall.kinds.spec import KindSpec, Scope
from rolecall.kinds.storage_credential import STORAGE_CREDENTIAL
from rolecall.kinds.table import TABLE
from rolecall.kinds.vector_search_endpoint import VECTOR_SEARCH_ENDPOINT
from rolecall.kinds.volume import VOLUME
from rolecall.kinds.warehouse import WAREHOUSE
from rolecall.kinds.workspace import WORKSPACE

Spec = KindSpec[Any]
KINDS: tuple[Spec, ...] = (
    WORKSPACE,
    SERVICE_PRINCIPAL,
    CLUSTER_POLICY,
    INSTANCE_POOL,
    CLUSTER,
    WAREHOUSE,
    CATALOG,
    DATASET,
    TABLE,
    VOLUME,
    FUNCTION,
    STORAGE_CREDENTIAL,
    EXTERNAL_LOCATION,
    SERVICE_CREDENTIAL,
    CONNECTION,
    EXPERIMENT,
    MODEL,
    RECIPIENT,
    SHARE,
    SERVING_ENDPOINT,
    FOLDER,
    LINEAGE,
    AUDIT,
    SECRET_SCOPE,
    QUERY,
    ALERT,
    DASHBOARD,
    APP,
    VECTOR_SEARCH_ENDPOINT,
    DATABASE_INSTANCE,
    PIPELINE,
    JOB,
    SERVICE,
    PERSISTENT_VOLUME,
)
# Those whose objects Databricks has.
PLATFORM_KINDS: tuple[Spec, ...] = tuple(kind for kind in KINDS if kind.system == "databricks")
BY_NAME: Mapping[Kind, Spec] = {kind.name: kind for kind in KINDS}
# Those that a project declares, by their sections.
BY_SECTION: Mapping[str, Spec] = {kind.section: kind for kind in KINDS if kind.section is not None}
SECTIONS: Mapping[Kind, str] = {kind.name: kind.section for kind in KINDS if kind.section is not None}
# Those of which an environment has one object, whatever its projects are.
OF_ENVIRONMENT = frozenset(kind.name for kind in KINDS if kind.section is None)
# Those that run code, as a service principal or as their deployer.
EXECUTED = tuple(kind for kind in KINDS if kind.executes is not None and not kind.is_subject)
# Kinds of objects directly in a catalog, in no schema of another kind.
IN_CATALOGS = tuple(kind for kind in KINDS if kind.scope is Scope.CATALOG and not kind.in_schema)
# Those whose objects lie in a schema.
IN_SCHEMAS = tuple(kind for kind in KINDS if kind.in_schema)
# Sections that a job can refer to.
REFERABLE = tuple(section for section, kind in BY_SECTION.items() if kind.attributes)
# Tables of the system catalog, by the kinds that grant access to them.
SYSTEM_TABLES: Mapping[Kind, tuple[str, ...]] = {kind.name: kind.access.names for kind in KINDS if kind.access.names}
# Types of the resources that stand for objects.
TOKENS: Mapping[Kind, str] = {kind.name: kind.resource.token for kind in KINDS if kind.resource and kind.resource.token}
