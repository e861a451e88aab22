"""Base of most kinds of workspace objects that projects declare."""

from __future__ import annotations

from dataclasses import dataclass

from rolecall.kinds.spec import KindSpec, Owner, Scope, Value

# https://docs.databricks.com/en/security/auth/access-control/index.html: a creator keeps CAN_MANAGE.
CREATOR = Owner("creator", "CAN_MANAGE", "may edit and delete it and change its permissions")


@dataclass(frozen=True, kw_only=True)
class WorkspaceKind(KindSpec[Value]):
    """A kind of objects of a workspace, which have an id and a name there."""

    attributes: tuple[str, ...] = ("id", "name")
    scope: Scope = Scope.WORKSPACE
