"""The organization's policies and their rules.

https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/. An organization on Identity Engine
has policies of its own for each type from the start, which cannot be deleted.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.okta import links
from rolecall.emulators.okta.caller import Organizations
from rolecall.emulators.okta.errors import denied, entry, invalid, missing
from rolecall.emulators.okta.models import ACTIVE, INACTIVE, Organization, new_id

PATH = "/api/v1/policies"
# Types that apply to applications; their ids begin with rst, those of the others with 00p.
_OF_APPLICATIONS = (
    "ACCESS_POLICY",
    "PROFILE_ENROLLMENT",
    "POST_AUTH_SESSION",
    "SESSION_VIOLATION_DETECTION",
    "ENTITY_RISK",
)
TYPES = (*_OF_APPLICATIONS, "OKTA_SIGN_ON", "PASSWORD", "MFA_ENROLL", "IDP_DISCOVERY", "CONTINUOUS_ACCESS")
# Type of the rules, where it is another than that of the policy.
_RULES = {"OKTA_SIGN_ON": "SIGN_ON"}
_TWO_FACTORS: Json = {
    "appSignOn": {
        "access": "ALLOW",
        "verificationMethod": {
            "factorMode": "2FA",
            "type": "ASSURANCE",
            "reauthenticateIn": "PT12H",
            "constraints": [{"possession": {"required": True, "deviceBound": "REQUIRED"}}],
        },
        "keepMeSignedIn": {"postAuth": "NOT_ALLOWED"},
    }
}
_ENROLLMENT: Json = {
    "profileEnrollment": {
        "access": "ALLOW",
        "preRegistrationInlineHooks": None,
        "profileAttributes": [
            {"name": "firstName", "label": "First name", "required": True},
            {"name": "lastName", "label": "Last name", "required": False},
            {"name": "email", "label": "Primary email", "required": True},
        ],
        "targetGroupIds": None,
        "unknownUserAction": "REGISTER",
        "activationRequirements": {"emailVerification": True},
        "progressiveProfilingAction": "ENABLED",
        "allowedIdentifiers": ["login"],
    }
}
# What the rule for everything else does, by type.
_CATCH_ALL: Mapping[str, Json] = {
    "ACCESS_POLICY": _TWO_FACTORS,
    "PROFILE_ENROLLMENT": _ENROLLMENT,
    "POST_AUTH_SESSION": {"postAuthSession": {"failureActions": []}},
    "SESSION_VIOLATION_DETECTION": {"sessionViolationDetection": {"policyEvaluation": {"enabled": False}}},
    "ENTITY_RISK": {"entityRisk": {"actions": []}},
}
_SIGN_ON: Json = {
    "signon": {
        "access": "ALLOW",
        "requireFactor": False,
        "primaryFactor": "PASSWORD_IDP_ANY_FACTOR",
        "rememberDeviceByDefault": False,
        "session": {"usePersistentCookie": False, "maxSessionIdleMinutes": 120, "maxSessionLifetimeMinutes": 0},
    }
}
_PASSWORD: Json = {
    "password": {
        "complexity": {
            "minLength": 8,
            "minLowerCase": 1,
            "minUpperCase": 1,
            "minNumber": 1,
            "minSymbol": 0,
            "excludeUsername": True,
            "dictionary": {"common": {"exclude": False}},
            "excludeAttributes": [],
        },
        "age": {"maxAgeDays": 0, "expireWarnDays": 0, "minAgeMinutes": 0, "historyCount": 4},
        "lockout": {
            "maxAttempts": 10,
            "autoUnlockMinutes": 0,
            "userLockoutNotificationChannels": [],
            "showLockoutFailures": False,
        },
        "breachedProtection": {"expireAfterDays": None, "logoutEnabled": False, "delegatedWorkflowId": None},
    },
    "recovery": {
        "factors": {
            "recovery_question": {"status": "INACTIVE", "properties": {"complexity": {"minLength": 4}}},
            "okta_email": {"status": "ACTIVE", "properties": {"recoveryToken": {"tokenLifetimeMinutes": 60}}},
            "okta_sms": {"status": "INACTIVE"},
            "okta_call": {"status": "INACTIVE"},
        }
    },
    "delegation": {"options": {"skipUnlock": False}},
}
# Okta's own policies: type, name, description, and whether it is a system policy.
_DEFAULTS = (
    ("ACCESS_POLICY", "Okta Admin Console", None, False),
    ("ACCESS_POLICY", "Okta Dashboard", None, False),
    ("ACCESS_POLICY", "Okta Browser Plugin", None, False),
    ("ACCESS_POLICY", "Any two factors", "Require two factors to access.", True),
    ("PROFILE_ENROLLMENT", "Default Policy", "Default Policy", True),
    (
        "OKTA_SIGN_ON",
        "Default Policy",
        "The default policy applies in all situations if no other policy applies.",
        True,
    ),
    ("PASSWORD", "Default Policy", "The default policy applies in all situations if no other policy applies.", True),
    ("MFA_ENROLL", "Default Policy", "The default policy applies in all situations if no other policy applies.", True),
    ("IDP_DISCOVERY", "Idp Discovery Policy", "The default IdP Discovery Policy", True),
    ("POST_AUTH_SESSION", "Post Auth Policy", "Enables post auth policy evaluation for the org.", True),
    (
        "SESSION_VIOLATION_DETECTION",
        "Session Violation Detection Policy",
        "Enables session violation detection policy evaluation for the org.",
        True,
    ),
)


def add_defaults(now: Organization, at: str) -> None:
    """Add Okta's own policies to an organization that has none."""
    everyone = next((one.id for one in now.groups.values() if one.type == "BUILT_IN"), "")
    for kind, name, description, is_system in _DEFAULTS:
        made: Json = {"id": _policy_id(kind), "status": ACTIVE, "name": name, "description": description}
        people = {"people": {"groups": {"include": [everyone]}}}
        made |= {"priority": 1, "system": is_system, "conditions": _conditions(kind, people), "type": kind}
        made |= {"created": at, "lastUpdated": at, "settings": _settings(kind, {}), "is_default": True}
        now.policies[made["id"]] = made
        _add_catch_all(now, made, at)


