"""Values that a cluster inherits from its policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# Attributes whose keys may hold dots themselves, and whose values are texts.
MAPS = ("custom_tags", "spark_conf", "spark_env_vars")
# What no request for a job's cluster holds: it ends with its run, is of the type `job`, and its cost is computed.
NOT_OF_JOBS = ("autotermination_minutes", "cluster_type", "dbus_per_hour")
# Attributes of which a cluster has one: its size, and where its machines come from.
_INSTEAD = {
    "autoscale": ("num_workers",),
    "num_workers": ("autoscale",),
    "node_type_id": ("instance_pool_id",),
    "driver_node_type_id": ("instance_pool_id", "driver_instance_pool_id"),
}


def filled(cluster: Mapping[str, Any], definition: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return a job's cluster with what its policy fixes, and with the policy's defaults.

    Databricks would fill in the same if it were asked to, by `apply_policy_default_values`. But it answers with the
    values, and not that it was asked, so that a declaration without them would differ for ever
    (https://github.com/databricks/cli/pull/5731).

    Args:
        cluster: the cluster in the form of the Jobs API.
        definition: https://docs.databricks.com/en/admin/clusters/policy-definition.html
    """
    found = dict(cluster)
    for path, value in _given(definition):
        first, _, rest = path.partition(".")
        if first in NOT_OF_JOBS or any(other in cluster for other in _INSTEAD.get(first, ())):
            continue
        if first in MAPS:
            found[first] = {rest: _text(value), **(found.get(first) or {})}
        else:
            _put(found, path.split("."), value)
    return found


def _given(definition: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    for path, element in definition.items():
        value = element.get("value") if element.get("type") == "fixed" else element.get("defaultValue")
        # `init_scripts.*.…` limits whatever elements a list has.
        if value is not None and "*" not in path.split("."):
            yield path, value


def _put(holder: dict[str, Any], path: list[str], value: Any) -> None:
    first, *rest = path
    if not rest:
        holder.setdefault(first, value)
    elif isinstance(inner := holder.get(first, {}), dict):
        holder[first] = dict(inner)
        _put(holder[first], rest, value)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
