"""Directory objects of any sort: what they are members of, who owns them, and routes that take any of them.

https://learn.microsoft.com/graph/api/directoryobject-get, …/directoryobject-getbyids,
…/directoryobject-getmembergroups,
…/directoryobject-checkmembergroups, …/user-list-memberof, …/group-list-owners and …/directory-deleteditems-list.
"""

from __future__ import annotations

from collections.abc import Callable

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.entra.caller import Tenants
from rolecall.emulators.entra.errors import invalid, missing
from rolecall.emulators.entra.navigation import reached

COLLECTIONS = {
    "users": "user",
    "groups": "group",
    "applications": "application",
    "servicePrincipals": "servicePrincipal",
}
_OWNED = ("groups", "applications", "servicePrincipals")
_CASTS = {
    "members": ("user", "group", "servicePrincipal"),
    "transitiveMembers": ("user", "group", "servicePrincipal"),
    "memberOf": ("group", "directoryRole"),
    "transitiveMemberOf": ("group", "directoryRole"),
    "owners": ("user", "servicePrincipal"),
    "ownedObjects": ("group", "application", "servicePrincipal"),
}
_LISTS = {
    "users": ("memberOf", "transitiveMemberOf", "ownedObjects", "directReports"),
    "groups": ("members", "transitiveMembers", "memberOf", "transitiveMemberOf", "owners"),
    "applications": ("owners",),
    "servicePrincipals": ("memberOf", "transitiveMemberOf", "owners", "ownedObjects"),
}
_GRANTS = "oauth2PermissionGrants"
# "The maximum number of IDs" of directoryObjects/getByIds, and of checkMemberGroups.
MOST_IDS, MOST_CHECKED = 1000, 20


