"""Applications, their federated credentials, service principals, and who is assigned to them.

https://learn.microsoft.com/graph/api/resources/application, .../federatedidentitycredential, .../serviceprincipal,
.../approleassignment
"""

from __future__ import annotations

import secrets
import uuid

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.entra.caller import Tenants
from rolecall.emulators.entra.directory import remove
from rolecall.emulators.entra.errors import conflict, invalid, missing
from rolecall.emulators.entra.models import timestamp
from rolecall.emulators.entra.properties import settable
from rolecall.emulators.entra.queries import Item

# "A maximum of 20 federated identity credentials can be added to an application."
MOST_FEDERATED = 20
# The role of an application that declares none: "the principal is assigned to the app without any specific app role".
DEFAULT_ROLE = "00000000-0000-0000-0000-000000000000"
# A secret lasts two years where the call does not say.
SECRET_SECONDS = 2 * 365 * 24 * 3600
EXCHANGE_AUDIENCE = "api://AzureADTokenExchange"


# https://learn.microsoft.com/graph/api/resources/application: signInAudience.
AUDIENCES = ("AzureADMyOrg", "AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount")


def _audience(wanted: str) -> str:
    if wanted not in AUDIENCES:
        raise invalid(f"Invalid value specified for property 'signInAudience' of resource 'Application': {wanted}.")
    return wanted


