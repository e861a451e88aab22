"""Applications, which workers act as: https://orkes.io/content/access-control-and-security/applications.

Rolecall makes no access keys: their secrets would lie in Pulumi's state. Names need not differ in Conductor, so that
ours carry a tag by which they are found again.
"""

from __future__ import annotations

from pydantic import Field

from rolecall.errors import ObjectMissing, RolecallError
from rolecall.systems.conductor.application_names import subject_of
from rolecall.systems.conductor.client import conductor, every, one, repeatedly
from rolecall.systems.ownership import UNOWNED, not_owned, organization_of
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, PartlyMade, Resource

OWNER_TAG = "managed-by"
# Of all roles that an application can have, those that let it do nothing by itself but take up tasks.
ROLES = ("WORKER",)


class ApplicationInputs(Model):
    """An application."""

    name: str = Field(min_length=1, description="its name")
    roles: list[str] = Field(default_factory=lambda: [*ROLES], description="what it may do in the cluster")
    managed_by: str = Field(min_length=1, description="whose it is; written as a tag")


class Application(Resource[ApplicationInputs]):
    """An application that workers act as, without any access key."""

    token = "rolecall:conductor:Application"
    description = "An application in Conductor, which workers act as. Its access keys are not Rolecall's."
    loss = "its keys"
    unordered = frozenset({"roles"})
    computed = {"subject": "what permissions call it"}

    def create(self, inputs: ApplicationInputs) -> Live[ApplicationInputs]:
        """Make it, or go on with one that an earlier run has made."""
        same_name = _named(inputs.name)
        found = _ours(same_name, inputs.managed_by)
        if found is None:
            before = {str(same["id"]) for same in same_name}

            def made() -> Json | None:
                return next((same for same in _named(inputs.name) if str(same["id"]) not in before), None)

            request = Request("POST", "/applications", body={"name": inputs.name})
            found = conductor().once(made, request, lambda answer: dict(answer.body))
        identity = str(found["id"])
        live = Live(identity, inputs, {"subject": subject_of(identity)})
        try:
            tags = [{"key": OWNER_TAG, "value": inputs.managed_by}]
            repeatedly(Request("PUT", f"/applications/{identity}/tags", body=tags))
            for role in inputs.roles:
                repeatedly(Request("POST", f"/applications/{identity}/roles/{role}"))
        except RolecallError as error:
            raise PartlyMade(live, error) from error
        return live

    def read(self, identity: str, declared: ApplicationInputs | None) -> Live[ApplicationInputs] | None:
        """Return it; its roles are not returned, and assumed to be the declared ones."""
        found = one(f"/applications/{identity}")
        if found is None:
            return None
        owners = _owners(identity)
        owner = declared.managed_by if declared and declared.managed_by in owners else next(iter(owners), "")
        roles = declared.roles if declared else [*ROLES]
        inputs = ApplicationInputs(name=found["name"], roles=roles, managed_by=owner or UNOWNED)
        return Live(identity, inputs, {"subject": subject_of(identity)})

    def update(self, identity: str, old: ApplicationInputs, new: ApplicationInputs) -> Live[ApplicationInputs]:
        """Rename it, and give it its roles before others go."""
        if new.name != old.name:
            repeatedly(Request("PUT", f"/applications/{identity}", body={"name": new.name}))
        if new.managed_by != old.managed_by:
            tags = [{"key": OWNER_TAG, "value": new.managed_by}]
            repeatedly(Request("PUT", f"/applications/{identity}/tags", body=tags))
        # Tags are added: the former mark stays else, and is the one that is found.
        former = [{"key": OWNER_TAG, "value": one} for one in _owners(identity) if is_former(one, new.managed_by)]
        if former:
            repeatedly(Request("DELETE", f"/applications/{identity}/tags", body=former))
        for role in new.roles:
            repeatedly(Request("POST", f"/applications/{identity}/roles/{role}"))
        for role in {*old.roles} - {*new.roles}:
            repeatedly(Request("DELETE", f"/applications/{identity}/roles/{role}"))
        return Live(identity, new, {"subject": subject_of(identity)})

    def delete(self, identity: str, declared: ApplicationInputs) -> None:
        """Remove it, with its keys."""
        found = one(f"/applications/{identity}")
        if found is None:
            return
        if declared.managed_by not in _owners(identity):
            raise not_owned(f"Conductor application {found['name']!r} ({identity})")
        try:
            conductor().send(Request("DELETE", f"/applications/{identity}"))
        except ObjectMissing:
            return


def _ours(same_name: list[Json], managed_by: str) -> Json | None:
    """Return an earlier run's: it has our mark, or none and was made with our access key.

    A run that was killed right after it had made one could not mark it any more.
    """
    if not same_name:
        return None
    owners = {str(one_["id"]): _owners(str(one_["id"])) for one_ in same_name}
    marked = [one_ for one_ in same_name if managed_by in owners[str(one_["id"])]]
    if marked:
        return marked[0]
    caller = str((one("/token/userInfo") or {}).get("id") or "")
    unmarked = [one_ for one_ in same_name if not owners[str(one_["id"])]]
    return next((one_ for one_ in unmarked if caller and one_.get("createdBy") == caller), None)


def _named(name: str) -> list[Json]:
    return [found for found in every("/applications") if found["name"] == name]


def _owners(identity: str) -> list[str]:
    """Return the marks that an application carries: a run that was killed while it renamed one leaves two."""
    tags = one(f"/applications/{identity}/tags") or []
    return [str(tag["value"]) for tag in tags if tag.get("key") == OWNER_TAG]


def is_former(mark: str, managed_by: str) -> bool:
    """Return whether a mark is another one of the same organization."""
    return mark != managed_by and organization_of(mark) == organization_of(managed_by)
