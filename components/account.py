"""The account's stack: what all environments share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

import pulumi
from pulumi import Input, ProviderResource, RunError

from components.connections import account_provider, native_provider
from components.group import AccountGroup, GroupArguments
from components.identity_group import IdentityGroup, IdentityGroupArguments, Route
from components.native import get_groups
from components.resources import Provider
from components.system_tables import declare_system_tables
from components.workspace import GovernedWorkspace
from rolecall.access.grant import SubjectType
from rolecall.access.membership import included
from rolecall.compiled import CompiledContract
from rolecall.contract.contract import Contract
from rolecall.contract.naming import owner_mark
from rolecall.contract.verbs import Kind, Verb
from rolecall.contract.workspace import Workspace
from rolecall.systems.databricks.permissions import Held, native


def declare_account(compiled: CompiledContract) -> None:
    """Declare workspaces, groups, which workspaces they are assigned to, and what all environments share besides.

    A workspace may hold several environments, and a group's assignment to it is one object: so it stands here, with
    one writer, and not in the environments' stacks.
    """
    contract = compiled.contract
    levels = _workspace_levels(compiled)
    account = account_provider(compiled)
    used = {workspace for by_workspace in levels.values() for workspace in by_workspace}
    used |= {name for name, workspace in contract.workspaces.items() if workspace.create or _has_settings(workspace)}
    workspaces = {name: _workspace(name, compiled, account) for name in sorted(used)}
    connections = {name: workspace.connection for name, workspace in workspaces.items()}
    groups: Mapping[str, AccountGroup | IdentityGroup]
    native = native_provider(compiled) if contract.identity is not None else None
    if native is not None:
        groups = _declare_identity(compiled, levels, account, connections, native)
    else:
        groups = {
            name: AccountGroup(name, GroupArguments(name, group.external, levels.get(name, {})), account, connections)
            for name, group in sorted(contract.groups.items())
        }
    names = _names_before(compiled, native)
    for name, workspace in workspaces.items():
        inside = [group.assignments[name] for group in groups.values() if name in group.assignments]
        ids = {key: group.principal_id for key, group in groups.items()}
        workspace.declare_settings(ids, names, inside)
    declare_system_tables(compiled, connections, names, groups)


def _workspace(name: str, compiled: CompiledContract, account: Provider) -> GovernedWorkspace:
    new = compiled.contract.workspaces[name].create
    if new is not None and new.cloud == "gcp":
        # The provider asks other things of a workspace on Google Cloud, and has to be told where it is.
        account = account_provider(compiled, "gcp")
    return GovernedWorkspace(name, compiled.contract, account)


def _has_settings(workspace: Workspace) -> bool:
    return bool(
        workspace.entitlements
        or workspace.tokens
        or workspace.ip_access
        or workspace.verbose_audit_logs is not None
        or workspace.restrict_admins is not None
    )


def _declare_identity(
    compiled: CompiledContract,
    levels: Mapping[str, Mapping[str, str]],
    account: ProviderResource,
    workspaces: Mapping[str, ProviderResource],
    native: ProviderResource,
) -> dict[str, IdentityGroup]:
    """Declare groups that live in an identity provider, those first that others include."""
    contract = compiled.contract
    assert contract.identity is not None
    provisioning = contract.databricks.provisioning
    route = Route(contract.identity.provider, provisioning, contract.identity.application, native, account, workspaces)
    declared: dict[str, IdentityGroup] = {}
    overrides = {one.group: one for one in contract.removal_overrides if one.group}
    for name in _included_first(contract):
        group = contract.groups[name]
        # Okta's rules look at direct members, and Entra's nesting does the rest by itself.
        inner = included(contract.groups, name) if route.system == "okta" else group.includes
        override = overrides.get(name)
        written = override.model_dump(mode="json", exclude={"group", "object"}) if override else None
        arguments = IdentityGroupArguments(
            display_name=name,
            external_id=group.external,
            description=group.description,
            owner=owner_mark(contract),
            adopt=group.adopt,
            includes=[declared[one].external_id for one in inner],
            members=group.members,
            removal_override=written,
            workspaces=levels.get(name, {}),
        )
        declared[name] = IdentityGroup(name, arguments, route)
    if provisioning != "rolecall":
        _refuse_groups_made_again(contract, native)
    return declared


def _included_first(contract: Contract) -> Iterable[str]:
    """Return the groups' names such that each stands behind those that it includes."""
    done: dict[str, None] = {}

    def walk(name: str) -> None:
        for inner in sorted(contract.groups[name].includes):
            walk(inner)
        done.setdefault(name)

    for name in sorted(contract.groups):
        walk(name)
    return done


