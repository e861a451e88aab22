from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.identity_facts import IdentityFacts, KnownGroup
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import (
    ENTRA_APP_ROLE_ASSIGNMENT,
    ENTRA_GROUP,
    ENTRA_GROUP_MEMBERSHIP,
    GROUP_MEMBERS,
    OKTA_APP_ASSIGNMENT,
    OKTA_GROUP,
    OKTA_GROUP_MEMBERSHIP,
    OKTA_GROUP_RULE,
)

_CONTRACT = "Write it in the contract: `groups`, with `members` or `includes`."


# Okta's only function that Rolecall's rules use:
# https://developer.okta.com/docs/reference/okta-expression-language/#group-functions.
_ANY_OF = re.compile(r'^isMemberOfAnyGroup\((?P<ids>"[^"]+"(?:,\s*"[^"]+")*)\)$')


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    facts = context.identity
    if facts is None:
        yield Finding("it changes who is in which group, and there is no contract to compare it with", _CONTRACT)
        return
    if resource.type in (OKTA_GROUP, ENTRA_GROUP):
        yield from _group(resource, facts)
    elif resource.type in (OKTA_GROUP_MEMBERSHIP, ENTRA_GROUP_MEMBERSHIP):
        yield from _membership(resource, facts)
    elif resource.type == OKTA_GROUP_RULE:
        yield from _rule(resource, facts)
    elif resource.type == GROUP_MEMBERS:
        yield from _account_members(resource, facts)
    else:
        path = "appId" if resource.type == OKTA_APP_ASSIGNMENT else "resourceId"
        application = resource.properties.read(path)
        if application != facts.application:
            how = f"Allowed: the contract's application, {facts.application or 'of which there is none'}."
            yield Finding(f"it lets people into the application {application}", how)


def _group(resource: Resource, facts: IdentityFacts) -> Iterator[Finding]:
    found = _known(resource, facts)
    name = resource.properties.read("name" if resource.type == OKTA_GROUP else "displayName")
    if found is None or found.external is not None or name != found.key:
        yield Finding(f"the contract makes no group {name!r}", _CONTRACT)
    elif resource.properties.read("adopt") and not found.adopt:
        yield Finding(f"it takes over any group called {name!r}", "Write `adopt: true` for it in the contract.")


def _membership(resource: Resource, facts: IdentityFacts) -> Iterator[Finding]:
    found = _known(resource, facts)
    if found is None or found.external is not None:
        yield Finding("the contract declares no members of this group", _CONTRACT)
        return
    allowed = (found.members or frozenset()) | facts.externals(found.includes)
    if not resource.properties.is_set("members"):
        return
    # Groups that are still to be made have no id yet.
    extra = sorted({str(one) for one in resource.properties.known("members")} - allowed)
    own = sum(1 for key in found.includes if facts.groups[key].external is None)
    if len(extra) > (own if resource.type == ENTRA_GROUP_MEMBERSHIP else 0):
        yield Finding(f"the contract does not put {', '.join(extra)} into {found.key!r}", _CONTRACT)


def _account_members(resource: Resource, facts: IdentityFacts) -> Iterator[Finding]:
    if facts.provisioning != "rolecall":
        how = "Let the identity provider bring members, or write `provisioning: rolecall` in the contract."
        yield Finding("it puts people into a group past the identity provider", how)
    elif resource.properties.is_set("memberGroups") and resource.properties.read("memberGroups") != []:
        # The contract's groups are filled with people by the identity provider, nested groups included.
        yield Finding("it puts groups or service principals into a group of the account", _CONTRACT)
    elif resource.name not in facts.resource_names:
        yield Finding(f"the contract has no group {resource.name!r}", _CONTRACT)


def _rule(resource: Resource, facts: IdentityFacts) -> Iterator[Finding]:
    filled = resource.properties.known("groupIds")
    if taken := sorted(set(map(str, filled)) & facts.all_externals):
        yield Finding(f"it puts people into {', '.join(taken)}, which the identity provider owns", _CONTRACT)
    if not resource.properties.is_set("expression"):
        return
    # A rule on groups that are still to be made is judged once they are.
    text = resource.properties.known_or_none("expression")
    if text is None:
        return
    found = _ANY_OF.match(str(text))
    ids = re.findall(r'"([^"]+)"', found["ids"]) if found else []
    if not found or not any(_fills(ids, one, facts) for one in facts.groups.values()):
        how = "Write `includes` for the group in the contract; Rolecall makes the rule."
        yield Finding("the contract has no group that is filled so", how)


def _fills(ids: Sequence[str], group: KnownGroup, facts: IdentityFacts) -> bool:
    externals = facts.externals(group.included)
    rest = set(ids) - externals
    own = sum(1 for key in group.included if facts.groups[key].external is None)
    return bool(group.included) and externals <= set(ids) and len(rest) <= own and not rest & facts.all_externals


def _known(resource: Resource, facts: IdentityFacts) -> KnownGroup | None:
    key = facts.by_mark.get(str(resource.properties.read("managedBy")))
    return facts.groups[key] if key is not None else None


RULE = Rule(
    "membership-follows-the-contract",
    "Groups of the identity provider and their members match the contract.",
    Severity.CRITICAL,
    "https://help.okta.com/en-us/content/topics/users-groups-profiles/usgp-groups-main.htm",
    (Theme.LEAST_PRIVILEGE, Theme.LIFECYCLE),
    (
        *(OKTA_GROUP, OKTA_GROUP_MEMBERSHIP, OKTA_GROUP_RULE, OKTA_APP_ASSIGNMENT),
        *(ENTRA_GROUP, ENTRA_GROUP_MEMBERSHIP, ENTRA_APP_ROLE_ASSIGNMENT, GROUP_MEMBERS),
    ),
    _check,
    Example(
        OKTA_GROUP_MEMBERSHIP,
        {
            "groupId": "00g-emergency",
            "managedBy": "rolecall:acme:group:emergency",
            "members": ["00u-ada"],
        },
        (
            put("members.1", "00u-eve"),
            put("managedBy", "rolecall:acme:group:strangers"),
            put("managedBy", "rolecall:acme:group:analysts"),
        ),
        ("members", "managedBy"),
    ),
    needs_contract=True,
)
