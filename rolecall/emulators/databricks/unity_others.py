"""Securables beside catalogs: locations, credentials, connections, shares, recipients.

https://docs.databricks.com/api/workspace/externallocations, …/storagecredentials, …/credentials, …/connections,
…/shares and …/recipients; tables are made by their own route.
"""

from __future__ import annotations

import re
import uuid

from rolecall.emulators.application import Call, Endpoint, Json
from rolecall.emulators.databricks.errors import denied, invalid, missing
from rolecall.emulators.databricks.securable_routes import ROOT, SecurableRoutes
from rolecall.emulators.databricks.securables import CATALOG, FUNCTION, SCHEMA, SHOWN, TABLE, VOLUME

LOCATION, STORAGE, CREDENTIAL, CONNECTION = "external_location", "storage_credential", "credential", "connection"
SHARE, RECIPIENT = "share", "recipient"
# How a credential signs in to a cloud; a storage credential has exactly one.
IDENTITIES = (
    "aws_iam_role", "azure_managed_identity", "azure_service_principal", "cloudflare_api_token",
    "databricks_gcp_service_account",
)  # fmt: skip
# The privilege on the metastore that making one needs.
CREATING = {
    LOCATION: "CREATE_EXTERNAL_LOCATION",
    STORAGE: "CREATE_STORAGE_CREDENTIAL",
    CREDENTIAL: "CREATE_SERVICE_CREDENTIAL",
    CONNECTION: "CREATE_CONNECTION",
    SHARE: "CREATE_SHARE",
    RECIPIENT: "CREATE_RECIPIENT",
}
ISOLATION = ("ISOLATION_MODE_OPEN", "ISOLATION_MODE_ISOLATED")
# Collections: path, the key of their lists, and the fields that a client may write.
OTHERS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    LOCATION: (
        "external-locations",
        "external_locations",
        (
            "name",
            "url",
            "credential_name",
            "comment",
            "read_only",
            "skip_validation",
            "isolation_mode",
            "owner",
            "fallback",
            "encryption_details",
            "access_point",
            "enable_file_events",
            "file_event_queue",
        ),
    ),
    STORAGE: (
        "storage-credentials",
        "storage_credentials",
        ("name", *IDENTITIES, "comment", "read_only", "skip_validation", "owner", "isolation_mode"),
    ),
    CREDENTIAL: (
        "credentials",
        "credentials",
        ("name", *IDENTITIES, "purpose", "comment", "read_only", "skip_validation", "owner", "isolation_mode"),
    ),
    CONNECTION: (
        "connections",
        "connections",
        ("name", "connection_type", "options", "comment", "properties", "read_only", "owner"),
    ),
    SHARE: ("shares", "shares", ("name", "comment", "storage_root", "owner")),
    RECIPIENT: (
        "recipients",
        "recipients",
        (
            "name",
            "authentication_type",
            "comment",
            "sharing_code",
            "data_recipient_global_metastore_id",
            "owner",
            "ip_access_list",
            "expiration_time",
            "properties_kvpairs",
        ),
    ),
}


