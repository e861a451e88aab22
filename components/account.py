"""The account's stack: what all environments share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from pulumi import Input, ProviderResource

from rolecall.access.membership import included
from rolecall.compiled import CompiledContract
from rolecall.components.account_objects import declare_account_objects
from rolecall.components.catalog import declare_catalogs
from rolecall.components.cluster import declare_certificates
from rolecall.components.connections import account_provider, native_provider
from rolecall.components.counterpart import declare_shared
from rolecall.components.group import AccountGroup, GroupArguments
from rolecall.components.group_roles import declare_group_roles
from rolecall.components.identities import (
    bound_workspace_ids,
    group_names,
    refuse_groups_made_again,
    refuse_names_of_others,
)
from rolecall.components.identity_group import IdentityGroup, IdentityGroupArguments, Route
from rolecall.components.metastores import declare_metastore_privileges
from rolecall.components.resources import Provider
from rolecall.components.rule_sets import RuleSets
from rolecall.components.system_tables import declare_system_tables
from rolecall.components.workspace import GovernedWorkspace
from rolecall.contract.contract import Contract
from rolecall.contract.metastore_privileges import metastore_grants
from rolecall.contract.naming import former_group_resources, group_resource
from rolecall.ids.ids import GroupId, ownership_mark
from rolecall.ids.verbs import Kind, Verb
from rolecall.slices.part import Part
from rolecall.systems.databricks.permissions import Held, native
from rolecall.systems.managed_groups import ManagedGroup
from rolecall.systems.registry import BY_NAME


def declare_account(part: Part) -> None:
    """Declare workspaces, groups, which workspaces they are assigned to, and what all environments share besides.

    A workspace may hold several environments, and a group's assignment to it is one object: so it stands here, with
    one writer, and not in the environments' stacks.
    """
    compiled, contract = part.compiled, part.contract
    # Only account administrators can write groups and their assignments.
    levels = _workspace_levels(compiled) if contract.databricks.has_account else {}
    account = account_provider(compiled) if contract.databricks.has_account else None
    used = {workspace for by_workspace in levels.values() for workspace in by_workspace}
    used |= {environment.workspace for environment in contract.environments.values() if environment.catalog}
    used |= {name for name, workspace in contract.workspaces.items() if workspace.create or workspace.has_settings}
    used |= {one.workspace for one in metastore_grants(contract)}
    if contract.governed_tags and not used:
        used = {next(iter(contract.workspaces))}
    workspaces = {name: _workspace(name, compiled, account) for name in sorted(used)}
    connections = {name: workspace.connection for name, workspace in workspaces.items()}
    groups: Mapping[str, AccountGroup | IdentityGroup] = {}
    if contract.databricks.provisioning != "rolecall":
        refuse_groups_made_again(part, {name: one.external for name, one in contract.groups.items() if one.external})
    shared = contract.identity is not None or bool(part.orchestrated)
    native = native_provider(compiled) if shared or contract.clusters else None
    if account is not None and native is not None and contract.identity is not None:
        groups = _declare_identity(part, levels, account, connections, native)
    elif account is not None:
        groups = {
            name: AccountGroup(
                group_resource(contract, name),
                GroupArguments(
                    name,
                    group.external,
                    levels.get(name, {}),
                    part.lookups.groups.get(name),
                    former_group_resources(contract, name),
                ),
                account,
                connections,
            )
            for name, group in sorted(contract.groups.items())
        }
    names: dict[str, Input[str]] = {**{name: name for name in contract.groups}, **group_names(part)}
    known = {key: group.id for key, group in part.lookups.groups.items()}
    group_ids: dict[str, Input[str]] = {key: group.principal_id for key, group in groups.items()} or {**known}
    for name, workspace in workspaces.items():
        inside = [group.assignments[name] for group in groups.values() if name in group.assignments]
        workspace.declare_settings(group_ids, names, inside)
    if account is not None:
        rule_sets = RuleSets(contract, groups, names, account)
        declare_group_roles(groups, rule_sets)
        declare_account_objects(rule_sets, next(iter(connections.values()), None))
    declare_metastore_privileges(contract, connections, names, groups)
    declare_system_tables(compiled, connections, names, groups)
    ids = {name: one.number for name, one in workspaces.items() if one.number is not None}
    declare_catalogs(contract, connections, {**bound_workspace_ids(part, ids), **ids})
    if native is not None and shared:
        refuse_names_of_others(part)
        declare_shared(part.orchestrated, part.lookups.orchestrators, contract, native)
    if native is not None:
        declare_certificates(contract, native)


def _workspace(name: str, compiled: CompiledContract, account: Provider | None) -> GovernedWorkspace:
    new = compiled.contract.workspaces[name].create
    if new is not None and new.cloud == "gcp":
        # On Google Cloud the provider requires other properties, the location among them.
        account = account_provider(compiled, "gcp")
    return GovernedWorkspace(name, compiled.contract, account)


def _declare_identity(
    part: Part,
    levels: Mapping[str, Mapping[str, str]],
    account: ProviderResource,
    workspaces: Mapping[str, ProviderResource],
    native: ProviderResource,
) -> dict[str, IdentityGroup]:
    """Declare groups that live in an identity provider, those first that others include."""
    contract = part.contract
    assert contract.identity is not None
    provisioning = contract.databricks.provisioning
    provider = BY_NAME[contract.identity.provider]
    assert provider.managed_groups is not None
    groups, application = provider.managed_groups(), contract.identity.application
    route = Route(provider.name, groups, provisioning, application, native, account, workspaces)
    declared: dict[str, IdentityGroup] = {}
    overrides = {one.group: one for one in contract.removal_overrides if one.group}
    for name in _included_first(contract):
        group = contract.groups[name]
        inner = group.includes if groups.nests else included(contract.groups, name)
        override = overrides.get(name)
        written = override.model_dump(mode="json", include={"reason", "owner", "expires"}) if override else None
        managed = ManagedGroup(
            contract=contract,
            name=name,
            description=group.description,
            mark=ownership_mark(contract.organization, GroupId(name)),
            adopt=group.adopt,
            includes=[declared[one].external_id for one in inner],
            members=group.members,
            removal={"removalOverride": written} if written else {},
        )
        arguments = IdentityGroupArguments(
            managed, group.external, levels.get(name, {}), former_group_resources(contract, name)
        )
        declared[name] = IdentityGroup(group_resource(contract, name), arguments, route)
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


def _workspace_levels(compiled: CompiledContract) -> dict[str, dict[str, str]]:
    """Return each group's level in each workspace: the highest of all environments that the workspace holds."""
    verbs: defaultdict[str, dict[str, Verb]] = defaultdict(dict)
    for target, subjects in compiled.access.items():
        if target.kind is not Kind.WORKSPACE:
            continue
        for subject, verb in subjects.items():
            if isinstance(subject, GroupId):
                held = verbs[subject.key].get(target.key)
                verbs[subject.key][target.key] = verb if held is None or verb.rank > held.rank else held
    return {
        group: {workspace: _level(verb) for workspace, verb in by_workspace.items()}
        for group, by_workspace in verbs.items()
    }


def _level(verb: Verb) -> str:
    (level,) = native(Kind.WORKSPACE, Held(verb, frozenset()))
    return level
