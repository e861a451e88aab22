from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.clusters import clusters_of
from rolecall.policies.compute import definition_of
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CLUSTER, CLUSTER_POLICY, JOB, PIPELINE

# Switches that protect where they are `true`. https://docs.databricks.com/en/archive/security/table-acls.html,
# https://spark.apache.org/docs/latest/security.html
_KEPT_ON = re.compile(
    r"spark\.databricks\.(?:acl\.|pyspark\.enable(?:Py4JSecurity|ProcessIsolation)|unityCatalog\.enabled"
    r"|unityCatalog\.userIsolation|userIsolation|safespark\.(?:enabled|externalUDF))"
    r"|spark\.(?:acls\.enable|ui\.acls\.enable|history\.ui\.acls\.enable|authenticate$|network\.crypto\.enabled"
    r"|io\.encryption\.enabled|ssl\.(?:\w+\.)?enabled|databricks\.isolation)"
    r"|(?:spark\.hadoop\.)?fs\.\S*(?:ssl\.enabled|always\.use\.https)$",
    re.IGNORECASE,
)
# Switches that hand on the caller's own credentials, or admit everybody.
_KEPT_OFF = re.compile(
    r"spark\.databricks\.(?:passthrough\.|cloudfetch\.override|\w*(?:unsafe|insecure|allowUntrusted|disableAcl)\w*)"
    r"|spark\.\S*(?:unsafe|insecure|trustAll|disableCertificate)\S*|fs\.\S*\.(?:ssl\.)?insecure\S*",
    re.IGNORECASE,
)
# Lists of who may see and change an application: `*` is everybody.
_LISTS = re.compile(r"spark\.(?:admin|modify|ui\.view|history\.ui\.admin)\.acls(?:\.groups)?", re.IGNORECASE)
# Memory and codecs, whose names only read so.
_HARMLESS = re.compile(r"spark\.(?:sql|io|shuffle|memory|unsafe|kryo)\.\S*", re.IGNORECASE)


def _weakens(key: str, value: object) -> bool:
    text = str(value).strip().lower()
    if _LISTS.fullmatch(key):
        return "*" in text.split(",")
    if _KEPT_ON.match(key):
        return text in ("false", "0", "no", "off")
    if _HARMLESS.fullmatch(key):
        return False
    return bool(_KEPT_OFF.fullmatch(key) or _KEPT_OFF.match(key)) and text not in ("", "false", "0", "no", "off")


def _settings(resource: Resource) -> Iterator[tuple[str, str, object]]:
    """Yield path, key and value of each setting, including a policy's optional ones."""
    if resource.type == CLUSTER_POLICY:
        for key, element in (definition_of(resource.properties) or {}).items():
            if key.startswith("spark_conf."):
                chosen = element.get("values") if element.get("type") == "allowlist" else None
                values = [element.get("value"), element.get("defaultValue"), *(chosen or [])]
                yield from (("definition", key.removeprefix("spark_conf."), one) for one in values if one is not None)
        return
    if resource.type == PIPELINE and isinstance(own := resource.properties.read("configuration"), Mapping):
        yield from (("configuration", str(key), value) for key, value in own.items())
    for cluster in clusters_of(resource):
        if isinstance(found := cluster.read("sparkConf"), Mapping):
            path = f"{cluster.path}.sparkConf" if cluster.path else "sparkConf"
            yield from ((path, str(key), value) for key, value in found.items())


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for path, key, value in sorted(_settings(resource), key=lambda one: one[:2]):
        if _weakens(key.strip(), value):
            how = "Remove it: Unity Catalog and the access mode control access on shared compute."
            yield Finding(f"{path} sets {key} to {value}, which weakens access control", how)


RULE = Rule(
    "spark-keeps-access-control",
    "Spark's settings switch no access control, isolation or encryption off.",
    Severity.HIGH,
    "https://docs.databricks.com/en/compute/configure.html#spark-configuration",
    (Theme.LEAST_PRIVILEGE, Theme.CONFIGURATION),
    (CLUSTER, CLUSTER_POLICY, JOB, PIPELINE),
    _check,
    Example(
        CLUSTER,
        compliant.CLUSTER,
        (
            put("sparkConf", {"spark.databricks.acl.dfAclsEnabled": "false"}),
            put("sparkConf", {"spark.databricks.pyspark.enableProcessIsolation": "false"}),
        ),
        ("sparkConf",),
    ),
)
