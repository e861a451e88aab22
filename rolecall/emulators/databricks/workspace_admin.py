"""What administrators of a workspace set: instance profiles, notification destinations, configuration of warehouses.

https://docs.databricks.com/api/workspace/instanceprofiles, …/notificationdestinations, …/warehouses
"""

from __future__ import annotations

import re
import uuid

from rolecall.emulators.application import Call, Json
from rolecall.emulators.databricks.errors import denied, exists, invalid, missing
from rolecall.emulators.databricks.workspace_routes import WorkspaceRoutes
from rolecall.emulators.routes import route

PROFILES, DESTINATIONS, WAREHOUSES = "instance-profiles", "notification-destinations", "warehouse-configuration"
_PROFILE = re.compile(r"arn:aws(?:-[a-z-]+)?:iam::[0-9]{12}:instance-profile/.+")
# Destinations by the field of `config` that describes them.
SORTS = {
    "email": "EMAIL",
    "generic_webhook": "WEBHOOK",
    "microsoft_teams": "MICROSOFT_TEAMS",
    "pagerduty": "PAGERDUTY",
    "slack": "SLACK",
}
# What the service answers as `…_set` in place of the value.
HIDDEN = ("url", "username", "password", "integration_key", "oauth_token")
CONFIGURED = (
    "channel",
    "config_param",
    "data_access_config",
    "enabled_warehouse_types",
    "enable_serverless_compute",
    "global_param",
    "google_service_account",
    "instance_profile_arn",
    "security_policy",
    "sql_configuration_parameters",
)


class WorkspaceAdmin(WorkspaceRoutes):
    """The routes for one workspace."""

    @route("GET", "/api/2.0/instance-profiles/list")
    def list_profiles(self, _call: Call) -> Json:
        """Answer all instance profiles."""
        return {"instance_profiles": [*self._kept(PROFILES).values()]}

    @route("GET", "/api/2.0/notification-destinations/{id}")
    def get_destination(self, call: Call) -> Json:
        """Answer a destination without its credentials."""
        return _shown(self._destination(call))

    @route("POST", "/api/2.0/instance-profiles/add", knows=("skip_validation",))
    def add_profile(self, call: Call) -> Json:
        """Register an instance profile."""
        self._require_admin(call)
        arn = self._arn(call)
        if arn in self._kept(PROFILES):
            raise exists(f"Instance profile {arn} already exists")
        self._kept(PROFILES)[arn] = _profile(call, arn)
        return {}

    @route("POST", "/api/2.0/instance-profiles/edit")
    def edit_profile(self, call: Call) -> Json:
        """Change an instance profile's role."""
        self._require_admin(call)
        arn = self._arn(call)
        if arn not in self._kept(PROFILES):
            raise missing(f"Instance profile {arn} does not exist")
        self._kept(PROFILES)[arn] = _profile(call, arn)
        return {}

    @route("POST", "/api/2.0/instance-profiles/remove")
    def remove_profile(self, call: Call) -> Json:
        """Forget an instance profile."""
        self._require_admin(call)
        if self._kept(PROFILES).pop(str(call.body.get("instance_profile_arn")), None) is None:
            raise missing(f"Instance profile {call.body.get('instance_profile_arn')} does not exist")
        return {}

    @route("POST", "/api/2.0/notification-destinations")
    def create_destination(self, call: Call) -> Json:
        """Make a destination of notifications."""
        self._require_admin(call)
        identity = str(uuid.uuid4())
        made = {"id": identity, "display_name": str(call.body.get("display_name") or ""), **_config(call)}
        self._kept(DESTINATIONS)[identity] = made
        return _shown(made)

    @route("GET", "/api/2.0/notification-destinations")
    def list_destinations(self, call: Call) -> Json:
        """Answer a page of destinations."""
        items = [{key: one[key] for key in ("id", "display_name", "destination_type")} for one in self._all(call)]
        start, size = int(call.query.get("page_token") or 0), int(call.query.get("page_size") or 0) or len(items)
        answer: Json = {"results": items[start : start + size]}
        if start + size < len(items):
            answer["next_page_token"] = str(start + size)
        return answer

    @route("PATCH", "/api/2.0/notification-destinations/{id}")
    def update_destination(self, call: Call) -> Json:
        """Change a destination."""
        self._require_admin(call)
        found = self._destination(call)
        if name := call.body.get("display_name"):
            found["display_name"] = str(name)
        if call.body.get("config"):
            found.update(_config(call))
        return _shown(found)

    @route("DELETE", "/api/2.0/notification-destinations/{id}")
    def delete_destination(self, call: Call) -> Json:
        """Remove a destination."""
        self._require_admin(call)
        del self._kept(DESTINATIONS)[self._destination(call)["id"]]
        return {}

    @route("GET", "/api/2.0/sql/config/warehouses")
    def get_configuration(self, call: Call) -> Json:
        """Answer the configuration of all warehouses."""
        self._require_admin(call)
        return {"security_policy": "DATA_ACCESS_CONTROL", **self._kept(WAREHOUSES).get("", {})}

    @route("PUT", "/api/2.0/sql/config/warehouses")
    def set_configuration(self, call: Call) -> Json:
        """Replace the configuration of all warehouses."""
        self._require_admin(call)
        given = {key: call.body.get(key) for key in CONFIGURED}
        self._kept(WAREHOUSES)[""] = {key: value for key, value in given.items() if value is not None}
        return {}

    def _all(self, call: Call) -> list[Json]:
        self._require_admin(call)
        return [*self._kept(DESTINATIONS).values()]

    def _destination(self, call: Call) -> Json:
        self._require_admin(call)
        found = self._kept(DESTINATIONS).get(call.parameters["id"])
        if found is None:
            raise missing(f"Notification destination {call.parameters['id']} does not exist.")
        return found

    def _kept(self, what: str) -> dict[str, Json]:
        return self._workspace.collections.setdefault(what, {})

    @staticmethod
    def _require_admin(call: Call) -> None:
        if not call.caller.is_workspace_admin:
            raise denied("Only workspace admins can perform this operation.")

    @staticmethod
    def _arn(call: Call) -> str:
        arn = str(call.body.get("instance_profile_arn") or "")
        if not _PROFILE.fullmatch(arn):
            raise invalid(f"Invalid instance profile ARN: {arn}")
        return arn


def _profile(call: Call, arn: str) -> Json:
    keys = ("iam_role_arn", "is_meta_instance_profile")
    return {
        "instance_profile_arn": arn,
        **{key: call.body.get(key) for key in keys if call.body.get(key) is not None},
    }


def _config(call: Call) -> Json:
    config = call.body.get("config") or {}
    sorts = [one for one in SORTS if config.get(one) is not None]
    if len(sorts) != 1:
        raise invalid(f"config must have exactly one of {', '.join(SORTS)}.")
    return {"destination_type": SORTS[sorts[0]], "config": {sorts[0]: dict(config[sorts[0]])}}


def _shown(destination: Json) -> Json:
    ((sort, config),) = destination["config"].items()
    shown = {key: value for key, value in config.items() if key not in HIDDEN}
    return {**destination, "config": {sort: {**shown, **{f"{key}_set": True for key in HIDDEN if key in config}}}}
