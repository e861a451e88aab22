"""Who holds what on one object: one object, one writer, the whole list in one place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from pulumi import Input, Output, ResourceOptions, RunError

from components.resources import AccessControlRuleSet, Grants, Permissions
from rolecall.contract.naming import subject_name
from rolecall.ids.ids import ServicePrincipalId, Subject
from rolecall.systems.databricks.permissions import AccessControl

Identities = Mapping[Subject, Input[str]]


def identity_of(subject: Subject, identities: Identities) -> Input[str]:
    """Return what a list of holders calls a subject.

    Args:
        subject: the subject.
        identities: as in `declare_permissions`.

    Raises:
        RunError: it is a service principal whose application id is not known; its name may be another one's.
    """
    if subject in identities:
        return identities[subject]
    if isinstance(subject, ServicePrincipalId):
        raise RunError(f"the application id of {subject} is not known here")
    return subject_name(subject)


def declare_permissions(
    name: str,
    object_property: str,
    object_id: Input[str],
    entries: Sequence[AccessControl],
    identities: Identities,
    opts: ResourceOptions,
) -> Permissions | None:
    """Declare an object's permissions; nothing where nobody holds anything.

    Args:
        name: the resource's name.
        object_property: which property names the object, say `jobId`.
        object_id: the object's id.
        entries: everybody who holds something on it.
        identities: what the workspace calls a subject: a service principal's application id, a group's name as it is
            now; the deployer is an application id already.
        opts: parent and provider.
    """
    if not entries:
        return None
    controls = [
        {
            ("groupName" if entry.is_group else "servicePrincipalName"): identity_of(entry.subject, identities),
            "permissionLevel": entry.level,
        }
        for entry in entries
    ]
    return Permissions(name, {object_property: Output.from_input(object_id), "accessControls": controls}, opts)


def declare_grants(
    name: str,
    securable: str,
    full_name: Input[str],
    entries: Sequence[AccessControl],
    identities: Identities,
    opts: ResourceOptions,
) -> Grants | None:
    """Declare who holds which privileges on an object of Unity Catalog; nothing where nobody holds any.

    Args:
        name: the resource's name.
        securable: what the object is: `catalog`, `schema`, `model` or `table`.
        full_name: its full name.
        entries: everybody who holds something on it.
        identities: as in `declare_permissions`.
        opts: parent and provider.
    """
    if not entries:
        return None
    grants = [
        {"principal": identity_of(entry.subject, identities), "privileges": list(entry.words)} for entry in entries
    ]
    return Grants(name, {securable: Output.from_input(full_name), "grants": grants}, opts)


def declare_rule_set(
    name: str, rule_set: Input[str], entries: Sequence[AccessControl], identities: Identities, opts: ResourceOptions
) -> AccessControlRuleSet:
    """Declare who holds which roles on an object of the account.

    Args:
        name: the resource's name.
        rule_set: the rule set's name.
        entries: everybody who holds something on it.
        identities: as in `declare_permissions`.
        opts: parent and provider.
    """
    principals: defaultdict[str, list[Input[str]]] = defaultdict(list)
    for entry in entries:
        sort = "groups" if entry.is_group else "servicePrincipals"
        called = Output.concat(sort, "/", identity_of(entry.subject, identities))
        for role in entry.words:
            principals[role].append(called)
    rules = [{"role": role, "principals": holders} for role, holders in sorted(principals.items())]
    return AccessControlRuleSet(name, {"name": rule_set, "grantRules": rules, "api": "account"}, opts)
