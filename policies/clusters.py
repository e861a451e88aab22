"""Rules on how compute is set up: who can get into it, what starts on it, and what it can reach."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import PolicyConfigSchema, Severity

from rolecall.policies.compute import new_clusters, tasks
from rolecall.policies.context import OLDEST_RUNTIME, Context
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CLUSTER, GLOBAL_INIT_SCRIPT, JOB, LIBRARY, PIPELINE

ACCESS_MODES = "https://docs.databricks.com/en/compute/configure.html#access-modes"
INIT_SCRIPTS = "https://docs.databricks.com/en/init-scripts/index.html"
# Modes in which code reaches what others left on the machine, or Unity Catalog is not asked.
OPEN_MODES = ("NONE", "LEGACY_TABLE_ACL", "LEGACY_PASSTHROUGH", "LEGACY_SINGLE_USER", "LEGACY_SINGLE_USER_STANDARD")
# Folders of the workspace that people of their own, or everybody, may write to.
OPEN_FOLDERS = r"(?i)^(?:/Workspace)?/(?:Users|Repos|Shared)/"
PASSTHROUGH = "spark.databricks.passthrough.enabled"


def clusters_of(resource: Resource) -> Iterator[Properties]:
    """Yield every cluster that a cluster, a job or a pipeline describes."""
    if resource.type == JOB:
        yield from new_clusters(resource.properties)
    elif resource.type == PIPELINE:
        yield from resource.properties.items("clusters")
    else:
        yield resource.properties


def _where(cluster: Properties) -> str:
    return cluster.path or "it"


def _access_mode_is_isolated(resource: Resource, context: Context) -> Iterator[Finding]:
    for cluster in clusters_of(resource):
        mode = cluster.read("dataSecurityMode")
        if mode in OPEN_MODES:
            how = "Write SINGLE_USER or USER_ISOLATION; both ask Unity Catalog who may read what."
            yield Finding(f"{_where(cluster)} has the access mode {mode}", how)


def _no_ssh(resource: Resource, context: Context) -> Iterator[Finding]:
    for cluster in clusters_of(resource):
        if cluster.read("sshPublicKeys"):
            how = "Take the keys out; use the web terminal or Databricks Connect, which sign in as somebody."
            yield Finding(f"{_where(cluster)} lets whoever has a key sign in by SSH, as root", how)


def _scripts_not_on_dbfs(resource: Resource, context: Context) -> Iterator[Finding]:
    for cluster in clusters_of(resource):
        for script in cluster.items("initScripts"):
            place = str(script.read("workspace.destination") or "")
            if not script.is_set("volumes") and (not place or re.match(OPEN_FOLDERS, place)):
                how = "Keep it in a volume of Unity Catalog that only few may write to."
                yield Finding(f"{script.path} is where others can change it, and runs as root", how)


def _no_passthrough(resource: Resource, context: Context) -> Iterator[Finding]:
    for cluster in clusters_of(resource):
        configuration = cluster.read("sparkConf") or {}
        if str(configuration.get(PASSTHROUGH, "false")).lower() == "true":
            how = "Take it out, and give privileges in Unity Catalog."
            yield Finding(f"{_where(cluster)} hands the caller's own cloud credentials to storage", how)


def _no_instance_profile(resource: Resource, context: Context) -> Iterator[Finding]:
    for cluster in clusters_of(resource):
        if cluster.is_set("awsAttributes.instanceProfileArn"):
            how = "Read and write data through Unity Catalog, which knows who asks and notes it."
            yield Finding(f"{_where(cluster)} gives all that runs on it the rights of an instance profile", how)


def _runtime_is_supported(resource: Resource, context: Context) -> Iterator[Finding]:
    oldest = tuple(int(part) for part in context.oldest_runtime.split("."))
    for cluster in clusters_of(resource):
        version = str(cluster.read("sparkVersion") or "")
        found = re.match(r"(\d+)\.(\d+)", version)
        if found and (int(found[1]), int(found[2])) < oldest:
            how = f"Use {context.oldest_runtime} LTS or later, which still gets security fixes."
            yield Finding(f"{_where(cluster)} runs on Databricks Runtime {found[0]}", how)


def _logs_are_kept(resource: Resource, context: Context) -> Iterator[Finding]:
    if not resource.properties.is_set("clusterLogConf"):
        how = "Write clusterLogConf with a volume, so that what happened can be read when the cluster is gone."
        yield Finding("its logs go with it", how)


def _no_global_script(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("enabled"):
        how = "Name the script in the cluster policies of those who need it."
        yield Finding("it runs as root on every cluster of the workspace", how)


def _libraries(resource: Resource) -> Iterator[Properties]:
    if resource.type == JOB:
        yield from resource.properties.items("libraries")
        for task in tasks(resource.properties):
            yield from task.items("libraries")
    elif resource.type == CLUSTER:
        yield from resource.properties.items("libraries")
    else:
        yield resource.properties


def _libraries_are_pinned(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.type == JOB:
        yield from _dependencies_are_pinned(resource)
    for library in _libraries(resource):
        package, where = str(library.read("pypi.package") or ""), library.path or "it"
        if package and "==" not in package:
            yield Finding(f"{where} installs whatever {package} is on that day", "Write PACKAGE==VERSION.")
        for kind in ("pypi", "maven", "cran"):
            if str(library.read(f"{kind}.repo") or "").startswith("http://"):
                how = "Use an address with https, so that nobody on the way can put in something else."
                yield Finding(f"{where} comes over an unencrypted connection", how)


def _dependencies_are_pinned(resource: Resource) -> Iterator[Finding]:
    """Yield findings for what serverless tasks install, in pip's own words."""
    for environment in resource.properties.items("environments"):
        for text in environment.read("spec.dependencies") or ():
            where = f"{environment.path}.spec"
            if not isinstance(text, str):
                continue
            if "http://" in text:
                how = "Use an address with https, so that nobody on the way can put in something else."
                yield Finding(f"{where} installs {text} over an unencrypted connection", how)
            is_package = not text.startswith(("/", ".", "-")) and "://" not in text and "==" not in text
            if is_package and not text.endswith((".whl", ".tar.gz", ".zip")):
                yield Finding(f"{where} installs whatever {text} is on that day", "Write PACKAGE==VERSION.")


