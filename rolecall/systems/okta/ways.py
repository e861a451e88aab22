"""Ways of giving access in Okta that the contract does not declare: owners, rules, administrators, direct assignments.

https://developer.okta.com/docs/api/openapi/okta-management/management/tag/GroupOwner/, …/RoleAssignmentAUser/,
…/RoleAssignmentBGroup/, …/GroupRule/ and …/ApplicationUsers/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from rolecall.access.membership import GroupState, Members
from rolecall.access.observation import Unmanaged
from rolecall.access.ways import Ways, administrator_names
from rolecall.contract.contract import Contract
from rolecall.systems.okta.client import PAGE, every, okta
from rolecall.systems.okta.group import PATH as GROUPS
from rolecall.systems.okta.group_rule import PATH as RULES
from rolecall.systems.okta.names import rule_name
from rolecall.systems.requests import Json

READ = (
    "owners of the contract's groups",
    "rules that fill the contract's groups",
    "administrators of Okta",
    "people who are assigned to the Databricks application one by one",
)


def okta_ways(contract: Contract, groups: Mapping[str, Members], pool: ThreadPoolExecutor) -> Ways:
    """Read every way; the contract's groups by its names."""
    ways = Ways(read=[*READ])
    ids = {one.id: name for name, one in groups.items() if one.state is GroupState.PRESENT and one.id}
    known = administrator_names(
        contract.databricks.deployer,
        contract.break_glass.group if contract.break_glass else None,
        contract.administrators,
    )
    later = [pool.submit(ways.noted, READ[1], lambda: [*_rules(contract, ids)])]
    later.append(pool.submit(ways.noted, READ[2], lambda: [*_administrators(known)]))
    if contract.identity is not None and contract.identity.application:
        application = contract.identity.application
        later.append(pool.submit(ways.noted, READ[3], lambda: [*_assigned(application)]))
    for identity, name in ids.items():
        later.append(pool.submit(ways.noted, f"owners of group {name}", _owners(identity, name, known)))
        later.append(pool.submit(ways.noted, f"roles of group {name}", _roles(identity, name, known)))
    for one in later:
        one.result()
    return ways


def _owners(identity: str, name: str, known: frozenset[str]) -> Callable[[], list[Unmanaged]]:
    def read() -> list[Unmanaged]:
        found = every(f"{GROUPS}/{identity}/owners", limit=PAGE)
        return [
            Unmanaged(
                f"owner of group {name}: {shown}",
                f"puts people into group {name}, which holds what the contract gives it",
                f"an Okta administrator: DELETE {GROUPS}/{identity}/owners/{one['id']}",
            )
            for one in found
            if (shown := str(one.get("displayName") or one["id"])).casefold() not in known
        ]

    return read


def _roles(identity: str, name: str, known: frozenset[str]) -> Callable[[], list[Unmanaged]]:
    def read() -> list[Unmanaged]:
        if name.casefold() in known:
            return []
        return [
            Unmanaged(
                f"{one.get('label') or one.get('type')} of Okta: group {name}",
                "administers Okta, and is not in `administrators`",
                f"an Okta super administrator: DELETE {GROUPS}/{identity}/roles/{one['id']}",
            )
            for one in _listed(f"{GROUPS}/{identity}/roles")
        ]

    return read


def _rules(contract: Contract, ids: Mapping[str, str]) -> Iterator[Unmanaged]:
    ours = {rule_name(contract, name) for name in contract.groups}
    for rule in every(RULES, limit=PAGE):
        filled = [ids[one] for one in rule["actions"]["assignUserToGroups"]["groupIds"] if one in ids]
        if rule["name"] in ours or not filled:
            continue
        active = rule.get("status") == "ACTIVE"
        expression = rule["conditions"]["expression"]["value"]
        yield Unmanaged(
            f"group rule {rule['name']}",
            f"fills group {', '.join(filled)} with whoever {expression} means" if active else "",
            f"an Okta administrator: DELETE {RULES}/{rule['id']}" if active else "",
        )


def _administrators(known: frozenset[str]) -> Iterator[Unmanaged]:
    """Yield everybody with an administrator's role: https://developer.okta.com/docs/concepts/role-assignment/."""
    for assignee in _listed("/api/v1/iam/assignees/users", key="value"):
        identity = str(assignee["id"])
        user = okta().get(f"/api/v1/users/{identity}")
        login = str(user["profile"]["login"])
        if login.casefold() in known or identity.casefold() in known:
            continue
        held = _listed(f"/api/v1/users/{identity}/roles")
        roles = ", ".join(str(one.get("label") or one.get("type")) for one in held)
        yield Unmanaged(
            f"{roles} of Okta: {login}",
            "may put anybody into the contract's groups, and is not in `administrators`",
            f"an Okta super administrator takes the roles of user {identity} away",
        )


def _assigned(application: str) -> Iterator[Unmanaged]:
    for user in every(f"/api/v1/apps/{application}/users", limit=PAGE):
        if user.get("scope") == "USER":
            shown = str((user.get("credentials") or {}).get("userName") or user["id"])
            yield Unmanaged(
                f"assignment of {shown} to application {application}",
                "brings a person into Databricks beside the contract's groups",
                f"an Okta administrator: DELETE /api/v1/apps/{application}/users/{user['id']}",
            )


def _listed(path: str, key: str = "") -> list[Json]:
    found = okta().get(path)
    return list((found.get(key) or []) if key else found or [])
