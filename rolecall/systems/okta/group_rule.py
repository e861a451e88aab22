"""Group rules: https://developer.okta.com/docs/api/openapi/okta-management/management/tag/GroupRule/."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pydantic import Field

from rolecall.errors import ObjectMissing, RequestRejected
from rolecall.systems.listing import Listing
from rolecall.systems.okta.client import PAGE, every, okta, one
from rolecall.systems.okta.group import INVALID
from rolecall.systems.ownership import mark_in, not_owned, organization_of
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, Resource

PATH = "/api/v1/groups/rules"
LONGEST_NAME, DIGEST = 50, 8
ACTIVE = "ACTIVE"


class GroupRuleInputs(Model):
    """A rule that adds users to groups."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME, description="its name in the organization")
    expression: str = Field(min_length=1, description="whom it means, in Okta's expression language")
    group_ids: list[str] = Field(min_length=1, description="ids of the groups that it adds users to")
    adopt: bool = Field(default=False, description="take over a rule of this name that is there already")


class GroupRule(Resource[GroupRuleInputs]):
    """A rule that fills groups: Okta has no nested groups, and a rule on other groups' members replaces them."""

    token = "rolecall:okta:GroupRule"
    description = "An active rule in Okta that adds users to groups."
    # "The groups that a rule assigns to cannot be changed." The new rule works before the old one goes; names of rules
    # are unique, so it has another name until then: https://github.com/okta/terraform-provider-okta/issues/2641
    replaced_by = frozenset({"groupIds"})
    unordered = frozenset({"groupIds"})

    def __init__(self) -> None:
        self._listing = Listing(
            lambda identity: one(f"{PATH}/{identity}"), lambda: every(PATH, limit=PAGE), lambda item: str(item["id"])
        )

    def create(self, inputs: GroupRuleInputs) -> Live[GroupRuleInputs]:
        """Make it and let it work."""
        self._listing.forget()
        request = Request("POST", PATH, body=_body(inputs))
        try:
            made = okta().once(lambda: _own(inputs.name, inputs), request, lambda answer: dict(answer.body))
        except RequestRejected as error:
            found = _named(inputs.name) if error.code == INVALID else None
            if found is None:
                raise
            owned, foreign = _owners(found, inputs)
            if foreign or not (inputs.adopt or (owned and _expression(found) == inputs.expression)):
                raise not_owned(f"Okta group rule {inputs.name!r} ({found['id']})") from error
            if found["actions"] != _body(inputs)["actions"]:
                return self._made_beside(inputs)
            return self.update(str(found["id"]), _live(found).inputs, inputs)
        return self._activated(made)

    def read(self, identity: str, declared: GroupRuleInputs | None) -> Live[GroupRuleInputs] | None:
        """Return it; one that was stopped by hand does not do what was declared, and shows as changed."""
        found = self._listing.get(identity)
        if found is None:
            return None
        live = _live(found)
        if found.get("status") == ACTIVE:
            return live
        return Live(live.id, live.inputs.model_copy(update={"expression": f"not active: {live.inputs.expression}"}))

    def update(self, identity: str, old: GroupRuleInputs, new: GroupRuleInputs) -> Live[GroupRuleInputs]:
        """Change it; Okta wants it stopped meanwhile, and those whom it has added stay in."""
        self._listing.forget()
        okta().send(Request("POST", f"{PATH}/{identity}/lifecycle/deactivate"))
        changed = okta().send(Request("PUT", f"{PATH}/{identity}", body={**_body(new), "id": identity})).body
        return self._activated(changed)

    def delete(self, identity: str, declared: GroupRuleInputs) -> None:
        """Remove it, with those whom it has added."""
        self._listing.forget()
        try:
            okta().send(Request("POST", f"{PATH}/{identity}/lifecycle/deactivate"))
            okta().send(Request("DELETE", f"{PATH}/{identity}", {"removeUsers": "true"}))
        except ObjectMissing:
            pass
        stem = _beside(declared.name, ())
        for rule in every(PATH, limit=PAGE, search=stem):
            if _is_successor(rule, declared):
                successor = _live(rule).inputs
                self.update(str(rule["id"]), successor, successor.model_copy(update={"name": declared.name}))

    def _made_beside(self, inputs: GroupRuleInputs) -> Live[GroupRuleInputs]:
        """Create it before the rule that it replaces is deleted, which frees its name."""
        name = _beside(inputs.name, inputs.group_ids)
        request = Request("POST", PATH, body=_body(inputs.model_copy(update={"name": name})))
        made = okta().once(lambda: _own(name, inputs), request, lambda answer: dict(answer.body))
        return Live(self._activated(made).id, inputs)

    def _activated(self, rule: Json) -> Live[GroupRuleInputs]:
        okta().send(Request("POST", f"{PATH}/{rule['id']}/lifecycle/activate"))
        return _live(rule)


