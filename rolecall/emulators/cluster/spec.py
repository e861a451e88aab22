"""The emulator of a Kubernetes cluster, as it is published."""

from __future__ import annotations

from rolecall.emulators.spec import EmulatorSpec
from rolecall.plugins import Lazy

SPEC = EmulatorSpec(
    name="cluster",
    system=Lazy("rolecall.emulators.cluster.emulator", "ClusterEmulator"),
    description=Lazy("rolecall.emulators.descriptions", "ClusterDescription"),
    address_variables=frozenset({"CLUSTER_ISSUER"}),
    order=6,
)
