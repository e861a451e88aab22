"""Properties of Graph's resources: which are answered without `$select`, and which can be set.

https://learn.microsoft.com/graph/api/resources/user, …/group, …/application and …/serviceprincipal: the user resource
answers a subset by default; the others answer nearly all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolecall.emulators.application import Json
from rolecall.emulators.entra.errors import invalid

USER_DEFAULTS = (
    "businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation",
    "preferredLanguage", "surname", "userPrincipalName", "id",
)  # fmt: skip
USER: Mapping[str, Any] = {
    **dict.fromkeys(USER_DEFAULTS),
    "businessPhones": [],
    **dict.fromkeys(
        (
            "ageGroup", "city", "companyName", "consentProvidedForMinor", "country", "createdDateTime", "creationType",
            "deletedDateTime", "department", "employeeHireDate", "employeeId", "employeeOrgData", "employeeType",
            "externalUserState", "faxNumber", "legalAgeGroupClassification", "mailNickname",
            "onPremisesDistinguishedName", "onPremisesDomainName", "onPremisesImmutableId",
            "onPremisesLastSyncDateTime", "onPremisesSamAccountName",
            "onPremisesSecurityIdentifier", "onPremisesSyncEnabled", "onPremisesUserPrincipalName",
            "passwordPolicies",
            "passwordProfile", "postalCode", "preferredDataLocation", "securityIdentifier", "showInAddressList",
            "state",
            "streetAddress", "usageLocation", "signInActivity", "lastPasswordChangeDateTime",
        )
    ),
    "accountEnabled": True,
    "assignedLicenses": [],
    "assignedPlans": [],
    "identities": [],
    "imAddresses": [],
    "otherMails": [],
    "proxyAddresses": [],
    "userType": "Member",
}  # fmt: skip
GROUP: Mapping[str, Any] = {
    **dict.fromkeys(
        (
            "id", "deletedDateTime", "classification", "createdDateTime", "description", "displayName",
            "expirationDateTime", "isAssignableToRole", "mail", "mailNickname", "membershipRule",
            "membershipRuleProcessingState", "onPremisesDomainName", "onPremisesLastSyncDateTime",
            "onPremisesNetBiosName", "onPremisesSamAccountName", "onPremisesSecurityIdentifier",
            "onPremisesSyncEnabled", "preferredDataLocation", "preferredLanguage", "renewedDateTime",
            "securityIdentifier", "theme", "uniqueName", "visibility",
        )
    ),
    "creationOptions": [],
    "groupTypes": [],
    "mailEnabled": False,
    "proxyAddresses": [],
    "resourceBehaviorOptions": [],
    "resourceProvisioningOptions": [],
    "securityEnabled": True,
    "onPremisesProvisioningErrors": [],
    "serviceProvisioningErrors": [],
}  # fmt: skip
APPLICATION: Mapping[str, Any] = {
    **dict.fromkeys(
        (
            "id", "deletedDateTime", "appId", "applicationTemplateId", "disabledByMicrosoftStatus", "createdByAppId",
            "createdDateTime", "displayName", "description", "groupMembershipClaims", "isDeviceOnlyAuthSupported",
            "isFallbackPublicClient", "nativeAuthenticationApisEnabled", "notes", "optionalClaims",
            "serviceManagementReference", "signInAudience", "tokenEncryptionKeyId", "uniqueName",
            "samlMetadataUrl", "defaultRedirectUri", "certification", "servicePrincipalLockConfiguration",
            "requestSignatureVerification",
        )
    ),
    "publisherDomain": "example.com",
    "identifierUris": [],
    "tags": [],
    "addIns": [],
    "api": {
        "acceptMappedClaims": None,
        "knownClientApplications": [],
        "requestedAccessTokenVersion": None,
        "oauth2PermissionScopes": [],
        "preAuthorizedApplications": [],
    },
    "appRoles": [],
    "info": {
        "logoUrl": None, "marketingUrl": None, "privacyStatementUrl": None, "supportUrl": None,
        "termsOfServiceUrl": None,
    },
    "keyCredentials": [],
    "parentalControlSettings": {"countriesBlockedForMinors": [], "legalAgeGroupRule": "Allow"},
    "passwordCredentials": [],
    "publicClient": {"redirectUris": []},
    "requiredResourceAccess": [],
    "verifiedPublisher": {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None},
    "web": {
        "homePageUrl": None,
        "logoutUrl": None,
        "redirectUris": [],
        "implicitGrantSettings": {"enableAccessTokenIssuance": False, "enableIdTokenIssuance": False},
        "redirectUriSettings": [],
    },
    "spa": {"redirectUris": []},
}  # fmt: skip
SERVICE_PRINCIPAL: Mapping[str, Any] = {
    **dict.fromkeys(
        (
            "id", "deletedDateTime", "appDescription", "appDisplayName", "appId", "applicationTemplateId",
            "appOwnerOrganizationId", "createdDateTime", "description", "disabledByMicrosoftStatus", "displayName",
            "homepage", "loginUrl", "logoutUrl", "notes", "preferredSingleSignOnMode",
            "preferredTokenSigningKeyThumbprint", "samlSingleSignOnSettings", "servicePrincipalType",
            "tokenEncryptionKeyId", "signInAudience",
        )
    ),
    "accountEnabled": True,
    "alternativeNames": [],
    "appRoleAssignmentRequired": False,
    "notificationEmailAddresses": [],
    "replyUrls": [],
    "servicePrincipalNames": [],
    "tags": [],
    "addIns": [],
    "appRoles": [],
    "info": APPLICATION["info"],
    "keyCredentials": [],
    "oauth2PermissionScopes": [],
    "passwordCredentials": [],
    "resourceSpecificApplicationPermissions": [],
    "verifiedPublisher": APPLICATION["verifiedPublisher"],
}  # fmt: skip
RESOURCES: Mapping[str, Mapping[str, Any]] = {
    "user": USER,
    "group": GROUP,
    "application": APPLICATION,
    "servicePrincipal": SERVICE_PRINCIPAL,
}
# Read-only properties.
_READ_ONLY = (
    "id", "appId", "createdDateTime", "deletedDateTime", "createdByAppId", "publisherDomain", "securityIdentifier",
    "renewedDateTime", "passwordCredentials", "proxyAddresses", "onPremisesSyncEnabled", "onPremisesLastSyncDateTime",
)  # fmt: skip


def settable(sort: str, body: Json, *, also: tuple[str, ...] = ()) -> Json:
    """Return what a call sets of a resource.

    Args:
        sort: `user`, `group`, `application` or `servicePrincipal`.
        body: the body of the call.
        also: names that the route looks at by itself.

    Raises:
        Refused: a property does not exist, or cannot be set.
    """
    known = RESOURCES[sort]
    found: Json = {}
    for name, value in body.items():
        if name.startswith("@odata.") or name in also or "@odata." in name:
            continue
        if name not in known or name in _READ_ONLY:
            raise invalid(f"Invalid property '{name}'.")
        merged = isinstance(value, dict) and isinstance(known[name], dict)
        found[name] = {**known[name], **value} if merged else value
    return found


def whole(sort: str, resource: Json) -> Json:
    """Return a resource with all its properties."""
    return {**RESOURCES[sort], **resource}
