"""User groups and service accounts: harness-open-api, UserGroupApi and ServiceAccountApi."""

from __future__ import annotations

import re

from rolecall.emulators.application import Answer, Call, Json
from rolecall.emulators.harness.caller import Projects, said
from rolecall.emulators.harness.errors import duplicate, missing, refused
from rolecall.emulators.routes import Routes, route

SCOPE = ("accountIdentifier", "orgIdentifier", "projectIdentifier")
IDENTIFIER = re.compile(r"^[a-zA-Z_][0-9a-zA-Z_$]{0,127}$")
NAME = re.compile(r"^[a-zA-Z_][-0-9a-zA-Z_\s]{0,127}$")


def checked(body: Json) -> str:
    """Return the identifier of what a body describes; refuse what Harness would not take."""
    identity, name = str(body.get("identifier") or ""), str(body.get("name") or "")
    if not IDENTIFIER.match(identity):
        raise refused(400, f"identifier: {identity!r} does not follow {IDENTIFIER.pattern}")
    if not NAME.match(name):
        raise refused(400, f"name: {name!r} does not follow {NAME.pattern}")
    return identity


def scope_of(call: Call) -> Json:
    """Return what a call means: a project, an organization or an account."""
    return {key: call.query[key] for key in SCOPE if call.query.get(key)}


def described(call: Call) -> Json:
    """Return what a body describes, with what Harness fills in."""
    return {**scope_of(call), "description": "", "tags": {}, **call.body}


class UserGroups(Routes):
    """The routes under /ng/api/user-groups."""

    def __init__(self, projects: Projects) -> None:
        self._projects = projects

    @route("GET", "/ng/api/user-groups")
    def list_all(self, call: Call) -> Answer:
        """Answer user groups."""
        return said(self._projects.page(call, self._projects.now().user_groups.values()))

    @route("POST", "/ng/api/user-groups")
    def create(self, call: Call) -> Answer:
        """Make a user group."""
        self._projects.require_administrator(call)
        identity, groups = checked(call.body), self._projects.now().user_groups
        if identity in groups:
            raise duplicate(f"User Group {identity}")
        groups[identity] = described(call)
        return said(groups[identity])

    @route("PUT", "/ng/api/user-groups")
    def update(self, call: Call) -> Answer:
        """Update a user group."""
        self._projects.require_administrator(call)
        identity, groups = checked(call.body), self._projects.now().user_groups
        if identity not in groups:
            raise missing(f"User Group {identity}")
        groups[identity] = described(call)
        return said(groups[identity])

    @route("GET", "/ng/api/user-groups/{id}")
    def get(self, call: Call) -> Answer:
        """Answer a user group."""
        found = self._projects.now().user_groups.get(call.parameters["id"])
        if found is None:
            # As the service does: nothing, and no refusal.
            return said(None)
        return said(found)

    @route("DELETE", "/ng/api/user-groups/{id}")
    def delete(self, call: Call) -> Answer:
        """Remove a user group with the roles that it has."""
        self._projects.require_administrator(call)
        now, identity = self._projects.now(), call.parameters["id"]
        found = now.user_groups.pop(identity, None)
        if found is None:
            raise missing(f"User Group {identity}")
        _forget(self._projects, "USER_GROUP", identity)
        return said(found)


class ServiceAccounts(Routes):
    """The routes under /ng/api/serviceaccount."""

    def __init__(self, projects: Projects) -> None:
        self._projects = projects

    @route("GET", "/ng/api/serviceaccount")
    def list_all(self, call: Call) -> Answer:
        """Answer service accounts."""
        return said(list(self._projects.now().service_accounts.values()))

    @route("POST", "/ng/api/serviceaccount")
    def create(self, call: Call) -> Answer:
        """Make a service account, without any key."""
        self._projects.require_administrator(call)
        identity, accounts = checked(call.body), self._projects.now().service_accounts
        if identity in accounts:
            raise duplicate(f"Service account with identifier [{identity}]")
        if not str(call.body.get("email") or "").endswith("@service.harness.io"):
            raise refused(400, "email: a service account's address ends in @service.harness.io")
        accounts[identity] = described(call)
        return said(accounts[identity])

    @route("GET", "/ng/api/serviceaccount/aggregate/{id}")
    def get(self, call: Call) -> Answer:
        """Answer a service account with how many keys it has."""
        found = self._projects.now().service_accounts.get(call.parameters["id"])
        if found is None:
            raise missing(f"Service account {call.parameters['id']}")
        return said({"serviceAccount": found, "tokensCount": 0, "createdAt": 0, "lastModifiedAt": 0})

    @route("PUT", "/ng/api/serviceaccount/{id}")
    def update(self, call: Call) -> Answer:
        """Update a service account."""
        self._projects.require_administrator(call)
        identity, accounts = call.parameters["id"], self._projects.now().service_accounts
        if identity not in accounts:
            raise missing(f"Service account {identity}")
        accounts[identity] = described(call)
        return said(accounts[identity])

    @route("DELETE", "/ng/api/serviceaccount/{id}")
    def delete(self, call: Call) -> Answer:
        """Remove a service account with the roles that it has."""
        self._projects.require_administrator(call)
        identity = call.parameters["id"]
        if self._projects.now().service_accounts.pop(identity, None) is None:
            raise missing(f"Service account {identity}")
        _forget(self._projects, "SERVICE_ACCOUNT", identity)
        return said(True)


def _forget(projects: Projects, sort: str, identity: str) -> None:
    now = projects.now()
    now.assignments = {
        key: one
        for key, one in now.assignments.items()
        if (one["principal"]["type"], one["principal"]["identifier"]) != (sort, identity)
    }
