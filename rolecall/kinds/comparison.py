"""Whether an object is live as a stack's state has it: pure comparisons, one for each type of resource that has one.

Where one says that something differs, or does not understand an answer, the engine reads the stack itself: a mistake
here towards "different" costs time, and nothing else. So only what is equal beyond doubt is called equal. Absent,
null, empty, zero and false are one and the same to the Databricks provider, whose types have no null.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rolecall.kinds.job_settings import provider_properties

Json = Mapping[str, Any]
Compare = Callable[[Json, Json], bool]

# What the provider adds to a job that no setting of the service is.
JOB_EXTRAS = ("id", "url", "alwaysRunning", "controlRunState", "providerConfig", "runAs", "timeouts", "retryOnTimeout")
# As the SCIM list is asked for them.
PRINCIPAL_FIELDS = ("displayName", "externalId")


def pruned(value: Any) -> Any:
    """Return a value without empty parts, at any depth, and without the bridge's own notes."""
    if isinstance(value, Mapping):
        returned = {key: pruned(item) for key, item in value.items() if not key.startswith("__")}
        return {key: item for key, item in returned.items() if item not in (None, "", 0, False, [], {})}
    if isinstance(value, list):
        return [pruned(item) for item in value]
    return value


def same_job(outputs: Json, live: Json) -> bool:
    """Compare a job with the answer of `jobs/get`."""
    settings, unknown = provider_properties(live.get("settings") or {})
    held = {key: value for key, value in outputs.items() if key not in JOB_EXTRAS}
    runs_as = outputs.get("runAs") or {}
    identity = runs_as.get("servicePrincipalName") or runs_as.get("userName") or ""
    settings.pop("runAs", None)
    return not unknown and pruned(held) == pruned(settings) and live.get("run_as_user_name") == identity


def same_permissions(outputs: Json, live: Json) -> bool:
    """Compare a permission object with the answer of `permissions`; inherited levels are not declared."""
    held = {
        (entry.get("groupName") or entry.get("servicePrincipalName") or entry.get("userName"), entry["permissionLevel"])
        for entry in outputs.get("accessControls") or []
    }
    found = {
        (
            entry.get("group_name") or entry.get("service_principal_name") or entry.get("user_name"),
            permission["permission_level"],
        )
        for entry in live.get("access_control_list") or []
        for permission in entry.get("all_permissions") or []
        if not permission.get("inherited")
    }
    return held == found


def same_cluster_policy(outputs: Json, live: Json) -> bool:
    """Compare a cluster policy with the answer of `policies/clusters/get`."""
    names = {
        "name": "name",
        "description": "description",
        "maxClustersPerUser": "max_clusters_per_user",
        "policyFamilyId": "policy_family_id",
        "libraries": "libraries",
    }
    plain = all(
        pruned(outputs.get(held)) == pruned(live.get(returned)) or _empty(outputs.get(held), live.get(returned))
        for held, returned in names.items()
    )
    family = bool(outputs.get("policyFamilyId"))
    definition = ("policyFamilyDefinitionOverrides", "policy_family_definition_overrides")
    held, returned = definition if family else ("definition", "definition")
    return plain and _document(outputs.get(held)) == _document(live.get(returned))


def _empty(*values: Any) -> bool:
    return not any(values)


def _document(text: Any) -> Any:
    try:
        return json.loads(text or "{}")
    except (ValueError, RecursionError):
        return text


def same_principal(outputs: Json, live: Json) -> bool:
    """Compare a group or a service principal with its entry in the account's SCIM list."""
    plain = all((outputs.get(key) or "") == (live.get(key) or "") for key in PRINCIPAL_FIELDS)
    return plain and outputs.get("applicationId") == live.get("applicationId") and live.get("active", True) is not False


def same_assignment(outputs: Json, live: Json) -> bool:
    """Compare an assignment to a workspace with its entry in the list of all."""
    return set(outputs.get("permissions") or []) == set(live.get("permissions") or [])


def same_rule_set(outputs: Json, live: Json) -> bool:
    """Compare a rule set with the answer of `access-control/rule-sets`; its etag changes with every write."""
    return _rules(outputs.get("grantRules")) == _rules(live.get("grant_rules"))


def _rules(rules: Any) -> set[tuple[str, str]]:
    return {(str(rule["role"]), str(one)) for rule in rules or [] for one in rule.get("principals") or []}


def same_grants(outputs: Json, live: Iterable[Json]) -> bool:
    """Compare grants with the `privilege_assignments` of an object of Unity Catalog."""
    held = {
        (str(one["principal"]), privilege(each)) for one in outputs.get("grants") or [] for each in one["privileges"]
    }
    return held == {(str(one["principal"]), privilege(each)) for one in live for each in one.get("privileges") or []}


def privilege(text: Any) -> str:
    """Return a privilege with underscores; the service also answers with blanks."""
    return str(text).replace(" ", "_")


def same_secret_access(outputs: Json, live: Json) -> bool:
    """Compare a secret scope's access list with the answer of `secrets/acls/list`."""
    held = {(str(one["principal"]), str(one["permission"])) for one in outputs.get("entries") or []}
    return held == {(str(one["principal"]), str(one["permission"])) for one in live.get("items") or []}


def same_federation_policy(outputs: Json, live: Json) -> bool:
    """Compare a service principal's federation policy with the account's answer."""
    held, found = outputs.get("oidcPolicy") or {}, live.get("oidc_policy") or {}
    names = {
        "issuer": "issuer",
        "subject": "subject",
        "subjectClaim": "subject_claim",
        "jwksUri": "jwks_uri",
        "jwksJson": "jwks_json",
    }
    plain = all((held.get(key) or "") == (found.get(returned) or "") for key, returned in names.items())
    audiences = sorted(held.get("audiences") or []) == sorted(found.get("audiences") or [])
    return plain and audiences and (outputs.get("description") or "") == (live.get("description") or "")
