"""Objects that an account's administrators keep: what workspaces are made with, networks, OAuth applications, budgets.

Each row of the table is one collection as the API describes it: https://docs.databricks.com/api/account. The fields are
those of the vendor's SDK; a field that is not known here is refused.
"""

from __future__ import annotations

import copy
import ipaddress
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rolecall.emulators.application import Call, Endpoint, Json, Refused
from rolecall.emulators.clock import Clock
from rolecall.emulators.databricks.account_routes import AccountRoutes
from rolecall.emulators.databricks.errors import exists, invalid, missing
from rolecall.emulators.databricks.models import Account


@dataclass(frozen=True)
class AccountCollection:
    """A collection of objects.

    Attributes:
        path: its path below the account.
        identity: the field with an object's id.
        fields: the fields that a client may write.
        items: the key of a list's objects; empty where the answer is a list itself.
        wrapped: the key of the body of a call, and of an answer, that holds the object; empty where it is the object.
        changes: the method that changes an object; empty where nothing does.
        changeable: the fields that it may change; all of them when empty.
        version: the API's version.
        named: a field that every object has, and no two alike.
        sort: its name among what workspaces are made with; empty for anything else.
        shown: what the service fills in of a new object.
    """

    path: str
    identity: str
    fields: tuple[str, ...]
    items: str = ""
    wrapped: str = ""
    changes: str = ""
    changeable: tuple[str, ...] = ()
    version: str = "2.0"
    named: str = ""
    sort: str = ""
    shown: Mapping[str, Any] = field(default_factory=dict)


ADDRESS_LISTS = "ip-access-lists"
COLLECTIONS = (
    AccountCollection(
        "credentials", "credentials_id", ("aws_credentials", "credentials_name"), named="credentials_name",
        sort="credentials",
    ),
    AccountCollection(
        "storage-configurations", "storage_configuration_id",
        ("role_arn", "root_bucket_info", "storage_configuration_name"), named="storage_configuration_name",
        sort="storage",
    ),
    AccountCollection(
        "networks", "network_id",
        ("gcp_network_info", "network_name", "security_group_ids", "subnet_ids", "vpc_endpoints", "vpc_id"),
        named="network_name", sort="networks", shown={"vpc_status": "UNATTACHED"},
    ),
    AccountCollection(
        "customer-managed-keys", "customer_managed_key_id",
        ("aws_key_info", "azure_key_info", "gcp_key_info", "use_cases"), sort="keys",
    ),
    AccountCollection(
        "private-access-settings", "private_access_settings_id",
        ("allowed_vpc_endpoint_ids", "private_access_level", "private_access_settings_name", "public_access_enabled",
         "region"),
        named="private_access_settings_name", changes="PUT", sort="private_access",
        shown={"private_access_level": "ACCOUNT", "public_access_enabled": False},
    ),
    AccountCollection(
        "vpc-endpoints", "vpc_endpoint_id",
        ("aws_vpc_endpoint_id", "gcp_vpc_endpoint_info", "region", "vpc_endpoint_name"), named="vpc_endpoint_name",
        shown={"state": "available"},
    ),
    AccountCollection(
        "network-policies", "network_policy_id",
        ("account_id", "egress", "ingress", "ingress_dry_run", "network_policy_id"), items="items", changes="PUT",
    ),
    AccountCollection(
        "network-connectivity-configs", "network_connectivity_config_id", ("egress_config", "name", "region"),
        items="items", named="name",
    ),
    AccountCollection(
        ADDRESS_LISTS, "list_id", ("enabled", "ip_addresses", "label", "list_type"), items="ip_access_lists",
        wrapped="ip_access_list", changes="PATCH", named="label", shown={"enabled": True},
    ),
    AccountCollection(
        "oauth2/custom-app-integrations", "integration_id",
        ("confidential", "name", "redirect_urls", "scopes", "token_access_policy", "user_authorized_scopes"),
        items="apps", changes="PATCH",
        changeable=("redirect_urls", "scopes", "token_access_policy", "user_authorized_scopes"), named="name",
    ),
    AccountCollection(
        "oauth2/published-app-integrations", "integration_id", ("app_id", "token_access_policy"), items="apps",
        changes="PATCH", changeable=("token_access_policy",), named="app_id",
    ),
    AccountCollection(
        "budgets", "budget_configuration_id",
        ("account_id", "alert_configurations", "budget_configuration_id", "display_name", "filter",
         "include_external_spend", "resource_type"),
        items="budgets", wrapped="budget", changes="PUT", version="2.1", named="display_name",
    ),
    AccountCollection(
        "budget-policies", "policy_id", ("binding_workspace_ids", "custom_tags", "policy_id", "policy_name"),
        items="policies", changes="PATCH", version="2.1", named="policy_name",
    ),
    AccountCollection(
        "log-delivery", "config_id",
        ("config_name", "credentials_id", "delivery_path_prefix", "delivery_start_time", "log_type", "output_format",
         "status", "storage_configuration_id", "workspace_ids_filter"),
        items="log_delivery_configurations", wrapped="log_delivery_configuration", changes="PATCH",
        changeable=("status",), shown={"status": "ENABLED", "log_delivery_status": {"status": "CREATED"}},
    ),
)  # fmt: skip
# Bodies of changes, and answers to them, that are the object itself though a new one is wrapped.
_PLAIN_CHANGES = (ADDRESS_LISTS, "log-delivery")
_SECRET = "oauth2/custom-app-integrations"
_FILTERS = ("credentials_id", "status", "storage_configuration_id")


