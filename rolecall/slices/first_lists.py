"""The access lists that a slice declares and its state does not have, on objects that may be there already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from rolecall.contract.contract import Contract
from rolecall.contract.facts import facts_of, value_in
from rolecall.contract.given import given_principals
from rolecall.contract.group_roles import group_roles
from rolecall.contract.metastore_privileges import metastore_grants
from rolecall.contract.objects import Declared, objects_of
from rolecall.engine.stack_state import Resource, StackState
from rolecall.ids.id_text import id_text
from rolecall.ids.ids import GroupId, ObjectId, ServicePrincipalId
from rolecall.ids.verbs import Kind
from rolecall.kinds.access import ASSIGNMENT, GRANTS, PERMISSIONS, RULE_SET, RULE_SET_NAME
from rolecall.kinds.registry import BY_NAME, KINDS, Spec
from rolecall.kinds.service_principal import SERVICE_PRINCIPAL
from rolecall.kinds.spec import Scope
from rolecall.kinds.workspace import WORKSPACE
from rolecall.slices.listed_objects import described
from rolecall.slices.part import Part
from rolecall.slices.removals import name_on, names_of
from rolecall.slices.system_tables import table_grants
from rolecall.slices.token_users import token_users
from rolecall.slices.unrecorded_list import TOKEN_USERS, UnrecordedList
from rolecall.systems.databricks.holders import name_of
from rolecall.systems.databricks.list_entries import ENTITLEMENTS, ListAddress
from rolecall.systems.databricks.permissions import access_controls

Resources = Sequence[Resource]
# The kinds of which a contract may name an object that is managed elsewhere.
ADOPTING = {kind.name for kind in KINDS if kind.model is not None and "existing" in kind.model.model_fields}


def first_lists(part: Part, state: StackState | None, ids: Mapping[str, str]) -> Iterator[UnrecordedList]:
    """Yield the lists that a run of a slice would write without that a state has them.

    Args:
        part: the slice.
        state: its stack; None where there is none yet.
        ids: ids of the contract's groups in the account, by their keys.
    """
    resources: Resources = state.resources if state is not None else ()
    if part.slice.environment is None:
        yield from _token_users(part, resources)
        yield from _of_groups(part, resources, ids)
        yield from _of_system_tables(part, resources)
        yield from _of_group_roles(part, resources, ids)
        yield from _of_metastores(part, resources)
        return
    called, index = names_of(part, resources), {(one.type, one.name): one for one in resources}
    for target, name, elsewhere in _objects(part):
        kind = BY_NAME[target.kind]
        assert kind.resource is not None
        made = index.get((kind.resource.token, name))
        entries = access_controls(target.kind, part.compiled.access.get(target, {}))
        there = made is not None or elsewhere
        if not entries or not there or _is_list_of(target, index.get((kind.access.interface.token, name)), part):
            continue
        address = _address(part, kind, target, made)
        kept = {name_on(target, one.subject, called.get(one.subject, "")): frozenset(one.words) for one in entries}
        own_name = name_of(part.contract, target)
        shown = f"{described(target)} ({own_name})" if made is None and own_name != target.key else described(target)
        workspace = part.contract.environments[target.own_environment].workspace
        needed = elsewhere and target.kind is not Kind.CATALOG
        yield UnrecordedList(target, shown, workspace, address, kept, kind=target.kind, needed=needed)


def _objects(part: Part) -> Iterator[tuple[ObjectId, str, bool]]:
    """Yield each object of a slice, the name of its resources, and whether it is made elsewhere."""
    environment, project = part.slice.environment or "", part.slice.project
    if project is None:
        catalog = part.contract.environments[environment].catalog
        if catalog is not None:
            # The account's stack makes it.
            yield ObjectId(environment, Kind.CATALOG, None, catalog), catalog, True
        return
    for kind in KINDS:
        if kind.section is not None and kind.resource is not None:
            for declared in objects_of(part.contract, environment, kind.name, project):
                elsewhere = _is_elsewhere(kind, part.contract, declared, environment)
                yield declared.id_in(environment), declared.resource, elsewhere


def _is_elsewhere(kind: Spec, contract: Contract, declared: Declared, environment: str) -> bool:
    """Return whether Rolecall declares the access list of an object alone."""
    if kind is SERVICE_PRINCIPAL:
        return not contract.databricks.has_account
    if kind.name not in ADOPTING or kind.resource is None or kind.resource.properties is None:
        return False
    if kind.scope is Scope.CATALOG and contract.environments[environment].catalog is None:
        return False
    return kind.resource.properties(value_in(declared, environment), facts_of(contract, declared, environment)) is None


def _is_list_of(target: ObjectId, listed: Resource | None, part: Part) -> bool:
    """Return whether a run has written the list of an object, under the name that it has now."""
    access = BY_NAME[target.kind].access
    if listed is None or access.interface is not GRANTS:
        return listed is not None
    return str(listed.inputs.get(access.object_property)).casefold() == name_of(part.contract, target).casefold()


def _address(part: Part, kind: Spec, target: ObjectId, made: Resource | None) -> ListAddress:
    access, name = kind.access, name_of(part.contract, target)
    form = access.interface
    if form is GRANTS:
        return ListAddress(form.token, f"{access.type}/{name}")
    if form is RULE_SET:
        given = given_principals(part.contract, target.own_environment)
        named = given.get(ServicePrincipalId(target.own_environment, target.own_project, target.key), "")
        principal = made.outputs.get("applicationId") if made is not None else named
        account = part.contract.databricks.account_id
        return ListAddress(form.token, RULE_SET_NAME.format(account, access.type, principal))
    if form is not PERMISSIONS:
        return ListAddress(form.token, name)
    if made is None:
        assert kind.api is not None
        return ListAddress(form.token, f"{access.type}/", find=(kind.api, name))
    identity = id_text(made.outputs.get(access.output)) if access.output else made.id
    return ListAddress(form.token, f"{access.type}/{identity}")


def _token_users(part: Part, resources: Resources) -> Iterator[UnrecordedList]:
    """Yield the lists of token users.

    Who loses a place on it loses all tokens for good: https://docs.databricks.com/en/security/auth/api-access-permissions.html
    """
    for name in part.contract.workspaces:
        kept = token_users(part, name)
        if kept and not any(one.type == PERMISSIONS.token and one.name == f"{name}-tokens" for one in resources):
            address = ListAddress(PERMISSIONS.token, TOKEN_USERS)
            listed = ObjectId(None, Kind.WORKSPACE, None, name)
            yield UnrecordedList(listed, f"the token users of workspace {name}", name, address, kept)


def _of_groups(part: Part, resources: Resources, ids: Mapping[str, str]) -> Iterator[UnrecordedList]:
    """Yield the levels and entitlements of groups in workspaces: a resource for each group replaces what it has."""
    levels: dict[tuple[str, str], frozenset[str]] = {}
    for target, subjects in part.compiled.access.items():
        for subject, verb in subjects.items() if target.kind is Kind.WORKSPACE else ():
            if isinstance(subject, GroupId):
                key = target.key, subject.key
                levels[key] = levels.get(key, frozenset()) | WORKSPACE.words[verb]
    entitled = {
        (name, group): frozenset[str](words)
        for name, workspace in part.contract.workspaces.items()
        for group, words in workspace.entitlements.items()
    }
    for token, wanted, property_name in (
        (ASSIGNMENT.token, levels, "principalId"),
        (ENTITLEMENTS, entitled, "groupId"),
    ):
        held = {(one.connection, id_text(one.inputs.get(property_name))) for one in resources if one.type == token}
        for (workspace, group), words in sorted(wanted.items()):
            identity = ids.get(group, "")
            if identity and (workspace, identity) not in held:
                address = ListAddress(token, identity, group)
                shown = f"group {group} in workspace {workspace}"
                kind = Kind.WORKSPACE if token == ASSIGNMENT.token else None
                yield UnrecordedList(GroupId(group), shown, workspace, address, {group: words}, kind=kind)


def _of_metastores(part: Part, resources: Resources) -> Iterator[UnrecordedList]:
    """Yield the privileges of groups on metastores: each group's resource replaces all its privileges."""
    held = {
        (str(one.inputs["metastore"]), str(one.inputs.get("principal")))
        for one in resources
        if one.type == GRANTS.single and one.inputs.get("metastore")
    }
    for one in metastore_grants(part.contract):
        name = part.lookups.groups[one.group].name if one.group in part.lookups.groups else one.group
        if (one.metastore, name) not in held:
            address = ListAddress(GRANTS.single, f"metastore/{one.metastore}", name)
            kept = {name: frozenset(one.privileges)}
            yield UnrecordedList(GroupId(one.group), f"metastore {one.key}", one.workspace, address, kept)


