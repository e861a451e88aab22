"""Types that no program may use without a decision of the platform team, each with what it does and what to do instead.

`allowed_types` of the rule `type-is-known`, or an exemption, is that decision.
"""

from __future__ import annotations

from collections.abc import Mapping

_PLATFORM = "Leave it to the platform team: they allow it for their own program with `allowed_types`."
_LAKEBASE = "Give Lakebase's permissions to groups, and roles in its databases by reviewed SQL."

# Type, what it does, how to go on.
_DATABRICKS: Mapping[str, tuple[str, str]] = {
    "AccountSettingUserPreferenceV2": ("changes a setting in the name of another person", _PLATFORM),
    "AppsSettingsCustomTemplate": ("offers the code of a repository to everybody as the start of an app", _PLATFORM),
    "CatalogWorkspaceBinding": ("makes a catalog available in another workspace", _PLATFORM),
    "DatabaseSyncedDatabaseTable": (
        "copies a table into a database, where Unity Catalog's grants do not hold",
        _LAKEBASE,
    ),
    "DisasterRecoveryFailoverGroup": ("copies workspaces and their data to another region", _PLATFORM),
    "DisasterRecoveryStableUrl": ("decides which workspace answers at an address", _PLATFORM),
    "Endpoint": ("opens a private way into the account", _PLATFORM),
    "MwsNccBinding": ("changes from which networks a workspace's serverless compute comes", _PLATFORM),
    "MwsNccPrivateEndpointRule": ("opens a private way out of serverless compute", _PLATFORM),
    "PolicyInfo": ("grants or masks data by tags, in addition to the grants on the data", _PLATFORM),
    "PostgresCdfConfig": ("copies the changes of a database into a catalog", _LAKEBASE),
    "PostgresDataApi": ("opens a database to requests over HTTP", _LAKEBASE),
    "PostgresRole": ("makes a role in a database, with a password or the rights of a superuser", _LAKEBASE),
    "PostgresSyncedTable": ("copies a table into a database, where Unity Catalog's grants do not hold", _LAKEBASE),
    "SqlPermissions": (
        "grants rights on the legacy metastore, outside Unity Catalog, including on all files",
        "Use Grants in Unity Catalog.",
    ),
    "WorkspaceBinding": ("makes a catalog available in another workspace, a location or a credential", _PLATFORM),
    "WorkspaceNetworkOption": ("changes which network policy protects a workspace", _PLATFORM),
}
REFUSED: Mapping[str, tuple[str, str]] = {
    f"databricks:index/{name[0].lower()}{name[1:]}:{name}": why for name, why in _DATABRICKS.items()
} | {
    "rolecall:okta:AuthorizationServer": (
        "makes an issuer whose tokens are trusted, with claims that it decides about",
        _PLATFORM,
    ),
}
