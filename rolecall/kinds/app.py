"""Databricks Apps: web applications, each with a service principal of its own."""

from __future__ import annotations

from rolecall.ids.names import NameSyntax
from rolecall.ids.project_object import ProjectObject
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import PERMISSIONS, Access
from rolecall.kinds.api import Api, Json
from rolecall.kinds.spec import Data, Facts, Naming, Owner, Quota, Resource, Scope, dashed
from rolecall.kinds.workspace_object import NamedKind


class App(ProjectObject):
    """A web application; its code is deployed to it apart from the contract.

    Databricks makes a service principal for it. The contract grants that principal nothing: its grants are `extra`.
    """


def _properties(app: App, facts: Facts) -> dict[str, object]:
    # Its compute is started with its first deployment, and not by a run.
    return {"name": facts.name, "description": app.description, "noCompute": True}


def _differs(_app: App, live: Json) -> tuple[str, str] | None:
    """Compare what an update by the provider never removes: it sends neither an empty list nor null.

    https://docs.databricks.com/en/dev-tools/databricks-apps/auth.html
    """
    scopes = sorted(str(one) for one in live.get("user_api_scopes") or [])
    resources = sorted(str(one.get("name")) for one in live.get("resources") or [])
    found = [f"it acts for its users with the scopes {', '.join(scopes)}"] if scopes else []
    found += [f"its principal has rights through the resources {', '.join(resources)}"] if resources else []
    command = f'databricks apps update {live.get("name")} --json \'{{"user_api_scopes": [], "resources": []}}\''
    return ("; ".join(found), command) if found else None


APP = NamedKind[App](
    Kind.APP,
    "https://docs.databricks.com/en/dev-tools/databricks-apps/permissions.html",
    "web applications (Databricks Apps)",
    App,
    # https://docs.databricks.com/en/resources/limits.html (Databricks Apps); 50 on Google Cloud
    quota=Quota(100, Scope.WORKSPACE),
    naming=Naming(
        dashed,
        NameSyntax(
            "https://docs.databricks.com/api/workspace/apps/create", r"a-z0-9\-", "small letters, digits and '-'", 30
        ),
    ),
    access=Access(PERMISSIONS, "apps", "appName", output="name"),
    verbs={Verb.RUN: "CAN_USE", Verb.MANAGE: "CAN_MANAGE"},
    without_verb={},
    owner=Owner("creator", "CAN_MANAGE", "may deploy code to it and change its permissions"),
    api=Api("/api/2.0/apps", "apps", get="/api/2.0/apps/{id}", id="name"),
    differs=_differs,
    resource=Resource("databricks:index/app:App", {"name": "name"}, properties=_properties),
    data=Data("deployments and own service principal", ("name",)),
)
