"""Group rules: https://developer.okta.com/docs/api/openapi/okta-management/management/tag/GroupRule/."""

from __future__ import annotations

from rolecall.emulators.application import Answer, Call, Json
from rolecall.emulators.okta.caller import Organizations
from rolecall.emulators.okta.errors import entry, invalid
from rolecall.emulators.okta.expressions import InvalidExpression, parse_expression
from rolecall.emulators.okta.models import ACTIVE, INACTIVE, Rule, new_id
from rolecall.emulators.okta.paging import Pages
from rolecall.emulators.routes import Routes, route

LONGEST_NAME = 50
LANGUAGE = "urn:okta:expression:1.0"
MOST_RULES = 200
DEFAULT_RULES = 50


class Rules(Routes):
    """The routes under /api/v1/groups/rules."""

    def __init__(self, organizations: Organizations, pages: Pages) -> None:
        self._organizations = organizations
        self._pages = pages

    @route("GET", "/api/v1/groups/rules")
    def list_all(self, call: Call) -> Answer:
        """Answer the rules."""
        rules = [self._described(one) for one in self._organizations.now().rules.values()]
        if words := call.query.get("search"):
            rules = [one for one in rules if words.lower() in one["name"].lower()]
        return self._pages.page(call, rules, key=lambda one: str(one["id"]), default=DEFAULT_RULES, most=MOST_RULES)

    @route("GET", "/api/v1/groups/rules/{id}")
    def get(self, call: Call) -> Json:
        """Answer a rule."""
        return self._described(self._find(call))

    @route("POST", "/api/v1/groups/rules")
    def create(self, call: Call) -> Json:
        """Make a rule; it does nothing before it is activated."""
        now = self._organizations.timestamp()
        made = Rule(new_id("0pr"), "", INACTIVE, "", [], now, now)
        self._set(call, made, is_new=True)
        self._organizations.now().rules[made.id] = made
        return self._described(made)

    @route("PUT", "/api/v1/groups/rules/{id}")
    def replace(self, call: Call) -> Json:
        """Replace a rule that is not active; the groups that it assigns to stay for ever."""
        rule = self._find(call)
        if rule.status == ACTIVE:
            raise invalid("status", "The rule must be deactivated before it can be updated")
        self._set(call, rule, is_new=False)
        rule.changed = self._organizations.timestamp()
        return self._described(rule)

    @route("DELETE", "/api/v1/groups/rules/{id}")
    def delete(self, call: Call) -> Answer:
        """Remove a rule; those whom it had added leave the groups only when the call says so (`removeUsers`)."""
        rule, now = self._find(call), self._organizations.now()
        added = now.added_by(rule)
        del now.rules[rule.id]
        if call.query.get("removeUsers") != "true":
            for group in rule.groups:
                held = now.groups[group].members
                held += [one for one in added if one not in held]
        return Answer(None, 202)

    @route("POST", "/api/v1/groups/rules/{id}/lifecycle/activate")
    def activate(self, call: Call) -> Answer:
        """Let a rule add users from now on."""
        rule = self._find(call)
        rule.status, rule.held = ACTIVE, []
        return Answer(None, 204)

    @route("POST", "/api/v1/groups/rules/{id}/lifecycle/deactivate")
    def deactivate(self, call: Call) -> Answer:
        """Stop a rule; those whom it has added stay."""
        rule = self._find(call)
        rule.held = self._organizations.now().added_by(rule)
        rule.status = INACTIVE
        return Answer(None, 204)

    def _find(self, call: Call) -> Rule:
        return entry(self._organizations.now().rules, call, "GroupRule")

    def _set(self, call: Call, rule: Rule, *, is_new: bool) -> None:
        """Set what a call says; nothing is set where a part of it is refused."""
        for known in ("status", "created", "lastUpdated", "allGroupsValid", "_links", "_embedded"):
            call.body.get(known)
        if call.body.get("type", "group_rule") != "group_rule":
            raise invalid("type", "The type of a rule is group_rule")
        if not is_new and call.body.get("id", rule.id) != rule.id:
            raise invalid("id", "The id of a rule cannot be changed")
        call.body.get("id")
        name = str(call.body.get("name") or "")
        if not name or len(name) > LONGEST_NAME:
            raise invalid("name", f"The field must be between 1 and {LONGEST_NAME} characters")
        now = self._organizations.now()
        if any(one.name == name and one is not rule for one in now.rules.values()):
            raise invalid("name", "An object with this field already exists in the current organization")
        conditions = call.body.get("conditions") or {}
        given = conditions.get("expression") or {}
        if given and given.get("type", LANGUAGE) != LANGUAGE:
            raise invalid("expression", f"The type of an expression is {LANGUAGE}")
        expression = str(given.get("value") or "")
        try:
            asked = parse_expression(expression).groups
        except InvalidExpression as error:
            raise invalid("expression", f"Invalid expression: {error}") from error
        groups = list((((call.body.get("actions") or {}).get("assignUserToGroups")) or {}).get("groupIds") or [])
        if not groups:
            raise invalid("actions", "A rule must assign to at least one group")
        if not is_new and groups != rule.groups:
            raise invalid("actions", "The groups of a rule cannot be changed")
        for group in (*asked, *groups):
            if group not in now.groups:
                raise invalid("groupIds", f"The group {group} does not exist")
        if built_in := [one for one in groups if now.groups[one].type != "OKTA_GROUP"]:
            raise invalid("groupIds", f"Users cannot be assigned to the group {built_in[0]}")
        people = conditions.get("people") or {}
        rule.excluded_users = list((people.get("users") or {}).get("exclude") or [])
        rule.excluded_groups = list((people.get("groups") or {}).get("exclude") or [])
        rule.name, rule.expression, rule.groups = name, expression, groups

    def _described(self, rule: Rule) -> Json:
        people = {"users": {"exclude": rule.excluded_users}, "groups": {"exclude": rule.excluded_groups}}
        known = self._organizations.now().groups
        return {
            "type": "group_rule",
            "id": rule.id,
            "status": rule.status,
            "name": rule.name,
            "created": rule.created,
            "lastUpdated": rule.changed,
            "conditions": {
                "people": people,
                "expression": {"value": rule.expression, "type": LANGUAGE},
            },
            "actions": {"assignUserToGroups": {"groupIds": rule.groups}},
            "allGroupsValid": rule.status != "INVALID" and all(one in known for one in rule.groups),
        }
