"""The account's ways of granting access: administrators, federation policies, secrets, nested members, group roles."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any

from rolecall.access.graph.live_step import LiveStep
from rolecall.access.graph.nodes import Administrators, Origin, OriginType
from rolecall.access.observation import Unmanaged
from rolecall.access.ways import Ways
from rolecall.contract.account_roles import BUDGETS, roles_on
from rolecall.contract.contract import Contract
from rolecall.contract.group_roles import group_roles
from rolecall.contract.identity_checks import issuer_addresses
from rolecall.contract.naming import ALL_USERS
from rolecall.ids.ids import GroupId, ServicePrincipalId, Subject
from rolecall.kinds.access import RULE_SET_NAME
from rolecall.systems.databricks.client import Reader
from rolecall.systems.databricks.principals import Principals
from rolecall.systems.databricks.ways.identities import Identities
from rolecall.systems.databricks.ways.other_workspaces import READ as ASSIGNED_ELSEWHERE
from rolecall.systems.databricks.ways.other_workspaces import assigned_elsewhere

ADMIN = "account_admin"
READ = (
    "account administrators",
    "groups and service principals in the contract's groups, and memberships of its service principals",
    "federation policies of the account",
    "federation policies and OAuth secrets of the contract's service principals and of the deployer",
    "managers and assumers of the contract's groups",
    "users and managers of the deployer",
    "roles on the account: who manages all groups, principals and governed tags",
    "budget policies, and users and managers of the contract's",
    ASSIGNED_ELSEWHERE,
)
# Effects of roles in the account's own rule set; other roles grant no access to the contract's objects.
# https://docs.databricks.com/en/admin/users-groups/index.html and …/tag-policies/manage-permissions.html
ACCOUNT_ROLES = {
    "roles/group.manager": "adds members to every group of the account",
    "roles/group.assumer": "acts as every group of the account",
    "roles/servicePrincipal.manager": "creates secrets and tokens of every service principal",
    "roles/servicePrincipal.user": "runs jobs as every service principal",
    "roles/tagPolicy.manager": "manages every governed tag, by which policies give and mask data",
    "roles/tagPolicy.assigner": "assigns every governed tag, by which policies give and mask data",
}


def account_ways(
    contract: Contract, account: Reader, principals: Principals, known: Identities, pool: ThreadPoolExecutor, ways: Ways
) -> None:
    """Read the account's ways concurrently into `ways`."""
    if not contract.databricks.has_account:
        ways.not_read += (f"{way}: it requires an account administrator" for way in READ)
        # Workspaces list only some members of the account's groups: they are reported, and no list counts as complete.
        ways.found += _memberships(contract, principals, known)
        return
    ways.read += READ
    ways.found += _administrators(principals, known)
    ways.found += _memberships(contract, principals, known)
    root = f"/api/2.0/accounts/{contract.databricks.account_id}"
    issuers = issuer_addresses(contract)
    ids = {str(principal["applicationId"]): str(principal["id"]) for principal in principals.scim["ServicePrincipals"]}
    identity = contract.identity.issuer if contract.identity else ""
    reads = [pool.submit(ways.collect, READ[2], lambda: [*policies_of_account(account, root, identity)])]
    for application, principal in principals.declared.items():
        declared = (
            contract.projects[principal.project].service_principals[principal.key].federation_in(principal.environment)
        )
        names = {
            (issuers[policy.issuer], policy.subject_in(principal.environment), policy.audience) for policy in declared
        }
        reads += [
            pool.submit(
                ways.collect,
                f"federation policies of {principal}",
                partial(policies_of_principal, account, root, ids, application, str(principal), names, principal),
            ),
            pool.submit(
                ways.collect,
                f"OAuth secrets of {principal}",
                partial(_secrets, account, root, ids, application, principal),
            ),
        ]
    reads.append(
        pool.submit(ways.collect, "OAuth secrets of the deployer", partial(_deployer, account, root, ids, known))
    )
    reads.append(pool.submit(ways.collect, READ[6], partial(_account_roles, contract, account, known)))
    reads.append(pool.submit(ways.collect, READ[7], partial(_budget_policies, contract, account, known)))
    reads.append(pool.submit(ways.collect, READ[5], partial(_users_of_deployer, contract, account, ids, known)))
    groups = {str(group["displayName"]): str(group["id"]) for group in principals.scim["Groups"]}
    for name, group in principals.groups_by_name.items():
        if isinstance(group, GroupId) and group.key not in ALL_USERS and name in groups:
            reads.append(
                pool.submit(
                    ways.collect,
                    f"roles on group {group.key}",
                    partial(_group_roles, contract, account, groups[name], group.key, known),
                )
            )
    # What waits for reads of the pool runs in this thread, which is none of the pool's.
    ways.collect(READ[8], partial(assigned_elsewhere, contract, account, known, pool))
    for reading in reads:
        reading.result()


