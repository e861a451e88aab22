"""Policies by tags (…/policies) and governed tags: https://docs.databricks.com/api/workspace/tagpolicies."""

from __future__ import annotations

import uuid

from rolecall.emulators.application import Call, Json
from rolecall.emulators.databricks.errors import invalid, missing
from rolecall.emulators.databricks.securables import CATALOG, SCHEMA, TABLE, Securables
from rolecall.emulators.routes import route

POLICY_FIELDS = (
    "name", "comment", "policy_type", "to_principals", "except_principals", "for_securable_type", "on_securable_type",
    "on_securable_fullname", "when_condition", "match_columns", "column_mask", "row_filter", "grant",
)  # fmt: skip


class AttributePolicies(Securables):
    """The routes for one workspace."""

    @route("POST", "/api/2.1/unity-catalog/policies")
    def create_policy(self, call: Call) -> Json:
        """Make an attribute-based policy on a metastore, catalog, schema or table."""
        self.known(call.body, POLICY_FIELDS)
        sort, name = str(call.body.get("on_securable_type")).lower(), str(call.body.get("on_securable_fullname"))
        if sort not in (CATALOG, SCHEMA, TABLE, "metastore"):
            raise invalid(f"Invalid securable type: {sort}.")
        if sort != "metastore":
            self.find(sort, name)
        held = self.metastore.policies.setdefault(f"{sort}/{name.lower()}", {})
        held[str(call.body.get("name"))] = {**call.body, "id": str(uuid.uuid4()), "created_by": self.caller(call).name}
        return held[str(call.body.get("name"))]

    @route("GET", "/api/2.1/unity-catalog/policies/{type}/{name}")
    def list_policies(self, call: Call) -> Json:
        """Answer the policies that are defined on a securable."""
        found = self.metastore.policies.get(f"{call.parameters['type'].lower()}/{call.parameters['name'].lower()}", {})
        return {"policies": [*found.values()]}

    @route("DELETE", "/api/2.1/unity-catalog/policies/{type}/{name}/{policy}")
    def delete_policy(self, call: Call) -> Json:
        """Remove a policy."""
        key = f"{call.parameters['type'].lower()}/{call.parameters['name'].lower()}"
        if self.metastore.policies.get(key, {}).pop(call.parameters["policy"], None) is None:
            raise missing(f"Policy {call.parameters['policy']} does not exist.")
        return {}

    @route("POST", "/api/2.1/tag-policies")
    def create_tag_policy(self, call: Call) -> Json:
        """Make a tag governed: https://docs.databricks.com/api/workspace/tagpolicies/createtagpolicy."""
        self.known(call.body, ("tag_key", "description", "values"))
        key = str(call.body.get("tag_key") or "")
        if not key or key in self._account.tag_policies:
            raise invalid(f"Tag policy {key!r} has no key, or exists.")
        made = {**call.body, "id": str(uuid.uuid4())}
        self._account.tag_policies[key] = made
        return made

    @route("GET", "/api/2.1/tag-policies")
    def list_tag_policies(self, _call: Call) -> Json:
        """Answer the governed tags."""
        return {"tag_policies": [*self._account.tag_policies.values()]}

    @route("GET", "/api/2.1/tag-policies/{key}")
    def get_tag_policy(self, call: Call) -> Json:
        """Answer a governed tag: https://docs.databricks.com/api/workspace/tagpolicies/gettagpolicy."""
        found = self._account.tag_policies.get(call.parameters["key"])
        if found is None:
            raise missing(f"Tag policy {call.parameters['key']} does not exist.")
        return found

    @route("PATCH", "/api/2.1/tag-policies/{key}", knows=("update_mask",))
    def change_tag_policy(self, call: Call) -> Json:
        """Change the fields of a governed tag that the mask names; its key and id stay."""
        found = self.get_tag_policy(call)
        self.known(call.body, ("tag_key", "description", "values", "id", "create_time", "update_time"))
        named = call.query.get("update_mask", "").split(",")
        for name in ("description", "values"):
            if named != ["*"] and name not in named:
                continue
            if name in call.body:
                found[name] = call.body[name]
            else:
                found.pop(name, None)
        return found

    @route("DELETE", "/api/2.1/tag-policies/{key}")
    def delete_tag_policy(self, call: Call) -> Json:
        """Make a tag free again."""
        if self._account.tag_policies.pop(call.parameters["key"], None) is None:
            raise missing(f"Tag policy {call.parameters['key']} does not exist.")
        return {}
