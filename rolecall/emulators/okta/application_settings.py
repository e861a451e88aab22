"""What Okta fills into an application by its sign-on mode.

https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Application/
"""

from __future__ import annotations

from collections.abc import Mapping

from rolecall.emulators.application import Json
from rolecall.emulators.okta.errors import invalid, refused
from rolecall.emulators.okta.policies import merged

# Applications that Okta's templates make, and the mode that their name stands for.
TEMPLATES: Mapping[str, str] = {
    "oidc_client": "OPENID_CONNECT",
    "bookmark": "BOOKMARK",
    "template_basic_auth": "BASIC_AUTH",
    "template_swa": "BROWSER_PLUGIN",
    "template_swa3field": "BROWSER_PLUGIN",
    "template_sps": "SECURE_PASSWORD_STORE",
    "template_saml_2_0": "SAML_2_0",
    "template_wsfed": "WS_FEDERATION",
}
_MODES = {mode: name for name, mode in reversed([*TEMPLATES.items()])}
_SCHEMES = ("BROWSER_PLUGIN", "AUTO_LOGIN", "BASIC_AUTH", "SECURE_PASSWORD_STORE")
# Settings of the templates' applications that are answered if only as null.
_APP: Mapping[str, Json] = {
    "bookmark": {"requestIntegration": False, "url": None},
    "template_basic_auth": {"authURL": None, "loginUrlRegex": None, "url": None},
    "template_swa": dict.fromkeys(
        ("buttonField", "checkbox", "loginUrlRegex", "passwordField", "redirectUrl", "url", "usernameField")
    ),
    "template_swa3field": dict.fromkeys(
        ("buttonSelector", "extraFieldSelector", "extraFieldValue", "loginUrlRegex", "passwordSelector", "redirectUrl",
         "targetURL", "userNameSelector")
    ),
    "template_sps": dict.fromkeys(
        ("optionalField1", "optionalField1Value", "optionalField2", "optionalField2Value", "optionalField3",
         "optionalField3Value", "passwordField", "url", "usernameField")
    ),
}  # fmt: skip
_SAML: Json = {
    "defaultRelayState": None,
    "ssoAcsUrl": None,
    "idpIssuer": "http://www.okta.com/${org.externalKey}",
    "audience": None,
    "recipient": None,
    "destination": None,
    "subjectNameIdTemplate": None,
    "subjectNameIdFormat": None,
    "responseSigned": True,
    "assertionSigned": True,
    "signatureAlgorithm": "RSA_SHA256",
    "digestAlgorithm": "SHA256",
    "honorForceAuthn": True,
    "authnContextClassRef": None,
    "spIssuer": None,
    "requestCompressed": False,
    "attributeStatements": [],
    "inlineHooks": [],
    "assertionEncryption": {"enabled": False},
    "allowMultipleAcsEndpoints": False,
    "acsEndpoints": [],
    "samlSignedRequestEnabled": False,
    "slo": {"enabled": False},
}
# Settings of the sign-on of an integration of the catalog: https://help.okta.com/oag/en-us/content/topics/access-gateway/
_OVERRIDES: Json = dict.fromkeys(
    ("defaultRelayState", "ssoAcsUrlOverride", "audienceOverride", "recipientOverride", "destinationOverride")
)
_OVERRIDES["attributeStatements"] = []
_OAUTH: Json = {
    "client_uri": None,
    "logo_uri": None,
    "redirect_uris": [],
    "response_types": ["code"],
    "grant_types": ["authorization_code"],
    "application_type": "web",
    "consent_method": "TRUSTED",
    "issuer_mode": "ORG_URL",
    "idp_initiated_login": {"mode": "DISABLED", "default_scope": []},
    "wildcard_redirect": "DISABLED",
    "dpop_bound_access_tokens": False,
}
_SETTINGS: Json = {
    "app": {},
    "notifications": {"vpn": {"network": {"connection": "DISABLED"}, "message": None, "helpUrl": None}},
    "manualProvisioning": False,
    "implicitAssignment": False,
    "emOptInStatus": "NONE",
    "notes": {"admin": None, "enduser": None},
}
# Applications that may be signed out of everywhere: https://developer.okta.com/docs/guides/oin-universal-logout-overview/
_LOGOUT: Json = {
    "status": "DISABLED", "supportType": "FULL", "identityStack": "NOT_SHARED", "protocol": "GLOBAL_TOKEN_REVOCATION",
}  # fmt: skip
_LOGOUT_OF: Mapping[str, Json] = {
    "office365": {"status": "DISABLED", "supportType": "PARTIAL", "identityStack": "SHARED", "protocol": "PROPRIETARY"},
}
_FLOWS = ("authorization_code", "implicit", "refresh_token", "password", "client_credentials")
KEPT = ("profile", "features", "licensing")


def template(body: Json) -> tuple[str, str]:
    """Return the name and the sign-on mode of a new application.

    Raises:
        Refused: there is no such mode.
    """
    name, mode = str(body.get("name") or ""), str(body.get("signOnMode") or "")
    mode = mode or TEMPLATES.get(name, "")
    if mode not in (*_MODES, "SAML_1_1", "AUTO_LOGIN"):
        raise refused(
            400, "E0000001", "Api validation failed: signOnMode", "signOnMode: The field cannot be left blank"
        )
    return name or ("" if mode in ("SAML_2_0", "AUTO_LOGIN") else _MODES.get(mode, "")), mode