def _administrators(principals: Principals, known: Identities) -> Iterator[Unmanaged]:
    for collection, name_of in (
        ("Users", "userName"),
        ("ServicePrincipals", "applicationId"),
        ("Groups", "displayName"),
    ):
        for principal in principals.scim[collection]:
            if all(role.get("value") != ADMIN for role in principal.get("roles") or []):
                continue
            name, identity = str(principal[name_of]), str(principal["id"])
            if known.is_administrator(name, identity):
                continue
            command = {"Users": "users", "ServicePrincipals": "service-principals", "Groups": "groups"}[collection]
            shown = known.subject(name) or f"{collection[:-1].lower()} {principal.get('displayName') or name}"
            operation = '{"op": "remove", "path": "roles[value eq \\"account_admin\\"]"}'
            yield Unmanaged(
                f"account administrator {shown}",
                "administers the account with everything in it, and is not in `administrators`",
                f"an account administrator: `databricks account {command} patch {identity} --json "
                f"'{{\"Operations\": [{operation}]}}'`",
                (LiveStep(known.actor(name), Administrators(), "is one of the"),),
            )


def _memberships(contract: Contract, principals: Principals, known: Identities) -> Iterator[Unmanaged]:
    """Yield service principals and groups in the contract's groups that the contract does not declare as members."""
    by_id = {str(principal["id"]): principal for listed in principals.scim.values() for principal in listed}
    for group in principals.scim["Groups"]:
        declared = principals.groups_by_name.get(str(group["displayName"]))
        if not isinstance(declared, GroupId) or declared.key not in contract.groups:
            yield from _subjects_in_group(group, by_id, known)
            continue
        includes = set(contract.groups[declared.key].includes)
        for member in group.get("members") or []:
            principal = by_id.get(str(member.get("value")), {})
            if "userName" in principal and "applicationId" not in principal:
                continue
            if not principal and not contract.databricks.has_account:
                # Probably a person that no workspace lists.
                continue
            name = str(principal.get("applicationId") or principal.get("displayName") or member.get("value"))
            inner = principals.groups_by_name.get(name)
            if isinstance(inner, GroupId) and inner.key in includes:
                continue
            if "applicationId" not in principal and contract.databricks.provisioning == "automatic":
                continue
            shown = known.subject(name) or str(principal.get("displayName") or name)
            yield Unmanaged(
                f"{shown} in group {declared.key}",
                f"holds everything that group {declared.key} holds, as its member",
                f"an account administrator: `databricks account groups patch {group['id']} --json "
                f'\'{{"Operations": [{{"op": "remove", "path": "members[value eq \\"{member.get("value")}\\"]"}}]}}\'`',
                (LiveStep(known.actor(name), declared, "is nested in"),),
            )


