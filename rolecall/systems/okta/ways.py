"""Ways of granting access in Okta that the contract lacks: owners, rules, administrators, direct assignments.

https://developer.okta.com/docs/api/openapi/okta-management/management/tag/GroupOwner/, …/RoleAssignmentAUser/,
…/RoleAssignmentBGroup/, …/GroupRule/ and …/ApplicationUsers/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from rolecall.access.graph.live_step import LiveStep
from rolecall.access.graph.nodes import Origin, OriginType, person
from rolecall.access.membership import GroupState, Members
from rolecall.access.observation import Unmanaged
from rolecall.access.ways import Ways, administrator_names
from rolecall.contract.contract import Contract
from rolecall.ids.ids import GroupId, LiveSubject, Subject, SubjectType
from rolecall.systems.okta.client import PAGE, every, okta
from rolecall.systems.okta.group import PATH as GROUPS
from rolecall.systems.okta.group_rule import PATH as RULES
from rolecall.systems.okta.names import rule_name
from rolecall.systems.requests import Json

READ = (
    "owners of the contract's groups",
    "rules that fill the contract's groups",
    "administrators of Okta",
    "people and groups assigned to the Databricks application beside the contract's",
)
# Standard roles that can change who is in a group, who signs in as whom, or what tokens say:
# https://help.okta.com/en-us/content/topics/security/administrators-admin-comparison.htm
POWERFUL = frozenset(
    {
        "SUPER_ADMIN",
        "ORG_ADMIN",
        "USER_ADMIN",
        "GROUP_MEMBERSHIP_ADMIN",
        "APP_ADMIN",
        "HELP_DESK_ADMIN",
        "API_ACCESS_MANAGEMENT_ADMIN",
        "ACCESS_REQUESTS_ADMIN",
        "WORKFLOWS_ADMIN",
        "CUSTOM",
    }
)


def okta_ways(contract: Contract, groups: Mapping[str, Members], pool: ThreadPoolExecutor) -> Ways:
    """Read all ways into one record; `groups` are the contract's, by its names."""
    ways = Ways(read=[*READ])
    ids = {group.id: name for name, group in groups.items() if group.state is GroupState.PRESENT and group.id}
    known = administrator_names(contract)
    reads = [pool.submit(ways.collect, READ[1], lambda: [*_rules(contract, ids)])]
    reads.append(pool.submit(ways.collect, READ[2], lambda: [*_administrators(known, ids)]))
    if contract.identity is not None and contract.identity.application:
        application = contract.identity.application
        reads.append(pool.submit(ways.collect, READ[3], lambda: [*_assigned(application)]))
        reads.append(pool.submit(ways.collect, f"groups of {application}", lambda: [*_other_groups(application, ids)]))
    for identity, name in ids.items():
        reads.append(pool.submit(ways.collect, f"owners of group {name}", _owners(identity, name, known)))
        reads.append(pool.submit(ways.collect, f"roles of group {name}", _roles(identity, name, known, ids)))
    for read in reads:
        read.result()
    return ways


def _owners(identity: str, name: str, known: frozenset[str]) -> Callable[[], list[Unmanaged]]:
    def read() -> list[Unmanaged]:
        return [
            Unmanaged(
                f"owner of group {name}: {shown}",
                f"may add members to group {name}, which has the contract's grants",
                f"an Okta administrator: DELETE {GROUPS}/{identity}/owners/{owner['id']}",
                (LiveStep(_who(owner, shown), GroupId(name), "owns, and may join,"),),
            )
            for owner in every(f"{GROUPS}/{identity}/owners", limit=PAGE)
            if (shown := _owner_name(owner)).casefold() not in known
        ]

    return read


def _who(owner: Json, shown: str) -> Subject:
    return LiveSubject(SubjectType.GROUP, shown) if owner.get("type") == "GROUP" else person(shown)


def _roles(identity: str, name: str, known: frozenset[str], ids: Mapping[str, str]) -> Callable[[], list[Unmanaged]]:
    def read() -> list[Unmanaged]:
        if name.casefold() in known:
            return []
        return [
            Unmanaged(
                f"{role.get('label') or role.get('type')} of Okta: group {name}",
                "administers Okta, and is not in `administrators`" if role.get("type") in POWERFUL else "",
                f"an Okta super administrator: DELETE {GROUPS}/{identity}/roles/{role['id']}",
                _over(ids.values(), GroupId(name)),
            )
            for role in _listed(f"{GROUPS}/{identity}/roles")
        ]

    return read


