"""Rights that apps have through their resources: each app acts with a service principal of its own.

https://docs.databricks.com/en/dev-tools/databricks-apps/resources.html; the fields are those of databricks-sdk-py,
databricks/sdk/service/apps.py `AppResource`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rolecall.access.graph.live_step import LiveStep, strongest, weakest
from rolecall.access.graph.nodes import Node, Right
from rolecall.access.observation import Unmanaged
from rolecall.access.ways import listed
from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Kind, Verb
from rolecall.systems.databricks.client import Reader
from rolecall.systems.databricks.permissions import canonical
from rolecall.systems.databricks.ways.data import verb_of
from rolecall.systems.databricks.ways.identities import Identities
from rolecall.systems.requests import Json

PATH = "/api/2.0/apps"
# The field that names the object, and the object's kind, by the type of the resource.
RESOURCES: Mapping[str, tuple[str, Kind]] = {
    "app": ("name", Kind.APP),
    "database": ("instance_name", Kind.DATABASE_INSTANCE),
    "experiment": ("experiment_id", Kind.EXPERIMENT),
    "job": ("id", Kind.JOB),
    "secret": ("scope", Kind.SECRET_SCOPE),
    "serving_endpoint": ("name", Kind.SERVING_ENDPOINT),
    "sql_warehouse": ("id", Kind.WAREHOUSE),
}
OwnIds = Mapping[tuple[str, str], ObjectId]


@dataclass(frozen=True)
class AppRight:
    """A right of an app on an object of the contract.

    Attributes:
        target: the object.
        permission: the right, in the vendor's words.
        right: the right in the access graph that includes it.
    """

    target: ObjectId
    permission: str
    right: Right

    def __str__(self) -> str:
        """Return it for reports."""
        return f"{self.permission} on {self.target}"


def rights_of_app(app: Json, known: Identities, own: OwnIds) -> list[AppRight]:
    """Return the rights of an app's principal on objects of the contract.

    Args:
        app: the app, as `apps/get` and `apps/list` answer it.
        known: the contract's data by its live names.
        own: the contract's objects by kind and by their live id or name.
    """
    return list(dict.fromkeys(one for resource in app.get("resources") or [] for one in _rights(resource, known, own)))


def _rights(resource: Json, known: Identities, own: OwnIds) -> Iterator[AppRight]:
    for sort, (field, kind) in RESOURCES.items():
        held = resource.get(sort) or {}
        if (target := own.get((str(kind), str(held.get(field))))) is not None:
            permission = str(held.get("permission") or "CAN_USE")
            verb = canonical(kind, {permission}).verb
            yield AppRight(target, permission, strongest(target) if verb is None else weakest(target, verb))
    if (data := resource.get("uc_securable")) and (name := str(data.get("securable_full_name") or "")):
        permission = str(data.get("permission"))
        verb = verb_of((permission,))
        for target in known.objects_at(name):
            yield AppRight(target, permission, strongest(target) if verb is None else weakest(target, verb))


def steps_of_app(source: Node, rights: list[AppRight]) -> tuple[LiveStep, ...]:
    """Return the steps from an app, or from a right on one, to its principal's rights."""
    return tuple(LiveStep(source, one.right, "acts as a principal with the app's resources, so may") for one in rights)


def own_apps(reader: Reader, workspace: str, known: Identities, own: OwnIds) -> Iterator[Unmanaged]:
    """Report undeclared resources of the contract's apps: an app's users act through its service principal."""
    for app in listed(lambda: reader.every(PATH, "apps")):
        target = own.get((str(Kind.APP), str(app.get("name"))))
        rights = rights_of_app(app, known, own) if target is not None else []
        if target is None or not rights:
            continue
        yield Unmanaged(
            f"resources of app {app.get('name')} in workspace {workspace}",
            f"gives its own principal, and so users of {target}, {', '.join(map(str, rights))}",
            f"a manager of the app: `databricks apps update {app.get('name')} --json '{{\"resources\": []}}'`",
            steps_of_app(weakest(target, Verb.RUN), rights),
        )
