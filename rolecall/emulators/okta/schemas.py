"""Schemas of profiles, user types, link definitions and forms.

https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Schema/, …/tag/UserType/,
…/tag/LinkedObject/ and …/tag/UISchema/.
"""

from __future__ import annotations

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.okta import links, profiles
from rolecall.emulators.okta.caller import Organizations
from rolecall.emulators.okta.errors import entry, invalid, missing
from rolecall.emulators.okta.models import Application, new_id

META = "/api/v1/meta"
_DRAFT = "http://json-schema.org/draft-04/schema#"
_DESCRIPTION = "Okta user profile template with default permission settings"


class Schemas:
    """The routes under /api/v1/meta."""

    def __init__(self, organizations: Organizations) -> None:
        self._organizations = organizations

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        users, types = f"{META}/schemas/user", f"{META}/types/user"
        linked, forms = f"{users}/linkedObjects", f"{META}/uischemas"
        return [
            Endpoint("GET", linked, lambda _call: list(self._organizations.now().linked_objects.values())),
            Endpoint("POST", linked, self.create_link),
            Endpoint("GET", f"{linked}/{{id}}", self.get_link),
            Endpoint("DELETE", f"{linked}/{{id}}", self.delete_link),
            Endpoint("GET", f"{users}/{{id}}", self.get_user_schema),
            Endpoint("POST", f"{users}/{{id}}", self.change_user_schema),
            Endpoint("GET", f"{META}/schemas/group/default", self.get_group_schema),
            Endpoint("POST", f"{META}/schemas/group/default", self.change_group_schema),
            Endpoint("GET", f"{META}/schemas/apps/{{id}}/default", self.get_application_schema),
            Endpoint("POST", f"{META}/schemas/apps/{{id}}/default", self.change_application_schema),
            Endpoint("GET", types, self.list_types),
            Endpoint("POST", types, self.create_type),
            Endpoint("GET", f"{types}/{{id}}", lambda call: self._type(self._type_id(call))),
            Endpoint("POST", f"{types}/{{id}}", self.change_type),
            Endpoint("PUT", f"{types}/{{id}}", self.change_type),
            Endpoint("DELETE", f"{types}/{{id}}", self.delete_type),
            Endpoint("GET", forms, lambda _call: [self._form(one) for one in self._organizations.now().forms.values()]),
            Endpoint("POST", forms, self.create_form),
            Endpoint("GET", f"{forms}/{{id}}", lambda call: self._form(self._own_form(call))),
            Endpoint("PUT", f"{forms}/{{id}}", self.change_form),
            Endpoint("DELETE", f"{forms}/{{id}}", self.delete_form),
        ]

    def get_user_schema(self, call: Call) -> Json:
        """Answer the schema of a user type: `default`, or the schema's id."""
        now, kind = self._organizations.now(), self._schema_type(call)
        own = self._type(kind)
        base = {**profiles.user_attributes(), **now.base_changes.get(kind, {})}
        name = "default" if kind == now.user_type else links.schema_of(kind)
        found = self._schema(f"user/{name}", base, now.attributes.get(kind, {}), own)
        found["_links"] = {
            "self": self._link("self", f"schemas/user/{links.schema_of(kind)}"),
            "type": self._link("type", f"types/user/{kind}"),
        }
        return found

    def change_user_schema(self, call: Call) -> Json:
        """Add, change or (with null) remove attributes."""
        self._change(call, self._schema_type(call))
        return self.get_user_schema(call)

    def get_group_schema(self, call: Call) -> Json:
        """Answer the schema of groups."""
        now = self._organizations.now()
        about = {"name": "group", "title": "Okta group", "description": "Okta group profile template", "created": ""}
        found = self._schema("group/default", profiles.group_attributes(), now.attributes.get("", {}), about)
        return {**found, "_links": {"self": self._link("self", "schemas/group/default")}}

    def change_group_schema(self, call: Call) -> Json:
        """Add, change or remove attributes of groups."""
        self._change(call, "")
        return self.get_group_schema(call)

    def get_application_schema(self, call: Call) -> Json:
        """Answer the schema of an application's users."""
        application, now = self._application(call), self._organizations.now()
        base = {**profiles.application_attributes(application), **now.base_changes.get(application.id, {})}
        about: Json = {"name": application.name, "title": f"{application.label} User"}
        about |= {"created": application.created, "lastUpdated": application.changed or application.created}
        return self._schema(f"apps/{application.id}/default", base, now.attributes.get(application.id, {}), about)

    def change_application_schema(self, call: Call) -> Json:
        """Add, change or remove attributes of an application's users."""
        self._change(call, self._application(call).id)
        return self.get_application_schema(call)

    def list_types(self, call: Call) -> list[Json]:
        """Answer the user types, Okta's own first."""
        now = self._organizations.now()
        return [self._type(now.user_type), *(self._type(one) for one in now.user_types)]

    def create_type(self, call: Call) -> Json:
        """Make a user type."""
        now, name = self._organizations.now(), str(call.body.get("name") or "")
        if not name or not call.body.get("displayName"):
            raise invalid("name", "name: The field cannot be left blank")
        if any(one["name"] == name for one in (*now.user_types.values(), {"name": "user"})):
            raise invalid("name", "name: An object with this field already exists in the current organization")
        identity, at = new_id("oty"), self._organizations.timestamp()
        text = {"displayName": call.body["displayName"], "name": name, "description": call.body.get("description")}
        now.user_types[identity] = {"id": identity, **text, "created": at, "lastUpdated": at}
        return self._type(identity)

    def change_type(self, call: Call) -> Json:
        """Change a user type's title and description; its name stays."""
        now, identity = self._organizations.now(), self._type_id(call)
        names = ("displayName", "description")
        changed = {key: call.body[key] for key in names if key in call.body}
        if call.body.get("name", self._type(identity)["name"]) != self._type(identity)["name"]:
            raise invalid("name", "name: The name of a user type cannot be changed")
        held = now.user_types.setdefault(identity, self._stored(identity))
        held |= {**changed, "lastUpdated": self._organizations.timestamp()}
        return self._type(identity)

    def delete_type(self, call: Call) -> Answer:
        """Remove a user type that no user has."""
        now, identity = self._organizations.now(), self._type_id(call)
        if identity == now.user_type or any(one.user_type == identity for one in now.users.values()):
            raise invalid("id", "The user type cannot be deleted: it is the default, or users have it")
        del now.user_types[identity]
        return Answer(None, 204)

    def create_link(self, call: Call) -> Answer:
        """Define a relation between users."""
        sides: Json = {}
        for side in ("primary", "associated"):
            given = call.body.get(side) or {}
            if not given.get("name"):
                raise invalid(side, f"{side}: The field cannot be left blank")
            sides[side] = {key: given.get(key) for key in ("name", "title", "description", "type")}
        name, held = str(sides["primary"]["name"]), self._organizations.now().linked_objects
        if name in held:
            raise invalid("name", "name: An object with this field already exists in the current organization")
        address = self._organizations.address()
        held[name] = {**sides, "_links": {"self": {"href": f"{address}{META}/schemas/user/linkedObjects/{name}"}}}
        return Answer(held[name], 201)

    def get_link(self, call: Call) -> Json:
        """Answer a relation by the name of either side."""
        wanted = call.parameters["id"]
        for one in self._organizations.now().linked_objects.values():
            if wanted in (one["primary"]["name"], one["associated"]["name"]):
                return one
        raise missing(wanted, "LinkedObjectDefinition")

    def delete_link(self, call: Call) -> Answer:
        """Remove a relation with all its links."""
        name, now = str(self.get_link(call)["primary"]["name"]), self._organizations.now()
        del now.linked_objects[name]
        now.links.pop(name, None)
        return Answer(None, 204)

    def create_form(self, call: Call) -> Json:
        """Make a form."""
        identity, at = new_id("uis"), self._organizations.timestamp()
        made = {"id": identity, "uiSchema": call.body.get("uiSchema"), "created": at, "lastUpdated": at}
        self._organizations.now().forms[identity] = made
        return self._form(made)

    def change_form(self, call: Call) -> Json:
        """Replace a form."""
        form = self._own_form(call)
        form |= {"uiSchema": call.body.get("uiSchema"), "lastUpdated": self._organizations.timestamp()}
        return self._form(form)

    def delete_form(self, call: Call) -> Answer:
        """Remove a form."""
        del self._organizations.now().forms[self._own_form(call)["id"]]
        return Answer(None, 204)

    def _own_form(self, call: Call) -> Json:
        return entry(self._organizations.now().forms, call, "UISchema")

    def _form(self, form: Json) -> Json:
        own = f"{self._organizations.address()}{META}/uischemas/{form['id']}"
        return {**form, "_links": {"self": links.href(own, "", "GET", "PUT", "DELETE")}}

    def _schema(self, path: str, base: Json, custom: Json, about: Json) -> Json:
        now = self._organizations.timestamp()
        required = [name for name, one in base.items() if one.get("required")]
        parts: Json = {"custom": {"id": "#custom", "type": "object", "properties": custom}}
        if custom:
            parts["custom"]["required"] = [name for name, one in custom.items() if one.get("required")]
        parts["base"] = {"id": "#base", "type": "object", "properties": base, "required": required}
        described = {"description": about["description"]} if about.get("description") is not None else {}
        return {
            "id": f"{self._organizations.address()}/meta/schemas/{path}",
            "$schema": _DRAFT,
            "name": about["name"],
            "title": about.get("title") or about.get("displayName"),
            **described,
            "lastUpdated": about.get("lastUpdated") or now,
            "created": about.get("created") or now,
            "definitions": parts,
            "type": "object",
            "properties": {"profile": {"allOf": [{"$ref": f"#/definitions/{one}"} for one in ("custom", "base")]}},
        }

    def _change(self, call: Call, key: str) -> None:
        """Change attributes: custom ones are added, changed or removed, Okta's own changed."""
        now, definitions = self._organizations.now(), call.body.get("definitions") or {}
        custom = now.attributes.setdefault(key, {})
        for name, wanted in ((definitions.get("custom") or {}).get("properties") or {}).items():
            if wanted is None:
                custom.pop(name, None)
                continue
            if not isinstance(wanted, dict) or not wanted.get("type") or not wanted.get("title"):
                raise invalid(name, f"{name}: type and title are required")
            custom[name] = _attribute(wanted, named=key in (now.user_type, "") or key in now.user_types)
        own = now.base_changes.setdefault(key, {})
        for name, wanted in ((definitions.get("base") or {}).get("properties") or {}).items():
            application = now.applications.get(key)
            known = profiles.application_attributes(application) if application else profiles.user_attributes()
            if name not in known:
                raise invalid(name, f"{name}: The attribute is not part of the base profile")
            before = dict(own.get(name) or known[name])
            changed = {kind: value for kind, value in {**before, **wanted}.items() if value is not False}
            if application is not None:
                changed = {kind: value for kind, value in changed.items() if kind in before or kind == "required"}
            own[name] = changed

    def _schema_type(self, call: Call) -> str:
        now, wanted = self._organizations.now(), call.parameters["id"]
        for kind in (now.user_type, *now.user_types):
            if wanted in (links.schema_of(kind), "default" if kind == now.user_type else ""):
                return kind
        raise missing(wanted, "UserSchema")

    def _type_id(self, call: Call) -> str:
        now, wanted = self._organizations.now(), call.parameters["id"]
        if wanted == "default":
            return now.user_type
        if wanted != now.user_type and wanted not in now.user_types:
            raise missing(wanted, "UserType")
        return wanted

    def _stored(self, kind: str) -> Json:
        now = self._organizations.now()
        at = self._organizations.timestamp()
        own = {"id": kind, "displayName": "User", "name": "user", "description": _DESCRIPTION}
        return now.user_types.get(kind) or {**own, "created": at, "lastUpdated": at}

    def _type(self, kind: str) -> Json:
        now, stored = self._organizations.now(), self._stored(kind)
        text = {key: stored[key] for key in ("id", "displayName", "name", "description")}
        by = {"createdBy": now.administrator, "lastUpdatedBy": now.administrator}
        shown = {**text, **by, "created": stored["created"], "lastUpdated": stored["lastUpdated"]}
        schema = self._link("schema", f"schemas/user/{links.schema_of(kind)}")
        own = self._link("self", f"types/user/{kind}")
        return {**shown, "default": kind == now.user_type, "_links": {"schema": schema, "self": own}}

    def _link(self, rel: str, path: str) -> Json:
        return {"rel": rel, "href": f"{self._organizations.address()}{META}/{path}", "method": "GET"}

    def _application(self, call: Call) -> Application:
        return entry(self._organizations.now().applications, call, "AppInstance")


def _attribute(wanted: Json, *, named: bool) -> Json:
    """Return a custom attribute as it is answered: false switches are left out, defaults are filled in."""
    found = {key: value for key, value in wanted.items() if not (key == "required" and value is False)}
    found.setdefault("scope", "NONE")
    if named:
        found.setdefault("mutability", "READ_WRITE")
        found.setdefault("permissions", [{"principal": "SELF", "action": "READ_ONLY"}])
        found.setdefault("master", {"type": "PROFILE_MASTER"})
    else:
        found.pop("permissions", None)
        found.pop("master", None)
    if found["type"] != "array" or named:
        found.pop("union", None)
    else:
        found.setdefault("union", "DISABLE")
    return found
