"""The system Entra ID, an identity provider."""

from __future__ import annotations

import os

from rolecall import settings
from rolecall.plugins import Lazy
from rolecall.systems.spec import IdentityFeatures, identity_provider_spec


def _addresses() -> dict[str, str]:
    return {
        "Microsoft Graph": settings.GRAPH_HOST.read(),
        "Entra ID": os.environ.get("AZURE_AUTHORITY_HOST") or "https://login.microsoftonline.com",
    }


DOES_NOT_READ = (
    "custom directory roles, and roles that are scoped to an administrative unit or one application",
    "who may write the attributes that membership rules read",
    "applications with permissions of Microsoft Graph, such as to write all groups",
)
SPEC = identity_provider_spec(
    "entra",
    "rolecall.systems.entra",
    "Entra ID",
    addresses=_addresses,
    variables=("ARM_CLIENT_ID", "ARM_TENANT_ID", "AZURE_AUTHORITY_HOST", "AZURE_CLIENT_ID", "AZURE_TENANT_ID"),
    does_not_read=DOES_NOT_READ,
    # https://docs.databricks.com/en/admin/users-groups/automatic-identity-management.html; provisioning by Entra ID
    # includes direct members only: https://learn.microsoft.com/entra/identity/app-provisioning/how-provisioning-works.
    identity=IdentityFeatures(automatic=True, pushes_nested=False, azure=True),
    pace=Lazy("rolecall.systems.entra.client", "WRITES"),
    starter=Lazy("rolecall.systems.entra.starting", "STARTER"),
    memberships=("rolecall:entra:GroupMembership",),
)