def _no_spark_submit(resource: Resource, context: Context) -> Iterator[Finding]:
    for task in tasks(resource.properties):
        if task.is_set("sparkSubmitTask"):
            how = "Use a JAR, Python or notebook task: they run under Unity Catalog's access modes."
            yield Finding(f"{task.path} runs by spark-submit, past Unity Catalog", how)


RULES = (
    Rule(
        "access-mode-is-isolated",
        "Compute runs in an access mode that isolates its users and asks Unity Catalog.",
        (CLUSTER, JOB),
        _access_mode_is_isolated,
        Severity.HIGH,
        ACCESS_MODES,
    ),
    Rule(
        "no-ssh-keys",
        "Nobody signs in to compute by SSH.",
        (CLUSTER, JOB, PIPELINE),
        _no_ssh,
        Severity.HIGH,
        "https://docs.databricks.com/en/security/network/index.html",
    ),
    Rule(
        "init-scripts-are-protected",
        "Scripts that run as root are where only few can change them.",
        (CLUSTER, JOB, PIPELINE),
        _scripts_not_on_dbfs,
        Severity.HIGH,
        INIT_SCRIPTS,
    ),
    Rule(
        "no-credential-passthrough",
        "Compute does not hand its user's cloud credentials to storage.",
        (CLUSTER, JOB, PIPELINE),
        _no_passthrough,
        Severity.MEDIUM,
        "https://docs.databricks.com/en/archive/credential-passthrough/index.html",
    ),
    Rule(
        "no-instance-profile-on-compute",
        "Data is reached through Unity Catalog, not by an instance profile.",
        (CLUSTER, JOB, PIPELINE),
        _no_instance_profile,
        Severity.MEDIUM,
        "https://docs.databricks.com/en/data-governance/unity-catalog/best-practices.html",
    ),
    Rule(
        "no-global-init-script",
        "No script runs on every cluster of a workspace.",
        (GLOBAL_INIT_SCRIPT,),
        _no_global_script,
        Severity.HIGH,
        INIT_SCRIPTS,
    ),
    Rule(
        "libraries-are-pinned",
        "Libraries have a version and come over an encrypted connection.",
        (CLUSTER, JOB, LIBRARY),
        _libraries_are_pinned,
        Severity.MEDIUM,
        "https://docs.databricks.com/en/libraries/index.html",
    ),
)
COMPLIANCE_RULES = (
    Rule(
        "runtime-is-supported",
        "Compute runs on a Databricks Runtime that still gets security fixes.",
        (CLUSTER, JOB),
        _runtime_is_supported,
        Severity.MEDIUM,
        "https://docs.databricks.com/en/release-notes/runtime/databricks-runtime-ver.html",
        PolicyConfigSchema(properties={"oldest_runtime": {"type": "string", "default": OLDEST_RUNTIME}}),
    ),
    Rule(
        "cluster-logs-are-kept",
        "Logs of clusters outlive them.",
        (CLUSTER,),
        _logs_are_kept,
        Severity.LOW,
        "https://docs.databricks.com/en/compute/configure.html#compute-log-delivery",
    ),
    Rule(
        "no-spark-submit",
        "No task runs by spark-submit.",
        (JOB,),
        _no_spark_submit,
        Severity.MEDIUM,
        "https://docs.databricks.com/en/jobs/spark-submit.html",
    ),
)
