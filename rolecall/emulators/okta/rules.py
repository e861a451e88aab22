"""Group rules: https://developer.okta.com/docs/api/openapi/okta-management/management/tag/GroupRule/."""

from __future__ import annotations

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.okta.caller import Organizations
from rolecall.emulators.okta.errors import invalid, missing
from rolecall.emulators.okta.expressions import InvalidExpression, parse_expression
from rolecall.emulators.okta.models import ACTIVE, INACTIVE, Rule, new_id
from rolecall.emulators.okta.paging import Pages

LONGEST_NAME = 50
MOST_RULES = 200
DEFAULT_RULES = 50


class Rules:
    """The routes under /api/v1/groups/rules."""

    def __init__(self, organizations: Organizations, pages: Pages) -> None:
        self._organizations = organizations
        self._pages = pages

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        path = "/api/v1/groups/rules"
        return [
            Endpoint("GET", path, self.list_all),
            Endpoint("POST", path, self.create),
            Endpoint("GET", f"{path}/{{id}}", self.get),
            Endpoint("PUT", f"{path}/{{id}}", self.replace),
            Endpoint("DELETE", f"{path}/{{id}}", self.delete),
            Endpoint("POST", f"{path}/{{id}}/lifecycle/activate", self.activate),
            Endpoint("POST", f"{path}/{{id}}/lifecycle/deactivate", self.deactivate),
        ]

    def list_all(self, call: Call) -> Answer:
        """Answer the rules."""
        rules = [_described(one) for one in self._organizations.now().rules.values()]
        if words := call.query.get("search"):
            rules = [one for one in rules if words.lower() in one["name"].lower()]
        return self._pages.page(call, rules, key=lambda one: str(one["id"]), default=DEFAULT_RULES, most=MOST_RULES)

    def get(self, call: Call) -> Json:
        """Answer a rule."""
        return _described(self._find(call))

    def create(self, call: Call) -> Json:
        """Make a rule; it does nothing before it is activated."""
        name, expression, groups = self._settings(call, None)
        now = self._organizations.timestamp()
        made = Rule(new_id("0pr"), name, INACTIVE, expression, groups, now, now)
        self._organizations.now().rules[made.id] = made
        return _described(made)

    def replace(self, call: Call) -> Json:
        """Replace a rule that is not active; the groups that it assigns to stay for ever."""
        rule = self._find(call)
        if rule.status == ACTIVE:
            raise invalid("status", "The rule must be deactivated before it can be updated")
        name, expression, groups = self._settings(call, rule)
        if groups != rule.groups:
            raise invalid("actions", "The groups of a rule cannot be changed")
        rule.name, rule.expression, rule.changed = name, expression, self._organizations.timestamp()
        return _described(rule)

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

    def activate(self, call: Call) -> Answer:
        """Let a rule add users from now on."""
        rule = self._find(call)
        rule.status, rule.held = ACTIVE, []
        return Answer(None, 204)

    def deactivate(self, call: Call) -> Answer:
        """Stop a rule; those whom it has added stay."""
        rule = self._find(call)
        rule.held = self._organizations.now().added_by(rule)
        rule.status = INACTIVE
        return Answer(None, 204)

    def _find(self, call: Call) -> Rule:
        found = self._organizations.now().rules.get(call.parameters["id"])
        if found is None:
            raise missing(call.parameters["id"], "GroupRule")
        return found

    def _settings(self, call: Call, own: Rule | None) -> tuple[str, str, list[str]]:
        if call.body.get("type", "group_rule") != "group_rule":
            raise invalid("type", "The type of a rule is group_rule")
        if own is not None and call.body.get("id", own.id) != own.id:
            raise invalid("id", "The id of a rule cannot be changed")
        name = str(call.body.get("name") or "")
        if not name or len(name) > LONGEST_NAME:
            raise invalid("name", f"The field must be between 1 and {LONGEST_NAME} characters")
        now = self._organizations.now()
        if any(one.name == name and one is not own for one in now.rules.values()):
            raise invalid("name", "An object with this field already exists in the current organization")
        expression = str(((call.body.get("conditions") or {}).get("expression") or {}).get("value") or "")
        try:
            asked = parse_expression(expression).groups
        except InvalidExpression as error:
            raise invalid("expression", f"Invalid expression: {error}") from error
        groups = list((((call.body.get("actions") or {}).get("assignUserToGroups")) or {}).get("groupIds") or [])
        if not groups:
            raise invalid("actions", "A rule must assign to at least one group")
        for group in (*asked, *groups):
            if group not in now.groups:
                raise invalid("groupIds", f"The group {group} does not exist")
        return name, expression, groups


def _described(rule: Rule) -> Json:
    return {
        "type": "group_rule",
        "id": rule.id,
        "status": rule.status,
        "name": rule.name,
        "created": rule.created,
        "lastUpdated": rule.changed,
        "conditions": {"expression": {"value": rule.expression, "type": "urn:okta:expression:1.0"}},
        "actions": {"assignUserToGroups": {"groupIds": rule.groups}},
    }
