"""Access control rule sets: who may use and who may manage a service principal.

https://docs.databricks.com/api/account/accountaccesscontrol
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from rolecall.emulators.application import Call, Endpoint, Json, Refused
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import denied, invalid, missing
from rolecall.emulators.databricks.models import GROUP, SERVICE_PRINCIPAL, USER, Account, Principal

USE, MANAGE = "roles/servicePrincipal.user", "roles/servicePrincipal.manager"
NAME = re.compile(r"accounts/([^/]+)/servicePrincipals/([^/]+)/ruleSets/default")
# A group's: https://docs.databricks.com/en/admin/users-groups/manage-groups.html#group-manager-role, and
# terraform-provider-databricks docs/resources/access_control_rule_set.md.
GROUP_NAME = re.compile(r"accounts/([^/]+)/groups/([^/]+)/ruleSets/default")
# The account's own, and a governed tag's: https://docs.databricks.com/en/admin/tag-policies/manage-permissions.html.
ACCOUNT_NAME = re.compile(r"accounts/([^/]+)/ruleSets/default")
TAG_NAME = re.compile(r"accounts/([^/]+)/tagPolicies/([^/]+)/ruleSets/default")
BUDGET_NAME = re.compile(r"accounts/([^/]+)/budgetPolicies/([^/]+)/ruleSets/default")
BUDGET_ROLES = ("roles/budgetPolicy.manager", "roles/budgetPolicy.user")
TAG_ROLES = ("roles/tagPolicy.creator", "roles/tagPolicy.manager", "roles/tagPolicy.assigner")
ACCOUNT_ROLES = (
    *TAG_ROLES,
    "roles/group.manager",
    "roles/servicePrincipal.manager",
    "roles/servicePrincipal.user",
    "roles/marketplace.admin",
    "roles/billing.admin",
    "roles/budgetPolicy.manager",
    "roles/budgetPolicy.user",
)
# The etag of a rule set before the first write.
NEVER_WRITTEN = "initial"
GROUP_ROLES = ("roles/group.manager", "roles/group.assumer")
SORTS = {"users": USER, "groups": GROUP, "servicePrincipals": SERVICE_PRINCIPAL}


def rule_set_name(account: Account, application_id: str) -> str:
    """Return the name of a service principal's rule set."""
    return f"accounts/{account.id}/servicePrincipals/{application_id}/ruleSets/default"


def made_by(account: Account, principal: Principal, creator: Principal) -> None:
    """Let the creator of a service principal manage it, as Databricks does."""
    sort = "servicePrincipals" if creator.type == SERVICE_PRINCIPAL else "users"
    rules = [{"role": MANAGE, "principals": [f"{sort}/{account.name_of(creator.id)}"]}]
    account.rule_sets[rule_set_name(account, principal.application_id)] = {"etag": _etag(), "grant_rules": rules}


def may(account: Account, caller: Principal, application_id: str, role: str) -> bool:
    """Return whether a principal holds a role on a service principal, itself or through a group."""
    own = {USER: "users", SERVICE_PRINCIPAL: "servicePrincipals"}[caller.type]
    names = {f"{own}/{account.name_of(caller.id)}"}
    names |= {f"groups/{account.name_of(group)}" for group in account.groups_of(caller.id)}
    rules = account.rule_sets.get(rule_set_name(account, application_id), {}).get("grant_rules", [])
    return any(rule["role"] == role and names & set(rule["principals"]) for rule in rules)


def assumes(account: Account, caller: Principal, group: str) -> bool:
    """Return whether a principal may assume a group, itself or through a group."""
    own = {USER: "users", SERVICE_PRINCIPAL: "servicePrincipals"}[caller.type]
    names = {f"{own}/{account.name_of(caller.id)}"}
    names |= {f"groups/{account.name_of(one)}" for one in account.groups_of(caller.id)}
    rules = account.rule_sets.get(f"accounts/{account.id}/groups/{group}/ruleSets/default", {}).get("grant_rules", [])
    return any(rule["role"] == GROUP_ROLES[1] and names & set(rule["principals"]) for rule in rules)


