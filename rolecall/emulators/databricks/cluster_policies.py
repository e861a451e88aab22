"""Cluster policies and their families: https://docs.databricks.com/api/workspace/clusterpolicies"""

from __future__ import annotations

import json
import secrets
from typing import Any

from rolecall.emulators.application import Call, Json
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import denied, invalid, missing
from rolecall.emulators.databricks.governed_routes import GovernedRoutes
from rolecall.emulators.databricks.permissions import CLUSTER_POLICY
from rolecall.emulators.routes import route

# https://docs.databricks.com/en/admin/clusters/policy-definition.html#policy-types
ELEMENT_TYPES = ("fixed", "forbidden", "allowlist", "blocklist", "regex", "range", "unlimited")
NEEDED = {"fixed": ("value",), "allowlist": ("values",), "blocklist": ("values",), "regex": ("pattern",)}
# https://docs.databricks.com/en/admin/clusters/policy-families.html
FAMILIES: dict[str, tuple[str, Json]] = {
    "job-cluster": ("Job Compute", {"cluster_type": {"type": "fixed", "value": "job"}}),
    "personal-vm": (
        "Personal Compute",
        {
            "num_workers": {"type": "fixed", "value": 0, "hidden": True},
            "autotermination_minutes": {"type": "unlimited", "defaultValue": 4320, "isOptional": True},
        },
    ),
    "power-user": (
        "Power User Compute",
        {"autotermination_minutes": {"type": "unlimited", "defaultValue": 120, "isOptional": True}},
    ),
    "shared-compute": (
        "Shared Compute",
        {"autotermination_minutes": {"type": "unlimited", "defaultValue": 120, "isOptional": True}},
    ),
}
# https://docs.databricks.com/api/workspace/clusterpolicies/create: the name's length.
MAX_NAME = 100


class ClusterPolicies(GovernedRoutes):
    """The routes for one workspace."""

    @route("POST", "/api/2.0/policies/clusters/create")
    def create(self, call: Call) -> Json:
        """Make a policy."""
        self._require_admin(call)
        caller: Caller = call.caller
        content = self._content(call.body)
        identity = secrets.token_hex(8).upper()
        self._workspace.cluster_policies[identity] = {
            **content,
            "policy_id": identity,
            "created_at_timestamp": self._clock.milliseconds(),
            "creator_user_name": caller.name,
            "is_default": False,
        }
        self._permissions.created(CLUSTER_POLICY, identity, caller)
        return {"policy_id": identity}

    @route("POST", "/api/2.0/policies/clusters/edit")
    def edit(self, call: Call) -> Json:
        """Replace a policy's content."""
        self._require_admin(call)
        policy = self._find(str(call.body.get("policy_id")))
        kept = {key: policy[key] for key in ("policy_id", "created_at_timestamp", "creator_user_name", "is_default")}
        content = self._content(call.body, policy["policy_id"])
        self._workspace.cluster_policies[policy["policy_id"]] = {**content, **kept}
        return {}

    @route("POST", "/api/2.0/policies/clusters/delete")
    def delete(self, call: Call) -> Json:
        """Remove a policy."""
        self._require_admin(call)
        policy = self._find(str(call.body.get("policy_id")))
        del self._workspace.cluster_policies[policy["policy_id"]]
        self._permissions.deleted(CLUSTER_POLICY, policy["policy_id"])
        return {}

    @route("GET", "/api/2.0/policies/clusters/get")
    def get(self, call: Call) -> Json:
        """Answer a policy."""
        policy = self._find(call.query.get("policy_id", ""))
        self._permissions.require(call.caller, CLUSTER_POLICY, policy["policy_id"], "CAN_USE", "Use")
        return policy

    @route("GET", "/api/2.0/policies/clusters/list")
    def list_all(self, call: Call) -> Json:
        """Answer the policies that the caller may use."""
        seen = [
            policy
            for identity, policy in self._workspace.cluster_policies.items()
            if self._permissions.holds(call.caller, CLUSTER_POLICY, identity, "CAN_USE")
        ]
        return {"policies": seen, "total_count": len(seen)}

    @route("GET", "/api/2.0/policy-families")
    def list_families(self, call: Call) -> Json:
        """Answer the policy families."""
        return {"policy_families": [_family(identity) for identity in FAMILIES]}

    @route("GET", "/api/2.0/policy-families/{id}")
    def get_family(self, call: Call) -> Json:
        """Answer a policy family."""
        if call.parameters["id"] not in FAMILIES:
            raise missing(f"Can't find a policy family with id: {call.parameters['id']}.")
        return _family(call.parameters["id"])

    def _require_admin(self, call: Call) -> None:
        caller: Caller = call.caller
        if not caller.is_workspace_admin:
            raise denied(f"{caller.name} is not authorized to change cluster policies.")

    def _find(self, identity: str) -> Json:
        policy = self._workspace.cluster_policies.get(identity)
        if policy is None:
            raise missing(CLUSTER_POLICY.unknown.format(id=identity))
        return policy

    def _content(self, body: Json, own_id: str = "") -> Json:
        """Validate a policy and return it with its effective definition."""
        name = str(body.get("name") or "")
        if not name or len(name) > MAX_NAME:
            raise invalid(f"Cluster policy name must have between 1 and {MAX_NAME} characters.")
        for identity, other in self._workspace.cluster_policies.items():
            if identity != own_id and other["name"] == name:
                raise invalid(f"Cluster policy with name '{name}' already exists.")
        content: Json = {"name": name}
        for key in ("description", "max_clusters_per_user", "libraries"):
            if body.get(key):
                content[key] = body[key]
        if family := body.get("policy_family_id"):
            if family not in FAMILIES:
                raise invalid(f"Can't find a policy family with id: {family}.")
            if body.get("definition"):
                raise invalid("definition cannot be specified together with policy_family_id.")
            overrides = body.get("policy_family_definition_overrides") or "{}"
            content["policy_family_id"] = family
            content["policy_family_definition_overrides"] = overrides
            content["definition"] = json.dumps({**FAMILIES[family][1], **_definition(overrides)})
        else:
            if not body.get("definition"):
                raise invalid("definition is required.")
            _definition(body["definition"])
            content["definition"] = body["definition"]
        return content


def _definition(text: Any) -> Json:
    """Return a definition, refusing what Databricks refuses."""
    try:
        parsed = json.loads(text)
    except (TypeError, ValueError) as error:
        raise invalid("Cluster policy definition is not valid JSON.") from error
    if not isinstance(parsed, dict):
        raise invalid("Cluster policy definition must be a JSON object.")
    for path, element in parsed.items():
        kind = element.get("type") if isinstance(element, dict) else None
        if kind not in ELEMENT_TYPES:
            raise invalid(f"Policy element '{path}' has an unknown type: {kind}.")
        for key in NEEDED.get(str(kind), ()):
            if key not in element:
                raise invalid(f"Policy element '{path}' of type {kind} needs '{key}'.")
    return parsed


def _family(identity: str) -> Json:
    name, definition = FAMILIES[identity]
    return {
        "policy_family_id": identity,
        "name": name,
        "description": f"Databricks' own rules for {name.lower()}.",
        "definition": json.dumps(definition),
    }
