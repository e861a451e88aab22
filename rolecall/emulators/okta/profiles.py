"""Attributes of profiles: Okta's own, and those that an organization adds.

https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Schema/ and
https://developer.okta.com/docs/concepts/universal-directory/#okta-user-profile-attributes (the base profile).
"""

from __future__ import annotations

from collections.abc import Mapping

from rolecall.emulators.application import Json
from rolecall.emulators.okta.errors import refused
from rolecall.emulators.okta.models import Application, Organization

_WRITE, _READ, _HIDE = "READ_WRITE", "READ_ONLY", "HIDE"
# Attribute to title, what a user may do with its own, and further keywords of its schema.
_USER: Mapping[str, tuple[str, str, Json]] = {
    "login": ("Username", _WRITE, {"required": True, "minLength": 5, "maxLength": 100}),
    "firstName": ("First name", _WRITE, {"required": True, "minLength": 1, "maxLength": 50}),
    "lastName": ("Last name", _WRITE, {"required": True, "minLength": 1, "maxLength": 50}),
    "middleName": ("Middle name", _READ, {}),
    "honorificPrefix": ("Honorific prefix", _READ, {}),
    "honorificSuffix": ("Honorific suffix", _READ, {}),
    "email": ("Primary email", _WRITE, {"required": True, "format": "email"}),
    "title": ("Title", _READ, {}),
    "displayName": ("Display name", _READ, {}),
    "nickName": ("Nickname", _READ, {}),
    "profileUrl": ("Profile Url", _READ, {"format": "uri"}),
    "secondEmail": ("Secondary email", _WRITE, {"format": "email"}),
    "mobilePhone": ("Mobile phone", _WRITE, {"maxLength": 100}),
    "primaryPhone": ("Primary phone", _HIDE, {"maxLength": 100}),
    "streetAddress": ("Street address", _HIDE, {}),
    "city": ("City", _HIDE, {}),
    "state": ("State", _HIDE, {}),
    "zipCode": ("Zip code", _HIDE, {}),
    "countryCode": ("Country code", _HIDE, {"format": "country-code"}),
    "postalAddress": ("Postal Address", _HIDE, {}),
    "preferredLanguage": ("Preferred language", _READ, {"format": "language-code"}),
    "locale": ("Locale", _READ, {"format": "locale"}),
    "timezone": ("Time zone", _READ, {"format": "timezone"}),
    "userType": ("User type", _READ, {}),
    "employeeNumber": ("Employee number", _READ, {}),
    "costCenter": ("Cost center", _READ, {}),
    "organization": ("Organization", _READ, {}),
    "division": ("Division", _READ, {}),
    "department": ("Department", _READ, {}),
    "managerId": ("ManagerId", _READ, {}),
    "manager": ("Manager", _READ, {}),
}
# Attributes of the users of an OpenID Connect application: title and description, and where a claim nests.
# https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims
_OPENID: Mapping[str, tuple[str, str]] = {
    "name": ("Name", "Full name in displayable form"),
    "nickname": ("Nickname", "Casual name"),
    "given_name": ("Given Name", "Given name or first name"),
    "middle_name": ("Middle Name", "Middle name"),
    "family_name": ("Family Name", "Surname or last name"),
    "email": ("Email", "Preferred e-mail address"),
    "profile": ("Profile URL", "URL of the profile page"),
    "picture": ("Picture URL", "URL of the profile picture"),
    "website": ("Website", "URL of a web page or blog"),
    "gender": ("Gender", "Gender"),
    "birthdate": ("Birthdate", "Birthday as YYYY-MM-DD"),
    "zoneinfo": ("Time Zone", "Time zone"),
    "locale": ("Locale Name", "Language and country, as en-US"),
    "phone_number": ("Phone Number", "Telephone number in E.164 format"),
    "street_address": ("Street Address", "Full street address"),
    "locality": ("Locality", "City or locality"),
    "region": ("Region", "State, province, prefecture or region"),
    "postal_code": ("Postal Code", "Zip code or postal code"),
    "country": ("Country", "Country name"),
    "formatted": ("Formatted", "Full mailing address for display"),
}
_IN_ADDRESS = ("street_address", "locality", "region", "postal_code", "country", "formatted")
_GROUP: Mapping[str, Json] = {
    "name": {"title": "Name", "type": "string", "required": True, "maxLength": 255},
    "description": {"title": "Description", "type": "string", "maxLength": 1024},
}
_MASTER = {"type": "PROFILE_MASTER"}


def user_attributes() -> Json:
    """Return the schema of each attribute of the base profile of users."""
    found: Json = {}
    for name, (title, action, more) in _USER.items():
        permissions = [{"principal": "SELF", "action": action}]
        rest = {"mutability": "READ_WRITE", "scope": "NONE", "permissions": permissions, "master": _MASTER}
        found[name] = {"title": title, "type": "string", **more, **rest}
    return found


def group_attributes() -> Json:
    """Return the schema of each attribute of the base profile of groups."""
    rest = {"scope": "NONE", "permissions": [{"principal": "SELF", "action": _WRITE}], "master": _MASTER}
    return {name: {**one, "mutability": "READ_WRITE", **rest} for name, one in _GROUP.items()}


def application_attributes(application: Application) -> Json:
    """Return the schema of each attribute of the base profile of an application's users."""
    openid = application.set.get("signOnMode") == "OPENID_CONNECT"
    user_name: Json = {"title": "Username", "type": "string", "required": True, "scope": "NONE"}
    if not openid:
        return {"userName": {**user_name, "maxLength": 100, "master": _MASTER}}
    found: Json = {"userName": {**user_name, "externalName": "preferred_username", "scope": "SELF"}}
    for name, (title, text) in _OPENID.items():
        nested = {"externalName": f"address.{name}"} if name in _IN_ADDRESS else {}
        found[name] = {"title": title, "description": text, "type": "string", **nested, "scope": "SELF"}
    return found


def application_profile(application: Application, profile: Json) -> Json:
    """Return a user's profile in an application, filled from the user's own."""
    if application.set.get("signOnMode") != "OPENID_CONNECT":
        return {}
    names = {"given_name": "firstName", "family_name": "lastName", "email": "email", "locale": "locale"}
    found: Json = {name: profile.get(names.get(name, "")) for name in _OPENID}
    found |= {"name": f"{profile.get('firstName')} {profile.get('lastName')}", "zoneinfo": "America/Los_Angeles"}
    return {**found, "locale": found["locale"] or "en_US"}


def require_known(now: Organization, user_type: str, profile: Json, what: str) -> None:
    """Refuse an attribute that neither the base profile nor the organization has."""
    added = now.attributes.get(user_type or now.user_type, {})
    for name in profile:
        if name not in _USER and name not in added:
            cause = f"Property name '{name}' is not defined in profile"
            raise refused(400, "E0000001", f"Api validation failed: {what}", cause)
