"""Who may read and write the secrets of a scope, the whole list in one object; secrets themselves are never read."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rolecall.errors import ObjectMissing, RequestRejected
from rolecall.systems.databricks.client import shared_reader
from rolecall.systems.databricks.workspace import workspace
from rolecall.systems.requests import Json, Request
from rolecall.systems.resource import Live, Model, Resource

ACLS = "/api/2.0/secrets/acls"
# Between the workspace's address and the scope's name in an id; neither can hold it.
BETWEEN = "|"


class SecretAccessEntry(Model):
    """What one principal holds."""

    principal: str = Field(min_length=1, description="a group's name, or a service principal's application id")
    permission: Literal["READ", "WRITE", "MANAGE"] = Field(description="READ, WRITE or MANAGE")


class SecretAccessInputs(Model):
    """Who holds what on a secret scope."""

    workspace_host: str = Field(min_length=1, description="address of the workspace")
    scope: str = Field(min_length=1, description="the scope's name")
    entries: list[SecretAccessEntry] = Field(description="all holders; the order has no meaning")


class SecretAccess(Resource[SecretAccessInputs]):
    """The access control list of a secret scope. The next run removes undeclared entries."""

    token = "rolecall:databricks:SecretAccess"
    description = "Who may read and write the secrets of a Databricks secret scope: the whole list in one object."
    replaced_by = frozenset({"workspaceHost", "scope"})
    unordered = frozenset({"entries"})

    def create(self, inputs: SecretAccessInputs) -> Live[SecretAccessInputs]:
        """Write the list."""
        return self._write(inputs)

    def read(self, identity: str, declared: SecretAccessInputs | None) -> Live[SecretAccessInputs] | None:
        """Return who holds what now."""
        host, _, scope = identity.rpartition(BETWEEN)
        held = _held(host, scope)
        if held is None:
            return None
        entries = [
            SecretAccessEntry.model_validate({"principal": who, "permission": level}) for who, level in held.items()
        ]
        entries.sort(key=lambda one: one.principal)
        return Live(identity, SecretAccessInputs(workspace_host=host, scope=scope, entries=entries))

    def update(self, identity: str, old: SecretAccessInputs, new: SecretAccessInputs) -> Live[SecretAccessInputs]:
        """Grant first, then revoke."""
        return self._write(new)

    def delete(self, identity: str, declared: SecretAccessInputs) -> None:
        """Stop keeping the list; it goes with the scope."""

    def _write(self, inputs: SecretAccessInputs) -> Live[SecretAccessInputs]:
        host, scope = inputs.workspace_host, inputs.scope
        held = workspace(host).poll_until(lambda: _held(host, scope), lambda found: found is not None, seconds=30)
        if held is None:
            raise RequestRejected(f"workspace {host} has no secret scope {scope!r}", status=404)
        wanted = {entry.principal: entry.permission for entry in inputs.entries}
        for principal, level in wanted.items():
            if held.get(principal) != level:
                _send(host, "put", {"scope": scope, "principal": principal, "permission": level})
        for principal in sorted(set(held) - set(wanted)):
            _send(host, "delete", {"scope": scope, "principal": principal})
        return Live(f"{host}{BETWEEN}{scope}", inputs)


def _held(host: str, scope: str) -> dict[str, str] | None:
    try:
        found = shared_reader(host).secret_acl(scope)
    except ObjectMissing:
        return None
    return {str(item["principal"]): str(item["permission"]) for item in found.get("items") or []}


def _send(host: str, what: str, body: Json) -> None:
    """Put or delete an entry; both may be repeated, so an answer that was lost is asked for again."""
    scope, principal = body["scope"], body["principal"]

    def done() -> bool | None:
        level = (_held(host, scope) or {}).get(principal)
        return True if level == body.get("permission") else None

    try:
        workspace(host).once(done, Request("POST", f"{ACLS}/{what}", body=body), lambda _answer: True)
    except ObjectMissing:
        if what == "put":
            raise