def _subjects_in_group(
    group: Mapping[str, Any], by_id: Mapping[str, Mapping[str, Any]], known: Identities
) -> Iterator[Unmanaged]:
    """Yield the contract's principals and groups in another group.

    Nesting in the identity provider is reported; it grants access only if the outer group administers the account.
    """
    outer = str(group["displayName"])
    for member in group.get("members") or []:
        identity = str(member.get("value"))
        inner_name = str(by_id.get(identity, {}).get("displayName"))
        if inner := known.groups.get(inner_name):
            administers = known.is_administrator(outer, str(group["id"]))
            yield Unmanaged(
                f"{inner} in group {outer}",
                f"makes all members of {inner} administrators" if administers else "",
                "an account administrator removes it from the group" if administers else "",
                (LiveStep(known.actor(inner_name), Administrators(), f"is nested in {outer}, one of the"),)
                if administers
                else (),
            )
        elif (principal := known.principals.get(identity)) and principal != known.principals[known.deployer]:
            yield Unmanaged(
                f"{principal} in group {group['displayName']}",
                f"holds everything that group {group['displayName']} holds, which the contract does not name",
                "an account administrator removes it from the group",
            )


def policies_of_account(account: Reader, root: str, identity: str) -> Iterator[Unmanaged]:
    """Yield the account's federation policies, except those that trust the contract's identity provider's own keys.

    An issuer of CI tokens is trusted for single subjects of single principals, never for every subject.
    """
    for policy in account.every(f"{root}/federationPolicies", "policies"):
        oidc = policy.get("oidc_policy") or {}
        if identity and oidc.get("issuer") == identity and not _keys_of_others(oidc):
            continue
        yield Unmanaged(
            f"federation policy {policy.get('policy_id') or policy.get('uid')} of the account",
            f"lets every token of {oidc.get('issuer')}{_keys_of_others(oidc)} sign in as the user or principal that it "
            "names",
            f"an account administrator: `databricks account federation-policy delete {policy.get('policy_id')}`",
            (LiveStep(_every_token(oidc), Administrators(), "signs in as any user, so as the"),),
        )


def policies_of_principal(
    account: Reader,
    root: str,
    ids: Mapping[str, str],
    application: str,
    shown: str,
    declared: Collection[tuple[str, str, str]],
    subject: Subject | None = None,
) -> Iterator[Unmanaged]:
    """Yield undeclared federation policies of one of the contract's principals: their subjects may act as it.

    Args:
        account: reads the account.
        root: the path of the account.
        ids: account ids by application id.
        application: application id of the principal.
        shown: the principal's name in reports.
        declared: issuer, subject and audience of each policy that the contract declares.
        subject: the principal, for the access graph.
    """
    path = f"{root}/servicePrincipals/{ids[application]}/federationPolicies"
    for policy in account.every(path, "policies"):
        oidc = policy.get("oidc_policy") or {}
        # The contract's policies trust the keys of their issuers, and the subjects of tokens.
        trusted = [
            (str(oidc.get("issuer")), str(oidc.get("subject")), str(audience))
            for audience in oidc.get("audiences") or [""]
        ]
        claim = str(oidc.get("subject_claim") or "sub")
        if all(token in declared for token in trusted) and claim == "sub" and not _keys_of_others(oidc):
            continue
        identity = str(policy.get("policy_id") or policy.get("uid"))
        yield Unmanaged(
            f"federation policy {identity} of {shown}",
            f"lets {oidc.get('subject')} of {oidc.get('issuer')}{_keys_of_others(oidc)} act as {shown}"
            + (f", by the claim {claim}" if claim != "sub" else ""),
            f"an account administrator: `databricks account service-principal-federation-policy delete "
            f"{ids[application]} {identity}`",
            (LiveStep(_workload(oidc), subject, "signs in by a federation policy as"),) if subject else (),
        )


def _keys_of_others(oidc: Mapping[str, Any]) -> str:
    """Name the keys that a policy trusts instead of its issuer's; their owner can sign any token. Empty for none."""
    if address := oidc.get("jwks_uri"):
        return f", signed with a key of {address},"
    return ", signed with a key that the policy holds," if oidc.get("jwks_json") else ""


