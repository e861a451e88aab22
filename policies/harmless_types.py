"""Types that need no rule of their own, each with the reason: they give no right, hold no secret, open no way out.

A type is judged by a rule of the guardrails, stands here, or is refused by `type-is-known`. A test holds the three
against the schemas of both providers.
"""

from __future__ import annotations

from collections.abc import Mapping

_BUILDING_BLOCK = "takes effect only in workspaces that name it, and workspaces are judged"
_GRANTS_DECIDE = "who may read or use it is a list of permissions or grants, which is judged"
_NO_RIGHT = "grants no right"
_DISPLAY = "changes how something is shown"

HARMLESS: Mapping[str, str] = {
    **{
        f"databricks:index/{name[0].lower()}{name[1:]}:{name}": reason
        for name, reason in {
            "AiSearchEndpoint": _GRANTS_DECIDE,
            "Budget": _NO_RIGHT,
            "BudgetPolicy": _NO_RIGHT,
            "DataClassificationCatalogConfig": _NO_RIGHT,
            "DataQualityMonitor": _NO_RIGHT,
            "DataQualityRefresh": _NO_RIGHT,
            "DatabaseDatabaseCatalog": _GRANTS_DECIDE,
            "DefaultNamespaceSetting": "sets the default catalog of queries",
            # Policies that grant access by tags are judged, and grants of ASSIGN on governed tags are judged too.
            "EntityTagAssignment": "a tag grants no right by itself",
            "ExternalMetadata": _NO_RIGHT,
            "KnowledgeAssistant": _GRANTS_DECIDE,
            "MaterializedFeaturesFeatureTag": "a tag grants no right by itself",
            # Workspaces are assigned where they are made; what is read in a metastore, its grants say.
            "MetastoreAssignment": _GRANTS_DECIDE,
            "MlflowModel": _GRANTS_DECIDE,
            "MwsCredentials": _BUILDING_BLOCK,
            "MwsCustomerManagedKeys": _BUILDING_BLOCK,
            "MwsNetworkConnectivityConfig": _BUILDING_BLOCK,
            "MwsNetworks": _BUILDING_BLOCK,
            "MwsStorageConfigurations": _BUILDING_BLOCK,
            "MwsVpcEndpoint": _BUILDING_BLOCK,
            "OnlineStore": _GRANTS_DECIDE,
            "PostgresBranch": _GRANTS_DECIDE,
            "PostgresCatalog": _GRANTS_DECIDE,
            "PostgresDatabase": _GRANTS_DECIDE,
            "PostgresEndpoint": _GRANTS_DECIDE,
            "PostgresProject": _GRANTS_DECIDE,
            "QualityMonitorV2": _NO_RIGHT,
            "RfaAccessRequestDestinations": "names who receives requests for access; receiving one grants no right",
            "SqlVisualization": _DISPLAY,
            "SqlWidget": _DISPLAY,
            "SupervisorAgent": _GRANTS_DECIDE,
            "SupervisorAgentTool": "users of the agent need their own rights on what the tool reaches",
            "SystemSchema": _GRANTS_DECIDE,
            "TagPolicy": "a tag grants no right by itself",
            "VectorSearchEndpoint": _GRANTS_DECIDE,
            "WarehousesDefaultWarehouseOverride": _DISPLAY,
            "WorkspaceEntityTagAssignment": "a tag grants no right by itself",
        }.items()
    },
    "pulumi:pulumi:StackReference": "reads the outputs of another stack and writes nothing",
    "rolecall:databricks:ProvisionedGroup": "waits for a group of the identity provider and writes nothing",
    "rolecall:entra:Application": "has no credential; federated credentials are judged",
    "rolecall:entra:ServicePrincipal": "has no credential and no role; assignments are judged",
    "rolecall:harness:ServiceAccount": "has no key; what it may do are permissions, which are judged",
}
