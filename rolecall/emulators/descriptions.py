"""What the emulators start with: the form of emulators.yaml, and references in it that lead nowhere.

Each emulator's section is a model; `EmulatorSpec.description` names it. An emulator of another distribution may have a
model of its own, or none: then its section is not checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

Path = tuple[str | int, ...]


class Description(BaseModel):
    """A part of emulators.yaml; other keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def unknown(self) -> Iterator[Unknown]:
        """Yield names that this section uses and does not declare."""
        return iter(())


@dataclass(frozen=True)
class Unknown:
    """A name that a section uses and does not declare.

    Attributes:
        path: where it is in the section.
        what: what is wrong.
        noun: what the name should be of.
        name: the name.
        declared: the names that there are.
    """

    path: Path
    what: str
    noun: str
    name: str
    declared: tuple[str, ...]


class NamedGroup(Description):
    """A group of the Databricks account."""

    name: str
    """its name"""
    external_id: str = ""
    """its id in the identity provider"""


class User(Description):
    """A person."""

    name: str
    """the e-mail address"""
    groups: list[str] = Field(default_factory=list)
    """the groups that the person is in"""


class AccountUser(User):
    """A user of the Databricks account."""

    external_id: str | None = None
    """the id in the identity provider"""


class Deployer(Description):
    """The service principal that deploys."""

    display_name: str
    """its name"""


class Metastore(Description):
    """A metastore."""

    id: str
    """its id"""
    name: str
    """its name"""


class Workspace(Description):
    """A workspace."""

    name: str
    """its name"""
    environment_variable: str | None = None
    """the variable that carries its address"""
    metastore: str | None = None
    """the id of its metastore; without it, the first"""


class DatabricksDescription(Description):
    """The Databricks account."""

    account_id: str
    """the account's id"""
    workspaces: list[Workspace]
    """its workspaces"""
    deployer: Deployer
    """the service principal that deploys, an account administrator"""
    person: str | None = None
    """the user who gets a token, for changes by hand"""
    users: list[AccountUser] = Field(default_factory=list)
    """its users"""
    groups: list[NamedGroup] = Field(default_factory=list)
    """its groups"""
    metastores: list[Metastore] | None = None
    """its metastores; without it, one"""
    configurations: dict[str, list[str]] = Field(default_factory=dict)
    """ids of configurations for new workspaces, by sort"""

    def unknown(self) -> Iterator[Unknown]:
        """Yield groups, metastores and a person that the account does not have."""
        yield from unknown_groups(self.users, [one.name for one in self.groups])
        names = tuple(one.name for one in self.users)
        if self.person is not None and self.person not in names:
            what = f"the person {self.person!r} is no user"
            yield Unknown(("person",), what, "user", self.person, names)
        if self.metastores is not None:
            ids = tuple(one.id for one in self.metastores)
            for position, workspace in enumerate(self.workspaces):
                if workspace.metastore is not None and workspace.metastore not in ids:
                    what = f"workspace {workspace.name} has the metastore {workspace.metastore!r}, which does not exist"
                    path = ("workspaces", position, "metastore")
                    yield Unknown(path, what, "metastore", workspace.metastore, ids)


class DirectoryGroup(Description):
    """A group of an identity provider."""

    name: str
    """its name"""
    id: str | None = None
    """its id; without it, a new one"""
    description: str | None = None
    """its description"""


class DirectoryUser(User):
    """A person in an identity provider."""

    id: str | None = None
    """the id; without it, a new one"""


class OktaUser(DirectoryUser):
    """A person in Okta."""

    profile: dict[str, Any] = Field(default_factory=dict)
    """further attributes of the profile"""


class OktaApplication(Description):
    """An application in Okta."""

    label: str
    """its label"""
    id: str | None = None
    """its id; without it, a new one"""
    provisions: str = ""
    """the service that it provisions into"""
    redirects: list[str] = Field(default_factory=list)
    """redirect URIs; one with any is an OAuth client"""
    client: bool = False
    """it is an OAuth client without redirects"""


