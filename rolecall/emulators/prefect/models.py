"""The emulator's own state: an account with one workspace; everything else the real server keeps."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from rolecall.emulators.application import Json

# https://docs.prefect.io/v3/how-to-guides/cloud/manage-users/manage-roles
ROLES = ("Viewer", "Runner", "Developer", "Worker", "Owner")
# From the weakest, as access lists name them.
LEVELS = ("view", "run", "manage")


@dataclass
class Account:
    """An account.

    Attributes:
        id: its id.
        workspace: id of its workspace.
        teams: by id; each with its name, description and its members' actor ids.
        bots: service accounts by id; each with name, actor_id and keys.
        members: people by actor id; each with an e-mail address, and the names of the groups that directory sync puts
            them into: they are in the teams of these names.
        roles: workspace roles by id.
        let_in: for `team`, `bot` and `user`: the role's id by the admitted member's id.
        access: for each object, written deployments/ID or work_pools/NAME, the level of each actor and team, written
            actor/ID or team/ID.
        keys: who signs in with an API key: an actor's id; and when it ends, in seconds since 1970.
        owners: actor ids of those who may do everything.
        role_details: description, scopes and inherited role of workspace roles that the account made.
        account_settings: what was changed of the account.
        workspace_settings: what was changed of the workspace.
    """

    id: str
    workspace: str
    teams: dict[str, Json] = field(default_factory=dict)
    bots: dict[str, Json] = field(default_factory=dict)
    members: dict[str, Json] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    let_in: dict[str, dict[str, str]] = field(default_factory=lambda: {"team": {}, "bot": {}, "user": {}})
    access: dict[str, dict[str, str]] = field(default_factory=dict)
    keys: dict[str, Json] = field(default_factory=dict)
    owners: list[str] = field(default_factory=list)
    role_details: dict[str, Json] = field(default_factory=dict)
    account_settings: Json = field(default_factory=dict)
    workspace_settings: Json = field(default_factory=dict)

    def may(self, actor: str, level: str, target: str) -> bool:
        """Return whether an actor has access: by the access list, a team, or as an owner."""
        if actor in self.owners:
            return True
        groups = self.members.get(actor, {}).get("groups", [])
        teams = [
            f"team/{identity}"
            for identity, team in self.teams.items()
            if actor in team["members"] or team["name"] in groups
        ]
        held = self.access.get(target, {})
        levels = [held[subject] for subject in (f"actor/{actor}", *teams) if subject in held]
        return any(LEVELS.index(one) >= LEVELS.index(level) for one in levels)

    def to_json(self) -> Json:
        """Return the whole state as plain values."""
        return asdict(self)
