"""Privileges and tags in Unity Catalog: https://docs.databricks.com/api/workspace/grants and …/entitytagassignments"""

from __future__ import annotations

from rolecall.emulators.application import Call, Json
from rolecall.emulators.databricks.errors import invalid, missing
from rolecall.emulators.databricks.securables import (
    CATALOG,
    EVERYBODY,
    FUNCTION,
    PRIVILEGES,
    ROUTINE,
    SCHEMA,
    TABLE,
    VOLUME,
    Securables,
)
from rolecall.emulators.routes import route

# What the tags' routes call a type.
TAGGED = {"catalogs": CATALOG, "schemas": SCHEMA, "volumes": VOLUME, "tables": TABLE, "models": FUNCTION}
# "Maximum of 50 tags" for one object: https://docs.databricks.com/en/database-objects/tags.html
MOST_TAGS = 50


class UnityPermissions(Securables):
    """The routes for one workspace."""

    @route("GET", "/api/2.1/unity-catalog/permissions/{type}/{name}")
    def get(self, call: Call) -> Json:
        """Answer what was given directly on a securable; a page where the client names its size."""
        kind, name = self._named(call)
        self.require_visible(self.caller(call), kind, name)
        shown = self._assignments(kind, name)
        size = int(call.query.get("max_results") or 0) or len(shown)
        start = int(call.query.get("page_token") or 0)
        answer: Json = {"privilege_assignments": shown[start : start + size]} if shown else {}
        if start + size < len(shown):
            answer["next_page_token"] = str(start + size)
        return answer

    @route("PATCH", "/api/2.1/unity-catalog/permissions/{type}/{name}")
    def update(self, call: Call) -> Json:
        """Add and remove privileges, all or none."""
        kind, name = self._named(call)
        self.require_control(self.caller(call), kind, name)
        held = {one: list(given) for one, given in self.metastore.privileges.get(f"{kind}/{name}", {}).items()}
        for change in call.body.get("changes") or []:
            principal = self._principal(str(change.get("principal") or ""))
            given = set(held.get(principal, []))
            for privilege in change.get("add") or []:
                if _plain(privilege) not in PRIVILEGES[kind]:
                    raise invalid(f"Privilege {privilege} is not applicable to this entity [{kind}:{name}].")
                given.add(_plain(privilege))
            given -= {_plain(one) for one in change.get("remove") or []}
            held[principal] = sorted(given)
        self.metastore.privileges[f"{kind}/{name}"] = {one: given for one, given in held.items() if given}
        return {"privilege_assignments": self._assignments(kind, name)}

    @route("POST", "/api/2.1/unity-catalog/entity-tag-assignments")
    def create_tag(self, call: Call) -> Json:
        """Put a tag on a securable."""
        kind, name = self._tagged(str(call.body.get("entity_type")), str(call.body.get("entity_name")))
        self.require_control(self.caller(call), kind, name)
        tags, key = self.metastore.tags.setdefault(f"{kind}/{name}", {}), str(call.body.get("tag_key") or "")
        if key in tags:
            raise invalid(f"Tag assignment with key '{key}' already exists on {name}.")
        if len(tags) >= MOST_TAGS:
            raise invalid(f"At most {MOST_TAGS} tags are allowed on one object.")
        tags[key] = str(call.body.get("tag_value") or "")
        return _tag(str(call.body["entity_type"]), name, key, tags[key])

    @route("GET", "/api/2.1/unity-catalog/entity-tag-assignments/{type}/{name}/tags")
    def list_tags(self, call: Call) -> Json:
        """Answer all tags of a securable."""
        kind, name = self._tagged(call.parameters["type"], call.parameters["name"])
        tags = self.metastore.tags.get(f"{kind}/{name}", {})
        return {"tag_assignments": [_tag(call.parameters["type"], name, key, value) for key, value in tags.items()]}

    @route("GET", "/api/2.1/unity-catalog/entity-tag-assignments/{type}/{name}/tags/{key}")
    def get_tag(self, call: Call) -> Json:
        """Answer a tag."""
        _, name, tags = self._tag(call)
        return _tag(call.parameters["type"], name, call.parameters["key"], tags[call.parameters["key"]])

    @route("PATCH", "/api/2.1/unity-catalog/entity-tag-assignments/{type}/{name}/tags/{key}")
    def update_tag(self, call: Call) -> Json:
        """Change a tag's value."""
        kind, name, tags = self._tag(call)
        self.require_control(self.caller(call), kind, name)
        tags[call.parameters["key"]] = str(call.body.get("tag_value") or "")
        return _tag(call.parameters["type"], name, call.parameters["key"], tags[call.parameters["key"]])

    @route("DELETE", "/api/2.1/unity-catalog/entity-tag-assignments/{type}/{name}/tags/{key}")
    def delete_tag(self, call: Call) -> Json:
        """Take a tag away."""
        kind, name, tags = self._tag(call)
        self.require_control(self.caller(call), kind, name)
        del tags[call.parameters["key"]]
        return {}

    def _tag(self, call: Call) -> tuple[str, str, dict[str, str]]:
        kind, name = self._tagged(call.parameters["type"], call.parameters["name"])
        tags = self.metastore.tags.get(f"{kind}/{name}", {})
        if call.parameters["key"] not in tags:
            raise missing(f"Tag assignment with key '{call.parameters['key']}' does not exist on {name}.")
        return kind, name, tags

    def _tagged(self, sort: str, name: str) -> tuple[str, str]:
        if sort not in TAGGED:
            raise invalid(f"Invalid entity type: {sort}.")
        self.find(TAGGED[sort], name)
        return TAGGED[sort], name.lower()

    def _named(self, call: Call) -> tuple[str, str]:
        kind, name = call.parameters["type"].lower(), call.parameters["name"].lower()
        if kind not in PRIVILEGES:
            raise invalid(f"Invalid securable type: {kind}.")
        if kind == "metastore":
            if name != self.metastore.id:
                raise missing(f"Metastore '{name}' does not exist.")
            return kind, name
        # Functions and models are one type of securable here, and two in the lists.
        if kind != FUNCTION or name not in self.of_type(ROUTINE):
            self.find(kind, name)
        self.require_bound(kind, name)
        return kind, name

    def _assignments(self, kind: str, name: str) -> list[Json]:
        held = self.metastore.privileges.get(f"{kind}/{name}", {})
        return [{"principal": self._account.name_of(one), "privileges": given} for one, given in held.items()]

    def _principal(self, name: str) -> str:
        if name == EVERYBODY:
            return EVERYBODY
        found = self._account.named(name)
        if found is None:
            raise missing(f"Could not find principal with name {name}")
        return found.id


def _plain(privilege: object) -> str:
    return str(privilege).upper().replace(" ", "_")


def _tag(sort: str, name: str, key: str, value: str) -> Json:
    return {"entity_type": sort, "entity_name": name, "tag_key": key, "tag_value": value}
