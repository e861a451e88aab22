"""The account's stack: what all environments share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import pulumi
from pulumi import ProviderResource, ResourceOptions, RunError

from components.group import AccountGroup, GroupArguments
from components.identity_group import IdentityGroup, IdentityGroupArguments, Route
from components.native import NativeProvider, get_groups
from components.resources import Provider
from rolecall.access.grant import SubjectType
from rolecall.access.membership import included
from rolecall.compiled import CompiledContract
from rolecall.contract.contract import Contract
from rolecall.contract.naming import owner_mark
from rolecall.contract.verbs import Kind, Verb
from rolecall.systems.databricks.permissions import WORKSPACE_LEVELS


def account_provider(compiled: CompiledContract) -> Provider:
    """Connect to the account."""
    account = compiled.contract.databricks
    return Provider("account", {"host": account.host, "accountId": account.account_id})


def workspace_provider(compiled: CompiledContract, workspace: str) -> Provider:
    """Connect to a workspace."""
    return Provider(workspace, {"host": compiled.contract.workspaces[workspace].host})


def native_provider(compiled: CompiledContract) -> NativeProvider:
    """Connect to the identity provider, and to the account where the bridged provider does not do."""
    account = compiled.contract.databricks
    return NativeProvider("identity", {"databricksHost": account.host, "databricksAccountId": account.account_id})


def declare_account(compiled: CompiledContract) -> None:
    """Declare the groups, and which workspaces they are assigned to.

    A workspace may hold several environments, and a group's assignment to it is one object: so it stands here, with
    one writer, and not in the environments' stacks.
    """
    levels = _workspace_levels(compiled)
    account = account_provider(compiled)
    used = sorted({workspace for by_workspace in levels.values() for workspace in by_workspace})
    workspaces = {name: workspace_provider(compiled, name) for name in used}
    if compiled.contract.identity is not None:
        _declare_identity(compiled, levels, account, workspaces)
        return
    for name, group in sorted(compiled.contract.groups.items()):
        arguments = GroupArguments(name, group.external, levels.get(name, {}))
        AccountGroup(name, arguments, account, workspaces, ResourceOptions())


def _declare_identity(
    compiled: CompiledContract,
    levels: Mapping[str, Mapping[str, str]],
    account: ProviderResource,
    workspaces: Mapping[str, ProviderResource],
) -> None:
    """Declare groups that live in an identity provider, those first that others include."""
    contract = compiled.contract
    assert contract.identity is not None
    native = native_provider(compiled)
    provisioning = contract.databricks.provisioning
    route = Route(contract.identity.provider, provisioning, contract.identity.application, native, account, workspaces)
    declared: dict[str, IdentityGroup] = {}
    overrides = {one.group: one for one in contract.removal_overrides}
    for name in _included_first(contract):
        group = contract.groups[name]
        # Okta's rules look at direct members, and Entra's nesting does the rest by itself.
        inner = included(contract.groups, name) if route.system == "okta" else group.includes
        override = overrides.get(name)
        written = override.model_dump(mode="json", exclude={"group"}) if override else None
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
        group: {workspace: WORKSPACE_LEVELS[verb] for workspace, verb in by_workspace.items()}
        for group, by_workspace in verbs.items()
    }
