"""Permission objects: https://docs.databricks.com/api/workspace/permissions"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rolecall.emulators.application import Call, Endpoint, Json
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import denied, invalid, missing
from rolecall.emulators.databricks.models import ADMINS, GROUP, SERVICE_PRINCIPAL, USER, USERS, Workspace
from rolecall.emulators.databricks.workspace_routes import WorkspaceRoutes


@dataclass(frozen=True)
class ObjectType:
    """What the permissions API knows of a sort of object.

    Attributes:
        path: how it is called in addresses and object ids.
        answered: how it is called in answers.
        levels: its levels, from least to most.
        inherited: what administrators hold on every object of the sort, through its root.
        has_owner: exactly one principal is its owner.
        collection: where a workspace keeps these objects.
        unknown: message for an object that is not there, with {id}.
    """

    path: str
    answered: str
    levels: tuple[str, ...]
    inherited: str
    has_owner: bool
    collection: Callable[[Workspace], Mapping[str, Json]]
    unknown: str


JOB = ObjectType(
    "jobs",
    "job",
    ("CAN_VIEW", "CAN_MANAGE_RUN", "CAN_MANAGE", "IS_OWNER"),
    "CAN_MANAGE",
    True,
    lambda workspace: workspace.jobs,
    "Job {id} does not exist.",
)
CLUSTER_POLICY = ObjectType(
    "cluster-policies",
    "cluster-policy",
    ("CAN_USE",),
    "CAN_USE",
    False,
    lambda workspace: workspace.cluster_policies,
    "Can't find a cluster policy with id: {id}.",
)
INSTANCE_POOL = ObjectType(
    "instance-pools",
    "instance-pool",
    ("CAN_ATTACH_TO", "CAN_MANAGE"),
    "CAN_MANAGE",
    False,
    lambda workspace: workspace.instance_pools,
    "Can't find an instance pool with id: {id}.",
)
WAREHOUSE = ObjectType(
    "sql/warehouses",
    "warehouses",
    ("CAN_VIEW", "CAN_USE", "CAN_MONITOR", "CAN_MANAGE", "IS_OWNER"),
    "CAN_MANAGE",
    True,
    lambda workspace: workspace.warehouses,
    "SQL warehouse {id} does not exist.",
)
EXPERIMENT = ObjectType(
    "experiments",
    "mlflowExperiment",
    ("CAN_READ", "CAN_EDIT", "CAN_MANAGE"),
    "CAN_MANAGE",
    False,
    lambda workspace: {key: one for key, one in workspace.experiments.items() if one["lifecycle_stage"] != "deleted"},
    "Experiment with id {id} does not exist.",
)
SERVING_ENDPOINT = ObjectType(
    "serving-endpoints",
    "serving-endpoint",
    ("CAN_VIEW", "CAN_QUERY", "CAN_MANAGE"),
    "CAN_MANAGE",
    False,
    lambda workspace: workspace.serving_endpoints,
    "Endpoint with id {id} does not exist.",
)
FOLDER = ObjectType(
    "directories",
    "directory",
    ("CAN_READ", "CAN_RUN", "CAN_EDIT", "CAN_MANAGE"),
    "CAN_MANAGE",
    False,
    lambda workspace: {key: one for key, one in workspace.folders.items() if "sort" not in one},
    "Node with id {id} does not exist.",
)
CLUSTER = ObjectType(
    "clusters",
    "cluster",
    ("CAN_ATTACH_TO", "CAN_RESTART", "CAN_MANAGE"),
    "CAN_MANAGE",
    False,
    lambda workspace: workspace.clusters,
    "Cluster {id} does not exist.",
)
TOKENS = ObjectType(
    "authorization",
    "tokens",
    ("CAN_USE", "CAN_MANAGE"),
    "CAN_MANAGE",
    False,
    lambda _workspace: {"tokens": {}},
    "authorization/{id} does not exist.",
)


def _collected(path: str, answered: str, levels: str, where: str, *, has_owner: bool = False) -> ObjectType:
    """Return the type of the objects of a collection: https://docs.databricks.com/api/workspace/permissions/get."""
    return ObjectType(
        path,
        answered,
        tuple(levels.split()),
        "CAN_MANAGE",
        has_owner,
        lambda workspace: workspace.collections.get(where, {}),
        f"{answered} {{id}} does not exist.",
    )


