"""The cloud that a workspace runs on, and what that cloud accepts as a tag."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from rolecall.contract.workspace import Workspace
from rolecall.ids.names import NameSyntax
from rolecall.kinds.clouds import Cloud

_AWS = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions"
_AZURE = "https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations"
_GCP = "https://docs.databricks.com/gcp/en/admin/account-settings/usage-detail-tags"
# Databricks passes tags of clusters, pools, warehouses and jobs on to the cloud, and refuses what that does not accept.
TAG_VALUES: Mapping[Cloud, NameSyntax] = {
    "aws": NameSyntax(_AWS, r"A-Za-z0-9 _+\-=.:/@", "ASCII letters, digits, spaces and + - = . _ : / @", 255),
    "azure": NameSyntax(_AZURE, r"^\x00-\x1f\x7f", "anything but control characters", 256),
    "gcp": NameSyntax(_GCP, r"A-Za-z0-9_.\-", "ASCII letters, digits, '-', '_' and '.'", 63),
}
TAG_KEYS: Mapping[Cloud, NameSyntax] = {
    "aws": NameSyntax(_AWS, TAG_VALUES["aws"].allowed, TAG_VALUES["aws"].letters, 127),
    "azure": NameSyntax(_AZURE, r"^<>%&\\?/\x00-\x1f\x7f", "anything but < > % & \\ ? /", 512),
    "gcp": NameSyntax(_GCP, TAG_VALUES["gcp"].allowed, TAG_VALUES["gcp"].letters, 63),
}


def cloud_of(workspace: Workspace) -> Cloud:
    """Return a workspace's cloud, by its address: https://docs.databricks.com/en/workspace/workspace-details.html"""
    if workspace.create is not None:
        return workspace.create.cloud
    host = urlsplit(workspace.host or "").hostname or ""
    if host.endswith((".azuredatabricks.net", ".databricks.azure.us", ".databricks.azure.cn")):
        return "azure"
    return "gcp" if host.endswith(".gcp.databricks.com") else "aws"
