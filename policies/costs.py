"""Rules on what costs money while nobody uses it, or more than was meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pulumi_policy import PolicyConfigSchema, Severity

from rolecall.policies.clusters import clusters_of
from rolecall.policies.compute import definition_of, tasks
from rolecall.policies.context import (
    MAX_IDLE_MINUTES,
    MAX_RUNS,
    MAX_WAREHOUSE_CLUSTERS,
    MAX_WAREHOUSE_SIZE,
    MAX_WORKERS,
    REQUIRED_TAGS,
    Context,
)
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CLUSTER, CLUSTER_POLICY, INSTANCE_POOL, JOB, MODEL_SERVING, PIPELINE, SQL_ENDPOINT

IDLE = PolicyConfigSchema(
    properties={"max_idle_minutes": {"type": "integer", "minimum": 1, "default": MAX_IDLE_MINUTES}}
)
WORKERS = PolicyConfigSchema(properties={"max_workers": {"type": "integer", "minimum": 1, "default": MAX_WORKERS}})
# https://docs.databricks.com/en/compute/sql-warehouse/warehouse-behavior.html
SIZES = ("2X-Small", "X-Small", "Small", "Medium", "Large", "X-Large", "2X-Large", "3X-Large", "4X-Large", "5X-Large")
COMPUTE = "https://docs.databricks.com/en/lakehouse-architecture/cost-optimization/best-practices.html"
WAREHOUSES = "https://docs.databricks.com/en/compute/sql-warehouse/create.html"
POOLS = "https://docs.databricks.com/en/compute/pools.html"
TAGS = "https://docs.databricks.com/en/admin/account-settings/usage-detail-tags.html"


def _ends(minutes: int | None, limit: int, otherwise: str) -> Iterator[Finding]:
    how = f"Allowed: 1 to {limit} minutes."
    if minutes is None:
        yield Finding(otherwise, how)
    elif not 0 < minutes <= limit:
        yield Finding("it never ends by itself" if minutes == 0 else f"it ends after {minutes} idle minutes", how)


def _cluster_ends(resource: Resource, context: Context) -> Iterator[Finding]:
    yield from _ends(
        resource.properties.read("autoterminationMinutes"), context.max_idle_minutes, "nothing ends it when it is idle"
    )


def _warehouse_ends(resource: Resource, context: Context) -> Iterator[Finding]:
    # The provider's own default is 120 minutes.
    minutes = resource.properties.read("autoStopMins")
    yield from _ends(120 if minutes is None else minutes, context.max_idle_minutes, "")


def _pool_ends(resource: Resource, context: Context) -> Iterator[Finding]:
    minutes, limit = resource.properties.read("idleInstanceAutoterminationMinutes"), context.max_idle_minutes
    if minutes is None or minutes > limit:
        lasts = "for ever" if minutes is None else f"for {minutes} minutes"
        yield Finding(f"idle machines are kept {lasts}", f"Allowed: 0 to {limit} minutes.")


def _pool_is_bounded(resource: Resource, context: Context) -> Iterator[Finding]:
    if not resource.properties.read("maxCapacity"):
        yield Finding("it may grow without end", "Write maxCapacity.")
    if (resource.properties.read("minIdleInstances") or 0) > 0 and resource.stack not in context.protected:
        how = "Write minIdleInstances: 0; a pool that is empty costs nothing."
        yield Finding(f"{resource.properties.read('minIdleInstances')} machines are kept that nobody uses", how)


def _warehouse_is_small(resource: Resource, context: Context) -> Iterator[Finding]:
    size, most = resource.properties.read("clusterSize"), context.max_warehouse_size
    if size not in SIZES or SIZES.index(size) > SIZES.index(most):
        yield Finding(f"its size is {size}", f"Allowed: {', '.join(SIZES[: SIZES.index(most) + 1])}.")
    clusters = resource.properties.read("maxNumClusters") or 1
    if clusters > context.max_warehouse_clusters:
        yield Finding(f"it may grow to {clusters} clusters", f"Allowed: up to {context.max_warehouse_clusters}.")


def _clusters_are_small(resource: Resource, context: Context) -> Iterator[Finding]:
    for cluster in clusters_of(resource):
        for path in ("numWorkers", "autoscale.maxWorkers"):
            workers = cluster.read(path) or 0
            if workers > context.max_workers:
                where = f"{cluster.path}.{path}" if cluster.path else path
                yield Finding(f"{where} is {workers}", f"Allowed: up to {context.max_workers} workers.")


def _policy_limits_size(resource: Resource, context: Context) -> Iterator[Finding]:
    definition = definition_of(resource.properties)
    if definition is None:
        yield Finding("its definition is not valid JSON", "Write a policy definition, a JSON object.")
        return
    if resource.properties.read("policyFamilyId") == "personal-vm":
        return  # one machine, by the family's own definition
    bounds = []
    for name in ("num_workers", "autoscale.max_workers"):
        element = definition.get(name, {})
        bounds.append(element.get("value") if element.get("type") == "fixed" else element.get("maxValue"))
    known = [bound for bound in bounds if isinstance(bound, int)]
    how = f"Allowed: up to {context.max_workers} workers. Write `max_workers: 8`, or limit it in the definition."
    if not known:
        yield Finding("it limits neither num_workers nor autoscale.max_workers", how)
    elif max(known) > context.max_workers:
        yield Finding(f"clusters may have {max(known)} workers", how)


def _spot_outside_production(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.stack in context.protected:
        return
    for cluster in clusters_of(resource):
        for cloud, on_demand in (("awsAttributes", "ON_DEMAND"), ("azureAttributes", "ON_DEMAND_AZURE")):
            if cluster.read(f"{cloud}.availability") == on_demand:
                how = "Use spot machines with a fallback outside of production: they cost a fraction."
                yield Finding(f"{cluster.path or 'it'} runs on machines at full price", how)


def _job_ends(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.is_set("continuous") or resource.properties.read("timeoutSeconds"):
        return
    endless = [task.path for task in tasks(resource.properties) if not task.read("timeoutSeconds")]
    if endless or not resource.properties.read("tasks"):
        how = "Write timeout_seconds in the job: some times what it takes on a bad day."
        yield Finding("a run that hangs goes on, and costs, for ever", how)


def _retries_end(resource: Resource, context: Context) -> Iterator[Finding]:
    for task in tasks(resource.properties):
        if (task.read("maxRetries") or 0) < 0:
            yield Finding(f"{task.path} is tried again without end", "Write max_retries: 3, or less.")


def _few_runs_at_once(resource: Resource, context: Context) -> Iterator[Finding]:
    runs = resource.properties.read("maxConcurrentRuns") or 1
    if runs > context.max_runs:
        yield Finding(f"{runs} runs may go on at once", f"Allowed: up to {context.max_runs}.")


def _service_sleeps(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.stack in context.protected:
        return
    for entity in resource.properties.items("config.servedEntities"):
        if not entity.is_set("externalModel") and entity.read("scaleToZeroEnabled") is not True:
            how = "Write scaleToZeroEnabled: true outside of production."
            yield Finding(f"{entity.path} is kept running while nobody calls it", how)


def _pipeline_rests(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.stack not in context.protected and resource.properties.read("continuous"):
        how = "Write continuous: false outside of production, and trigger it."
        yield Finding("it runs without end", how)


def _compute_has_tags(resource: Resource, context: Context) -> Iterator[Finding]:
    properties = resource.properties
    if resource.type == SQL_ENDPOINT:
        present = {str(tag.read("key")) for tag in properties.items("tags.customTags") if tag.read("value")}
    elif resource.type == MODEL_SERVING:
        present = {str(tag.read("key")) for tag in properties.items("tags") if tag.read("value")}
    else:
        name = "tags" if resource.type == PIPELINE else "customTags"
        present = {key for key, value in (properties.read(name) or {}).items() if value}
    missing = [name for name in context.required_tags if name not in present]
    if missing:
        how = f"Required: {', '.join(context.required_tags)}."
        yield Finding(f"these tags are missing: {', '.join(missing)}; nobody can be asked about its cost", how)


def _set_idle(name: str) -> Callable[[Context], Mapping[str, Any]]:
    """Return a remedy that sets the idle minutes to what is allowed at most."""
    return lambda context: {name: context.max_idle_minutes}


COST_RULES = (
    Rule(
        "cluster-ends-when-idle",
        "Idle clusters end.",
        (CLUSTER,),
        _cluster_ends,
        Severity.HIGH,
        COMPUTE,
        IDLE,
        remedy=_set_idle("autoterminationMinutes"),
    ),
    Rule(
        "warehouse-stops-when-idle",
        "Idle SQL warehouses stop.",
        (SQL_ENDPOINT,),
        _warehouse_ends,
        Severity.HIGH,
        WAREHOUSES,
        IDLE,
        remedy=_set_idle("autoStopMins"),
    ),
    Rule(
        "pool-releases-idle-machines",
        "Idle machines of a pool go.",
        (INSTANCE_POOL,),
        _pool_ends,
        Severity.MEDIUM,
        POOLS,
        IDLE,
    ),
    Rule(
        "pool-is-bounded",
        "A pool has a maximum, and outside of production keeps no idle machines.",
        (INSTANCE_POOL,),
        _pool_is_bounded,
        Severity.MEDIUM,
        POOLS,
    ),
    Rule(
        "warehouse-is-small",
        "SQL warehouses are no larger than agreed upon.",
        (SQL_ENDPOINT,),
        _warehouse_is_small,
        Severity.MEDIUM,
        WAREHOUSES,
        PolicyConfigSchema(
            properties={
                "max_warehouse_size": {"type": "string", "enum": [*SIZES], "default": MAX_WAREHOUSE_SIZE},
                "max_warehouse_clusters": {"type": "integer", "minimum": 1, "default": MAX_WAREHOUSE_CLUSTERS},
            }
        ),
    ),
    Rule(
        "clusters-are-small",
        "Clusters have no more workers than agreed upon.",
        (CLUSTER, JOB, PIPELINE),
        _clusters_are_small,
        Severity.MEDIUM,
        COMPUTE,
        WORKERS,
    ),
    Rule(
        "cluster-policy-limits-size",
        "Every cluster policy limits the number of workers.",
        (CLUSTER_POLICY,),
        _policy_limits_size,
        Severity.MEDIUM,
        "https://docs.databricks.com/en/admin/clusters/policy-definition.html",
        WORKERS,
    ),
    Rule(
        "spot-outside-production",
        "Outside of production compute does not run at full price.",
        (CLUSTER, JOB, PIPELINE),
        _spot_outside_production,
        Severity.LOW,
        COMPUTE,
        needs_contract=True,
        needs=("production",),
    ),
    Rule(
        "job-has-timeout",
        "A run that hangs is ended.",
        (JOB,),
        _job_ends,
        Severity.MEDIUM,
        "https://docs.databricks.com/en/jobs/configure-task.html#timeout",
    ),
    Rule(
        "retries-are-limited",
        "Tasks are not tried again without end.",
        (JOB,),
        _retries_end,
        Severity.MEDIUM,
        "https://docs.databricks.com/en/jobs/configure-task.html#retries",
    ),
    Rule(
        "runs-are-limited",
        "Only so many runs of a job go on at once.",
        (JOB,),
        _few_runs_at_once,
        Severity.LOW,
        "https://docs.databricks.com/en/jobs/configure-job.html#maximum-concurrent-runs",
        PolicyConfigSchema(properties={"max_runs": {"type": "integer", "minimum": 1, "default": MAX_RUNS}}),
    ),
    Rule(
        "model-service-sleeps-when-idle",
        "Outside of production idle model services cost nothing.",
        (MODEL_SERVING,),
        _service_sleeps,
        Severity.MEDIUM,
        "https://docs.databricks.com/en/machine-learning/model-serving/create-manage-serving-endpoints.html",
        needs_contract=True,
        needs=("production",),
    ),
    Rule(
        "pipeline-rests-outside-production",
        "Outside of production pipelines do not run without end.",
        (PIPELINE,),
        _pipeline_rests,
        Severity.MEDIUM,
        "https://docs.databricks.com/en/dlt/configure-pipeline.html",
        needs_contract=True,
        needs=("production",),
    ),
    Rule(
        "compute-carries-tags",
        "Compute carries the tags that say whose it is.",
        (CLUSTER, SQL_ENDPOINT, INSTANCE_POOL, PIPELINE, MODEL_SERVING),
        _compute_has_tags,
        Severity.LOW,
        TAGS,
        PolicyConfigSchema(
            properties={"required_tags": {"type": "array", "items": {"type": "string"}, "default": [*REQUIRED_TAGS]}}
        ),
    ),
)