def default_policy(now: Organization, kind: str) -> str:
    """Return the id of Okta's own policy of a type."""
    return next((key for key, one in now.policies.items() if one["type"] == kind and one["system"]), "")


class Policies:
    """The routes under /api/v1/policies."""

    def __init__(self, organizations: Organizations) -> None:
        self._organizations = organizations

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        one, rules, rule = f"{PATH}/{{id}}", f"{PATH}/{{id}}/rules", f"{PATH}/{{id}}/rules/{{rule}}"
        return [
            Endpoint("GET", PATH, self.list_all, knows=("expand", "limit")),
            Endpoint("POST", PATH, self.create),
            Endpoint("GET", one, lambda call: self._described(self._find(call))),
            Endpoint("PUT", one, self.replace),
            Endpoint("DELETE", one, self.delete),
            Endpoint("POST", f"{one}/lifecycle/activate", lambda call: self._set_status(self._find(call), ACTIVE)),
            Endpoint("POST", f"{one}/lifecycle/deactivate", lambda call: self._set_status(self._find(call), INACTIVE)),
            Endpoint("GET", f"{one}/mappings", self.mappings),
            Endpoint("GET", rules, self.list_rules),
            Endpoint("POST", rules, self.create_rule),
            Endpoint("GET", rule, lambda call: self._shown(*self._find_rule(call))),
            Endpoint("PUT", rule, self.replace_rule),
            Endpoint("DELETE", rule, self.delete_rule),
            Endpoint("POST", f"{rule}/lifecycle/activate", self._switched(ACTIVE)),
            Endpoint("POST", f"{rule}/lifecycle/deactivate", self._switched(INACTIVE)),
        ]  # fmt: skip

    def list_all(self, call: Call) -> list[Json]:
        """Answer the policies of a type, by priority."""
        kind = call.query.get("type", "")
        if kind not in TYPES:
            raise invalid("type", f"type: The policy type {kind!r} is not valid")
        held = [one for one in self._organizations.now().policies.values() if one["type"] == kind]
        held = [one for one in held if call.query.get("status", one["status"]) == one["status"]]
        embedded = {"_embedded": {"resourceType": "APP"}} if kind == "ACCESS_POLICY" else {}
        return [{**self._described(one), **embedded} for one in sorted(held, key=lambda one: int(one["priority"]))]

    def create(self, call: Call) -> Json:
        """Make a policy, with a rule for everything else where its type has one."""
        now, kind, name = self._organizations.now(), str(call.body.get("type")), str(call.body.get("name") or "")
        if kind not in TYPES:
            raise invalid("type", f"type: The policy type {kind!r} is not valid")
        if not name:
            raise invalid("name", "name: The field cannot be left blank")
        if any(one["type"] == kind and one["name"] == name for one in now.policies.values()):
            raise invalid("name", "name: Policy name already in use")
        at = self._organizations.timestamp()
        made: Json = {"id": _policy_id(kind), "type": kind, "system": False, "created": at}
        status = INACTIVE if call.query.get("activate") == "false" else str(call.body.get("status") or ACTIVE)
        made |= {"status": status, **self._set(call, kind, None), "lastUpdated": at}
        now.policies[made["id"]] = made
        _add_catch_all(now, made, at)
        self._reorder(kind)
        self._organizations.record(call, "policy.lifecycle.create", made["id"], name)
        return self._described(made)

    def replace(self, call: Call) -> Json:
        """Replace a policy; a system policy keeps its name and conditions."""
        policy = self._find(call)
        policy |= {**self._set(call, policy["type"], policy), "lastUpdated": self._organizations.timestamp()}
        self._reorder(policy["type"])
        return self._described(policy)

    def delete(self, call: Call) -> Answer:
        """Remove a policy with its rules."""
        policy, now = self._find(call), self._organizations.now()
        if policy["system"]:
            raise denied()
        del now.policies[policy["id"]]
        now.policy_rules.pop(policy["id"], None)
        for application in now.applications.values():
            if application.access_policy == policy["id"]:
                application.access_policy = ""
        return Answer(None, 204)

    def mappings(self, call: Call) -> list[Json]:
        """Answer the applications that a policy applies to."""
        policy, address = self._find(call), self._organizations.address()
        return [
            {
                "id": one.id,
                "_links": {
                    "application": {"href": f"{address}/api/v1/apps/{one.id}"},
                    "self": {"href": f"{address}{PATH}/{policy['id']}/mappings/{one.id}"},
                    "policy": {"href": f"{address}{PATH}/{policy['id']}"},
                },
            }
            for one in self._organizations.now().applications.values()
            if (one.access_policy or default_policy(self._organizations.now(), "ACCESS_POLICY")) == policy["id"]
        ]

    def list_rules(self, call: Call) -> list[Json]:
        """Answer a policy's rules, by priority."""
        policy = self._find(call)
        held = self._organizations.now().policy_rules.get(policy["id"], {}).values()
        return [self._shown(policy, one) for one in sorted(held, key=lambda one: int(one["priority"]))]

    def create_rule(self, call: Call) -> Json:
        """Make a rule."""
        policy, at = self._find(call), self._organizations.timestamp()
        held = self._organizations.now().policy_rules.setdefault(policy["id"], {})
        status = INACTIVE if call.query.get("activate") == "false" else str(call.body.get("status") or ACTIVE)
        made: Json = {"id": _rule_id(policy["type"]), "status": status, "created": at, "system": False}
        made |= {**self._set_rule(call, policy, held, None), "lastUpdated": at}
        held[made["id"]] = made
        return self._shown(policy, made)

    def replace_rule(self, call: Call) -> Json:
        """Replace a rule; the one for everything else keeps its conditions."""
        policy, rule = self._find_rule(call)
        held = self._organizations.now().policy_rules[policy["id"]]
        changed = self._set_rule(call, policy, held, rule)
        if rule["system"]:
            changed |= {key: rule[key] for key in ("name", "priority", "conditions")}
        rule |= {**changed, "lastUpdated": self._organizations.timestamp()}
        if call.body.get("status"):
            rule["status"] = str(call.body["status"])
        return self._shown(policy, rule)

    def delete_rule(self, call: Call) -> Answer:
        """Remove a rule."""
        policy, rule = self._find_rule(call)
        if rule["system"]:
            raise denied()
        del self._organizations.now().policy_rules[policy["id"]][rule["id"]]
        return Answer(None, 204)

    def _set(self, call: Call, kind: str, own: Json | None) -> Json:
        body, before = call.body, own or {}
        known = ("id", "status", "system", "type", "created", "lastUpdated", "_links", "_embedded")
        for name in known:
            body.get(name)
        if own is not None and own["system"]:
            shown: Json = {key: own.get(key) for key in ("name", "description", "conditions")}
        else:
            shown = {key: body.get(key, before.get(key)) for key in ("name", "description")}
            shown["conditions"] = _conditions(kind, copy.deepcopy(body.get("conditions")))
        if own is None and "description" not in body:
            del shown["description"]
        priority = body.get("priority", before.get("priority", 1))
        return {**shown, "priority": priority, "settings": _settings(kind, body.get("settings") or {})}

    def _set_rule(self, call: Call, policy: Json, held: dict[str, Json], own: Json | None) -> Json:
        body, name = call.body, str(call.body.get("name") or "")
        if not name:
            raise invalid("name", "name: The field cannot be left blank")
        if any(one["name"] == name and one is not own for one in held.values()):
            raise invalid("name", "name: Policy rule name already in use")
        kind = _RULES.get(policy["type"], policy["type"])
        if body.get("type", kind) != kind:
            raise invalid("type", f"type: The type of the rules of this policy is {kind}")
        for known in ("id", "status", "system", "created", "lastUpdated", "_links"):
            body.get(known)
        priority = body.get("priority")
        if priority is None:
            priority = own["priority"] if own else 1 + sum(not one["system"] for one in held.values())
        conditions = _rule_conditions(policy["type"], copy.deepcopy(body.get("conditions") or {}))
        actions = _rule_actions(policy["type"], copy.deepcopy(body.get("actions") or {}))
        return {"name": name, "priority": priority, "conditions": conditions, "actions": actions}

    def _reorder(self, kind: str) -> None:
        """Keep Okta's own policy of a type with priorities last."""
        if kind in _OF_APPLICATIONS:
            return
        held = [one for one in self._organizations.now().policies.values() if one["type"] == kind]
        for one in held:
            if one["system"]:
                one["priority"] = 1 + sum(not other["system"] for other in held)

    def _switched(self, status: str) -> Callable[[Call], Answer]:
        return lambda call: self._set_status(self._find_rule(call)[1], status)

    def _set_status(self, thing: Json, status: str) -> Answer:
        if thing["system"]:
            raise denied()
        thing["status"] = status
        return Answer(None, 204)

    def _find(self, call: Call) -> Json:
        return entry(self._organizations.now().policies, call, "Policy")

    def _find_rule(self, call: Call) -> tuple[Json, Json]:
        policy = self._find(call)
        held = self._organizations.now().policy_rules.get(policy["id"], {})
        if call.parameters["rule"] not in held:
            raise missing(call.parameters["rule"], "PolicyRule")
        return policy, held[call.parameters["rule"]]

    def _described(self, policy: Json) -> Json:
        own = f"{self._organizations.address()}{PATH}/{policy['id']}"
        allowed = ("GET", "PUT") if policy["system"] else ("GET", "PUT", "DELETE")
        found: Json = {"self": links.href(own, "", *allowed), "rules": links.href(own, "/rules", "GET", "POST")}
        if not policy["system"]:
            status = "deactivate" if policy["status"] == ACTIVE else "activate"
            found["mappings"] = links.href(own, "/mappings", "GET", "POST")
            found[status] = links.href(own, f"/lifecycle/{status}", "POST")
        names = ("id", "status", "name", "description", "priority", "system", "conditions", "created", "lastUpdated")
        shown = {
            key: policy[key] for key in names if key in policy and (key != "description" or policy[key] is not None)
        }
        settings = {"settings": policy["settings"]} if policy.get("settings") else {}
        return {**shown, **settings, "_links": found, "type": policy["type"]}

    def _shown(self, policy: Json, rule: Json) -> Json:
        own = f"{self._organizations.address()}{PATH}/{policy['id']}/rules/{rule['id']}"
        allowed = ("GET", "PUT") if rule["system"] else ("GET", "PUT", "DELETE")
        found: Json = {"self": links.href(own, "", *allowed)}
        if not rule["system"]:
            status = "deactivate" if rule["status"] == ACTIVE else "activate"
            found[status] = links.href(own, f"/lifecycle/{status}", "POST")
        names = ("id", "status", "name", "priority", "created", "lastUpdated", "system", "conditions", "actions")
        kind = _RULES.get(policy["type"], policy["type"])
        return {**{key: rule[key] for key in names}, "_links": found, "type": kind}


