"""Hold a cluster against its cluster policy.

https://docs.databricks.com/en/admin/clusters/policy-definition.html: a limit makes its attribute required, unless it is
optional or has a default; fixed values are filled in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from rolecall.emulators.application import Json

# Attributes whose keys may hold dots themselves.
MAPS = ("custom_tags", "spark_conf", "spark_env_vars")
# What a job's cluster does not have: it ends with the run, and is of the type `job`.
NOT_OF_JOBS = ("autotermination_minutes", "cluster_type")
# Databricks computes it from the cluster; no request holds it.
COMPUTED = ("dbus_per_hour",)


def violations(cluster: Json, definition: str, *, of_job: bool = True) -> Iterator[str]:
    """Yield what of a new cluster its policy does not allow.

    Args:
        cluster: the cluster as it is asked for.
        definition: the policy's definition, as JSON.
        of_job: a job makes it.
    """
    for path, element in json.loads(definition).items():
        if path in COMPUTED or (of_job and path in NOT_OF_JOBS):
            continue
        kind, value = element["type"], _value(cluster, path)
        if value is None:
            needed = kind in ("allowlist", "blocklist", "regex", "range")
            if needed and not element.get("isOptional") and "defaultValue" not in element:
                yield f"Validation failed for {path}, the value must be present"
        elif not _allows(kind, element, value):
            yield f"Validation failed for {path}, the value {value} is not allowed by the policy"


def fill(cluster: Json, definition: str, *, of_job: bool = True) -> None:
    """Put into a cluster what its policy fixes, and its defaults where the request asks for them.

    Answers have the values (https://github.com/databricks/terraform-provider-databricks/issues/1994), and not that they
    were asked for (https://github.com/databricks/cli/pull/5731).
    """
    with_defaults = cluster.pop("apply_policy_default_values", False)
    for path, element in json.loads(definition).items():
        value = element.get("value") if element["type"] == "fixed" else element.get("defaultValue")
        if value is None or (element["type"] != "fixed" and not with_defaults):
            continue
        if of_job and path in NOT_OF_JOBS:
            continue
        if path not in (*COMPUTED, "cluster_type") and _value(cluster, path) is None:
            _put(cluster, path, value)


def _put(cluster: Json, path: str, value: Any) -> None:
    first, _, rest = path.partition(".")
    if not rest:
        cluster[first] = value
    elif first in MAPS:
        cluster.setdefault(first, {})[rest] = str(value)
    else:
        _put(cluster.setdefault(first, {}), rest, value)


def _value(cluster: Json, path: str) -> Any:
    first, _, rest = path.partition(".")
    held = cluster.get(first)
    if not rest or held is None:
        return held if not rest else None
    if first in MAPS:
        return held.get(rest)
    return _value(held, rest) if isinstance(held, dict) else None


def _allows(kind: str, element: Json, value: Any) -> bool:
    if kind == "fixed":
        return str(value) == str(element["value"])
    if kind == "forbidden":
        return False
    if kind == "allowlist":
        return value in element["values"]
    if kind == "blocklist":
        return value not in element["values"]
    if kind == "regex":
        return re.fullmatch(element["pattern"], str(value)) is not None
    if kind == "range":
        low, high = element.get("minValue", float("-inf")), element.get("maxValue", float("inf"))
        return bool(low <= float(value) <= high)
    return True
