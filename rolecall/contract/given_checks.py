"""Checks of contracts whose deployer administers workspaces, but not the account."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rolecall.contract.account_roles import SORTS
from rolecall.contract.contract import Contract
from rolecall.contract.given import declared_principals
from rolecall.contract.problems import known
from rolecall.contract.source import Path, Places
from rolecall.errors import Problem
from rolecall.kinds.registry import SYSTEM_TABLES

NEEDS_ACCOUNT = "needs-account"
MODE = "`administer: workspaces`"
# Ids of principals in an account have only digits, application ids are UUIDs in lower case:
# https://docs.databricks.com/api/workspace/groups/list, https://docs.databricks.com/api/workspace/serviceprincipals/list
# An unset variable of a contract that is only validated has a word in place of its value (`from_environment`).
_GROUP = re.compile(r"[0-9]+|unset-[a-z0-9-]+")
_APPLICATION = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def check_given(contract: Contract, places: Places) -> Iterator[Problem]:
    """Yield declarations that require an account administrator, and principals without a usable id."""
    if contract.databricks.has_account:
        if contract.databricks.service_principals:
            what = "`service_principals` names application ids, and the deployer administers the account"
            how = f"Remove it, and Rolecall creates the service principals; or write {MODE}."
            yield Problem("wrong-value", places.of("databricks", "service_principals"), what, how)
        return
    yield from _identity(contract, places)
    yield from _groups(contract, places)
    yield from _account_objects(contract, places)
    yield from _workspaces(contract, places)
    yield from _declared_by_projects(contract, places)
    yield from _system_tables(contract, places)
    yield from _ids(contract, places)


def _refused(places: Places, at: Path, what: str, how: str) -> Problem:
    return Problem(NEEDS_ACCOUNT, places.of(*at), f"{what}, and the deployer has {MODE}", how)


def _identity(contract: Contract, places: Places) -> Iterator[Problem]:
    if contract.identity is not None:
        what = "`identity` provisions groups into the account, which requires an account administrator"
        how = "Remove it: the account's administrators provision the groups."
        yield _refused(places, ("identity",), what, how)


def _groups(contract: Contract, places: Places) -> Iterator[Problem]:
    for name, group in contract.groups.items():
        at: Path = ("groups", name)
        if group.managed:
            what = f"group {name!r} is managed: creating it requires an account administrator"
            how = "Have an account administrator create it, and write `external: ID`, its id in the account."
            yield _refused(places, (*at, "managed"), what, how)
        for key, holders in (("managers", group.managers), ("assumers", group.assumers)):
            if holders is not None:
                what = f"`{key}` of group {name!r} are roles of the account, which require an account administrator"
                how = "Remove them, and have an account administrator grant the roles."
                yield _refused(places, (*at, key), what, how)
        if group.external and not _GROUP.fullmatch(group.external):
            what = f"group {name!r} has the id {group.external!r}; with {MODE} that is its id in the account: digits"
            how = "Find it with `databricks groups list` in one of its workspaces."
            yield Problem("wrong-value", places.of(*at, "external"), what, how)


def _account_objects(contract: Contract, places: Places) -> Iterator[Problem]:
    for sort in SORTS:
        for name in sort.objects(contract):
            what = f"{sort.noun} {name!r} belongs to the account, and roles on it require an account administrator"
            how = "Remove it, and have an account administrator create it."
            yield _refused(places, (sort.section, name), what, how)


def _workspaces(contract: Contract, places: Places) -> Iterator[Problem]:
    for name, workspace in contract.workspaces.items():
        if workspace.create is not None:
            what = f"workspace {name!r} is created, which requires an account administrator"
            how = "Have an account administrator create it, and write `host: ADDRESS`."
            yield _refused(places, ("workspaces", name, "create"), what, how)


def _declared_by_projects(contract: Contract, places: Places) -> Iterator[Problem]:
    for project, declared in contract.projects.items():
        for key, principal in declared.service_principals.items():
            at: Path = ("projects", project, "service_principals", key)
            if principal.federation:
                what = f"service principal {key!r} has federation policies, which require an account administrator"
                how = "Remove `federation`, and have an account administrator create the policies."
                yield _refused(places, (*at, "federation"), what, how)
            if principal.azure:
                what = f"service principal {key!r} has an Azure application with the same federation"
                how = "Remove `azure`, and have an administrator create the application."
                yield _refused(places, (*at, "azure"), what, how)


def _system_tables(contract: Contract, places: Places) -> Iterator[Problem]:
    """Refuse roles on lineage and audit logs: only an account administrator enables their schema.

    https://docs.databricks.com/en/admin/system-tables/index.html
    """
    for name, role in contract.roles.items():
        for index, right in enumerate(role):
            if wanted := next((kind for kind in right.kinds() if kind in SYSTEM_TABLES), None):
                what = f"role {name!r} is about {wanted}: access to system tables requires an account administrator"
                how = "Remove it, and have an account administrator grant SELECT on the tables."
                yield _refused(places, ("roles", name, index, "kind"), what, how)


def _ids(contract: Contract, places: Places) -> Iterator[Problem]:
    """Refuse service principals without an application id, and ids that are another principal's."""
    named = contract.databricks.service_principals
    at: Path = ("databricks", "service_principals")
    taken = {contract.databricks.deployer.casefold(): "`databricks.deployer`"}
    if contract.databricks.previewer:
        taken[contract.databricks.previewer.casefold()] = "`databricks.previewer`"
    declared = {(one.name, one.environment) for one in declared_principals(contract)}
    for path, by_environment in named.items():
        yield from known("service principal", path, {name for name, _ in declared}, places, (*at, path))
        for environment, application_id in by_environment.items():
            where: Path = (*at, path, environment)
            yield from known("environment", environment, contract.environments, places, where)
            own = f"{path} in {environment}"
            first = taken.setdefault(application_id.casefold(), own)
            if first != own:
                what = f"{own} has the application id of {first}: one identity with the access of both"
                how = "Name a service principal of its own for each project and environment."
                yield Problem("declared-twice", places.of(*where), what, how)
            if not _APPLICATION.fullmatch(application_id):
                what = f"{own} has the application id {application_id!r}"
                yield Problem("wrong-value", places.of(*where), what, "Write a UUID in lower case.")
    for one in declared_principals(contract):
        if one.environment not in named.get(one.name, {}):
            what = f"{one} has no application id, and with {MODE} Rolecall creates none"
            how = f"Write `databricks: {{service_principals: {{{one.name}: {{{one.environment}: ID}}}}}}`."
            yield Problem("missing-key", places.of("projects", one.project, "service_principals", one.key), what, how)