def _policy_id(kind: str) -> str:
    return new_id("rst" if kind in _OF_APPLICATIONS else "00p")


def _rule_id(kind: str) -> str:
    return new_id("rul" if kind in _OF_APPLICATIONS else "0pr")


def _add_catch_all(now: Organization, policy: Json, at: str) -> None:
    actions = _CATCH_ALL.get(policy["type"])
    held = now.policy_rules.setdefault(policy["id"], {})
    rule: Json = {"id": _rule_id(policy["type"]), "status": ACTIVE, "created": at, "lastUpdated": at, "system": True}
    if actions is not None:
        rule |= {"name": "Catch-all Rule", "priority": 99, "conditions": None, "actions": copy.deepcopy(actions)}
        held[rule["id"]] = rule
    elif policy["system"]:
        actions = _SIGN_ON if policy["type"] == "OKTA_SIGN_ON" else _rule_actions(policy["type"], {})
        conditions = _rule_conditions(policy["type"], {})
        rule |= {"name": "Default Rule", "priority": 1, "conditions": conditions, "actions": copy.deepcopy(actions)}
        held[rule["id"]] = rule


def _conditions(kind: str, given: Json | None) -> Json | None:
    if kind in _OF_APPLICATIONS or kind == "IDP_DISCOVERY":
        return None
    found: Json = given or {}
    if kind == "PASSWORD":
        found.setdefault("authProvider", {"provider": "OKTA"})
    return found