class AccountObjects(AccountRoutes):
    """The routes.

    Args:
        account: returns the account as it is now.
        clock: the clock.
        page: how many objects a page has.
    """

    def __init__(self, account: Callable[[], Account], clock: Clock, page: int) -> None:
        super().__init__(account)
        self._clock = clock
        self._page = page

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        found: list[Endpoint] = []
        for one in COLLECTIONS:
            path = f"/api/{one.version}/accounts/{{account_id}}/{one.path}"
            found += [
                Endpoint("GET", path, self._bound(self.list_all, one), knows=("include_creator_username",)),
                Endpoint("POST", path, self._bound(self.create, one), knows=("request_id",)),
                Endpoint("GET", f"{path}/{{id}}", self._bound(self.get, one)),
            ]
            if one.path != "log-delivery":
                found.append(Endpoint("DELETE", f"{path}/{{id}}", self._bound(self.delete, one)))
            for method in {one.changes, *(["PUT"] if one.path == ADDRESS_LISTS else [])} - {""}:
                found.append(Endpoint(method, f"{path}/{{id}}", self._bound(self.change, one)))
        return found

    def _bound(self, method: Callable[[Call, AccountCollection], Any], one: AccountCollection) -> Callable[[Call], Any]:
        return lambda call: method(call, one)

    def list_all(self, call: Call, one: AccountCollection) -> Json | list[Json]:
        """Answer the objects, page by page where the API has pages."""
        self._require_admin(call)
        wanted = {name: call.query[name] for name in _FILTERS if one.path == "log-delivery" and name in call.query}
        found = [each for each in self._all(one) if all(each.get(name) == value for name, value in wanted.items())]
        if not one.items:
            return found
        if one.path == ADDRESS_LISTS:
            return {one.items: found}
        start, page = int(call.query.get("page_token") or 0), int(call.query.get("page_size") or self._page)
        answer: Json = {one.items: found[start : start + page]}
        return {**answer, **({"next_page_token": str(start + page)} if start + page < len(found) else {})}

    def create(self, call: Call, one: AccountCollection) -> Json:
        """Make an object."""
        caller = self._require_admin(call)
        wrapped = "policy" if one.path == "budget-policies" else one.wrapped
        body = call.body if one.path == ADDRESS_LISTS or not wrapped else call.body.get(wrapped) or {}
        given = self._known(one, body)
        if one.named and not given.get(one.named):
            raise invalid(f"{one.named} is required.")
        if one.named and any(each.get(one.named) == given[one.named] for each in self._all(one)):
            raise exists(f"{one.named} {given[one.named]} already exists.")
        now = self._clock.milliseconds()
        identity = str(given.get(one.identity) or uuid.uuid4())
        made = {**copy.deepcopy(dict(one.shown)), **given, one.identity: identity, "account_id": self._account().id}
        made |= {"creation_time": now}
        self._check(one, made)
        if one.path in (_SECRET, "oauth2/published-app-integrations"):
            made |= {"created_by": int(caller.principal.id), "client_id": str(uuid.uuid4())}
        self._held(one)[identity] = made
        if one.sort:
            self._account().configurations.setdefault(one.sort, []).append(identity)
        is_secret = one.path == _SECRET and given.get("confidential")
        return self._shown(one, {**made, **({"client_secret": secrets.token_urlsafe(24)} if is_secret else {})})

    def get(self, call: Call, one: AccountCollection) -> Json:
        """Answer an object."""
        self._require_admin(call)
        return self._shown(one, self._find(call, one))

    def change(self, call: Call, one: AccountCollection) -> Json:
        """Change an object."""
        self._require_admin(call)
        found = self._find(call, one)
        plain = one.path in _PLAIN_CHANGES or not one.wrapped
        given = self._known(one, call.body if plain else call.body.get(one.wrapped) or {})
        if wrong := [name for name in given if one.changeable and name not in one.changeable]:
            raise invalid(f"{', '.join(wrong)} cannot be changed.")
        changed = {**found, **given, one.identity: found[one.identity]}
        self._check(one, changed)
        self._held(one)[str(found[one.identity])] = changed
        return self._shown(one, changed)

    def delete(self, call: Call, one: AccountCollection) -> Json:
        """Remove an object that no workspace is made with."""
        self._require_admin(call)
        identity = str(self._find(call, one)[one.identity])
        used = [each.name for each in self._account().workspaces.values() if identity in each.made_with.values()]
        if used:
            message = f"{identity} is used by workspace {used[0]}."
            raise Refused(409, {"error_code": "RESOURCE_CONFLICT", "message": message})
        self._held(one).pop(identity, None)
        if one.sort:
            self._account().configurations[one.sort].remove(identity)
        return {}

    def _known(self, one: AccountCollection, body: Json) -> Json:
        return {name: copy.deepcopy(body[name]) for name in one.fields if name in body}

    def _check(self, one: AccountCollection, made: Json) -> None:
        if one.path != ADDRESS_LISTS:
            return
        if made.get("list_type") not in ("ALLOW", "BLOCK"):
            raise invalid("list_type must be ALLOW or BLOCK.")
        for address in made.get("ip_addresses") or []:
            try:
                ipaddress.ip_network(address)
            except ValueError as error:
                raise invalid(f"{address} is not a valid IP address or CIDR range.") from error
        made["address_count"] = len(made.get("ip_addresses") or [])

    def _shown(self, one: AccountCollection, made: Json) -> Json:
        return {one.wrapped: made} if one.wrapped else made

    def _held(self, one: AccountCollection) -> dict[str, Json]:
        return self._account().objects.setdefault(one.path, {})

    def _all(self, one: AccountCollection) -> list[Json]:
        """Return the objects, those included of which the account's description names the id only."""
        held = self._held(one)
        described = self._account().configurations.get(one.sort, []) if one.sort else []
        return [*held.values(), *({one.identity: each, one.named: each} for each in described if each not in held)]

    def _find(self, call: Call, one: AccountCollection) -> Json:
        identity = call.parameters["id"]
        found = next((each for each in self._all(one) if each[one.identity] == identity), None)
        if found is None:
            raise missing(f"{one.path} {identity} does not exist.")
        return found