class OktaDescription(Description):
    """The Okta organization."""

    groups: list[DirectoryGroup] = Field(default_factory=list)
    """its groups"""
    users: list[OktaUser] = Field(default_factory=list)
    """its users"""
    applications: list[OktaApplication] = Field(default_factory=list)
    """its applications"""

    def unknown(self) -> Iterator[Unknown]:
        """Yield groups that the organization does not have."""
        return unknown_groups(self.users, [one.name for one in self.groups])


class EntraGroup(DirectoryGroup):
    """A group in Entra ID."""

    groups: list[str] = Field(default_factory=list)
    """the groups that are nested in it"""


class EntraApplication(Description):
    """An application in Entra ID."""

    name: str
    """its name"""
    service_principal: str | None = None
    """the object id of its service principal; without it, a new one"""
    provisions: str | None = None
    """the service that it provisions into"""
    redirects: list[str] = Field(default_factory=list)
    """redirect URIs; one with any is an OAuth client"""


class EntraDescription(Description):
    """The Entra tenant."""

    tenant_id: str | None = None
    """its id; without it, a new one"""
    groups: list[EntraGroup] = Field(default_factory=list)
    """its groups"""
    users: list[DirectoryUser] = Field(default_factory=list)
    """its users"""
    applications: list[EntraApplication] = Field(default_factory=list)
    """its applications"""

    def unknown(self) -> Iterator[Unknown]:
        """Yield groups that the tenant does not have."""
        names = tuple(one.name for one in self.groups)
        yield from unknown_groups(self.users, names)
        for position, group in enumerate(self.groups):
            for index, inner in enumerate(group.groups):
                if inner not in names:
                    what = f"group {group.name} holds the group {inner!r}, which does not exist"
                    yield Unknown(("groups", position, "groups", index), what, "group", inner, names)


class ConductorUser(User):
    """A user of the Conductor cluster."""

    roles: list[str] = Field(default_factory=list)
    """the user's roles, such as ADMIN"""


class ConductorDescription(Description):
    """The Conductor cluster."""

    groups: list[str] = Field(default_factory=list)
    """names of unmanaged groups"""
    users: list[ConductorUser] = Field(default_factory=list)
    """its users"""

    def unknown(self) -> Iterator[Unknown]:
        """Yield groups that the cluster does not have."""
        return unknown_groups(self.users, self.groups)


class HarnessDescription(Description):
    """The Harness account."""

    account: str | None = None
    """its identifier"""
    organization: str | None = None
    """the identifier of its organization"""
    project: str | None = None
    """the identifier of its project"""
    users: list[User] = Field(default_factory=list)
    """its users, each with the groups that the identity provider knows it in"""


class PrefectUser(User):
    """A member of the Prefect account; `groups` are those that directory sync knows it in."""

    teams: list[str] = Field(default_factory=list)
    """the teams that the member is in"""


class PrefectDescription(Description):
    """The Prefect account."""

    teams: list[str] = Field(default_factory=list)
    """names of unmanaged teams"""
    users: list[PrefectUser] = Field(default_factory=list)
    """its members"""
    server: str | None = None
    """the address of a Prefect server that runs already; without it, one is started"""

    def unknown(self) -> Iterator[Unknown]:
        """Yield teams that the account does not have."""
        for position, user in enumerate(self.users):
            for index, team in enumerate(user.teams):
                if team not in self.teams:
                    what = f"user {user.name} is in the team {team!r}, which does not exist"
                    yield Unknown(("users", position, "teams", index), what, "team", team, tuple(self.teams))


class ClusterDescription(Description):
    """The Kubernetes cluster, which needs nothing."""


def unknown_groups(users: Iterable[User], declared: Iterable[str]) -> Iterator[Unknown]:
    """Yield groups of users that are not declared."""
    names = tuple(declared)
    for position, user in enumerate(users):
        for index, group in enumerate(user.groups):
            if group not in names:
                what = f"user {user.name} is in the group {group!r}, which does not exist"
                yield Unknown(("users", position, "groups", index), what, "group", group, names)