def _named(name: str) -> Json | None:
    rules = every(PATH, limit=PAGE, search=name)
    return next((rule for rule in rules if rule["name"] == name), None)


def _own(name: str, inputs: GroupRuleInputs) -> Json | None:
    found = _named(name)
    return found if found is not None and _owners(found, inputs) == (True, False) else None


def _owners(rule: Json, inputs: GroupRuleInputs) -> tuple[bool, bool]:
    """Return whether a live rule has the owner of the declared one, and whether it is of another organization."""
    own, live = _organizations(rule, inputs)
    return bool(own) and live <= own, bool(live - own - {""})


def _organizations(rule: Json, inputs: GroupRuleInputs) -> tuple[set[str], set[str]]:
    """Return the organizations of the groups of a declared rule, and of a live one: empty for a group without a mark.

    A rule has no description for a mark, but its target groups have. Deleted groups are ignored.
    """
    filled = _filled(rule)
    marks = {one: _mark(one) for one in dict.fromkeys([*inputs.group_ids, *filled])}
    own = {organization_of(mark) for one in inputs.group_ids if (mark := marks[one])}
    return own, {organization_of(mark) if mark else "" for one in filled if (mark := marks[one]) is not None}


def _is_successor(rule: Json, declared: GroupRuleInputs) -> bool:
    """Return whether a rule was created to replace a declared one, whose groups may be deleted."""
    is_beside = rule["name"] == _beside(declared.name, _filled(rule))
    if not is_beside:
        return False
    own, live = _organizations(rule, declared)
    return not own or live <= {*own, ""}


def _filled(rule: Json) -> list[str]:
    return [str(one) for one in rule["actions"]["assignUserToGroups"]["groupIds"]]


def _mark(group_id: str) -> str | None:
    """Return the mark of a group, empty if it has none; None for a missing group."""
    group = one(f"/api/v1/groups/{group_id}")
    return mark_in(group["profile"].get("description")) if group is not None else None


def _beside(name: str, group_ids: Sequence[str]) -> str:
    """Return the name of a rule beside the one that it replaces; for no groups, the beginning of all such names."""
    digest = hashlib.sha256("\n".join(sorted(group_ids)).encode()).hexdigest()[:DIGEST] if group_ids else ""
    return f"{name[: LONGEST_NAME - DIGEST - 1]}~{digest}"


def _expression(rule: Json) -> str:
    return str(rule["conditions"]["expression"]["value"])


def _body(inputs: GroupRuleInputs) -> Json:
    return {
        "type": "group_rule",
        "name": inputs.name,
        "conditions": {"expression": {"value": inputs.expression, "type": "urn:okta:expression:1.0"}},
        "actions": {"assignUserToGroups": {"groupIds": list(inputs.group_ids)}},
    }


def _live(rule: Json) -> Live[GroupRuleInputs]:
    groups = rule["actions"]["assignUserToGroups"]["groupIds"]
    return Live(
        str(rule["id"]), GroupRuleInputs(name=rule["name"], expression=_expression(rule), group_ids=list(groups))
    )
