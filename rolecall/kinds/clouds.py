"""What differs between the clouds that Databricks runs on."""

from __future__ import annotations

from typing import Any, Literal

Cloud = Literal["aws", "azure", "gcp"]


def pool_attributes(cloud: Cloud, availability: str) -> dict[str, Any]:
    """Return the part of an instance pool that sets whether the cloud may reclaim machines.

    https://docs.databricks.com/api/workspace/instancepools/create: aws_, azure_ and gcp_attributes.
    """
    spot = availability == "spot"
    if cloud == "azure":
        return {"azureAttributes": {"availability": "SPOT_AZURE" if spot else "ON_DEMAND_AZURE"}}
    if cloud == "gcp":
        return {"gcpAttributes": {"gcpAvailability": "PREEMPTIBLE_GCP" if spot else "ON_DEMAND_GCP"}}
    return {"awsAttributes": {"availability": "SPOT" if spot else "ON_DEMAND"}}
