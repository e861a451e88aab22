"""Who holds what on one object: one object, one writer, the whole list in one place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from pulumi import Input, Output, ResourceOptions, RunError

from rolecall.components.native import Native
from rolecall.components.resources import Databricks
from rolecall.contract.naming import subject_name
from rolecall.ids.ids import ServicePrincipalId, Subject
from rolecall.kinds.access import RULE_SET
from rolecall.kinds.registry import Spec
from rolecall.systems.databricks.permissions import AccessControl

Identities = Mapping[Subject, Input[str]]


def identity_of(subject: Subject, identities: Identities) -> Input[str]:
    """Return what a list of holders calls a subject.

    Args:
        subject: the subject.
        identities: as in `declare_access`.

    Raises:
        RunError: it is a service principal whose application id is not known; its name may be another one's.
    """
    if subject in identities:
        return identities[subject]
    if isinstance(subject, ServicePrincipalId):
        raise RunError(f"the application id of {subject} is not known here")
    return subject_name(subject)


def declare_access(
    kind: Spec,
    name: str,
    object_id: Input[str],
    entries: Sequence[AccessControl],
    identities: Identities,
    opts: ResourceOptions,
    host: Input[str] = "",
) -> None:
    """Declare an object's complete access list; nothing where the provider refuses an empty list.

    Args:
        kind: the object's kind.
        name: the resource's name.
        object_id: the object's id, or its full name in Unity Catalog.
        entries: everybody who holds something on it.
        identities: what the workspace calls a subject: a service principal's application id, a group's name as it is
            now; the deployer is an application id already.
        opts: parent and provider.
        host: address of the workspace, for a list that Rolecall's own provider writes.
    """
    form = kind.access.interface
    listed: list[dict[str, Any]] = [
        {
            form.subject(is_group=entry.is_group): identity_of(entry.subject, identities),
            form.word: list(entry.words) if form.cumulative else kind.access.declared_as.get(entry.level, entry.level),
        }
        for entry in entries
    ]
    properties = {kind.access.object_property: Output.from_input(object_id), form.entries: listed}
    if form.is_native:
        Native(form.token, name, {"workspaceHost": host, **properties}, opts)
    elif entries:
        Databricks(form.token, name, properties, opts)


def declare_rule_set(
    name: str,
    rule_set: Input[str],
    entries: Sequence[AccessControl],
    identities: Identities,
    opts: ResourceOptions,
    *,
    through_workspace: bool = False,
) -> Databricks:
    """Declare who holds which roles on an object of the account.

    Args:
        name: the resource's name.
        rule_set: the rule set's name.
        entries: everybody who holds something on it.
        identities: as in `declare_access`.
        opts: parent and provider.
        through_workspace: whether a workspace's API writes it, which requires a manager of the object.
    """
    principals: defaultdict[str, list[Input[str]]] = defaultdict(list)
    for entry in entries:
        called = Output.concat(RULE_SET.prefix(is_group=entry.is_group), identity_of(entry.subject, identities))
        for role in entry.words:
            principals[role].append(called)
    rules = [{"role": role, "principals": holders} for role, holders in sorted(principals.items())]
    api = "workspace" if through_workspace else "account"
    return Databricks(RULE_SET.token, name, {"name": rule_set, "grantRules": rules, "api": api}, opts)