def _refuse_groups_made_again(contract: Contract, native: ProviderResource) -> None:
    """Stop where the account has a group of a declared name under another id: it is another group."""
    declared = {name: group.external for name, group in contract.groups.items() if group.external}

    def compare(found: Mapping[str, Mapping[str, str]]) -> None:
        by_name = {one["displayName"]: one["externalId"] for one in found.values()}
        for name, external in declared.items():
            if external not in found and name in by_name:
                raise RunError(
                    f"the Databricks group {name!r} has the external id {by_name[name] or 'none'}; the contract says "
                    f"{external}. A group that was deleted and made again is another group and inherits nothing: "
                    "check it, then write its new id in the contract."
                )

    if declared:
        get_groups([*declared.values()], [*declared], native).apply(compare)


def current_names(compiled: CompiledContract, native: ProviderResource) -> pulumi.Output[dict[str, str]] | None:
    """Return the name that each external group has in the account now: a renamed group is still the same.

    None where the contract names no identity provider: its names are the account's then.
    """
    contract = compiled.contract
    declared = {name: group.external for name, group in contract.groups.items() if group.external}
    if contract.identity is None or not declared:
        return None

    def resolve(found: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        missing = sorted(name for name, external in declared.items() if external not in found)
        if missing and not pulumi.runtime.is_dry_run():
            raise RunError(
                f"the Databricks account has no group {missing[0]!r} ({declared[missing[0]]})"
                f"{f', and {len(missing) - 1} more are missing' if len(missing) > 1 else ''}. "
                "Deploy the stack `account` first, or see whether the identity provider has brought it."
            )
        return {
            name: str(found[external]["displayName"]) if external in found else name
            for name, external in declared.items()
        }

    return get_groups([*declared.values()], [], native).apply(resolve)


def _names_before(compiled: CompiledContract, native: ProviderResource | None) -> dict[str, Input[str]]:
    """Return what each group is called in the account before this run; one that is not there yet is called as here.

    Policies read these names, so they have to be known in a preview.
    """
    contract = compiled.contract
    names: dict[str, Input[str]] = {name: name for name in contract.groups}
    declared = {name: group.external for name, group in contract.groups.items() if group.external}
    if native is None or not declared:
        return names
    found = get_groups([*declared.values()], [], native)
    for name, external in declared.items():
        names[name] = found.apply(_called(external, name))
    return names


def _called(external: str, name: str) -> Callable[[Mapping[str, Mapping[str, str]]], str]:
    return lambda found: str(found[external]["displayName"]) if external in found else name


def _workspace_levels(compiled: CompiledContract) -> dict[str, dict[str, str]]:
    """Return each group's level in each workspace: the highest of all environments that the workspace holds."""
    verbs: defaultdict[str, dict[str, Verb]] = defaultdict(dict)
    for target, subjects in compiled.access.items():
        if target.kind is not Kind.WORKSPACE:
            continue
        for subject, verb in subjects.items():
            if subject.type is SubjectType.GROUP:
                held = verbs[subject.name].get(target.name)
                verbs[subject.name][target.name] = verb if held is None or verb.rank > held.rank else held
    return {
        group: {workspace: _level(verb) for workspace, verb in by_workspace.items()}
        for group, by_workspace in verbs.items()
    }


def _level(verb: Verb) -> str:
    (level,) = native(Kind.WORKSPACE, Held(verb, frozenset()))
    return level