_CONTENT = "CAN_READ CAN_RUN CAN_EDIT CAN_MANAGE"
NOTEBOOK = _collected("notebooks", "notebook", _CONTENT, "NOTEBOOK")
FILE = _collected("files", "file", _CONTENT, "FILE")
REPO = _collected("repos", "repo", _CONTENT, "REPO")
PIPELINE = _collected("pipelines", "pipelines", "CAN_VIEW CAN_RUN CAN_MANAGE IS_OWNER", "pipelines", has_owner=True)
APP = _collected("apps", "apps", "CAN_USE CAN_MANAGE", "/api/2.0/apps")
DASHBOARD = _collected("dashboards", "dashboard", _CONTENT, "/api/2.0/lakeview/dashboards")
QUERY = _collected("queries", "query", _CONTENT, "/api/2.0/sql/queries")
ALERT = _collected("alertsv2", "alertv2", _CONTENT, "/api/2.0/alerts")
# Its permissions are addressed by its id, and all else by its name.
VECTOR_SEARCH_ENDPOINT = ObjectType(
    "vector-search-endpoints",
    "vector-search-endpoints",
    ("CAN_USE", "CAN_MANAGE"),
    "CAN_MANAGE",
    False,
    lambda workspace: {
        str(one["id"]): one for one in workspace.collections.get("/api/2.0/vector-search/endpoints", {}).values()
    },
    "Vector search endpoint {id} does not exist.",
)
DATABASE_INSTANCE = _collected(
    "database-instances", "database-instances", "CAN_USE CAN_MANAGE", "/api/2.0/database/instances"
)
COLLECTED = (
    PIPELINE,
    APP,
    DASHBOARD,
    QUERY,
    ALERT,
    _collected("genie", "genie", "CAN_VIEW CAN_RUN CAN_EDIT CAN_MANAGE", "/api/2.0/genie/spaces"),
    VECTOR_SEARCH_ENDPOINT,
    DATABASE_INSTANCE,
    _collected("knowledge-assistants", "knowledge-assistant", "CAN_QUERY CAN_MANAGE", "/api/2.1/knowledge-assistants"),
    _collected("supervisor-agents", "supervisor-agent", "CAN_QUERY CAN_MANAGE", "/api/2.1/supervisor-agents"),
    NOTEBOOK,
    FILE,
    REPO,
)
OBJECT_TYPES = (
    JOB,
    CLUSTER_POLICY,
    CLUSTER,
    INSTANCE_POOL,
    WAREHOUSE,
    EXPERIMENT,
    SERVING_ENDPOINT,
    FOLDER,
    TOKENS,
    *COLLECTED,
)
# Clients call it both ways.
ALIASES = {"warehouses": WAREHOUSE.path}