class RuleSets:
    """The routes of the account, or of a workspace, which answers them for the account.

    Args:
        account: returns the account as it is now.
        is_workspace: whether these are a workspace's.
    """

    def __init__(self, account: Callable[[], Account], *, is_workspace: bool) -> None:
        self._account = account
        self._is_workspace = is_workspace

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        own = "" if self._is_workspace else "/{account_id}"
        path = f"/api/2.0/preview/accounts{own}/access-control"
        return [
            # The etag only says how fresh an answer has to be; every answer here is.
            Endpoint("GET", f"{path}/rule-sets", self.get, knows=("etag",)),
            Endpoint("PUT", f"{path}/rule-sets", self.update),
            Endpoint("GET", f"{path}/assignable-roles", self.assignable),
        ]

    def get(self, call: Call) -> Json:
        """Answer a rule set, with the etag that a change has to show."""
        name = call.query.get("name", "")
        self._require(call, name)
        return self._shown(name)

    def assignable(self, call: Call) -> Json:
        """Answer the roles that can be given on something."""
        caller: Caller = call.caller
        if not self._is_workspace and caller.principal.id not in self._account().admins:
            raise denied(f"{caller.name} is not an administrator of the account.")
        return {"roles": [{"name": one} for one in _roles(f"{call.query.get('resource', '')}/ruleSets/default")]}

    def update(self, call: Call) -> Json:
        """Replace a rule set; who has not seen the latest is refused."""
        name = str(call.body.get("name") or "")
        self._require(call, name)
        wanted: Json = call.body.get("rule_set") or {}
        if wanted.get("name", name) != name:
            raise invalid("The name of the rule set is not that of the request.")
        if wanted.get("etag") and wanted["etag"] != self._held(name)["etag"]:
            message = "The rule set was changed since it was read."
            raise Refused(409, {"error_code": "RESOURCE_CONFLICT", "message": message})
        rules: list[Json] = []
        for rule in wanted.get("grant_rules") or []:
            if rule.get("role") not in _roles(name):
                raise invalid(f"Role {rule.get('role')} is not assignable on {name}.")
            principals = sorted({str(one) for one in rule.get("principals") or []})
            for one in principals:
                self._require_principal(one)
            rules.append({"role": rule["role"], "principals": principals})
        self._account().rule_sets[name] = {"etag": _etag(), "grant_rules": rules}
        return self._shown(name)

    def _held(self, name: str) -> Json:
        return self._account().rule_sets.get(name) or {"etag": NEVER_WRITTEN, "grant_rules": []}

    def _shown(self, name: str) -> Json:
        return {"name": name, **self._held(name)}

    def _require(self, call: Call, name: str) -> None:
        """Refuse who neither administers the account nor manages the service principal."""
        account, caller, found = self._account(), call.caller, NAME.fullmatch(name)
        assert isinstance(caller, Caller)
        if of_group := GROUP_NAME.fullmatch(name):
            if of_group[1] != account.id or all(one.id != of_group[2] for one in account.of_type(GROUP)):
                raise missing(f"Rule set {name} does not exist.")
            if caller.principal.id not in account.admins:
                raise denied(f"{caller.name} does not have permission to manage {name}.")
            return
        of_object = TAG_NAME.fullmatch(name) or BUDGET_NAME.fullmatch(name)
        if of_object or ACCOUNT_NAME.fullmatch(name):
            known = {str(one["id"]) for one in account.tag_policies.values()}
            known |= {*account.objects.get("budget-policies", {})}
            if f"accounts/{account.id}/" not in name or (of_object and of_object[2] not in known):
                raise missing(f"Rule set {name} does not exist.")
            if caller.principal.id not in account.admins:
                raise denied(f"{caller.name} does not have permission to manage {name}.")
            return
        principals = account.of_type(SERVICE_PRINCIPAL)
        if not found or found[1] != account.id or all(one.application_id != found[2] for one in principals):
            raise missing(f"Rule set {name} does not exist.")
        if caller.principal.id not in account.admins and not may(account, caller.principal, found[2], MANAGE):
            raise denied(f"{caller.name} does not have permission to manage {name}.")

    def _require_principal(self, text: str) -> None:
        sort, _, name = text.partition("/")
        found = self._account().named(name)
        if sort not in SORTS or found is None or found.type != SORTS[sort]:
            raise invalid(f"Principal {text} does not exist.")


def _roles(name: str) -> tuple[str, ...]:
    if GROUP_NAME.fullmatch(name):
        return GROUP_ROLES
    if TAG_NAME.fullmatch(name):
        return TAG_ROLES[1:]
    if BUDGET_NAME.fullmatch(name):
        return BUDGET_ROLES
    return ACCOUNT_ROLES if ACCOUNT_NAME.fullmatch(name) else (USE, MANAGE)


def _etag() -> str:
    return secrets.token_urlsafe(12)
