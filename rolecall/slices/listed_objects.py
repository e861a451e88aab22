"""Which object a list of holders is about, found by the list's resource."""

from __future__ import annotations

from collections.abc import Mapping

from rolecall.contract.contract import Contract
from rolecall.contract.removal_checks import kinds_named
from rolecall.contract.removal_override import RemovalOverride
from rolecall.ids.ids import GroupId, ObjectId
from rolecall.ids.verbs import Kind
from rolecall.kinds.access import CLAIMS, RULE_SET
from rolecall.kinds.registry import BY_NAME, KINDS
from rolecall.slices.data_objects import Known
from rolecall.slices.holders import MEMBERSHIPS

# The types of lists, and the property with the kind of the listed object, by the provider's names.
# System tables are listed one by one, and workspaces hold assignments.
KINDS_BY_PROPERTY: Mapping[tuple[str, str], Kind] = {
    (token, kind.access.marker): kind.name
    for kind in KINDS
    if kind.access.interface.whole and not kind.access.names
    for token in (kind.access.interface.token, kind.access.interface.single)
    if token
}
# An object with a list of holders, or a group with a list of members.
Listed = ObjectId | GroupId
# What an orchestrator's list is about, where that is no job's counterpart but what several jobs share.
SHARED_BY_JOBS = ("TASK_DEF", "WORK_POOL")


def described(listed: Listed) -> str:
    """Return a listed object as messages name it."""
    return f"group {listed.key}" if isinstance(listed, GroupId) else str(listed)


def override_entry(listed: Listed) -> str:
    """Return the start of the entry of `removal_overrides` that is about a listed object."""
    if isinstance(listed, GroupId):
        return f"group: {listed.key}"
    where = f", environment: {listed.environment}" if listed.environment else ""
    return f"object: {listed.name}, kind: {listed.kind}{where}"


def listed_object(known: Known, environment: str, project: str, contract: Contract) -> Listed | None:
    """Return the object that a list is about; None where it is about nothing that a contract names.

    Args:
        known: the resource that is the list.
        environment: its stack's environment; empty for the account's.
        project: its stack's project; empty where it is no project's.
        contract: the contract, which may not have the object any more.
    """
    stage = environment or None
    if known.type in MEMBERSHIPS:
        return GroupId(group_named(contract, known.name))
    if known.inputs.get("authorization"):
        return ObjectId(stage, Kind.WORKSPACE, None, known.name.removesuffix("-tokens"))
    own = {key: kind for (token, key), kind in KINDS_BY_PROPERTY.items() if token == known.type}
    kind = next((kind for key, kind in own.items() if known.inputs.get(key)), None)
    if kind is Kind.CATALOG:
        return ObjectId(stage, kind, None, str(known.inputs["catalog"]))
    if not project:
        # Names of rule sets of groups have no `/`;
        # rule sets of the account's other objects have the path of their sort in theirs.
        of_group = known.type == RULE_SET.token and not environment and "/" not in known.name
        return GroupId(group_named(contract, known.name)) if of_group else None
    if known.type.startswith("rolecall:") and known.type.endswith(":Permissions"):
        return _job_of_counterpart(known, stage, project)
    # Objects of a cluster name theirs themselves: a service and a claim may have the same key.
    named = known.inputs.get(BY_NAME[kind].access.marker) if kind is not None and known.type == CLAIMS.token else None
    key = str(named) if named else key_in_project(known.name, project)
    return ObjectId(stage, kind, project, key) if kind is not None and key else None


def key_in_project(resource: str, project: str) -> str | None:
    """Return the key of the object that a resource of a project's stack stands for; None where it stands for none.

    Resources in a project's stack are named PROJECT-KEY, and the stack says which project that is.
    """
    prefix = f"{project}-"
    return resource[len(prefix) :] if resource.startswith(prefix) else None


def _job_of_counterpart(known: Known, environment: str | None, project: str) -> ObjectId | None:
    """Return the job whose counterpart an orchestrator's list is about: the list is named SYSTEM-PROJECT-KEY-access."""
    if known.inputs.get("targetType") in SHARED_BY_JOBS:
        return None
    system = known.type.split(":")[1]
    key = key_in_project(known.name.removeprefix(f"{system}-").removesuffix("-access"), project)
    return ObjectId(environment, Kind.JOB, project, key) if key else None


def group_named(contract: Contract, resource: str) -> str:
    """Return the key of the group that a resource is named after: by its key or its id in the identity provider."""
    for key, group in contract.groups.items():
        if resource in (key, group.external) or resource == key.casefold():
            return key
    return resource


def is_about(override: RemovalOverride, listed: Listed, contract: Contract) -> bool:
    """Return whether an override is about an object, and about nothing else of its name."""
    if isinstance(listed, GroupId):
        return override.group == listed.key
    if override.setting is not None:
        return False
    if override.object != listed.name:
        return False
    if override.kind is None and kinds_named(contract, listed.name) - {listed.kind}:
        return False
    if override.kind not in (None, listed.kind):
        return False
    if override.environment is not None or listed.environment is None:
        return override.environment in (None, listed.environment)
    declared = contract.environments.get(listed.environment)
    return declared is not None and not declared.protected


def override_of(listed: Listed, contract: Contract) -> RemovalOverride | None:
    """Return the override about an object that expires last."""
    found = [one for one in contract.removal_overrides if is_about(one, listed, contract)]
    return max(found, key=lambda one: one.expires, default=None)
