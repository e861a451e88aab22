"""How to sign in to Conductor, as messages say it."""

from __future__ import annotations

SIGN_IN = (
    "Set CONDUCTOR_SERVER_URL (it ends in /api), CONDUCTOR_AUTH_KEY and CONDUCTOR_AUTH_SECRET, an access key of an "
    'application with the role ADMIN. For the local emulators: eval "$(rolecall env)".'
)