class Applications:
    """The routes under /v1.0/applications and /v1.0/servicePrincipals."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants

    def endpoints(self) -> list[Endpoint]:
        """Return the routes; applications and service principals are found by id or by application id."""
        applications, principals = "/v1.0/applications", "/v1.0/servicePrincipals"
        found: list[Endpoint] = []
        for own in (f"{applications}/{{id}}", f"{applications}(appId='{{app}}')"):
            federated = f"{own}/federatedIdentityCredentials"
            found += [
                Endpoint("GET", own, lambda call: self._tenants.one(call, self._application(call), sort="application")),
                Endpoint("PATCH", own, self.update_application),
                Endpoint("DELETE", own, self.delete_application),
                Endpoint("POST", f"{own}/addPassword", self.add_password),
                Endpoint("POST", f"{own}/removePassword", self.remove_password),
                Endpoint("GET", federated, self.list_federated, knows=("$select",)),
                Endpoint("POST", federated, self.create_federated),
                Endpoint("PATCH", f"{federated}(name='{{credential}}')", self.upsert_federated),
                Endpoint("GET", f"{federated}/{{credential}}", self.get_federated),
                Endpoint("PATCH", f"{federated}/{{credential}}", self.update_federated),
                Endpoint("DELETE", f"{federated}/{{credential}}", self.delete_federated),
            ]
        for own in (f"{principals}/{{id}}", f"{principals}(appId='{{app}}')"):
            assigned = f"{own}/appRoleAssignedTo"
            found += [
                Endpoint(
                    "GET", own, lambda call: self._tenants.one(call, self._principal(call), sort="servicePrincipal")
                ),
                Endpoint("PATCH", own, self.update_principal),
                Endpoint("DELETE", own, self.delete_principal),
                Endpoint("POST", f"{own}/addPassword", self.add_password),
                Endpoint("POST", f"{own}/removePassword", self.remove_password),
                Endpoint("GET", assigned, self.list_assigned, knows=("$select",)),
                Endpoint("POST", assigned, self.assign),
                Endpoint("GET", f"{assigned}/{{assignment}}", self.get_assigned),
                Endpoint("DELETE", f"{assigned}/{{assignment}}", self.unassign),
            ]
        return [
            Endpoint("GET", applications, self.list_applications, knows=("$select",)),
            Endpoint("GET", f"{applications}/$count", self.count_applications),
            Endpoint("POST", applications, self.create_application),
            Endpoint("GET", principals, self.list_principals, knows=("$select",)),
            Endpoint("GET", f"{principals}/$count", self.count_principals),
            Endpoint("POST", principals, self.create_principal),
            *found,
        ]

    def list_applications(self, call: Call) -> Answer:
        """Answer applications."""
        return self._tenants.page(call, list(self._tenants.now().applications.values()), sort="application")

    def count_applications(self, call: Call) -> Answer:
        """Answer the number of applications."""
        items = [Item("application", one) for one in self._tenants.now().applications.values()]
        return self._tenants.queries.count(call, items)

    def create_application(self, call: Call) -> Answer:
        """Make an application; names need not be unique, identifier URIs do."""
        body = settable("application", call.body)
        if not body.get("displayName"):
            raise invalid("A value is required for property 'displayName' of resource 'Application'.")
        self._require_free(body, "")
        made: Json = {
            "id": str(uuid.uuid4()),
            "appId": str(uuid.uuid4()),
            **body,
            "signInAudience": _audience(body.get("signInAudience") or "AzureADandPersonalMicrosoftAccount"),
            "createdDateTime": self._tenants.timestamp(),
        }
        self._tenants.now().applications[made["id"]] = made
        self._tenants.now().federated[made["id"]] = {}
        return Answer(self._tenants.one(call, made, sort="application"), 201)

    def update_application(self, call: Call) -> Answer:
        """Change parts of an application."""
        application = self._application(call)
        changed = settable("application", call.body)
        if "signInAudience" in changed:
            _audience(changed["signInAudience"])
        self._require_free(changed, application["id"])
        application.update(changed)
        for one in self._tenants.now().service_principals.values():
            if one["appId"] == application["appId"]:
                one["displayName"] = one["appDisplayName"] = application["displayName"]
        return Answer(None, 204)

    def delete_application(self, call: Call) -> Answer:
        """Remove an application with its credentials and its service principal; it can be had back for 30 days."""
        remove(self._tenants, "application", self._application(call)["id"])
        return Answer(None, 204)

    def add_password(self, call: Call) -> Json:
        """Make a secret, which is answered once."""
        application, given = self._holder(call), call.body.get("passwordCredential") or {}
        key, text = str(uuid.uuid4()), f"emulated-{secrets.token_urlsafe(24)}"
        start = given.get("startDateTime") or self._tenants.timestamp()
        end = given.get("endDateTime") or timestamp(self._tenants.clock.now() + SECRET_SECONDS)
        shown = {"customKeyIdentifier": None, "displayName": given.get("displayName"), "endDateTime": end}
        shown |= {"hint": text[:3], "keyId": key, "secretText": None, "startDateTime": start}
        application["passwordCredentials"] = [*application.get("passwordCredentials", []), shown]
        self._tenants.now().passwords.setdefault(application["appId"], {})[key] = text
        return {
            **shown,
            "secretText": text,
            "@odata.context": f"{self._tenants.address()}/v1.0/$metadata#microsoft.graph.passwordCredential",
        }

    def remove_password(self, call: Call) -> Answer:
        """Remove a secret."""
        application, key = self._holder(call), str(call.body.get("keyId"))
        held = application.get("passwordCredentials", [])
        if all(one["keyId"] != key for one in held):
            raise invalid(f"No password credential found with keyId '{key}'.")
        application["passwordCredentials"] = [one for one in held if one["keyId"] != key]
        self._tenants.now().passwords.get(application["appId"], {}).pop(key, None)
        return Answer(None, 204)

    def list_federated(self, call: Call) -> Answer:
        """Answer an application's federated credentials."""
        return self._tenants.page(call, list(self._tenants.now().federated[self._application(call)["id"]].values()))

    def create_federated(self, call: Call) -> Answer:
        """Let tokens of an issuer with a subject sign in as an application."""
        held = self._tenants.now().federated[self._application(call)["id"]]
        made = self._checked({"id": str(uuid.uuid4()), "description": None, **call.body}, held)
        if len(held) >= MOST_FEDERATED:
            raise invalid(f"No more than {MOST_FEDERATED} federated identity credentials are allowed.")
        held[made["id"]] = made
        return Answer(made, 201)

    def get_federated(self, call: Call) -> Json:
        """Answer one federated credential, by id or name."""
        return self._tenants.one(call, self._credential(call)[1])

    def upsert_federated(self, call: Call) -> Answer:
        """Change the federated credential of a name; make it with `Prefer: create-if-missing`."""
        held = self._tenants.now().federated[self._application(call)["id"]]
        name = call.parameters["credential"]
        if any(one["name"] == name for one in held.values()):
            return self.update_federated(call)
        if "create-if-missing" not in call.headers.get("prefer", "").lower():
            raise missing(name)
        wanted = {**call.body, "name": name}
        made = self._checked({"id": str(uuid.uuid4()), "description": None, **wanted}, held)
        held[made["id"]] = made
        return Answer(made, 201)

    def update_federated(self, call: Call) -> Answer:
        """Change parts of a federated credential; its name stays."""
        held, one = self._credential(call)
        held[one["id"]] = self._checked({**one, **call.body, "name": one["name"], "id": one["id"]}, held)
        return Answer(None, 204)

    def delete_federated(self, call: Call) -> Answer:
        """Remove a federated credential."""
        held, one = self._credential(call)
        del held[one["id"]]
        return Answer(None, 204)

    def list_principals(self, call: Call) -> Answer:
        """Answer service principals."""
        return self._tenants.page(call, list(self._tenants.now().service_principals.values()), sort="servicePrincipal")

    def count_principals(self, call: Call) -> Answer:
        """Answer the number of service principals."""
        items = [Item("servicePrincipal", one) for one in self._tenants.now().service_principals.values()]
        return self._tenants.queries.count(call, items)

    def update_principal(self, call: Call) -> Answer:
        """Change parts of a service principal."""
        self._principal(call).update(settable("servicePrincipal", call.body))
        return Answer(None, 204)

    def create_principal(self, call: Call) -> Answer:
        """Make the service principal of an application; it has one."""
        now, app_id = self._tenants.now(), str(call.body.get("appId") or "")
        body = settable("servicePrincipal", call.body, also=("appId",))
        application = next((one for one in now.applications.values() if one["appId"] == app_id), None)
        if application is None:
            raise invalid(
                f"The appId '{app_id}' of the service principal does not reference a valid application object."
            )
        if any(one["appId"] == app_id for one in now.service_principals.values()):
            raise conflict(f"The service principal cannot be created: the appId {app_id} is already in use.")
        made = {**new_service_principal(str(uuid.uuid4()), app_id, str(application["displayName"])), **body}
        made |= {"appOwnerOrganizationId": now.id, "createdDateTime": self._tenants.timestamp()}
        made["appRoles"] = application.get("appRoles") or []
        now.service_principals[made["id"]] = made
        now.assignments[made["id"]] = {}
        return Answer(self._tenants.one(call, made, sort="servicePrincipal"), 201)

    def delete_principal(self, call: Call) -> Answer:
        """Remove a service principal with its assignments."""
        remove(self._tenants, "servicePrincipal", self._principal(call)["id"])
        return Answer(None, 204)

    def list_assigned(self, call: Call) -> Answer:
        """Answer who is assigned to an application."""
        return self._tenants.page(call, list(self._tenants.now().assignments[self._principal(call)["id"]].values()))

    def get_assigned(self, call: Call) -> Json:
        """Answer one assignment."""
        found = self._tenants.now().assignments[self._principal(call)["id"]].get(call.parameters["assignment"])
        if found is None:
            raise missing(call.parameters["assignment"])
        return self._tenants.one(call, found)

    def assign(self, call: Call) -> Answer:
        """Assign a user or group to an application."""
        principal, body = self._principal(call), call.body
        held = self._tenants.now().assignments[principal["id"]]
        found = self._tenants.now().of(str(body.get("principalId")))
        if found is None or body.get("resourceId") != principal["id"]:
            raise missing(str(body.get("principalId")))
        role = str(body.get("appRoleId") or DEFAULT_ROLE)
        roles = {str(one["id"]) for one in principal.get("appRoles") or [] if one.get("id")}
        if role not in roles | {DEFAULT_ROLE} or (role == DEFAULT_ROLE and roles):
            raise invalid("Permission being assigned was not found on application")
        if any((one["principalId"], one["appRoleId"]) == (found["id"], role) for one in held.values()):
            raise invalid("Permission being assigned already exists on the object")
        made: Json = {
            "id": f"{uuid.uuid4().hex[:22]}",
            "appRoleId": role,
            "principalId": found["id"],
            "principalType": str(found["@odata.type"]).rpartition(".")[2].capitalize(),
            "principalDisplayName": found["displayName"],
            "resourceId": principal["id"],
            "resourceDisplayName": principal["displayName"],
            "createdDateTime": self._tenants.timestamp(),
        }
        held[made["id"]] = made
        return Answer(made, 201)

    def unassign(self, call: Call) -> Answer:
        """Take an assignment away."""
        held = self._tenants.now().assignments[self._principal(call)["id"]]
        if held.pop(call.parameters["assignment"], None) is None:
            raise missing(call.parameters["assignment"])
        return Answer(None, 204)

    def _require_free(self, body: Json, own: str) -> None:
        wanted = set(body.get("identifierUris") or [])
        for one in self._tenants.now().applications.values():
            if one["id"] != own and wanted & set(one.get("identifierUris") or []):
                raise invalid("Another object with the same value for property identifierUris already exists.")

    def _application(self, call: Call) -> Json:
        return _found(self._tenants.now().applications, call)

    def _holder(self, call: Call) -> Json:
        """Return an application or a service principal, each of which has secrets of its own."""
        return self._principal(call) if call.path.startswith("/v1.0/servicePrincipals") else self._application(call)

    def _principal(self, call: Call) -> Json:
        return _found(self._tenants.now().service_principals, call)

    def _credential(self, call: Call) -> tuple[dict[str, Json], Json]:
        held = self._tenants.now().federated[self._application(call)["id"]]
        wanted = call.parameters["credential"]
        found = held.get(wanted) or next((one for one in held.values() if one["name"] == wanted), None)
        if found is None:
            raise missing(wanted)
        return held, found

    def _checked(self, credential: Json, held: dict[str, Json]) -> Json:
        for name in ("name", "issuer", "subject", "audiences"):
            if not credential.get(name):
                raise invalid(f"A value is required for property '{name}' of resource 'FederatedIdentityCredential'.")
        if len(credential["audiences"]) != 1:
            raise invalid("Exactly one audience is required.")
        others = [one for one in held.values() if one["id"] != credential["id"]]
        if any(one["name"] == credential["name"] for one in others):
            raise conflict(f"FederatedIdentityCredential with name {credential['name']} already exists.")
        pair = (credential["issuer"], credential["subject"])
        if any((one["issuer"], one["subject"]) == pair for one in others):
            raise invalid("FederatedIdentityCredential with the same issuer and subject already exists.")
        return credential


def _found(held: dict[str, Json], call: Call) -> Json:
    """Return the resource of a path, by its id or by its application id."""
    if app := call.parameters.get("app"):
        found = next((one for one in held.values() if one["appId"] == app), None)
    else:
        app, found = call.parameters["id"], held.get(call.parameters["id"])
    if found is None:
        raise missing(app)
    return found


def new_service_principal(identity: str, app_id: str, display_name: str) -> Json:
    """Return a service principal as Graph answers one."""
    return {
        "id": identity,
        "appId": app_id,
        "displayName": display_name,
        "appDisplayName": display_name,
        "servicePrincipalNames": [app_id],
        "servicePrincipalType": "Application",
        "accountEnabled": True,
        "appRoles": [],
    }