def _secrets(
    account: Reader, root: str, ids: Mapping[str, str], application: str, principal: ServicePrincipalId
) -> Iterator[Unmanaged]:
    shown = str(principal)
    for secret in account.every(f"{root}/servicePrincipals/{ids[application]}/credentials/secrets", "secrets"):
        if _is_over(secret):
            continue
        yield Unmanaged(
            f"OAuth secret {secret.get('id')} of {shown}",
            f"lets its holder act as {shown} until {secret.get('expire_time') or 'it is deleted'}",
            f"an account administrator: `databricks account service-principal-secrets delete {ids[application]} "
            f"{secret.get('id')}`",
            (LiveStep(_holder_of(f"OAuth secret {secret.get('id')} of {shown}"), principal, "acts as"),),
        )


def _is_over(secret: Mapping[str, Any]) -> bool:
    """Return whether a secret has expired."""
    return str(secret.get("expire_time") or "9999") <= datetime.now(UTC).isoformat()


def _holder_of(credential: str) -> Origin:
    return Origin(OriginType.UNMANAGED, f"the holder of {credential}")


def _workload(oidc: Mapping[str, Any]) -> Origin:
    return Origin(OriginType.WORKLOAD, str(oidc.get("subject")), str(oidc.get("issuer")))


def _every_token(oidc: Mapping[str, Any]) -> Origin:
    return Origin(OriginType.UNMANAGED, f"the issuer {oidc.get('issuer')}")


def _deployer(account: Reader, root: str, ids: Mapping[str, str], known: Identities) -> Iterator[Unmanaged]:
    """Yield federation policies by which others act as the deployer, and its OAuth secrets beside the one it needs.

    Which secret a deployment signs in with is not in the list: https://docs.databricks.com/api/account/serviceprincipalsecrets
    """
    if known.deployer in ids:
        path = f"{root}/servicePrincipals/{ids[known.deployer]}/credentials/secrets"
        secrets = [one for one in account.every(path, "secrets") if not _is_over(one)]
        if len(secrets) > 1:
            shown = ", ".join(f"{one.get('id')} of {str(one.get('create_time'))[:10]}" for one in secrets)
            yield Unmanaged(
                f"{len(secrets)} OAuth secrets of the deployer",
                f"sign in as the deployer, which needs one: {shown}",
                "an account administrator deletes the others: `databricks account service-principal-secrets delete "
                f"{ids[known.deployer]} SECRET_ID`",
                (LiveStep(_holder_of("an OAuth secret of the deployer"), known.actor(known.deployer), "acts as"),),
            )
        for policy in account.every(f"{root}/servicePrincipals/{ids[known.deployer]}/federationPolicies", "policies"):
            oidc = policy.get("oidc_policy") or {}
            if known.is_administrator(str(oidc.get("subject"))):
                continue
            yield Unmanaged(
                f"federation policy {policy.get('policy_id')} of the deployer",
                f"signs in as the deployer: {oidc.get('subject')} of {oidc.get('issuer')}",
                "name its subject in `administrators`, or an account administrator: `databricks account "
                f"service-principal-federation-policy delete {ids[known.deployer]} {policy.get('policy_id')}`",
                (LiveStep(_workload(oidc), known.actor(known.deployer), "signs in by a federation policy as"),),
            )


def _users_of_deployer(
    contract: Contract, account: Reader, ids: Mapping[str, str], known: Identities
) -> Iterator[Unmanaged]:
    """Yield principals that may run jobs as the deployer or create its secrets and tokens.

    https://docs.databricks.com/en/security/auth/access-control/service-principal-acl.html
    """
    if known.deployer not in ids:
        return
    account_id = contract.databricks.account_id
    name = RULE_SET_NAME.format(account_id, "servicePrincipals", known.deployer)
    for role, who in undeclared_roles(account, account_id, name, known):
        does = {"user": "runs jobs as the deployer", "manager": "creates secrets and tokens of the deployer"}.get(
            role, f"holds {role} on the deployer"
        )
        yield Unmanaged(
            f"{role} of the deployer: {known.shown(who)}",
            f"{does}, and is not in `administrators`",
            f"an account administrator changes the rule set {name}",
            (LiveStep(known.actor(who), known.actor(known.deployer), f"is {role} of"),),
        )


