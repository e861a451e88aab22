"""Names of the contract's groups in a cluster's API server, from the tokens of users.

https://kubernetes.io/docs/reference/access-authn-authz/authentication/#openid-connect-tokens
"""

from __future__ import annotations

from rolecall.contract.cluster import ClusterGroups
from rolecall.contract.contract import Contract


def name_in_cluster(groups: ClusterGroups, key: str, external: str | None) -> str | None:
    """Return a group's name in a cluster; None where tokens name it by an id that the contract does not have.

    Args:
        groups: how the cluster names groups.
        key: the group's key in the contract.
        external: its id in the identity provider, of a group that lives elsewhere.
    """
    name = groups.names.get(key) or (external if groups.ids else key)
    return f"{groups.prefix}{name}" if name else None


def names_in_cluster(contract: Contract, cluster: str) -> dict[str, str]:
    """Return the names that a cluster has for the contract's groups, by key."""
    groups = contract.clusters[cluster].groups
    named = {key: name_in_cluster(groups, key, one.external) for key, one in contract.groups.items()}
    return {key: name for key, name in named.items() if name is not None}
