"""Applications, their federated credentials, service principals, and who is assigned to them.

https://learn.microsoft.com/graph/api/resources/application, .../federatedidentitycredential, .../serviceprincipal,
.../approleassignment
"""

from __future__ import annotations

import uuid

from rolecall.emulators.application import Answer, Call, Endpoint, Json
from rolecall.emulators.entra.caller import Tenants, selected
from rolecall.emulators.entra.errors import conflict, invalid, missing

# "A maximum of 20 federated identity credentials can be added to an application."
MOST_FEDERATED = 20
# The role of an application that declares none: "the principal is assigned to the app without any specific app role".
DEFAULT_ROLE = "00000000-0000-0000-0000-000000000000"
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
        """Return the routes."""
        applications, principals = "/v1.0/applications", "/v1.0/servicePrincipals"
        federated = f"{applications}/{{id}}/federatedIdentityCredentials"
        assigned = f"{principals}/{{id}}/appRoleAssignedTo"
        return [
            Endpoint("GET", applications, self.list_applications, knows=("$select",)),
            Endpoint("POST", applications, self.create_application),
            Endpoint("GET", f"{applications}/{{id}}", lambda call: selected(call, self._application(call))),
            Endpoint("PATCH", f"{applications}/{{id}}", self.update_application),
            Endpoint("DELETE", f"{applications}/{{id}}", self.delete_application),
            Endpoint("POST", f"{applications}/{{id}}/addPassword", self.add_password),
            Endpoint("POST", f"{applications}/{{id}}/removePassword", self.remove_password),
            Endpoint("GET", federated, self.list_federated, knows=("$select",)),
            Endpoint("POST", federated, self.create_federated),
            Endpoint("GET", f"{federated}/{{credential}}", lambda call: self._credential(call)[1]),
            Endpoint("PATCH", f"{federated}/{{credential}}", self.update_federated),
            Endpoint("DELETE", f"{federated}/{{credential}}", self.delete_federated),
            Endpoint("GET", principals, self.list_principals, knows=("$select",)),
            Endpoint("POST", principals, self.create_principal),
            Endpoint("GET", f"{principals}/{{id}}", lambda call: selected(call, self._principal(call))),
            Endpoint("DELETE", f"{principals}/{{id}}", self.delete_principal),
            Endpoint("GET", assigned, self.list_assigned, knows=("$select",)),
            Endpoint("POST", assigned, self.assign),
            Endpoint("DELETE", f"{assigned}/{{assignment}}", self.unassign),
        ]

    def list_applications(self, call: Call) -> Answer:
        """Answer applications."""
        return self._tenants.page(call, list(self._tenants.now().applications.values()))

    def create_application(self, call: Call) -> Answer:
        """Make an application; names need not be unique."""
        if not call.body.get("displayName"):
            raise invalid("A value is required for property 'displayName' of resource 'Application'.")
        made: Json = {
            "id": str(uuid.uuid4()),
            "appId": str(uuid.uuid4()),
            "displayName": call.body["displayName"],
            "description": call.body.get("description"),
            "signInAudience": _audience(call.body.get("signInAudience") or "AzureADandPersonalMicrosoftAccount"),
            "tags": call.body.get("tags") or [],
            "passwordCredentials": [],
            "keyCredentials": [],
            "createdDateTime": self._tenants.timestamp(),
        }
        self._tenants.now().applications[made["id"]] = made
        self._tenants.now().federated[made["id"]] = {}
        return Answer(made, 201)

    def update_application(self, call: Call) -> Answer:
        """Change parts of an application."""
        application = self._application(call)
        application.update(
            {
                key: call.body[key]
                for key in ("displayName", "description", "tags", "keyCredentials")
                if key in call.body
            }
        )
        return Answer(None, 204)

    def delete_application(self, call: Call) -> Answer:
        """Remove an application with its credentials and its service principal."""
        now, application = self._tenants.now(), self._application(call)
        del now.applications[application["id"]]
        now.federated.pop(application["id"], None)
        for key in [key for key, one in now.service_principals.items() if one["appId"] == application["appId"]]:
            self._remove_principal(key)
        return Answer(None, 204)

    def add_password(self, call: Call) -> Json:
        """Make a secret: https://learn.microsoft.com/graph/api/application-addpassword. Its text is returned once."""
        application, wanted = self._application(call), call.body.get("passwordCredential") or {}
        made = {
            "keyId": str(uuid.uuid4()),
            "displayName": wanted.get("displayName"),
            "startDateTime": wanted.get("startDateTime") or self._tenants.timestamp(),
            "endDateTime": wanted.get("endDateTime"),
            "hint": "emu",
        }
        application.setdefault("passwordCredentials", []).append(made)
        return {**made, "secretText": f"emulated-{uuid.uuid4()}"}

    def remove_password(self, call: Call) -> Answer:
        """Remove a secret."""
        application = self._application(call)
        held = application.get("passwordCredentials") or []
        kept = [one for one in held if one["keyId"] != call.body.get("keyId")]
        if len(kept) == len(held):
            raise missing(str(call.body.get("keyId")))
        application["passwordCredentials"] = kept
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

    def update_federated(self, call: Call) -> Answer:
        """Change parts of a federated credential; its name stays."""
        held, one = self._credential(call)
        held[one["id"]] = self._checked({**one, **call.body, "name": one["name"]}, held)
        return Answer(None, 204)

    def delete_federated(self, call: Call) -> Answer:
        """Remove a federated credential."""
        held, one = self._credential(call)
        del held[one["id"]]
        return Answer(None, 204)

    def list_principals(self, call: Call) -> Answer:
        """Answer service principals."""
        return self._tenants.page(call, list(self._tenants.now().service_principals.values()))

    def create_principal(self, call: Call) -> Answer:
        """Make the service principal of an application; it has one."""
        now, app_id = self._tenants.now(), str(call.body.get("appId") or "")
        application = next((one for one in now.applications.values() if one["appId"] == app_id), None)
        if application is None:
            raise invalid(
                f"The appId '{app_id}' of the service principal does not reference a valid application object."
            )
        if any(one["appId"] == app_id for one in now.service_principals.values()):
            raise conflict(f"The service principal cannot be created: the appId {app_id} is already in use.")
        made = new_service_principal(str(uuid.uuid4()), app_id, str(application["displayName"]))
        now.service_principals[made["id"]] = made
        now.assignments[made["id"]] = {}
        return Answer(made, 201)

    def delete_principal(self, call: Call) -> Answer:
        """Remove a service principal with its assignments."""
        self._remove_principal(self._principal(call)["id"])
        return Answer(None, 204)

    def list_assigned(self, call: Call) -> Answer:
        """Answer who is assigned to an application."""
        return self._tenants.page(call, list(self._tenants.now().assignments[self._principal(call)["id"]].values()))

    def assign(self, call: Call) -> Answer:
        """Assign a user or group to an application."""
        principal, body = self._principal(call), call.body
        held = self._tenants.now().assignments[principal["id"]]
        found = self._tenants.now().of(str(body.get("principalId")))
        if found is None or body.get("resourceId") != principal["id"]:
            raise missing(str(body.get("principalId")))
        role = str(body.get("appRoleId") or DEFAULT_ROLE)
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

    def _remove_principal(self, identity: str) -> None:
        now = self._tenants.now()
        now.service_principals.pop(identity, None)
        now.assignments.pop(identity, None)
        for held in now.members.values():
            if identity in held:
                held.remove(identity)

    def _application(self, call: Call) -> Json:
        found = self._tenants.now().applications.get(call.parameters["id"])
        if found is None:
            raise missing(call.parameters["id"])
        return found

    def _principal(self, call: Call) -> Json:
        found = self._tenants.now().service_principals.get(call.parameters["id"])
        if found is None:
            raise missing(call.parameters["id"])
        return found

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


def new_service_principal(identity: str, app_id: str, display_name: str) -> Json:
    """Return a service principal as Graph answers one."""
    return {
        "id": identity,
        "appId": app_id,
        "displayName": display_name,
        "servicePrincipalType": "Application",
        "accountEnabled": True,
        "appRoles": [],
    }
