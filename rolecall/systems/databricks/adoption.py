"""Finds what a killed run had made before it could note it, so that the next run takes it over and makes no second one.

A name is never enough: an object of that name may have another owner. Where a service says who made an object,
that has to be the deployer; where the kind has tags, they have to be those that were declared, which name project and
environment. Secret scopes and experiments have neither: the deployer has to manage them directly, as a creator does.

Only types whose creation makes a second object, or is refused because the first one is there, have to be found. Lists
of holders, assignments and rule sets are written whole: writing one again is the same as writing it once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from rolecall.errors import ObjectMissing, RequestRejected
from rolecall.ids.verbs import Kind
from rolecall.kinds.api import Api, value_at
from rolecall.kinds.registry import KINDS, TOKENS
from rolecall.kinds.spec import Child, Resource
from rolecall.once import Once
from rolecall.systems.databricks.client import Reader, account_reader, shared_reader

Json = Mapping[str, Any]
PREFIX = "databricks:index/"
# Where services say who made an object, by application id: jobs, clusters and policies, Unity Catalog, serving
# endpoints, queries and alerts. IP access lists have a number there, and warehouses a name that need not be an id.
CREATORS = ("creator_user_name", "created_by", "creator", "owner_user_name")
WITHOUT_CREATOR = {
    TOKENS[kind.name]: kind.access.type for kind in KINDS if kind.api is not None and not kind.api.names_creator
}
# How an object is to be deleted: no system has it.
HOW_TO_DELETE = frozenset({"disableAsUserDeletion"})
_OBJECTS: Mapping[str, tuple[Api, Resource[Any] | Child]] = {
    part.token: (api, part)
    for kind in KINDS
    for api, part in ((kind.api, kind.resource), *((one.api, one) for one in kind.children))
    if api is not None and part is not None
}
IP_ACCESS_LISTS = Api("/api/2.0/ip-access-lists", "ip_access_lists", name="label", id="list_id")
# What objects are found by; nothing else has to be known of what was declared.
IDENTIFYING = HOW_TO_DELETE | {
    *("customTags", "displayName", "entityName", "entityType", "externalId", "label", "policyId"),
    *("servicePrincipalId", "tagKey"),
    *(name for _, part in _OBJECTS.values() for name in part.full_name),
    *(name for _, part in _OBJECTS.values() if isinstance(part, Resource) for name in part.recognized_by),
}


class Adoption:
    """Looks for objects by what their declarations say of them.

    Args:
        host: address of the account.
        account_id: id of the account.
        deployer: application id of who made them.
    """

    def __init__(self, host: str, account_id: str, deployer: str) -> None:
        self._host, self._account_id, self._deployer = host, account_id, deployer
        self._account = account_reader(host, account_id)
        self._principals: dict[str, Once[list[Json]]] = {
            collection: Once(partial(self._scim, collection, field))
            for collection, field in (("ServicePrincipals", "externalId"), ("Groups", "displayName"))
        }
        self._workspaces: dict[str, Reader] = {}

    def find(self, resource_type: str, inputs: Json, host: str | None, known: Collection[str]) -> str | None:
        """Return the id of what a declaration has made; None where there is nothing, or nothing to look for.

        Args:
            resource_type: the type token.
            inputs: what was declared.
            host: address of the workspace; None for the account.
            known: ids that belong to other resources.

        Raises:
            SystemRefused: the system refuses the caller.
            SystemUnreachable: it does not answer.
        """
        if resource_type == TOKENS[Kind.SERVICE_PRINCIPAL]:
            return self._principal("ServicePrincipals", "externalId", inputs, known)
        if resource_type == f"{PREFIX}group:Group":
            return self._group(inputs, known)
        try:
            if resource_type == f"{PREFIX}servicePrincipalFederationPolicy:ServicePrincipalFederationPolicy":
                return self._federation_policy(inputs, known)
            if host is None:
                return None
            reader = self._workspaces.setdefault(host, shared_reader(host))
            if resource_type == f"{PREFIX}ipAccessList:IpAccessList":
                return self._in_list(IP_ACCESS_LISTS, {"label": "label"}, inputs, reader, known)
            if resource_type == f"{PREFIX}entityTagAssignment:EntityTagAssignment":
                return _tag(inputs, reader, known)
            if resource_type not in _OBJECTS:
                return None
            api, part = _OBJECTS[resource_type]
            if isinstance(part, Resource) and part.recognized_by:
                identity = self._in_list(api, part.recognized_by, inputs, reader, known)
            else:
                name = ".".join(str(inputs.get(name)) for name in part.full_name)
                identity = self._by_name(api, name, inputs, reader, known)
            managed = identity is None or is_managed(resource_type, identity, reader, self._deployer)
            return identity if managed else None
        except ObjectMissing:
            return None

    def _in_list(
        self, api: Api, recognized_by: Mapping[str, str], inputs: Json, reader: Reader, known: Collection[str]
    ) -> str | None:
        """Find an object in its list by all that proves that it is the declared one; names need not be unique."""
        if not all(inputs.get(name) for name in recognized_by if recognized_by[name] == api.name):
            return None
        for identity, item in reader.listed(api).items():
            same = all(inputs.get(name) == value_at(item, path) for name, path in recognized_by.items())
            if same and identity not in known and self._is_ours(item, inputs):
                return identity
        return None

    def _by_name(self, api: Api, name: str, inputs: Json, reader: Reader, known: Collection[str]) -> str | None:
        try:
            found = reader.found(api, name)
        except RequestRejected:
            # Unity Catalog rejects a name whose catalog or schema is not there.
            if api.found:
                raise
            return None
        # The provider's id of an object of Unity Catalog is its full name, in whatever case it was declared.
        identity = str(value_at(found, api.id)) if api.found else name
        return identity if identity not in known and self._is_ours(found, inputs) else None

    def _federation_policy(self, inputs: Json, known: Collection[str]) -> str | None:
        """Find a federation policy by the id that is declared; what is returned is what an import takes."""
        principal, policy = _whole(inputs.get("servicePrincipalId")), inputs.get("policyId")
        root = f"/api/2.0/accounts/{self._account_id}/servicePrincipals/{principal}/federationPolicies"
        found = self._account.get(f"{root}/{policy}")
        return f"{principal},{policy}" if str(found["name"]) not in known else None

    def _principal(self, collection: str, field: str, inputs: Json, known: Collection[str]) -> str | None:
        wanted = inputs.get(field)
        for one in self._principals[collection]():
            if wanted and one.get(field) == wanted and str(one["id"]) not in known:
                return str(one["id"])
        return None

    def _group(self, inputs: Json, known: Collection[str]) -> str | None:
        """Find a group by its name and its id in the identity provider; one without such an id has to be empty yet."""
        identity = self._principal("Groups", "displayName", inputs, known)
        if identity is None:
            return None
        root = f"/api/2.0/accounts/{self._account_id}/scim/v2/Groups"
        found = self._account.get(f"{root}/{identity}")
        external = inputs.get("externalId") or None
        if (found.get("externalId") or None) != external or (not external and found.get("members")):
            return None
        return identity

    def _scim(self, collection: str, field: str) -> list[Json]:
        return [*self._account.scim(self._account_id, collection, f"id,{field}")]

    def _is_ours(self, found: Json, inputs: Json) -> bool:
        """Return whether nothing speaks against an object being what we made: its creator, and its tags."""
        maker = next((found[key] for key in CREATORS if isinstance(found.get(key), str)), None)
        if maker not in (None, self._deployer):
            return False
        return _tags_declared(inputs).items() <= _tags_held(found).items()


def is_managed(resource_type: str, identity: str, reader: Reader, deployer: str) -> bool:
    """Return whether the deployer manages an object directly, as its creator does; true for kinds with a better mark.

    https://docs.databricks.com/en/security/auth/access-control/

    Raises:
        ObjectMissing: it is not there any more; others as those of `Reader.get`.
    """
    if resource_type == TOKENS[Kind.SECRET_SCOPE]:
        entries = reader.secret_acl(identity).get("items") or []
        return any(one.get("permission") == "MANAGE" and one.get("principal") == deployer for one in entries)
    if path := WITHOUT_CREATOR.get(resource_type):
        listed = reader.permissions(f"{path}/{identity}").get("access_control_list") or []
        return any(_manages(one, deployer) for one in listed)
    return True


def _manages(entry: Json, principal: str) -> bool:
    held = entry.get("all_permissions") or []
    direct = any(one.get("permission_level") == "CAN_MANAGE" and not one.get("inherited") for one in held)
    return direct and principal in (entry.get("service_principal_name"), entry.get("user_name"))


def _tags_declared(inputs: Json) -> dict[str, str]:
    """Return the tags that a pool or a warehouse was declared with."""
    declared, tags = inputs.get("customTags"), inputs.get("tags")
    if isinstance(declared, Mapping):
        return {str(key): str(value) for key, value in declared.items()}
    listed = tags.get("customTags") if isinstance(tags, Mapping) else None
    return {str(one["key"]): str(one["value"]) for one in listed or []}


def _tags_held(found: Json) -> dict[str, str]:
    """Return the tags of a pool or a warehouse, as its service lists them."""
    held, tags = found.get("custom_tags"), found.get("tags")
    if isinstance(held, Mapping):
        return {str(key): str(value) for key, value in held.items()}
    listed = tags.get("custom_tags") if isinstance(tags, Mapping) else None
    return {str(one["key"]): str(one["value"]) for one in listed or []}


def _whole(number: Any) -> Any:
    """Return a number as it is written: the engine's protocol has floating-point numbers only."""
    return int(number) if isinstance(number, float) else number


def _tag(inputs: Json, reader: Reader, known: Collection[str]) -> str | None:
    """Find a tag of an object of Unity Catalog; what is returned is what an import takes."""
    kind, name, key = (str(inputs.get(part)) for part in ("entityType", "entityName", "tagKey"))
    reader.get(f"/api/2.1/unity-catalog/entity-tag-assignments/{kind}/{name}/tags/{key}")
    identity = f"{kind},{name},{key}"
    return identity if identity not in known else None
