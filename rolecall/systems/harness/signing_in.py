"""How to sign in to Harness, as messages say it."""

from __future__ import annotations

SIGN_IN = (
    "Set HARNESS_ENDPOINT (https://app.harness.io/gateway), HARNESS_ACCOUNT_ID, HARNESS_ORG_ID, HARNESS_PROJECT_ID and "
    "HARNESS_PLATFORM_API_KEY, a key of an administrator of the project who may view the roles, resource "
    "groups and role assignments of its organization and account. For the local emulators: "
    'eval "$(rolecall env)".'
)
