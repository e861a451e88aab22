"""How to sign in to Entra ID, as messages say it."""

from __future__ import annotations

SIGN_IN = (
    "Set AZURE_TENANT_ID and AZURE_CLIENT_ID, and AZURE_FEDERATED_TOKEN_FILE (better: nothing long-lived) or "
    "AZURE_CLIENT_SECRET, or sign in with `az login`; a job of GitHub Actions with `id-token: write` and an AzureCLI@2 "
    "task need neither. The application needs Group.ReadWrite.All, User.Read.All and Application.ReadWrite.All. For "
    'the local emulators: eval "$(rolecall env)".'
)
