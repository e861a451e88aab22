"""Rules on cluster policies and on the clusters of jobs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from pulumi_policy import PolicyConfigSchema, Severity

from rolecall.policies.context import MAX_IDLE_MINUTES, Context
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CLUSTER, CLUSTER_POLICY, JOB

IDLE = "autotermination_minutes"


def _ends_idle_clusters(resource: Resource, context: Context) -> Iterator[Finding]:
    limit = context.max_idle_minutes
    family = resource.properties.read("policyFamilyId")
    definition = definition_of(resource.properties)
    if definition is None:
        yield Finding("its definition is not valid JSON", "Write a policy definition, a JSON object.")
        return
    only_jobs = definition.get("cluster_type", {}).get("value") == "job"
    if family == "job-cluster" or only_jobs:
        return  # a job's cluster ends with the run
    element = definition.get(IDLE, {})
    kind = element.get("type")
    minutes = element.get("value") if kind == "fixed" else element.get("maxValue") if kind == "range" else None
    allowed = f"Allowed: 1 to {limit} minutes. Write `idle_minutes: 30`, or fix {IDLE} in the definition."
    if minutes is None:
        yield Finding(f"nothing ends idle clusters: the policy does not limit {IDLE}", allowed)
    elif not 0 < minutes <= limit:
        found = "never end" if minutes == 0 else f"end after {minutes} minutes"
        yield Finding(f"idle clusters {found}", allowed)
    elif kind == "range" and element.get("minValue", 0) < 1:
        yield Finding(f"{IDLE} may be 0, which means never", f"{allowed} Give the range a minValue of 1.")


def _jobs_under_policy(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.type == CLUSTER:
        if not resource.properties.is_set("policyId"):
            yield Finding("it is made under no cluster policy", "Name one of the project's policies as `policyId`.")
        return
    for cluster in new_clusters(resource.properties):
        if not cluster.is_set("policyId"):
            how = "Write `policy: NAME` in the job; NAME is one of the project's cluster_policies."
            yield Finding(f"{cluster.path} is made under no cluster policy", how)


def _no_shared_clusters(resource: Resource, context: Context) -> Iterator[Finding]:
    for task in tasks(resource.properties):
        if task.is_set("existingClusterId"):
            how = "Use a job cluster: a shared one runs with rights that others left on it."
            yield Finding(f"{task.path} runs on an existing cluster", how)


# Values of a policy's elements that open what rules on clusters close, by the element's name.
# https://docs.databricks.com/en/admin/clusters/policy-definition.html#supported-attributes
_OPEN_MODES = ("NONE", "LEGACY_TABLE_ACL", "LEGACY_PASSTHROUGH", "LEGACY_SINGLE_USER", "LEGACY_SINGLE_USER_STANDARD")
_IN_POLICY = (
    (
        re.compile(r"^data_security_mode$"),
        re.compile("|".join(f"^{mode}$" for mode in _OPEN_MODES)),
        "an open access mode",
    ),
    (re.compile(r"^aws_attributes\.instance_profile_arn$"), re.compile("."), "an instance profile"),
    (re.compile(r"^gcp_attributes\.google_service_account$"), re.compile("."), "a service account of Google"),
    (re.compile(r"^ssh_public_keys\."), re.compile("."), "sign-in by SSH"),
    (re.compile(r"^spark_conf\.spark\.databricks\.passthrough\.enabled$"), re.compile("(?i)true"), "passthrough"),
    (re.compile(r"^init_scripts\..*\.(dbfs|s3|abfss|gcs|file)\."), re.compile("."), "a script that others can change"),
    (
        re.compile(r"^init_scripts\..*\.workspace\."),
        re.compile(r"(?i)^(?:/Workspace)?/(?:Users|Repos|Shared)/"),
        "a script that others can change",
    ),
)


def _policy_opens_nothing(resource: Resource, context: Context) -> Iterator[Finding]:
    for name, element in (definition_of(resource.properties) or {}).items():
        if element.get("type") == "forbidden":
            continue
        offered = [element.get("value"), element.get("defaultValue"), *(element.get("values") or [])]
        for about, wrong, what in _IN_POLICY:
            if about.search(name) and any(one is not None and wrong.search(str(one)) for one in offered):
                how = "Take it out: a cluster under the policy would pass the rules by it."
                yield Finding(f"its element {name} gives {what} to every cluster under it", how)


def definition_of(properties: Properties) -> dict[str, Any] | None:
    """Return a policy's definition, or what it overrides of its family; None when it is no JSON object."""
    text = properties.read("definition") or properties.read("policyFamilyDefinitionOverrides") or "{}"
    try:
        parsed = json.loads(text)
    except (TypeError, ValueError):
        return None
    sound = isinstance(parsed, dict) and all(isinstance(element, dict) for element in parsed.values())
    return parsed if sound else None


def tasks(job: Properties) -> Iterator[Properties]:
    """Yield a job's tasks, those inside a for-each task too."""
    for task in job.items("tasks"):
        yield task
        if inner := task.within("forEachTask.task"):
            yield inner


def new_clusters(job: Properties) -> Iterator[Properties]:
    """Yield every new cluster that a job makes."""
    for holder in (*job.items("jobClusters"), *tasks(job)):
        if cluster := holder.within("newCluster"):
            yield cluster
    if cluster := job.within("newCluster"):
        yield cluster


RULES = (
    Rule(
        "cluster-policy-ends-idle-clusters",
        "Every cluster policy ends idle clusters.",
        (CLUSTER_POLICY,),
        _ends_idle_clusters,
        Severity.MEDIUM,
        "https://docs.databricks.com/en/compute/clusters-manage.html#automatic-termination",
        PolicyConfigSchema(
            properties={"max_idle_minutes": {"type": "integer", "minimum": 1, "default": MAX_IDLE_MINUTES}}
        ),
    ),
    Rule(
        "job-clusters-under-policy",
        "Every cluster, and every new cluster of a job, is made under a cluster policy.",
        (JOB, CLUSTER),
        _jobs_under_policy,
        Severity.HIGH,
        "https://docs.databricks.com/en/admin/clusters/policies.html",
    ),
    Rule(
        "cluster-policy-is-no-way-around",
        "A cluster policy sets nothing that the rules forbid on clusters.",
        (CLUSTER_POLICY,),
        _policy_opens_nothing,
        Severity.HIGH,
        "https://docs.databricks.com/en/admin/clusters/policy-definition.html",
    ),
    Rule(
        "job-on-its-own-cluster",
        "Jobs do not run on clusters that others share.",
        (JOB,),
        _no_shared_clusters,
        Severity.MEDIUM,
        "https://docs.databricks.com/en/jobs/compute.html",
    ),
)
