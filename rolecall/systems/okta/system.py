"""The system Okta, an identity provider."""

from __future__ import annotations

from rolecall.plugins import Lazy
from rolecall.systems.spec import identity_provider_spec

DOES_NOT_READ = (
    "who may write the attributes of users that a group rule reads",
    "resource sets of custom administrator roles",
    "administrator roles of groups that the contract does not name, and of service applications",
    "authorization servers, policies and API tokens that the contract does not name",
)
SPEC = identity_provider_spec(
    "okta",
    "rolecall.systems.okta",
    "Okta",
    address="OKTA_CLIENT_ORGURL",
    variables=("OKTA_CLIENT_ORGURL", "OKTA_CLIENT_CLIENTID"),
    does_not_read=DOES_NOT_READ,
    pace=Lazy("rolecall.systems.okta.client", "WRITES"),
    starter=Lazy("rolecall.systems.okta.starting", "STARTER"),
    memberships=("rolecall:okta:GroupMembership",),
)
