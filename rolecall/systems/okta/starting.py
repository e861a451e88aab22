"""Okta in a new repository."""

from __future__ import annotations

from rolecall.systems.starter import PipelineSignIn, Starter

# Ids of a group and an application in the emulator.
_GROUP, _APPLICATION = "00g1churn0000000001", "0oa1databricks000001"
STARTER = Starter(
    contract=(
        "# People and groups are in Okta; its application `Databricks` provisions them to the account (SCIM).",
        "identity:",
        "  provider: okta",
        "  issuer: ${env:OKTA_CLIENT_ORGURL}",
        f"  application: {_APPLICATION}  # the application's id in your Okta",
    ),
    variables=("OKTA_CLIENT_ORGURL",),
    group=_GROUP,
    emulator=(
        "  applications:",
        f"    - {{label: Databricks, id: {_APPLICATION}, provisions: databricks}}",
        f"  groups: [{{name: churn-engineers, id: {_GROUP}}}]",
    ),
    sign_in=PipelineSignIn(
        variables=("OKTA_CLIENT_CLIENTID",),
        secrets=("OKTA_CLIENT_PRIVATEKEY",),
        fixed={
            "OKTA_CLIENT_AUTHORIZATIONMODE": "PrivateKey",
            "OKTA_CLIENT_SCOPES": "okta.groups.manage okta.apps.manage okta.users.read",
        },
    ),
)
