"""Teams: https://docs.prefect.io/v3/how-to-guides/cloud/manage-users/manage-teams; members come with directory sync."""

from __future__ import annotations

from pydantic import Field

from rolecall.errors import RolecallError
from rolecall.systems.ownership import marked, ownership_in, require_own, require_writable
from rolecall.systems.prefect.client import account, every, one, prefect, remove, repeatedly
from rolecall.systems.prefect.workspace_access import ROLE, WorkspaceAccess
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, PartlyMade, Resource


class TeamInputs(Model):
    """A group of the identity provider, as Prefect knows it."""

    name: str = Field(min_length=1, description="its name: the group's in the identity provider")
    description: str = Field(default="", description="what it is for")
    workspace_role: str = Field(default=ROLE, description="its role in the workspace, by name")
    managed_by: str = Field(min_length=1, description="whose it is; written at the end of its description")
    adopt: bool = Field(default=False, description="take over a team of this name that is there already")


class Team(Resource[TeamInputs]):
    """A team that is mapped from the identity provider."""

    token = "rolecall:prefect:Team"
    description = "A team in Prefect Cloud that directory sync fills from the identity provider's group of its name."
    replaced_by = frozenset({"name"})

    def __init__(self) -> None:
        self._workspace = WorkspaceAccess("team")

    def create(self, inputs: TeamInputs) -> Live[TeamInputs]:
        """Make it, or go on with one that an earlier run has made; then let it into the workspace."""
        found = _named(inputs.name)
        if found is not None:
            what = f"Prefect team {inputs.name!r}"
            require_writable(what, found.get("description"), inputs.managed_by, adopt=inputs.adopt)
        if found is None:
            body = {"name": inputs.name, "description": marked(inputs.description, inputs.managed_by)}
            request = Request("POST", account("/teams"), body=body)
            found = prefect().once(lambda: _named(inputs.name), request, lambda answer: dict(answer.body))
        elif found.get("description") != marked(inputs.description, inputs.managed_by):
            _describe(str(found["id"]), inputs)
        live = Live(str(found["id"]), inputs)
        try:
            self._workspace.let_in(live.id, inputs.workspace_role)
        except RolecallError as error:
            raise PartlyMade(live, error) from error
        return live

    def read(self, identity: str, declared: TeamInputs | None) -> Live[TeamInputs] | None:
        """Return it."""
        found = one(account(f"/teams/{identity}"))
        if found is None:
            return None
        inputs = TeamInputs(
            **ownership_in(found.get("description"), declared),
            name=found["name"],
            workspace_role=self._workspace.role_of(identity),
        )
        return Live(identity, inputs)

    def update(self, identity: str, old: TeamInputs, new: TeamInputs) -> Live[TeamInputs]:
        """Update description and role; members stay."""
        if (new.description, new.managed_by) != (old.description, old.managed_by):
            _describe(identity, new)
        if new.workspace_role != old.workspace_role:
            self._workspace.let_in(identity, new.workspace_role)
        return Live(identity, new)

    def delete(self, identity: str, declared: TeamInputs) -> None:
        """Remove it, if it still has our mark."""
        found = one(account(f"/teams/{identity}"))
        if found is None:
            return
        require_own(f"Prefect team {found['name']!r}", found.get("description"), declared.managed_by)
        remove(account(f"/teams/{identity}"))


def _named(name: str) -> Json | None:
    body = {"teams": {"name": {"any_": [name]}}}
    return next((found for found in every(account("/teams/filter"), body) if found["name"] == name), None)


def _describe(identity: str, inputs: TeamInputs) -> None:
    body = {"name": inputs.name, "description": marked(inputs.description, inputs.managed_by)}
    repeatedly(Request("PUT", account(f"/teams/{identity}"), body=body))
