"""Clusters of an instance pool, which determines their machine type (resourcemutator/cluster_fixups.go)."""

from __future__ import annotations

from dataclasses import replace

from rolecall.contract.bundles.nodes import Node

_OF_THE_POOL = ("node_type_id", "driver_node_type_id", "enable_elastic_disk")
# Cloud attributes that are valid with an instance pool.
_KEPT = {
    "aws_attributes": ("instance_profile_arn",),
    "azure_attributes": (),
    "gcp_attributes": ("google_service_account",),
}


def with_pools(job: Node) -> Node:
    """Return a job whose clusters of an instance pool have no machine types of their own."""
    for section in ("tasks", "job_clusters"):
        elements = job.get(section)
        if isinstance(elements.value, list):
            job = job.with_entry(section, replace(elements, value=[_fixed(one) for one in elements.value]))
    return job


def _fixed(holder: Node) -> Node:
    cluster = holder.get("new_cluster")
    if not isinstance(cluster.value, dict):
        return holder
    if not cluster.get("instance_pool_id").value:
        # If the driver uses a pool, so do the workers.
        return holder.with_entry("new_cluster", cluster.without("driver_instance_pool_id"))
    cluster = cluster.without(*_OF_THE_POOL)
    for key, kept in _KEPT.items():
        attributes = cluster.get(key)
        if isinstance(attributes.value, dict):
            left = {name: one for name, one in attributes.value.items() if name in kept}
            cluster = cluster.with_entry(key, replace(attributes, value=left)) if left else cluster.without(key)
    return holder.with_entry("new_cluster", cluster)
