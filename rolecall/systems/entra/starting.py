"""Entra ID in a new repository."""

from __future__ import annotations

from rolecall.systems.starter import PipelineSignIn, Starter

# Id of a group in the emulator.
_GROUP = "6f0a0000-ac3e-4000-8000-000000000003"
STARTER = Starter(
    contract=(
        "# People and groups are in Entra ID; Rolecall provisions them to the account, including nested members.",
        "identity:",
        "  provider: entra",
        "  issuer: ${env:AZURE_AUTHORITY_HOST}/${env:AZURE_TENANT_ID}/v2.0",
    ),
    provisioning="rolecall",
    variables=("AZURE_AUTHORITY_HOST", "AZURE_TENANT_ID"),
    group=_GROUP,
    emulator=(
        "  tenant_id: ac3e0000-0000-4000-8000-000000000001",
        f"  groups: [{{name: churn-engineers, id: {_GROUP}}}]",
    ),
    # By workload identity federation: each platform has its own token.
    sign_in=PipelineSignIn(variables=("AZURE_CLIENT_ID", "AZURE_TENANT_ID"), federated=True),
)
