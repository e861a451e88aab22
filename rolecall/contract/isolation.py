"""Clusters in which nothing of the contract closes Longhorn's API, which has no authorization.

https://github.com/longhorn/longhorn/issues/13326
"""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.contract.contract import Contract
from rolecall.contract.objects import objects_of
from rolecall.ids.verbs import Kind


def not_isolated(contract: Contract) -> Iterator[str]:
    """Yield a warning for each used cluster in which nothing of the contract closes Longhorn.

    The network policies that close Longhorn are objects of the projects with volumes. It is not known whether one runs
    in a cluster without `longhorn`.
    """
    for name, cluster in contract.clusters.items():
        inside = [one for one, stage in contract.environments.items() if stage.cluster == name]
        volumes = (one for environment in inside for one in objects_of(contract, environment, Kind.PERSISTENT_VOLUME))
        if inside and cluster.longhorn is not None and next(volumes, None) is None:
            where = f"Longhorn of cluster {name}"
            why = "no project has persistent volumes there, so no network policy of the contract closes its API"
            how = "Declare the volumes, or write a NetworkPolicy there (Longhorn's chart: `networkPolicies`)."
            yield f"{where} is not isolated: {why} and user interface, which have no authorization. {how}"
        if inside and not cluster.states_longhorn:
            why = "the contract does not state whether Longhorn runs there, whose API has no authorization"
            how = "Write `longhorn` with its sensitivities, or `longhorn: none`."
            yield f"Cluster {name} is not isolated: {why}. {how}"