def _rules(contract: Contract, ids: Mapping[str, str]) -> Iterator[Unmanaged]:
    # Names can be forged: a rule is the contract's only if it assigns members to the declared group.
    ours = {rule_name(contract, name): name for name, group in contract.groups.items() if group.includes}
    for rule in every(RULES, limit=PAGE):
        filled = [ids[group] for group in rule["actions"]["assignUserToGroups"]["groupIds"] if group in ids]
        if not filled or filled == [ours.get(rule["name"])]:
            continue
        active = rule.get("status") == "ACTIVE"
        expression = rule["conditions"]["expression"]["value"]
        yield Unmanaged(
            f"group rule {rule['name']}",
            f"fills group {', '.join(filled)} with everybody who matches {expression}" if active else "",
            f"an Okta administrator: DELETE {RULES}/{rule['id']}" if active else "",
            tuple(
                LiveStep(Origin(OriginType.UNMANAGED, f"everybody with {expression}"), GroupId(name), "is put into")
                for name in filled
            )
            if active
            else (),
        )


def _administrators(known: frozenset[str], ids: Mapping[str, str]) -> Iterator[Unmanaged]:
    """Yield everybody with an administrator's role: https://developer.okta.com/docs/concepts/role-assignment/."""
    for assignee in every("/api/v1/iam/assignees/users", within="value", limit=PAGE):
        identity = str(assignee["id"])
        user = okta().get(f"/api/v1/users/{identity}")
        login = str(user["profile"]["login"])
        if login.casefold() in known or identity.casefold() in known:
            continue
        assigned = _listed(f"/api/v1/users/{identity}/roles")
        roles = ", ".join(str(role.get("label") or role.get("type")) for role in assigned)
        able = any(role.get("type") in POWERFUL for role in assigned)
        yield Unmanaged(
            f"{roles} of Okta: {login}",
            "may add anybody to the contract's groups, and is not in `administrators`" if able else "",
            f"an Okta super administrator revokes the roles of user {identity}" if able else "",
            _over(ids.values(), person(login)) if able else (),
        )


def _over(groups: Iterable[str], who: Subject) -> tuple[LiveStep, ...]:
    """Return the steps of an administrator of the identity provider to the contract's groups."""
    return tuple(LiveStep(who, GroupId(name), "administers the identity provider, so may join") for name in groups)


def _assigned(application: str) -> Iterator[Unmanaged]:
    for user in every(f"/api/v1/apps/{application}/users", limit=PAGE):
        if user.get("scope") == "USER":
            shown = str((user.get("credentials") or {}).get("userName") or user["id"])
            yield Unmanaged(
                f"assignment of {shown} to application {application}",
                "provisions a person in Databricks outside the contract's groups",
                f"an Okta administrator: DELETE /api/v1/apps/{application}/users/{user['id']}",
            )


def _other_groups(application: str, ids: Mapping[str, str]) -> Iterator[Unmanaged]:
    """Yield groups outside the contract that are assigned to the application: their people get into Databricks."""
    for group in every(f"/api/v1/apps/{application}/groups", limit=PAGE):
        identity = str(group["id"])
        if identity not in ids:
            name = str((okta().get(f"/api/v1/groups/{identity}").get("profile") or {}).get("name") or identity)
            yield Unmanaged(
                f"assignment of group {name} to application {application}",
                f"provisions everybody in {name} in Databricks, outside the contract's groups",
                f"an Okta administrator: DELETE /api/v1/apps/{application}/groups/{identity}",
            )


def _owner_name(owner: Json) -> str:
    """Return the login of a user, or the name of a group; a user's `displayName` is a first and a last name."""
    if owner.get("type") == "USER":
        return str(okta().get(f"/api/v1/users/{owner['id']}")["profile"]["login"])
    return str(owner.get("displayName") or owner["id"])


def _listed(path: str) -> list[Json]:
    return list(okta().get(path) or [])
