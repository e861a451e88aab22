"""What the contract's settings of a workspace are as resources: what components declare and guards compare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rolecall.contract.protective_settings import Declared
from rolecall.contract.workspace import Workspace

CONF = "databricks:index/workspaceConf:WorkspaceConf"
IP_ACCESS_LIST = "databricks:index/ipAccessList:IpAccessList"
PERMISSIONS = "databricks:index/permissions:Permissions"
RESTRICT_ADMINS = "databricks:index/restrictWorkspaceAdminsSetting:RestrictWorkspaceAdminsSetting"


def address_label(sort: str) -> str:
    """Return the label of the contract's list of a sort, `ALLOW` or `BLOCK`."""
    return f"rolecall-{sort.lower()}"


def workspace_settings(name: str, workspace: Workspace) -> Iterator[Declared]:
    """Yield the resources that hold a workspace's protective settings; of token users, all but who they are.

    Args:
        name: the workspace's key, which its connection is called too.
        workspace: the workspace.
    """
    conf: dict[str, str] = {}
    if workspace.tokens is not None:
        conf["maxTokenLifetimeDays"] = str(workspace.tokens.max_days)
        yield Declared(PERMISSIONS, f"{name}-tokens", name, {"authorization": "tokens"})
    if workspace.ip_access is not None:
        conf["enableIpAccessLists"] = "true"
        wanted = (("ALLOW", workspace.ip_access.allow), ("BLOCK", workspace.ip_access.block))
        for sort, addresses in wanted:
            if addresses:
                inputs: dict[str, Any] = {"label": address_label(sort), "listType": sort, "ipAddresses": addresses}
                yield Declared(IP_ACCESS_LIST, f"{name}-{sort.lower()}", name, inputs)
    if workspace.verbose_audit_logs is not None:
        conf["enableVerboseAuditLogs"] = "true" if workspace.verbose_audit_logs else "false"
    if conf:
        yield Declared(CONF, name, name, {"customConfig": conf})
    if workspace.restrict_admins is not None:
        status = "RESTRICT_TOKENS_AND_JOB_RUN_AS" if workspace.restrict_admins else "ALLOW_ALL"
        yield Declared(RESTRICT_ADMINS, name, name, {"restrictWorkspaceAdmins": {"status": status}})
