"""The emulator as a whole: one account, an application for it, and one for each workspace."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from rolecall.emulators.application import Emulator, Endpoint, Json
from rolecall.emulators.databricks import errors
from rolecall.emulators.databricks.account_objects import COLLECTIONS as ACCOUNT_COLLECTIONS
from rolecall.emulators.databricks.account_objects import AccountObjects
from rolecall.emulators.databricks.assignments import Assignments
from rolecall.emulators.databricks.attribute_policies import AttributePolicies
from rolecall.emulators.databricks.caller import authenticator
from rolecall.emulators.databricks.cluster_policies import ClusterPolicies
from rolecall.emulators.databricks.clusters import Clusters
from rolecall.emulators.databricks.collection_types import COLLECTIONS
from rolecall.emulators.databricks.collections import Collections
from rolecall.emulators.databricks.effective_privileges import EffectivePrivileges
from rolecall.emulators.databricks.experiment_search import ExperimentSearch
from rolecall.emulators.databricks.experiments import Experiments
from rolecall.emulators.databricks.federation import FederationPolicies
from rolecall.emulators.databricks.folders import Folders
from rolecall.emulators.databricks.git_folders import GitFolders
from rolecall.emulators.databricks.iam_v2 import KINDS as IDENTITY_KINDS
from rolecall.emulators.databricks.iam_v2 import IamV2
from rolecall.emulators.databricks.identity import IdentityResolution
from rolecall.emulators.databricks.instance_pools import InstancePools
from rolecall.emulators.databricks.jobs import DEFAULT_PAGE, Jobs
from rolecall.emulators.databricks.libraries import Libraries
from rolecall.emulators.databricks.metastores import AccountMetastores, WorkspaceMetastore
from rolecall.emulators.databricks.model_versions import ModelVersions
from rolecall.emulators.databricks.models import Account, account_from_json
from rolecall.emulators.databricks.oauth import OAuth
from rolecall.emulators.databricks.permissions import Permissions
from rolecall.emulators.databricks.pipelines import Pipelines
from rolecall.emulators.databricks.principal_secrets import PrincipalSecrets
from rolecall.emulators.databricks.rule_sets import RuleSets
from rolecall.emulators.databricks.run_actions import RunActions
from rolecall.emulators.databricks.runs import Runs
from rolecall.emulators.databricks.scim import Scim
from rolecall.emulators.databricks.secrets import Secrets
from rolecall.emulators.databricks.seed import Credentials, new_account
from rolecall.emulators.databricks.serving_endpoints import ServingEndpoints
from rolecall.emulators.databricks.serving_queries import ServingQueries
from rolecall.emulators.databricks.setting_types import SettingTypes
from rolecall.emulators.databricks.statements import Statements
from rolecall.emulators.databricks.tracking import Tracking
from rolecall.emulators.databricks.unity_catalog import UnityCatalog
from rolecall.emulators.databricks.unity_functions import UnityFunctions
from rolecall.emulators.databricks.unity_models import UnityModels
from rolecall.emulators.databricks.unity_others import OTHERS, UnityOthers
from rolecall.emulators.databricks.unity_permissions import UnityPermissions
from rolecall.emulators.databricks.volume_files import VolumeFiles
from rolecall.emulators.databricks.warehouses import Warehouses
from rolecall.emulators.databricks.workspace_admin import WorkspaceAdmin
from rolecall.emulators.databricks.workspace_bindings import WorkspaceBindings
from rolecall.emulators.databricks.workspace_settings import WorkspaceSettings
from rolecall.emulators.databricks.workspaces import Workspaces
from rolecall.emulators.spec import Surroundings
from rolecall.emulators.system import EmulatedSystem, IdentityProvider, ProvisionedService

# Seconds that an identity provider's token lasts; it gets a new one for each round.
PROVISIONING_SECONDS = 600
LIST_KEYS = (
    "Resources",
    "policies",
    "jobs",
    "runs",
    "permission_assignments",
    "privilege_assignments",
    "instance_pools",
    "warehouses",
    "items",
    "statuses",
    *(one.items for one in COLLECTIONS),
    *(items for _, items, _ in OTHERS.values()),
    *(one.items for one in ACCOUNT_COLLECTIONS if one.items),
    *(one[1] for one in IDENTITY_KINDS),
    *("direct_group_members", "transitive_parent_groups"),
)
FIRST_WORKSPACE_ID = 3_000_000_000_000_001
# Entries of a SCIM page when the client names no count: https://docs.databricks.com/api/account/accountgroups/list
SCIM_PAGE = 100


class DatabricksEmulator(ProvisionedService):
    """An account with its workspaces; `seed.new_account` makes it from its description."""

    def __init__(self, description: dict[str, Any], surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        saved, small_pages = surroundings.saved, surroundings.small_pages
        self._first: Json
        self.account: Account
        self.credentials: Credentials
        if saved is None:
            made, self.credentials = new_account(
                description, self.clock.now(), lambda position: FIRST_WORKSPACE_ID + position
            )
            self._first = made.to_json()
        else:
            self.credentials = Credentials(**saved["credentials"])
            self._first = saved["first"]
        self.account = account_from_json(copy.deepcopy(saved["account"] if saved else self._first))
        self._resolve: Callable[[str], str | None] | None = None
        self._variables: dict[str, str] = {
            str(one["name"]): str(name)
            for one in description["workspaces"]
            if (name := one.get("environment_variable"))
        }
        self._small_pages = small_pages
        self.emulator = self._application(None)
        self.workspace_emulators = {name: self._application(name) for name in self.account.workspaces}

    def listeners(self) -> dict[str, Emulator]:
        """Return the applications of the account and of each workspace."""
        return {"": self.emulator, **self.workspace_emulators}

    def join(self, others: Iterable[EmulatedSystem]) -> None:
        """Resolve groups in the first identity provider that allows it (automatic identity management)."""
        resolvers = (one.resolver() for one in others if isinstance(one, IdentityProvider))
        self._resolve = next((one for one in resolvers if one is not None), None)

    def variables(self) -> dict[str, str]:
        """Return the account, the deployer's credentials, and the workspaces' addresses."""
        return {
            "DATABRICKS_ACCOUNT_HOST": self.address,
            "DATABRICKS_ACCOUNT_ID": self.account.id,
            "DATABRICKS_CLIENT_ID": self.credentials.client_id,
            "DATABRICKS_CLIENT_SECRET": self.credentials.client_secret,
            **{variable: self.addresses[workspace] for workspace, variable in self._variables.items()},
        }

    def person(self) -> dict[str, str]:
        """Return name and token of the person who can change things by hand."""
        return {"name": self.credentials.person, "token": self.credentials.person_token}

    def scim(self) -> str:
        """Return the address of the account's SCIM routes."""
        return f"{self.address}/api/2.0/accounts/{self.account.id}/scim/v2/"

    def reset(self) -> None:
        """Bring the account back to its beginning; credentials stay."""
        self.account = account_from_json(copy.deepcopy(self._first))

    def provisioning_token(self) -> str:
        """Return a token for an identity provider that provisions users and groups."""
        (deployer,) = (one for one in self.account.admins[:1])
        return self.account.issue(deployer, self.clock.now() + PROVISIONING_SECONDS, 0)

    def to_json(self) -> Json:
        """Return the state for a later process."""
        return {"account": self.account.to_json(), "credentials": asdict(self.credentials), "first": self._first}

    def _opened(self, workspace: str) -> None:
        """Let a workspace that was just made answer."""
        if workspace not in self.workspace_emulators:
            self.workspace_emulators[workspace] = self._application(workspace)
            self.listen(workspace, self.workspace_emulators[workspace])

    def _application(self, workspace: str | None) -> Emulator:
        scim_page = 3 if self._small_pages else SCIM_PAGE
        endpoints: list[Endpoint] = [
            *OAuth(self._now, workspace, lambda: self.addresses[workspace or ""], self.clock).endpoints()
        ]
        endpoints += Assignments(self._now, workspace).endpoints()
        page = 3 if self._small_pages else DEFAULT_PAGE
        endpoints += SettingTypes(self._now, workspace).endpoints()
        endpoints += IamV2(self._now, workspace, page).endpoints()
        endpoints += RuleSets(self._now, is_workspace=workspace is not None).endpoints()
        if workspace is None:
            endpoints += Workspaces(self._now, self.clock, lambda: self.addresses, self._opened).endpoints()
            endpoints += AccountMetastores(self._now).endpoints()
            endpoints += AccountObjects(self._now, self.clock, page).endpoints()
            endpoints += PrincipalSecrets(self._now, self.clock).endpoints()
            endpoints += FederationPolicies(self._now, self.clock).endpoints()
            endpoints += IdentityResolution(self._now, lambda: self._resolve).endpoints()
            endpoints += Scim(self._now, None, "/api/2.0/accounts/{account_id}/scim/v2", scim_page).endpoints()
        else:
            endpoints += self._workspace_endpoints(workspace)
            endpoints += Scim(self._now, workspace, "/api/2.0/preview/scim/v2", scim_page).endpoints()
        return Emulator(
            endpoints,
            authenticate=authenticator(self._now, workspace, self.clock),
            errors=errors.FORMAT,
            reset=self.reset,
            list_keys=LIST_KEYS,
            clock=self.clock,
            headers=lambda _status: self._headers(workspace),
        )

    def _headers(self, workspace: str | None) -> dict[str, str]:
        """Return the headers of answers: the SDKs read a workspace's id from one of them."""
        found = self.account.workspaces.get(workspace or "")
        return {"X-Databricks-Org-Id": str(found.id)} if found else {}

    def _workspace_endpoints(self, workspace: str) -> list[Endpoint]:
        permissions = Permissions(self._now, workspace)
        page = 3 if self._small_pages else DEFAULT_PAGE
        parts = (
            permissions,
            ClusterPolicies(self._now, workspace, permissions, self.clock),
            Clusters(self._now, workspace, permissions, self.clock),
            InstancePools(self._now, workspace, permissions, self.clock),
            Warehouses(self._now, workspace, permissions, self.clock),
            Jobs(self._now, workspace, permissions, self.clock, page),
            Runs(self._now, workspace, permissions, self.clock),
            RunActions(self._now, workspace, permissions, self.clock),
            Tracking(self._now, workspace, permissions, self.clock),
            Libraries(self._now, workspace, permissions, self.clock),
            GitFolders(self._now, workspace, permissions, self.clock),
            ServingQueries(self._now, workspace, permissions, self.clock),
            WorkspaceAdmin(self._now, workspace),
            Experiments(self._now, workspace, permissions, self.clock),
            ExperimentSearch(self._now, workspace, permissions, self.clock),
            ServingEndpoints(self._now, workspace, permissions, self.clock),
            Folders(self._now, workspace, permissions, self.clock),
            Secrets(self._now, workspace, self.clock),
            Collections(self._now, workspace, permissions, page),
            Pipelines(self._now, workspace, permissions, self.clock, page),
            UnityOthers(self._now, workspace, self.clock),
            WorkspaceBindings(self._now, workspace),
            AttributePolicies(self._now, workspace),
            UnityCatalog(self._now, workspace, self.clock),
            UnityModels(self._now, workspace, self.clock),
            ModelVersions(self._now, workspace),
            UnityFunctions(self._now, workspace, self.clock),
            EffectivePrivileges(self._now, workspace),
            VolumeFiles(self._now, workspace, self.clock),
            Statements(self._now, workspace),
            UnityPermissions(self._now, workspace),
            WorkspaceMetastore(self._now, workspace),
            WorkspaceSettings(self._now, workspace, permissions, self.clock),
        )
        return [endpoint for part in parts for endpoint in part.endpoints()]

    def _now(self) -> Account:
        return self.account
