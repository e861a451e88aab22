"""What clusters can be made of: runtimes, machine types and zones.

https://docs.databricks.com/api/workspace/clusters/sparkversions, …/listnodetypes and …/listzones; a few of each, from
which the SDKs' `select_spark_version` and `select_node_type` choose.
"""

from __future__ import annotations

from rolecall.emulators.application import Json

_RUNTIMES = (("17.3", "LTS", "4.0.0"), ("16.4", "LTS", "3.5.2"), ("15.4", "LTS", "3.5.0"), ("14.3", "LTS", "3.5.0"))
# Id, memory in MiB, cores, disks and their size, GPUs, category.
_TYPES = (
    ("i3.xlarge", 31232, 4.0, 1, 950, 0, "Storage Optimized"),
    ("i3.2xlarge", 62464, 8.0, 1, 1900, 0, "Storage Optimized"),
    ("m5d.large", 8192, 2.0, 1, 75, 0, "General Purpose"),
    ("m5d.xlarge", 16384, 4.0, 1, 150, 0, "General Purpose"),
    ("m5d.2xlarge", 32768, 8.0, 1, 300, 0, "General Purpose"),
    ("r5d.xlarge", 32768, 4.0, 1, 150, 0, "Memory Optimized"),
    ("c5d.2xlarge", 16384, 8.0, 1, 200, 0, "Compute Optimized"),
    ("g5.xlarge", 16384, 4.0, 1, 250, 1, "GPU Accelerated"),
)
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")


def spark_versions() -> list[Json]:
    """Return the runtimes: plain ones, and those for machine learning with and without GPUs."""
    found = []
    for number, support, spark in _RUNTIMES:
        about = f"(includes Apache Spark {spark}, Scala 2.12)"
        for suffix, words in (("", ""), ("cpu-ml-", " ML"), ("gpu-ml-", " ML GPU")):
            found.append({"key": f"{number}.x-{suffix}scala2.12", "name": f"{number} {support}{words} {about}"})
    return found


def node_types() -> list[Json]:
    """Return the machine types."""
    return [
        {
            "node_type_id": name,
            "memory_mb": memory,
            "num_cores": cores,
            "description": name,
            "instance_type_id": name,
            "is_deprecated": False,
            "category": category,
            "support_ebs_volumes": True,
            "support_cluster_tags": True,
            "num_gpus": gpus,
            "node_instance_type": {
                "instance_type_id": name,
                "local_disks": disks,
                "local_disk_size_gb": size,
                "instance_family": name.partition(".")[0],
            },
            "is_hidden": False,
            "support_port_forwarding": True,
            "supports_elastic_disk": True,
            "display_order": place,
            "is_io_cache_enabled": name.startswith("i3"),
            "photon_worker_capable": True,
            "photon_driver_capable": True,
        }
        for place, (name, memory, cores, disks, size, gpus, category) in enumerate(_TYPES)
    ]


KNOWN_TYPES = frozenset(name for name, *_ in _TYPES)
