"""How to sign in to Okta, as messages say it."""

from __future__ import annotations

SIGN_IN = (
    "Set OKTA_CLIENT_ORGURL, and either OKTA_CLIENT_AUTHORIZATIONMODE=PrivateKey with OKTA_CLIENT_CLIENTID, "
    "OKTA_CLIENT_SCOPES and OKTA_CLIENT_PRIVATEKEY (better: no key leaves the machine), or OKTA_CLIENT_TOKEN. "
    'For the local emulators: eval "$(rolecall env)".'
)
