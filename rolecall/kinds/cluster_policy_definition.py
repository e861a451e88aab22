"""A cluster policy of the contract as Databricks' policy definition."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rolecall.kinds.cluster_policy import ClusterPolicy


def policy_definition(policy: ClusterPolicy, tags: Mapping[str, str]) -> str:
    """Return the definition as JSON with sorted keys: https://docs.databricks.com/en/admin/clusters/policy-definition.html

    Args:
        policy: the contract's policy; what its `definition` says goes over what its limits say.
        tags: tags that every cluster gets, fixed so that nobody takes them off.
    """
    definition: dict[str, dict[str, Any]] = {}
    if policy.max_workers is not None:
        # A limit makes its attribute required, unless it is optional: a cluster scales or has a fixed size.
        limit = {"type": "range", "maxValue": policy.max_workers, "isOptional": True}
        definition["num_workers"] = limit
        if policy.extends != "personal-vm":
            definition["autoscale.max_workers"] = limit
    if policy.idle_minutes is not None:
        definition["autotermination_minutes"] = {"type": "fixed", "value": policy.idle_minutes}
    if policy.node_types:
        # A cluster from an instance pool has the pool's node type, and names none.
        definition["node_type_id"] = {"type": "allowlist", "values": policy.node_types, "isOptional": True}
    for key, value in {**policy.tags, **tags}.items():
        definition[f"custom_tags.{key}"] = {"type": "fixed", "value": value}
    return json.dumps({**definition, **policy.definition}, sort_keys=True)
