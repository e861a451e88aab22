"""Workspaces: who may enter one, and who administers it."""

from __future__ import annotations

from typing import Any

from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import ASSIGNMENT, Access
from rolecall.kinds.api import Api
from rolecall.kinds.spec import Data, KindSpec, Resource, Scope

# Who may enter a workspace, one item for each principal.
ASSIGNMENTS = Api("/api/2.0/preview/permissionassignments", "permission_assignments", id="principal.principal_id")
WORKSPACE = KindSpec[Any](
    Kind.WORKSPACE,
    "https://docs.databricks.com/api/workspace/permissionassignments",
    one_for_each="workspace",
    scope=Scope.ACCOUNT,
    shared=True,
    access=Access(ASSIGNMENT, "workspace", "principalId"),
    verbs={Verb.RUN: "USER", Verb.MANAGE: "ADMIN"},
    without_verb={},
    resource=Resource("databricks:index/mwsWorkspaces:MwsWorkspaces"),
    data=Data("everything in the workspace", (), name="workspaceName", always_kept=True),
)
