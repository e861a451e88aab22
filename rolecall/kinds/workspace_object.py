"""Base of most kinds of workspace objects that projects declare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rolecall.ids.ids import ObjectId
from rolecall.kinds.spec import KindSpec, Owner, Scope, Surroundings, Value, bracketed

# https://docs.databricks.com/en/security/auth/access-control/index.html: a creator keeps CAN_MANAGE.
CREATOR = Owner("creator", "CAN_MANAGE", "may edit and delete it and change its permissions")


@dataclass(frozen=True, kw_only=True)
class WorkspaceKind(KindSpec[Value]):
    """A kind of objects of a workspace, which have an id and a name there."""

    attributes: tuple[str, ...] = ("id", "name")
    scope: Scope = Scope.WORKSPACE


@dataclass(frozen=True, kw_only=True)
class NamedKind(WorkspaceKind[Value]):
    """A kind of objects of a workspace that others refer to by name only."""

    attributes: tuple[str, ...] = ("name",)


def at_home(folder: str = "") -> Callable[[object, ObjectId, Surroundings], str]:
    """Return a naming by path below the deployer's home folder.

    All users inherit access to everything in /Shared:
    https://docs.databricks.com/en/workspace/workspace-objects.html#workspace-shared-folder

    Args:
        folder: a folder there, with a slash at its end.
    """

    def path(_: object, identity: ObjectId, around: Surroundings) -> str:
        return f"/Users/{around.deployer}/{folder}{bracketed(None, identity, around)}"

    return path