class Permissions(WorkspaceRoutes):
    """The routes for one workspace."""

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        found: list[Endpoint] = []
        for path in ("/api/2.0/permissions/sql/{object_type}/{id}", "/api/2.0/permissions/{object_type}/{id}"):
            found += [
                Endpoint("GET", f"{path}/permissionLevels", self.levels),
                Endpoint("GET", path, self.get),
                Endpoint("PUT", path, self.set),
                Endpoint("PATCH", path, self.update),
            ]
        return found

    def levels(self, call: Call) -> Json:
        """Answer the levels that an object can have."""
        kind = self._kind(call)
        return {
            "permission_levels": [
                {"permission_level": level, "description": f"{level} on the {kind.answered}"} for level in kind.levels
            ]
        }

    def get(self, call: Call) -> Json:
        """Answer who holds what on an object."""
        kind, object_id = self._object(call)
        self.require(call.caller, kind, call.parameters["id"], kind.levels[0], "View")
        return self._shown(kind, object_id)

    def set(self, call: Call) -> Json:
        """Replace all that was given directly."""
        kind, object_id = self._object(call)
        self._require_manage(call, kind)
        entries = self._entries(call, kind)
        self._require_owner(kind, entries)
        self._workspace.permissions[object_id] = entries
        return self._shown(kind, object_id)

    def update(self, call: Call) -> Json:
        """Add to what was given directly; a principal that has something gets the new level."""
        kind, object_id = self._object(call)
        self._require_manage(call, kind)
        entries = {**self._workspace.permissions.get(object_id, {}), **self._entries(call, kind)}
        self._require_owner(kind, entries)
        self._workspace.permissions[object_id] = entries
        return self._shown(kind, object_id)

    def created(self, kind: ObjectType, identity: str, creator: Caller) -> None:
        """Give a new object to the principal that made it."""
        level = "IS_OWNER" if kind.has_owner else "CAN_MANAGE" if "CAN_MANAGE" in kind.levels else None
        self._workspace.permissions[f"/{kind.path}/{identity}"] = {creator.principal.id: level} if level else {}

    def deleted(self, kind: ObjectType, identity: str) -> None:
        """Forget an object that is gone."""
        self._workspace.permissions.pop(f"/{kind.path}/{identity}", None)

    def require(self, caller: Caller, kind: ObjectType, identity: str, level: str, words: str) -> None:
        """Refuse a caller who does not hold a level, or a higher one, on an object."""
        if not self.holds(caller, kind, identity, level):
            raise denied(f"{caller.name} does not have {words} permissions on {kind.answered} {identity}.")

    def holds(self, caller: Caller, kind: ObjectType, identity: str, level: str) -> bool:
        """Return whether a caller holds a level, or a higher one, on an object."""
        if caller.is_workspace_admin:
            return True
        holders = {caller.principal.id, *self._account.groups_of(caller.principal.id), USERS}
        objects = [f"/{kind.path}/{identity}", *(f"/directories/{one}" for one in self._above(kind, identity))]
        lists = [self._workspace.permissions.get(one, {}) for one in objects]
        held = [
            kind.levels.index(entries[holder])
            for entries in lists
            for holder in holders
            if entries.get(holder) in kind.levels
        ]
        return bool(held) and max(held) >= kind.levels.index(level)

    def _require_manage(self, call: Call, kind: ObjectType) -> None:
        level = "CAN_MANAGE" if "CAN_MANAGE" in kind.levels else None
        caller: Caller = call.caller
        if level is None and not caller.is_workspace_admin:
            raise denied(f"{caller.name} does not have Manage permissions on {kind.answered} {call.parameters['id']}.")
        if level is not None:
            self.require(caller, kind, call.parameters["id"], level, "Manage")

    def _kind(self, call: Call) -> ObjectType:
        own = call.parameters["object_type"]
        name = ALIASES.get(own, own)
        found = next((kind for kind in OBJECT_TYPES if kind.path == name), None)
        if found is None:
            raise invalid(f"'{name}' is not a valid object type.")
        return found

    def _object(self, call: Call) -> tuple[ObjectType, str]:
        kind, identity = self._kind(call), call.parameters["id"]
        if identity not in kind.collection(self._workspace):
            raise missing(kind.unknown.format(id=identity))
        return kind, f"/{kind.path}/{identity}"

    def _entries(self, call: Call, kind: ObjectType) -> dict[str, str]:
        entries: dict[str, str] = {}
        for control in call.body.get("access_control_list") or []:
            level = str(control.get("permission_level"))
            if level not in kind.levels:
                raise invalid(f"Permission level '{level}' is not valid for {kind.answered}.")
            principal, type_name = self._principal(control)
            if level == "IS_OWNER" and type_name == GROUP:
                raise invalid("Groups can not be owners.")
            # The provider sends CAN_MANAGE and IS_OWNER for one principal when it returns a warehouse: the higher
            # of the two is what holds.
            held = entries.get(principal, level)
            entries[principal] = max(level, held, key=kind.levels.index)
        return entries

    def _principal(self, control: Json) -> tuple[str, str]:
        """Return the principal that an entry names."""
        if name := control.get("group_name"):
            if name == USERS:
                return USERS, GROUP
            if name == ADMINS:
                return ADMINS, GROUP
            return self._named(GROUP, "display_name", name, f"GroupName({name})"), GROUP
        if name := control.get("service_principal_name"):
            found = self._named(SERVICE_PRINCIPAL, "application_id", name, f"ServicePrincipalName({name})")
            return found, SERVICE_PRINCIPAL
        if name := control.get("user_name"):
            services = [one for one in self._account.of_type(SERVICE_PRINCIPAL) if one.application_id == name]
            if services:
                return services[0].id, SERVICE_PRINCIPAL
            return self._named(USER, "user_name", name, f"UserName({name})"), USER
        raise invalid("An access control needs a user_name, group_name or service_principal_name.")

    def _named(self, kind: str, attribute: str, name: str, shown: str) -> str:
        """Return the id of a principal that this workspace knows."""
        for one in self._account.of_type(kind):
            same = str(getattr(one, attribute)).lower() == str(name).lower()
            if same and self._account.is_in_workspace(self._workspace, one.id):
                return one.id
        raise missing(f"Principal: {shown} does not exist")

    def _require_owner(self, kind: ObjectType, entries: Mapping[str, str]) -> None:
        owners = [level for level in entries.values() if level == "IS_OWNER"]
        if kind.has_owner and len(owners) != 1:
            raise invalid(f"The {kind.answered} must have exactly one owner.")

    def _shown(self, kind: ObjectType, object_id: str) -> Json:
        inherited = {
            "permission_level": kind.inherited,
            "inherited": True,
            "inherited_from_object": [f"/{kind.path}/"],
        }
        controls: list[Json] = []
        administrators: list[Json] = [inherited]
        held: dict[str, list[Json]] = {}
        for above in self._above(kind, object_id.rpartition("/")[2]):
            for principal, level in self._workspace.permissions.get(f"/directories/{above}", {}).items():
                entry = {
                    "permission_level": level if level in kind.levels else kind.levels[0],
                    "inherited": True,
                    "inherited_from_object": [f"/directories/{above}"],
                }
                held.setdefault(principal, []).append(entry)
        for principal, level in self._workspace.permissions.get(object_id, {}).items():
            direct = {"permission_level": level, "inherited": False}
            if principal == ADMINS:
                administrators.insert(0, direct)
            else:
                held.setdefault(principal, []).insert(0, direct)
        administrators += held.pop(ADMINS, [])
        controls += ({**self._described(one), "all_permissions": entries} for one, entries in held.items())
        controls.append({"group_name": ADMINS, "all_permissions": administrators})
        return {"object_id": object_id, "object_type": kind.answered, "access_control_list": controls}

    def _above(self, kind: ObjectType, identity: str) -> list[str]:
        """Return the ids of the folders above an object; it inherits their permissions.

        https://docs.databricks.com/en/security/auth/access-control/index.html#folder-acls
        """
        item = kind.collection(self._workspace).get(identity, {})
        path = str(item.get("path") or (item.get("name") if kind is EXPERIMENT else "") or "")
        parents = [folder for folder, one in self._workspace.folders.items() if path.startswith(f"{one['path']}/")]
        return sorted(parents, key=lambda folder: -len(self._workspace.folders[folder]["path"]))

    def _described(self, principal_id: str) -> Json:
        if principal_id == USERS:
            return {"group_name": USERS}
        one = self._account.principals[principal_id]
        if one.type == GROUP:
            return {"group_name": one.display_name}
        if one.type == SERVICE_PRINCIPAL:
            return {"service_principal_name": one.application_id, "display_name": one.display_name}
        return {"user_name": one.user_name, "display_name": one.display_name}
