"""How to sign in to Databricks, as messages say it."""

from __future__ import annotations

SIGN_IN = (
    "Sign in with OAuth: set DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET (or federation) of a service principal "
    'that may read there. For the local emulators: eval "$(rolecall env)".'
)