def _settings(kind: str, given: Json) -> Json:
    if kind == "PASSWORD":
        return merged(_PASSWORD, given)
    return dict(given) if kind == "MFA_ENROLL" else {}


def _rule_conditions(kind: str, given: Json) -> Json:
    """Return a rule's conditions with what Okta fills in."""
    if kind == "IDP_DISCOVERY":
        filled: Json = {"network": {"connection": "ANYWHERE"}, "userIdentifier": {"patterns": []}}
        return {**filled, "app": {"include": [], "exclude": []}, **given}
    found: Json = {"people": {"users": {"exclude": []}}} if kind != "PROFILE_ENROLLMENT" else {}
    if kind in ("ACCESS_POLICY", "PASSWORD", "OKTA_SIGN_ON", "MFA_ENROLL"):
        found["network"] = {"connection": "ANYWHERE"}
    if kind == "ACCESS_POLICY":
        found["userType"] = {"include": [], "exclude": []}
        found["riskScore"] = {"level": "ANY"}
        if given.get("platform") == {}:
            del given["platform"]
        elif given.get("platform"):
            given["platform"] = {"include": [], "exclude": [], **given["platform"]}
            for one in given["platform"]["include"]:
                one["os"] = {key: value for key, value in (one.get("os") or {}).items() if value is not None}
    if kind == "OKTA_SIGN_ON":
        found["authContext"] = {"authType": "ANY"}
        if "riskScore" in given:
            found["risk"] = {"behaviors": []}
    return {**found, **given}


