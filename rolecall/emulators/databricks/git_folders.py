"""Git folders and Git credentials: https://docs.databricks.com/api/workspace/repos and …/gitcredentials"""

from __future__ import annotations

from rolecall.emulators.application import Call, Json, Refused
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import invalid, missing
from rolecall.emulators.databricks.governed_routes import GovernedRoutes
from rolecall.emulators.databricks.permissions import REPO
from rolecall.emulators.routes import route

CREDENTIALS = "git-credentials"
PROVIDERS = (
    "gitHub",
    "gitHubOAuth",
    "bitbucketCloud",
    "gitLab",
    "azureDevOpsServices",
    "gitHubEnterprise",
    "bitbucketServer",
    "gitLabEnterpriseEdition",
    "awsCodeCommit",
)
# What the service never answers.
TOKEN = "personal_access_token"


class GitFolders(GovernedRoutes):
    """The routes for one workspace."""

    @route("GET", "/api/2.0/repos/{id}")
    def get(self, call: Call) -> Json:
        """Answer a Git folder."""
        return self._shown(call, "CAN_READ", "Read")

    @route("GET", "/api/2.0/git-credentials")
    def list_credentials(self, call: Call) -> Json:
        """Answer the caller's Git credentials."""
        return {"credentials": [_without_token(one) for one in self._own(call)]}

    @route("GET", "/api/2.0/git-credentials/{id}")
    def get_credential(self, call: Call) -> Json:
        """Answer a Git credential of the caller."""
        return _without_token(self._credential(call))

    @route("PATCH", "/api/2.0/repos/{id}")
    def update(self, call: Call) -> Json:
        """Check a branch or a tag out."""
        self._shown(call, "CAN_EDIT", "Edit")
        branch, tag = call.body.get("branch"), call.body.get("tag")
        if (branch is None) == (tag is None):
            raise invalid("Exactly one of branch and tag must be set.")
        repo = self._repos()[call.parameters["id"]]
        repo.pop("branch", None)
        if branch is not None:
            repo["branch"] = str(branch)
        return {}

    @route("DELETE", "/api/2.0/repos/{id}")
    def delete(self, call: Call) -> Json:
        """Remove a Git folder."""
        self._shown(call, "CAN_MANAGE", "Manage")
        del self._repos()[call.parameters["id"]]
        self._permissions.deleted(REPO, call.parameters["id"])
        return {}

    @route("POST", "/api/2.0/git-credentials")
    def create_credential(self, call: Call) -> Json:
        """Keep a Git credential; each principal has at most one for a provider."""
        caller: Caller = call.caller
        provider = self._provider(call)
        if any(one["git_provider"] == provider for one in self._own(call)):
            message = f"Only one Git credential is supported at this time; {provider} is configured already."
            raise Refused(400, {"error_code": "RESOURCE_ALREADY_EXISTS", "message": message})
        identity = self._account.next_id()
        made = {"credential_id": identity, "owner": caller.principal.id, **self._written(call, provider)}
        self._credentials()[str(identity)] = made
        return _without_token(made)

    @route("PATCH", "/api/2.0/git-credentials/{id}")
    def update_credential(self, call: Call) -> Json:
        """Change a Git credential."""
        self._credential(call).update(self._written(call, self._provider(call)))
        return {}

    @route("DELETE", "/api/2.0/git-credentials/{id}")
    def delete_credential(self, call: Call) -> Json:
        """Remove a Git credential."""
        del self._credentials()[str(self._credential(call)["credential_id"])]
        return {}

    def _shown(self, call: Call, level: str, words: str) -> Json:
        identity = call.parameters["id"]
        found = self._held(REPO, identity, call.caller, level, words, lambda _: missing(f"Repo {identity} not found"))
        return {"id": int(identity), **found}

    def _repos(self) -> dict[str, Json]:
        return self._workspace.collections.setdefault("REPO", {})

    def _credentials(self) -> dict[str, Json]:
        return self._workspace.collections.setdefault(CREDENTIALS, {})

    def _own(self, call: Call) -> list[Json]:
        return [one for one in self._credentials().values() if one["owner"] == call.caller.principal.id]

    def _credential(self, call: Call) -> Json:
        found = next((one for one in self._own(call) if str(one["credential_id"]) == call.parameters["id"]), None)
        if found is None:
            raise missing(f"Git credential {call.parameters['id']} does not exist.")
        return found

    @staticmethod
    def _provider(call: Call) -> str:
        provider = str(call.body.get("git_provider") or "")
        if provider.lower() not in {one.lower() for one in PROVIDERS}:
            raise invalid(f"Invalid Git provider '{provider}'. Allowed: {', '.join(PROVIDERS)}.")
        return provider

    @staticmethod
    def _written(call: Call, provider: str) -> Json:
        keys = ("git_username", "git_email", "name", "is_default_for_provider", TOKEN)
        return {"git_provider": provider, **{key: call.body.get(key) for key in keys if call.body.get(key) is not None}}


def _without_token(credential: Json) -> Json:
    return {key: value for key, value in credential.items() if key not in (TOKEN, "owner")}
