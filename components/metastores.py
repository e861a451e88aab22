"""Privileges of groups on metastores."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi import Input, ProviderResource, Resource, ResourceOptions

from rolecall.components.aliases import formerly
from rolecall.components.resources import Grant
from rolecall.contract.contract import Contract
from rolecall.contract.metastore_privileges import metastore_grants
from rolecall.contract.naming import former_group_resources, group_resource


def declare_metastore_privileges(
    contract: Contract,
    workspaces: Mapping[str, ProviderResource],
    names: Mapping[str, Input[str]],
    declared: Mapping[str, Resource],
) -> None:
    """Declare the privileges of each group; grants to other principals on the metastore are left unchanged.

    Args:
        contract: the contract.
        workspaces: connections to the workspaces.
        names: the name that each group has now.
        declared: the resource that provisions each group into the account; empty without the account.
    """
    for one in metastore_grants(contract):
        Grant(
            f"{one.metastore}/{group_resource(contract, one.group)}",
            {"metastore": one.metastore, "principal": names[one.group], "privileges": list(one.privileges)},
            formerly(
                [f"{one.metastore}/{former}" for former in former_group_resources(contract, one.group)],
                ResourceOptions(
                    provider=workspaces[one.workspace],
                    depends_on=[declared[one.group]] if one.group in declared else [],
                ),
            ),
        )