def _of_group_roles(part: Part, resources: Resources, ids: Mapping[str, str]) -> Iterator[UnrecordedList]:
    """Yield the roles on groups that the account has already."""
    account = part.contract.databricks.account_id
    written = {one.id for one in resources if one.type == RULE_SET.token}
    for group in part.contract.groups:
        roles = group_roles(part.contract, group)
        path = RULE_SET_NAME.format(account, "groups", ids.get(group, ""))
        if not roles or not ids.get(group) or path in written:
            continue
        kept: defaultdict[str, set[str]] = defaultdict(set)
        for role, holders in roles.items():
            for key in holders:
                found = part.lookups.groups.get(key)
                kept[RULE_SET.prefix(is_group=True) + (found.name if found else key)].add(role)
        words = {name: frozenset(held) for name, held in kept.items()}
        workspace = next(iter(part.contract.workspaces))
        address = ListAddress(RULE_SET.token, path)
        yield UnrecordedList(GroupId(group), f"the roles on group {group}", workspace, address, words)


def _of_system_tables(part: Part, resources: Resources) -> Iterator[UnrecordedList]:
    held = {
        (str(one.inputs.get(securable)), str(one.inputs.get("principal")))
        for one in resources
        if one.type == GRANTS.single
        for securable in ("catalog", "schema", "table")
        if one.inputs.get(securable)
    }
    workspaces = part.contract.workspaces
    for one in table_grants(part.compiled):
        name = part.lookups.groups[one.group].name if one.group in part.lookups.groups else one.group
        if (one.name, name) not in held:
            address = ListAddress(GRANTS.single, f"{one.securable}/{one.name}", name)
            workspace = next(key for key, each in workspaces.items() if each.metastore == one.metastore)
            shown = f"{one.securable} {one.name} of metastore {one.metastore}"
            kept = {name: frozenset({one.privilege})}
            yield UnrecordedList(GroupId(one.group), shown, workspace, address, kept)
