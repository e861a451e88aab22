"""How to sign in to Prefect, as messages say it."""

from __future__ import annotations

SIGN_IN = (
    "Set PREFECT_API_URL (https://api.prefect.cloud/api/accounts/…/workspaces/…) and PREFECT_API_KEY, the key of an "
    'owner of the workspace. For the local emulators: eval "$(rolecall env)".'
)