def _rule_actions(kind: str, given: Json) -> Json:
    """Return a rule's actions with what Okta fills in."""
    if kind == "ACCESS_POLICY":
        found = {"access": "ALLOW", **(given.get("appSignOn") or {})}
        found.setdefault("keepMeSignedIn", {"postAuth": "NOT_ALLOWED"})
        found["verificationMethod"] = _verification(found.get("verificationMethod") or {})
        return {**given, "appSignOn": found}
    if kind == "OKTA_SIGN_ON":
        return {"signon": merged(_SIGN_ON["signon"], given.get("signon") or {})}
    if kind == "PASSWORD" and not given:
        allowed = {"access": "ALLOW"}
        return {"passwordChange": allowed, "selfServicePasswordReset": allowed, "selfServiceUnlock": {"access": "DENY"}}
    if kind == "IDP_DISCOVERY":
        specific = {"providers": [{"type": "OKTA"}], "idpSelectionType": "SPECIFIC", "matchCriteria": []}
        wanted = {key: value for key, value in (given.get("idp") or {}).items() if key != "shouldFallBackToOkta"}
        for one in wanted.get("matchCriteria") or []:
            one.setdefault("propertyName", "name")
        return {"idp": {**specific, **wanted}}
    if kind == "MFA_ENROLL":
        return {"enroll": {"self": "CHALLENGE"}, **given}
    if kind == "PROFILE_ENROLLMENT":
        return {"profileEnrollment": {**_ENROLLMENT["profileEnrollment"], **(given.get("profileEnrollment") or {})}}
    return given


def _verification(method: Json) -> Json:
    """Return how users are verified: a chain has no factors of its own, and assurance ends by itself."""
    if method.get("type") == "AUTH_METHOD_CHAIN":
        return {key: value for key, value in method.items() if key not in ("factorMode", "inactivityPeriod")}
    assurance = {"factorMode": "2FA", "type": "ASSURANCE", "reauthenticateIn": "PT12H"}
    return {**assurance, **{key: value for key, value in method.items() if value is not None}}


def merged(under: Json, over: Json) -> Json:
    """Return nested values with others on top."""
    found = copy.deepcopy(under)
    for key, value in over.items():
        nested = isinstance(value, dict) and isinstance(found.get(key), dict)
        found[key] = merged(found[key], value) if nested else copy.deepcopy(value)
    return found