class UnityOthers(SecurableRoutes):
    """The routes for one workspace."""

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        root = ROOT
        found: list[Endpoint] = []
        for kind, (plural, _, _) in OTHERS.items():
            found += self.endpoints_of(plural, kind)
        shared = f"{root}/shares/{{name}}/permissions"
        return [
            *found,
            Endpoint("POST", f"{root}/tables", self.create_table),
            Endpoint("PATCH", f"{root}/tables/{{name}}", self.bound(self.update, TABLE)),
            Endpoint("GET", shared, self.share_permissions),
            Endpoint("PATCH", shared, self.update_share_permissions),
            Endpoint("POST", f"{root}/recipients/{{name}}/rotate-token", self.rotate_token),
            Endpoint("GET", f"{root}/tables/{{name}}/exists", self.table_exists),
            Endpoint("DELETE", f"{root}/tables/{{name}}", self.bound(self.delete, TABLE)),
            Endpoint("GET", f"{root}/table-summaries", self.summaries),
            Endpoint("POST", f"{root}/validate-storage-credentials", self.validate),
            Endpoint("POST", f"{root}/validate-credentials", self.validate),
        ]

    def list_all(self, call: Call, kind: str) -> Json:
        """Answer those that the caller controls; all come in one page, which the API allows.

        What is isolated from this workspace is listed on request only.
        """
        caller, unbound = self.caller(call), call.query.get("include_unbound") == "true"
        seen = [
            one
            for name, one in self.of_type(kind).items()
            if self.controls(caller, kind, name) and (unbound or self.is_bound(kind, name))
        ]
        call.query.get("include_browse")
        if purpose := call.query.get("purpose"):
            seen = [one for one in seen if one.get("purpose") == purpose]
        shown = [{key: one[key] for key in one if key not in ("objects", "options_secret")} for one in seen]
        return self.paged(call, OTHERS[kind][1], shown)

    def create(self, call: Call, kind: str) -> Json:
        """Make one."""
        self.known(call.body, OTHERS[kind][2])
        content = {key: value for key, value in call.body.items() if key != "skip_validation"}
        needed = CREATING.get(kind, "")
        if needed and not self.may_create(self.caller(call), needed):
            raise denied(f"User does not have {needed.replace('_', ' ')} on Metastore.")
        if kind == LOCATION:
            self._may_use_credential(call, content)
        self._check(kind, content)
        now = self._clock.milliseconds()
        made = {
            **_filled(kind, content),
            "id": str(uuid.uuid4()),
            "created_at": now,
            "created_by": self.caller(call).name,
        }
        made |= {"updated_at": now, "updated_by": self.caller(call).name}
        if kind == CONNECTION:
            # https://docs.databricks.com/api/workspace/connections/get
            ready = {"provisioning_info": {"state": "ACTIVE"}, "securable_type": "CONNECTION"}
            made |= {"connection_id": made.pop("id"), **ready}
        if kind == RECIPIENT and made.get("authentication_type") == "TOKEN":
            made["tokens"] = [self._token(call, made.get("expiration_time"))]
        if kind in (STORAGE, CREDENTIAL, LOCATION) and "isolation_mode" not in made:
            made["isolation_mode"] = "ISOLATION_MODE_OPEN"
        return self.add(kind, str(call.body.get("name") or ""), self.caller(call), made)

    def _token(self, call: Call, ends: object) -> Json:
        """Return a new token of a recipient: it ends as asked, or by the metastore's setting."""
        now = self._clock.milliseconds()
        own = self.metastore.recipient_token_seconds
        made: Json = {"id": str(uuid.uuid4()), "created_at": now, "created_by": self.caller(call).name}
        if ends or own:
            made["expiration_time"] = int(str(ends)) if ends else now + own * 1000
        return made | {"activation_url": f"https://emulated/delta_sharing/retrieve_config.html?{uuid.uuid4()}"}

    def rotate_token(self, call: Call) -> Json:
        """Replace a recipient's token: https://docs.databricks.com/api/workspace/recipients/rotatetoken."""
        name = call.parameters["name"]
        self.require_control(self.caller(call), RECIPIENT, name)
        found = self.find(RECIPIENT, name)
        if found.get("authentication_type") != "TOKEN":
            raise invalid("Only tokens of recipients with authentication type TOKEN can be rotated.")
        seconds = call.body.get("existing_token_expire_in_seconds")
        if not isinstance(seconds, int) or seconds < 0:
            raise invalid("RotateRecipientToken Missing required field: existing_token_expire_in_seconds")
        now = self._clock.milliseconds()
        old = [{**one, "expiration_time": now + seconds * 1000} for one in found.get("tokens") or []]
        found["tokens"] = [*(old if seconds else []), self._token(call, None)]
        return found

    def get(self, call: Call, kind: str) -> Json:
        """Answer one."""
        name = call.parameters["name"]
        found = self.find(kind, name)
        self.require_bound(kind, name)
        if kind in (SHARE, RECIPIENT):
            self.require_control(self.caller(call), kind, name)
        else:
            self.require_visible(self.caller(call), kind, name)
        call.query.get("include_browse")
        # The content of a share is returned on request: https://docs.databricks.com/api/workspace/shares/get
        whole = kind != SHARE or call.query.get("include_shared_data") == "true"
        return found if whole else {key: found[key] for key in found if key != "objects"}

    def update(self, call: Call, kind: str) -> Json:
        """Change one."""
        self.require_control(self.caller(call), kind, call.parameters["name"])
        found = self.find(kind, call.parameters["name"])
        shared = ("updates",) if kind == SHARE else ()
        own = OTHERS[kind][2] if kind in OTHERS else ()
        self.known(call.body, ("owner", "full_name_arg", "new_name", "force", *shared, *own))
        if owner := call.body.get("owner"):
            self.require_owner(str(owner))
        if (mode := call.body.get("isolation_mode")) and mode not in ISOLATION:
            raise invalid(f"Invalid isolation mode: {mode}.")
        if kind == LOCATION:
            self._check(kind, {**found, **call.body}, call.parameters["name"].lower())
        for change in call.body.get("updates") or []:
            _change_share(found, change)
        passing = ("full_name_arg", "updates", "new_name", "force", "skip_validation")
        found |= {key: value for key, value in call.body.items() if key not in passing}
        found |= {"updated_at": self._clock.milliseconds(), "updated_by": self.caller(call).name}
        if wanted := str(call.body.get("new_name") or ""):
            found = self.rename(kind, call.parameters["name"], wanted)
        return found

    def delete(self, call: Call, kind: str) -> Json:
        """Remove one; what is in use only by force."""
        self.require_control(self.caller(call), kind, call.parameters["name"])
        found = self.find(kind, call.parameters["name"])
        if call.query.get("force") != "true" and (users := self._users(kind, found)):
            raise invalid(f"{SHOWN[kind]} '{found['name']}' is used by {', '.join(users)}.")
        self.remove(kind, call.parameters["name"])
        return {}

    def _may_use_credential(self, call: Call, content: Json) -> None:
        """Refuse a location whose maker may make none with its credential.

        https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/privileges.html
        """
        name = str(content.get("credential_name") or "")
        privilege = "CREATE_EXTERNAL_LOCATION"
        if name.lower() in self.of_type(STORAGE) and not self.holds(self.caller(call), STORAGE, name, privilege):
            raise denied(f"User does not have CREATE EXTERNAL LOCATION on Storage Credential '{name}'.")

    def _users(self, kind: str, found: Json) -> list[str]:
        """Return what uses a credential or location.

        https://docs.databricks.com/api/workspace/storagecredentials/delete and …/externallocations/delete: `force`.
        """
        if kind == STORAGE:
            own = str(found["name"]).lower()
            users = self.of_type(LOCATION).values()
            return [f"external location {one['name']}" for one in users if str(one["credential_name"]).lower() == own]
        if kind != LOCATION:
            return []
        start = f"{str(found['url']).rstrip('/')}/"
        return [
            f"{SHOWN[sort].lower()} {name}"
            for sort, path in ((TABLE, "storage_location"), (VOLUME, "storage_location"), (CATALOG, "storage_root"))
            for name, one in self.of_type(sort).items()
            if f"{str(one.get(path) or '').rstrip('/')}/".startswith(start)
        ]

    def _check(self, kind: str, content: Json, own_name: str = "") -> None:
        """Refuse what the service refuses of an object, which may be there already."""
        if kind == LOCATION:
            credential, url = str(content.get("credential_name") or ""), str(content.get("url") or "")
            if credential.lower() not in self.of_type(STORAGE):
                raise missing(f"Storage Credential '{credential}' does not exist.")
            if not re.match(r"(s3|abfss|gs|r2)://.", url):
                raise invalid(f"Invalid URL: {url!r}.")
            for name, other in self.of_type(LOCATION).items():
                if name == own_name:
                    continue
                own, theirs = (f"{one.rstrip('/')}/" for one in (url, str(other.get("url"))))
                if own.startswith(theirs) or theirs.startswith(own):
                    raise invalid(
                        f"Input path url '{url}' overlaps with an existing external location '{other['name']}'"
                    )
        if kind == CONNECTION and not content.get("connection_type"):
            raise invalid("CreateConnection Missing required field: connection_type")
        identities = [key for key in IDENTITIES if key in content]
        if kind == CREDENTIAL and content.get("purpose") not in ("SERVICE", "STORAGE"):
            raise invalid("CreateCredential Missing required field: purpose")
        if kind in (STORAGE, CREDENTIAL) and len(identities) != 1:
            raise invalid("Exactly one of the cloud's credentials must be specified.")

    def validate(self, call: Call) -> Json:
        """Answer that a credential can be used: the emulator has no storage to try."""
        name = call.body.get("storage_credential_name") or call.body.get("credential_name")
        if name:
            self.find(STORAGE if "storage_credential_name" in call.body else CREDENTIAL, str(name))
        for known in ("external_location_name", "url", "read_only", *IDENTITIES):
            call.body.get(known)
        results = [{"operation": one, "result": "PASS", "message": ""} for one in ("READ", "LIST", "WRITE", "DELETE")]
        return {"isDir": False, "results": results}

    def table_exists(self, call: Call) -> Json:
        """Answer whether there is a table."""
        return {"table_exists": call.parameters["name"].lower() in self.of_type(TABLE)}

    def summaries(self, call: Call) -> Json:
        """Answer the tables of a catalog, by patterns of SQL's LIKE."""
        catalog = call.query.get("catalog_name", "").lower()
        patterns = [call.query.get(f"{one}_name_pattern", "%").lower() for one in ("schema", "table")]
        found = [
            {"full_name": name, "table_type": one.get("table_type", "MANAGED"), "securable_kind": "TABLE_DELTA"}
            for name, one in self.of_type(TABLE).items()
            if name.split(".")[0] == catalog
            and all(_like(part, pattern) for part, pattern in zip(name.split(".")[1:], patterns, strict=True))
        ]
        return self.paged(call, "tables", found)

    def create_table(self, call: Call) -> Json:
        """Make an external table, the only sort that the API makes."""
        body = call.body
        fields = ("catalog_name", "columns", "data_source_format", "name", "properties", "schema_name")
        self.known(body, (*fields, "storage_location", "table_type"))
        if body.get("table_type") != "EXTERNAL":
            raise invalid("CreateTable only supports EXTERNAL tables.")
        schema = f"{body.get('catalog_name')}.{body.get('schema_name')}"
        self.find(SCHEMA, schema)
        return self.add(TABLE, f"{schema}.{body.get('name')}", self.caller(call), dict(body))

    def share_permissions(self, call: Call) -> Json:
        """Answer the recipients of a share: https://docs.databricks.com/api/workspace/shares/sharepermissions."""
        self.find(SHARE, call.parameters["name"])
        held = self.metastore.privileges.get(f"share/{call.parameters['name'].lower()}", {})
        return {"privilege_assignments": [{"principal": one, "privileges": given} for one, given in held.items()]}

    def update_share_permissions(self, call: Call) -> Json:
        """Give a share to recipients, or take it away from them."""
        self.require_control(self.caller(call), SHARE, call.parameters["name"])
        held = self.metastore.privileges.setdefault(f"share/{call.parameters['name'].lower()}", {})
        for change in call.body.get("changes") or []:
            recipient = str(change.get("principal"))
            self.find(RECIPIENT, recipient)
            given = {*held.get(recipient, []), *(change.get("add") or [])} - {*(change.get("remove") or [])}
            if given - {"SELECT"}:
                raise invalid(f"Privilege {sorted(given)} is not applicable to this entity.")
            held[recipient] = sorted(given)
            if not given:
                del held[recipient]
        return self.share_permissions(call)


