"""Folders of the workspace; notebooks, files and Git folders inherit their permissions."""

from __future__ import annotations

from rolecall.ids.names import NameSyntax
from rolecall.ids.project_object import ProjectObject
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import PERMISSIONS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.spec import HOLDS_CODE, Data, Naming, Owner, Resource, Steering
from rolecall.kinds.workspace_object import NamedKind, at_home


class Folder(ProjectObject):
    """A folder of the workspace, for notebooks, files and Git folders."""


FOLDER = NamedKind[Folder](
    Kind.FOLDER,
    "https://docs.databricks.com/en/security/auth/access-control/index.html#folder-acls",
    "folders of the workspace, with the notebooks, files and Git folders in them",
    Folder,
    runs_jobs=True,
    steers_jobs=Steering(Verb.EDIT, HOLDS_CODE),
    naming=Naming(
        at_home("folders/"), NameSyntax("https://docs.databricks.com/en/workspace/workspace-objects.html", length=500)
    ),
    access=Access(PERMISSIONS, "directories", "directoryId", output="objectId"),
    verbs={Verb.VIEW: "CAN_READ", Verb.RUN: "CAN_RUN", Verb.EDIT: "CAN_EDIT", Verb.MANAGE: "CAN_MANAGE"},
    without_verb={},
    owner=Owner("creator", "CAN_MANAGE", "may edit and delete its contents and change its permissions"),
    api=Api(find="/api/2.0/workspace/get-status?path={name}", name="path", id="object_id"),
    resource=Resource(
        "databricks:index/directory:Directory",
        full_name=("path",),
        properties=lambda _, facts: {"path": facts.name},
    ),
    data=Data("notebooks and files", ("path",)),
)