def _account_roles(contract: Contract, account: Reader, known: Identities) -> Iterator[Unmanaged]:
    account_id = contract.databricks.account_id
    name = f"accounts/{account_id}/ruleSets/default"
    for rule in account.rule_set(account_id, name).get("grant_rules") or []:
        role = str(rule.get("role"))
        for principal in rule.get("principals") or []:
            who = str(principal).partition("/")[2]
            if known.is_administrator(who):
                continue
            reaches = ACCOUNT_ROLES.get(role, "")
            yield Unmanaged(
                f"{role.removeprefix('roles/')} of the account: {known.shown(who)}",
                f"{reaches}, and is not in `administrators`" if reaches else "",
                f"an account administrator changes the rule set {name}" if reaches else "",
                tuple(
                    LiveStep(known.actor(who), one, f"holds {role} on the account, so acts as")
                    for one in _all_of(role, known)
                ),
            )


def _all_of(role: str, known: Identities) -> list[Subject]:
    """Return the subjects that a role on the account is about."""
    sort = {"roles/group": GroupId, "roles/servicePrincipal": ServicePrincipalId}.get(role.rpartition(".")[0])
    return sorted({one for one in known.subjects.values() if sort is not None and isinstance(one, sort)})


def _group_roles(
    contract: Contract, account: Reader, identity: str, key: str, known: Identities
) -> Iterator[Unmanaged]:
    account_id = contract.databricks.account_id
    name = RULE_SET_NAME.format(account_id, "groups", identity)
    declared = group_roles(contract, key) if key in contract.groups else {}
    for role, who in undeclared_roles(account, account_id, name, known, declared):
        does = {"manager": "adds members to", "assumer": "acts as"}.get(role, f"holds {role} on")
        yield Unmanaged(
            f"{role} of group {key}: {known.shown(who)}",
            f"{does} group {key}, which has the contract's grants",
            "`rolecall up --refresh`" if declared else f"an account administrator changes the rule set {name}",
            (LiveStep(known.actor(who), GroupId(key), f"is {role} of"),),
        )


def _budget_policies(contract: Contract, account: Reader, known: Identities) -> Iterator[Unmanaged]:
    """Report budget policies that the contract lacks, and undeclared holders of roles on its own."""
    account_id = contract.databricks.account_id
    for policy in account.every(f"/api/2.1/accounts/{account_id}/budget-policies", "policies"):
        called, identity = str(policy.get("policy_name")), str(policy.get("policy_id"))
        declared = contract.budget_policies.get(called)
        if declared is None:
            yield Unmanaged(f"budget policy {called}", "", "")
            continue
        name = RULE_SET_NAME.format(account_id, BUDGETS.path, identity)
        for role, who in undeclared_roles(account, account_id, name, known, roles_on(contract, declared, BUDGETS)):
            does = {"manager": "changes the tags of costs", "user": "runs serverless compute on its costs"}
            yield Unmanaged(
                f"{role} of budget policy {called}: {known.shown(who)}",
                does.get(role, f"holds {role} on it"),
                "`rolecall up --refresh`",
            )


def undeclared_roles(
    account: Reader, account_id: str, name: str, known: Identities, declared: Mapping[str, Iterable[str]] | None = None
) -> Iterator[tuple[str, str]]:
    """Yield role and principal of each rule of a rule set whose principal is not an administrator.

    Args:
        account: reads from the account.
        account_id: the account's id.
        name: the rule set's name.
        known: the contract's subjects.
        declared: the contract's groups with each role, by role.
    """
    given = {(role, GroupId(holder)) for role, holders in (declared or {}).items() for holder in holders}
    for rule in account.rule_set(account_id, name).get("grant_rules") or []:
        role = str(rule.get("role")).rpartition(".")[2]
        for principal in rule.get("principals") or []:
            who = str(principal).partition("/")[2]
            if not known.is_administrator(who) and (str(rule.get("role")), known.actor(who)) not in given:
                yield role, who
