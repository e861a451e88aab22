"""The emulator as a whole: one project with all its routes."""

from __future__ import annotations

from typing import Any

from rolecall.emulators.application import Emulator, Json
from rolecall.emulators.harness import errors
from rolecall.emulators.harness.access import ResourceGroups, RoleAssignments, Roles
from rolecall.emulators.harness.caller import Projects
from rolecall.emulators.harness.entities import ServiceAccounts, UserGroups
from rolecall.emulators.harness.models import Project
from rolecall.emulators.harness.pipelines import Pipelines
from rolecall.emulators.harness.pipelines_v1 import PipelinesV1
from rolecall.emulators.harness.seed import new_project
from rolecall.emulators.spec import Surroundings
from rolecall.emulators.system import EmulatedSystem

# Items on a page: the most that the service returns, and few enough for tests to turn pages.
PAGE, SMALL_PAGE = 100, 2
# Ends of paths that are asked with POST and change nothing.
READING = ("/filter", "/list")


class HarnessEmulator(EmulatedSystem):
    """A project; `seed.new_project` makes it from its description."""

    def __init__(self, description: dict[str, Any], surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        saved, small_pages = surroundings.saved, surroundings.small_pages
        self._first: Json = saved["first"] if saved else new_project(description).to_json()
        self.project = Project.from_json(saved["project"] if saved else self._first)
        projects = Projects(lambda: self.project, self.clock, SMALL_PAGE if small_pages else PAGE)
        pipelines = Pipelines(projects)
        self.emulator = Emulator(
            [
                *UserGroups(projects).endpoints(),
                *ServiceAccounts(projects).endpoints(),
                *Roles(projects).endpoints(),
                *ResourceGroups(projects).endpoints(),
                *RoleAssignments(projects).endpoints(),
                *pipelines.endpoints(),
                *PipelinesV1(projects, pipelines).endpoints(),
            ],
            authenticate=projects.authenticate,
            errors=errors.FORMAT,
            reset=self.reset,
            list_keys=("content",),
            clock=self.clock,
            takes_text=True,
            reading=READING,
        )

    def key_of(self, principal: str) -> str:
        """Return an API key of a principal, written TYPE/ID."""
        return next(key for key, one in self.project.keys.items() if one == principal)

    def variables(self) -> dict[str, str]:
        """Return the environment variables that carry the address, the project and the deployer's key."""
        return {
            "HARNESS_ENDPOINT": self.address,
            "HARNESS_ACCOUNT_ID": self.project.account,
            "HARNESS_ORG_ID": self.project.organization,
            "HARNESS_PROJECT_ID": self.project.project,
            "HARNESS_PLATFORM_API_KEY": self.key_of(self.project.administrators[0]),
            "HARNESS_SSO_ID": "emulated_saml",
        }

    def reset(self) -> None:
        """Reset the project; issued keys stay."""
        keys = self.project.keys
        self.project = Project.from_json(self._first)
        self.project.keys = keys

    def to_json(self) -> Json:
        """Return the state for a later process."""
        return {"project": self.project.to_json(), "first": self._first}