def filled(body: Json, name: str, mode: str, before: Json) -> Json:
    """Return the settings of an application as it is answered.

    Args:
        body: what a call sets.
        name: the application's name, for templates and integrations of the catalog.
        mode: the sign-on mode.
        before: what it was; empty for a new one.

    Raises:
        Refused: a value is not allowed.
    """
    own = name in TEMPLATES or not name
    link = "login" if name in TEMPLATES and name != "oidc_client" else f"{name or 'app'}_link"
    hidden = mode == "OPENID_CONNECT"
    visibility = merged(
        {"autoLaunch": False, "autoSubmitToolbar": False, "hide": {"iOS": hidden, "web": hidden}},
        body.get("visibility") or {},
    )
    visibility["appLinks"] = visibility.get("appLinks") or {link: True}
    accessibility = {"selfService": False, "errorRedirectUrl": None, "loginRedirectUrl": None}
    settings = merged(_SETTINGS, body.get("settings") or {})
    settings["app"] = merged(_APP.get(name, {}), settings["app"] or {})
    found: Json = {"accessibility": {**accessibility, **(body.get("accessibility") or {})}, "visibility": visibility}
    if mode.startswith("SAML"):
        sign_on = merged(_SAML if own and mode == "SAML_2_0" else _OVERRIDES, settings.get("signOn") or {})
        settings["signOn"] = _saml(sign_on, own=own and mode == "SAML_2_0")
    if mode == "OPENID_CONNECT":
        _fill_oauth(settings, name)
    found |= {
        "features": body.get("features") or [],
        "signOnMode": "BROWSER_PLUGIN" if mode == "AUTO_LOGIN" and name else mode,
    }
    found["credentials"] = _credentials(body.get("credentials") or {}, mode, before.get("credentials") or {}, name)
    found |= {"universalLogout": _logout(name, mode, own=own), "settings": settings}
    return {**found, **{key: body[key] for key in KEPT if key in body}}


def _logout(name: str, mode: str, *, own: bool) -> Json | None:
    """Return how an application's sessions are ended; most integrations of the catalog support it not at all."""
    if own:
        return {**_LOGOUT} if mode in ("SAML_2_0", "OPENID_CONNECT") else None
    return {**_LOGOUT_OF.get(name, {"status": "UNSUPPORTED"})} if mode in ("OPENID_CONNECT", "BROWSER_PLUGIN") else None


def _saml(sign_on: Json, *, own: bool) -> Json:
    """Return the sign-on of a SAML application: what may be overridden shows in integrations of the catalog only."""
    found = {key: value for key, value in sign_on.items() if not own or not key.endswith("Override")}
    if not own:
        found = {key: value for key, value in found.items() if key in _OVERRIDES}
        return {key: value or (value if key == "attributeStatements" else None) for key, value in found.items()}
    logout = found.get("slo") or {}
    if logout.get("enabled"):
        found["spIssuer"] = logout.get("issuer")
    for one in found["attributeStatements"]:
        one.setdefault("namespace", "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified")
    return found


def _fill_oauth(settings: Json, name: str) -> None:
    given = settings.get("oauthClient") or {}
    if name not in ("", "oidc_client"):
        settings.pop("oauthClient", None)
        return
    found = merged(_OAUTH, {key: value for key, value in given.items() if value is not None})
    unknown = [one for one in found["grant_types"] if one not in _FLOWS and not one.startswith("urn:")]
    if unknown:
        raise invalid("settings.oauthClient.grant_types", f"grant_types: {unknown[0]} is not a valid grant type")
    needs_redirect = {"authorization_code", "implicit"} & set(found["grant_types"])
    if needs_redirect and not found["redirect_uris"]:
        raise invalid("settings.oauthClient.redirect_uris", "redirect_uris: The field cannot be left blank")
    found.setdefault("participate_slo", False)
    if "frontchannel_logout_uri" in found:
        found.setdefault("frontchannel_logout_session_required", False)
    if "refresh_token" in found and not found["refresh_token"].get("rotation_type"):
        found["refresh_token"]["rotation_type"] = "STATIC"
    for place, key in enumerate((found.get("jwks") or {}).get("keys") or []):
        key.setdefault("id", f"pks{place:017d}")
        key.setdefault("status", "ACTIVE")
        key.setdefault("use", None)
    settings["oauthClient"] = found


def _credentials(given: Json, mode: str, before: Json, name: str) -> Json:
    given = {**given}
    template = {"template": "${source.login}", "type": "BUILT_IN", **(given.get("userNameTemplate") or {})}
    if template["type"] == "CUSTOM":
        template.setdefault("pushStatus", "DONT_PUSH")
    found: Json = {}
    if mode in _SCHEMES:
        default = "ADMIN_SETS_CREDENTIALS" if mode == "SECURE_PASSWORD_STORE" else "EDIT_USERNAME_AND_PASSWORD"
        found["scheme"] = given.get("scheme") or default
        found["revealPassword"] = bool(given.get("revealPassword"))
        if found["scheme"] == "SHARED_USERNAME_AND_PASSWORD":
            found |= {"userName": given.get("userName"), "password": {}}
    found["userNameTemplate"] = {key: value for key, value in template.items() if value != ""}
    found["signing"] = dict(before.get("signing") or {})
    if mode == "OPENID_CONNECT" and name in ("", "oidc_client"):
        client = {"autoKeyRotation": True, "token_endpoint_auth_method": "client_secret_basic", "pkce_required": False}
        sent = {key: value for key, value in (given.get("oauthClient") or {}).items() if value is not None}
        found["oauthClient"] = {**client, **(before.get("oauthClient") or {}), **sent}
    return found