def _filled(kind: str, content: Json) -> Json:
    """Return an object with what the service fills in of a cloud's credential, without what it never answers."""
    found = {key: dict(value) if isinstance(value, dict) else value for key, value in content.items()}
    if role := found.get("aws_iam_role"):
        role.setdefault("external_id", str(uuid.uuid4()))
        role.setdefault("unity_catalog_iam_arn", "arn:aws:iam::414351767826:role/unity-catalog-prod-UCMasterRole")
    if identity := found.get("azure_managed_identity"):
        identity.setdefault("credential_id", str(uuid.uuid4()))
    for secret in ("azure_service_principal", "cloudflare_api_token"):
        if secret in found:
            found[secret] = {key: one for key, one in found[secret].items() if "secret" not in key}
    if kind == CONNECTION:
        options = found.get("options") or {}
        found["options"] = {key: one for key, one in options.items() if "password" not in key and "secret" not in key}
    return found


def _like(text: str, pattern: str) -> bool:
    """Return whether a text fits a pattern of SQL's LIKE."""
    return re.fullmatch(re.escape(pattern).replace("%", ".*").replace("_", "."), text) is not None


def _change_share(share: Json, change: Json) -> None:
    """Add, update or remove one object of a share: https://docs.databricks.com/api/workspace/shares/update."""
    wanted = change.get("data_object") or {}
    kept = [one for one in share.get("objects") or [] if one.get("name") != wanted.get("name")]
    share["objects"] = kept if change.get("action") == "REMOVE" else [*kept, {**wanted, "status": "ACTIVE"}]


# What messages call them.
SHOWN.update(
    {LOCATION: "External Location", STORAGE: "Storage Credential", CREDENTIAL: "Credential", CONNECTION: "Connection"}
)
SHOWN.update({SHARE: "Share", RECIPIENT: "Recipient", FUNCTION: SHOWN[FUNCTION]})
