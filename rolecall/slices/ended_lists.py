"""The access lists that a run deletes while their objects stay: an object that is released, or the last right on it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from rolecall.contract.contract import Contract
from rolecall.contract.group_roles import group_roles
from rolecall.contract.metastore_privileges import metastore_grants
from rolecall.contract.objects import objects_of
from rolecall.engine.stack_state import Resource, StackState
from rolecall.ids.ids import GroupId, ObjectId
from rolecall.ids.verbs import Kind
from rolecall.kinds.access import GRANTS, PERMISSIONS, RULE_SET
from rolecall.kinds.registry import BY_NAME, SECTIONS, TOKENS
from rolecall.slices.holders import words_of
from rolecall.slices.listed_objects import described, listed_object
from rolecall.slices.part import Part
from rolecall.slices.system_tables import table_grants
from rolecall.slices.token_users import token_users
from rolecall.slices.unrecorded_list import TOKEN_USERS, UnrecordedList
from rolecall.systems.databricks.holders import name_of
from rolecall.systems.databricks.list_entries import ListAddress
from rolecall.systems.databricks.live import SECURABLES

# Rolecall's own lists leave what others have granted when they are deleted.
DELETED_WHOLE = (PERMISSIONS.token, GRANTS.token, RULE_SET.token)
SYSTEM_SECURABLES = ("catalog", "schema", "table", "metastore")


def ended_lists(
    part: Part | None, state: StackState, place: tuple[str, str], contract: Contract
) -> Iterator[UnrecordedList]:
    """Yield the lists of a stack that a run deletes while their objects stay.

    Args:
        part: what the stack declares; None where all of it goes.
        state: the stack.
        place: its environment and project, each empty where it has none.
        contract: the whole contract.
    """
    made = {(one.type, one.name) for one in state.resources}
    declared = _declared(part) if part is not None else frozenset[ObjectId]()
    for one in state.resources:
        listed = listed_object(one, *place, contract) if one.type in DELETED_WHOLE else None
        if isinstance(listed, GroupId) and (part is None or not _has_roles(part.contract, listed.key)):
            yield _roles_on_group(one, listed, contract)
        if not isinstance(listed, ObjectId):
            continue
        is_made = (TOKENS.get(listed.kind, ""), one.name) in made
        stays = listed in declared if is_made else _is_elsewhere(listed, contract)
        if stays and (part is None or _ends(one, listed, part, declared)):
            yield _unrecorded(one, listed)
    if not place[0]:
        yield from _of_system_tables(part, state)


def _has_roles(contract: Contract, group: str) -> bool:
    return group in contract.groups and bool(group_roles(contract, group))


def _roles_on_group(one: Resource, group: GroupId, contract: Contract) -> UnrecordedList:
    known = words_of(one.type, one.inputs)
    workspace = next(iter(contract.workspaces))
    address = ListAddress(one.type, one.id)
    return UnrecordedList(group, f"the roles on group {group.key}", workspace, address, {}, known, ends=True)


def _declared(part: Part) -> frozenset[ObjectId]:
    environment, project = part.slice.environment, part.slice.project
    if environment is None:
        return frozenset()
    if project is None:
        catalog = part.contract.environments[environment].catalog
        return frozenset({ObjectId(environment, Kind.CATALOG, None, catalog)} if catalog else ())
    return frozenset(
        one.id_in(environment) for kind in SECTIONS for one in objects_of(part.contract, environment, kind, project)
    )


def _is_elsewhere(listed: ObjectId, contract: Contract) -> bool:
    """Return whether an object that another one than the stack has made is there after the run."""
    return listed.kind is not Kind.CATALOG or any(one.catalog == listed.key for one in contract.environments.values())


def _ends(one: Resource, listed: ObjectId, part: Part, declared: Collection[ObjectId]) -> bool:
    """Return whether a slice declares no list of an object any more, or that of an object of another name."""
    if one.inputs.get("authorization"):
        return not token_users(part, listed.key)
    if listed not in declared or not part.compiled.access.get(listed):
        return True
    access = BY_NAME[listed.kind].access
    name = str(one.inputs.get(access.object_property))
    return access.interface is GRANTS and name.casefold() != name_of(part.contract, listed).casefold()


def _unrecorded(one: Resource, listed: ObjectId) -> UnrecordedList:
    sort, separator, name = one.id.removeprefix("/").partition("/")
    is_grants = one.type == GRANTS.token
    address = ListAddress(one.type, f"{SECURABLES.get(sort, sort) if is_grants else sort}{separator}{name}")
    known = words_of(one.type, one.inputs)
    if address.path == TOKEN_USERS:
        shown = f"the token users of workspace {listed.key}"
        return UnrecordedList(listed, shown, one.connection, address, {}, known, ends=True)
    shown = f"{described(listed)} ({name})" if is_grants and name != listed.key else described(listed)
    return UnrecordedList(listed, shown, one.connection, address, {}, known, listed.kind, ends=True)


def _of_system_tables(part: Part | None, state: StackState) -> Iterator[UnrecordedList]:
    groups = {found.name: key for key, found in part.lookups.groups.items()} if part is not None else {}
    names = {key: name for name, key in groups.items()}
    grants = table_grants(part.compiled) if part is not None else ()
    declared = {(one.name, names.get(one.group, one.group)) for one in grants}
    if part is not None:
        declared |= {(one.metastore, names.get(one.group, one.group)) for one in metastore_grants(part.contract)}
    for one in state.resources:
        securable = next((each for each in SYSTEM_SECURABLES if one.inputs.get(each)), "")
        if one.type != GRANTS.single or not securable:
            continue
        name, principal = str(one.inputs[securable]), str(one.inputs.get("principal"))
        if (name, principal) not in declared:
            address = ListAddress(one.type, f"{securable}/{name}", principal)
            known = {principal: frozenset(map(str, one.inputs.get("privileges") or ()))}
            listed = GroupId(groups.get(principal, principal))
            yield UnrecordedList(listed, f"{securable} {name}", one.connection, address, {}, known, ends=True)