class Directory:
    """The routes that are alike for all sorts of directory objects."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        found: list[Endpoint] = []
        for collection, names in _LISTS.items():
            one = f"/v1.0/{collection}/{{id}}"
            for name in names:
                path = f"{one}/{name}"
                found.append(Endpoint("GET", path, self._lists(collection, name, ""), knows=("$select",)))
                found.append(Endpoint("GET", f"{path}/$count", self._lists(collection, name, ""), knows=("$count",)))
                found.append(Endpoint("GET", f"{path}/$ref", self._references(collection, name)))
                for cast in _CASTS.get(name, ()):
                    casted = f"{path}/microsoft.graph.{cast}"
                    found.append(Endpoint("GET", casted, self._lists(collection, name, cast), knows=("$select",)))
                    found.append(Endpoint("GET", f"{casted}/$count", self._lists(collection, name, cast)))
            if collection in _OWNED:
                found.append(Endpoint("POST", f"{one}/owners/$ref", self._adds_owner(collection)))
                found.append(Endpoint("DELETE", f"{one}/owners/{{owner}}/$ref", self._removes_owner(collection)))
            if collection != "applications":
                found += self._checks(one, collection)
        objects, deleted = "/v1.0/directoryObjects", "/v1.0/directory/deletedItems"
        return [
            *found,
            *(
                Endpoint("GET", f"/v1.0/{one}/{{id}}/{_GRANTS}", self._lists(one, _GRANTS, ""), knows=("$select",))
                for one in ("users", "servicePrincipals")
            ),
            Endpoint("GET", "/v1.0/users/{id}/manager", self.manager),
            Endpoint("PUT", "/v1.0/users/{id}/manager/$ref", self.set_manager),
            Endpoint("DELETE", "/v1.0/users/{id}/manager/$ref", self.remove_manager),
            Endpoint("POST", f"{objects}/getByIds", self.get_by_ids),
            *self._checks(f"{objects}/{{id}}", ""),
            Endpoint("GET", f"{objects}/{{id}}", self.get),
            Endpoint("DELETE", f"{objects}/{{id}}", self.delete),
            *(
                Endpoint("GET", f"{deleted}/microsoft.graph.{sort}", self._deleted_of(sort), knows=("$select",))
                for sort in COLLECTIONS.values()
            ),
            Endpoint(
                "GET", f"{deleted}/{{id}}", lambda call: self._tenants.one(call, self._shown(self._deleted(call)))
            ),
            Endpoint("POST", f"{deleted}/{{id}}/restore", self.restore),
            Endpoint("DELETE", f"{deleted}/{{id}}", self.purge),
        ]

    def get(self, call: Call) -> Json:
        """Answer an object of any sort."""
        found = self._tenants.now().find(call.parameters["id"])
        if found is None:
            raise missing(call.parameters["id"])
        return self._tenants.one(call, found[1], sort=found[0], typed=True, context="directoryObjects/$entity")

    def delete(self, call: Call) -> Answer:
        """Remove an object of any sort."""
        found = self._tenants.now().find(call.parameters["id"])
        if found is None:
            raise missing(call.parameters["id"])
        remove(self._tenants, found[0], call.parameters["id"])
        return Answer(None, 204)

    def get_by_ids(self, call: Call) -> Json:
        """Answer objects by their ids."""
        ids, sorts = call.body.get("ids"), [str(one).lower() for one in call.body.get("types") or []]
        if not isinstance(ids, list) or not ids or len(ids) > MOST_IDS:
            raise invalid(f"The 'ids' parameter must have 1 to {MOST_IDS} items.")
        found = self._tenants.now().found([str(one) for one in ids])
        chosen = [
            (sort, one) for sort, one in found if not sorts or sort.lower() in sorts or "directoryobject" in sorts
        ]
        answer = self._tenants.mixed(call, chosen)
        body: Json = dict(answer.body) if isinstance(answer.body, dict) else {}
        body.pop("@odata.nextLink", None)
        items = [self._tenants.one(call, one, sort=sort, typed=True) for sort, one in chosen]
        return {**body, "value": [{key: item[key] for key in item if key != "@odata.context"} for item in items]}

    def manager(self, call: Call) -> Json:
        """Answer a user's manager."""
        now = self._tenants.now()
        found = now.find(now.managers.get(self._of("users", call), ""))
        if found is None:
            raise missing("manager")
        return self._tenants.one(call, found[1], sort=found[0], typed=True, context="directoryObjects/$entity")

    def set_manager(self, call: Call) -> Answer:
        """Set a user's manager."""
        user = self._of("users", call)
        self._tenants.now().managers[user] = self.referred(call)
        return Answer(None, 204)

    def remove_manager(self, call: Call) -> Answer:
        """Take a user's manager away."""
        if self._tenants.now().managers.pop(self._of("users", call), None) is None:
            raise missing("manager")
        return Answer(None, 204)

    def restore(self, call: Call) -> Json:
        """Have something deleted back, with its id; a group with its members."""
        found, now = self._deleted(call), self._tenants.now()
        del now.deleted[found["id"]]
        sort = str(found.get("sort") or "group")
        shown = {**self._shown(found), "deletedDateTime": None}
        now.held(sort)[found["id"]] = shown
        if sort == "group":
            now.members[found["id"]] = list(found.get("members") or [])
        elif sort == "application":
            now.federated[found["id"]] = dict(found.get("federated") or {})
        elif sort == "servicePrincipal":
            now.assignments.setdefault(found["id"], {})
        return self._tenants.one(call, shown, sort=sort, typed=True, context="directoryObjects/$entity")

    def purge(self, call: Call) -> Answer:
        """Remove something deleted for good."""
        del self._tenants.now().deleted[self._deleted(call)["id"]]
        return Answer(None, 204)

    def referred(self, call: Call) -> str:
        """Return the id of the object that a body refers to."""
        address = str(call.body.get("@odata.id") or "")
        identity = address.rstrip("/").rsplit("/", 1)[-1]
        if "/" not in address:
            raise invalid("A valid '@odata.id' is required.")
        if self._tenants.now().find(identity) is None:
            raise missing(identity)
        return identity

    def _lists(self, collection: str, name: str, cast: str) -> Callable[[Call], Answer]:
        def answer(call: Call) -> Answer:
            identity, now = self._of(collection, call), self._tenants.now()
            sort = COLLECTIONS[collection]
            found = reached(now, sort, now.held(sort)[identity], name)
            return self._tenants.mixed(call, found if isinstance(found, list) else [], cast=cast)

        return answer

    def _references(self, collection: str, name: str) -> Callable[[Call], Json]:
        def answer(call: Call) -> Json:
            identity, now = self._of(collection, call), self._tenants.now()
            sort = COLLECTIONS[collection]
            found = reached(now, sort, now.held(sort)[identity], name)
            root = f"{self._tenants.address()}/v1.0"
            value = [
                {"@odata.id": f"{root}/directoryObjects/{one['id']}"}
                for _, one in (found if isinstance(found, list) else [])
            ]
            return {"@odata.context": f"{root}/$metadata#Collection($ref)", "value": value}

        return answer

    def _adds_owner(self, collection: str) -> Callable[[Call], Answer]:
        def add(call: Call) -> Answer:
            held = self._tenants.now().owners.setdefault(self._of(collection, call), [])
            identity = self.referred(call)
            if identity in held:
                raise invalid(
                    "One or more added object references already exist for the following modified properties: 'owners'."
                )
            held.append(identity)
            return Answer(None, 204)

        return add

    def _removes_owner(self, collection: str) -> Callable[[Call], Answer]:
        def remove_owner(call: Call) -> Answer:
            held = self._tenants.now().owners.get(self._of(collection, call), [])
            if call.parameters["owner"] not in held:
                raise missing(call.parameters["owner"])
            if collection == "groups" and held == [call.parameters["owner"]]:
                raise invalid("The group must have at least one owner, hence this owner cannot be removed.")
            held.remove(call.parameters["owner"])
            return Answer(None, 204)

        return remove_owner

    def _checks(self, path: str, collection: str) -> list[Endpoint]:
        def groups_of(call: Call) -> list[str]:
            now, identity = self._tenants.now(), self._of(collection, call)
            found = now.groups_of(identity, transitive=True)
            return [
                one for one in found if not call.body.get("securityEnabledOnly") or now.groups[one]["securityEnabled"]
            ]

        def listed(call: Call, ids: list[str]) -> Json:
            return {"@odata.context": f"{self._tenants.address()}/v1.0/$metadata#Collection(Edm.String)", "value": ids}

        def got(call: Call) -> Json:
            return listed(call, groups_of(call))

        def checked(name: str) -> Callable[[Call], Json]:
            def check(call: Call) -> Json:
                wanted = call.body.get(name)
                if not isinstance(wanted, list) or not 0 < len(wanted) <= MOST_CHECKED:
                    raise invalid(f"The '{name}' parameter must have 1 to {MOST_CHECKED} items.")
                held = groups_of(call)
                return listed(call, [str(one) for one in wanted if one in held])

            return check

        return [
            Endpoint("POST", f"{path}/getMemberGroups", got),
            Endpoint("POST", f"{path}/getMemberObjects", got),
            Endpoint("POST", f"{path}/checkMemberGroups", checked("groupIds")),
            Endpoint("POST", f"{path}/checkMemberObjects", checked("ids")),
        ]

    def _of(self, collection: str, call: Call) -> str:
        now, identity = self._tenants.now(), call.parameters["id"]
        if collection == "users":
            by_name = {str(one["userPrincipalName"]).lower(): key for key, one in now.users.items()}
            identity = by_name.get(identity.lower(), identity)
        held = now.held(COLLECTIONS[collection]) if collection else {identity: now.find(identity)}
        if not held.get(identity):
            raise missing(identity)
        return identity

    def _deleted_of(self, sort: str) -> Callable[[Call], Answer]:
        def answer(call: Call) -> Answer:
            held = self._tenants.now().deleted.values()
            found = [self._shown(one) for one in held if str(one.get("sort") or "group") == sort]
            return self._tenants.page(call, found, sort=sort)

        return answer

    def _deleted(self, call: Call) -> Json:
        found = self._tenants.now().deleted.get(call.parameters["id"])
        if found is None:
            raise missing(call.parameters["id"])
        return found

    def _shown(self, deleted: Json) -> Json:
        return {key: value for key, value in deleted.items() if key not in ("members", "sort", "federated")}


def remove(tenants: Tenants, sort: str, identity: str) -> None:
    """Delete an object; all but service principals' assignments can be had back for 30 days."""
    now = tenants.now()
    value = now.held(sort).pop(identity)
    kept: Json = {**value, "sort": sort, "deletedDateTime": tenants.timestamp()}
    if sort == "group":
        kept["members"] = now.members.pop(identity, [])
    if sort == "application":
        kept["federated"] = now.federated.pop(identity, {})
        for key in [key for key, one in now.service_principals.items() if one["appId"] == value["appId"]]:
            remove(tenants, "servicePrincipal", key)
    if sort == "servicePrincipal":
        now.assignments.pop(identity, None)
    now.forget(identity)
    now.deleted[identity] = kept
