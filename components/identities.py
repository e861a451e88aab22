"""What the systems call the contract's subjects now: a renamed group is still the same."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pulumi
from pulumi import Input, Output, RunError

from rolecall.components.connections import unknown
from rolecall.contract.binding_checks import bound_workspaces
from rolecall.ids.ids import GroupId, Subject
from rolecall.slices.part import Part
from rolecall.stack_names import ACCOUNT_STACK


def group_names(part: Part) -> dict[str, str]:
    """Return the name that each external group has in the account; one that is not there yet is called as here.

    Policies read these names, so they have to be known in a preview.
    """
    return {name: found.name for name, found in part.lookups.groups.items()}


def group_identities(part: Part) -> dict[Subject, Input[str]]:
    """Return the names of the groups that hold something in a slice.

    Raises:
        RunError: a group is not in the account, and this is no preview.
    """
    missing = sorted(name for name in part.external_groups if name not in part.lookups.groups)
    if missing and not pulumi.runtime.is_dry_run():
        raise RunError(
            f"the Databricks account has no group {missing[0]!r} ({part.external_groups[missing[0]]})"
            f"{f', and {len(missing) - 1} more are missing' if len(missing) > 1 else ''}. "
            "Deploy the stack `account` first, or see whether the identity provider has brought it."
        )
    return {GroupId(name): called for name, called in group_names(part).items()}


def principal_identities(part: Part) -> dict[Subject, Input[str]]:
    """Return the application ids of service principals of other slices; unknown while they are not there.

    Raises:
        RunError: one is not in the account, and this is no preview.
    """
    found: dict[Subject, Input[str]] = {}
    for principal, external_id in part.external_ids.items():
        application_id: str | Output[str] | None = part.lookups.application_ids.get(external_id)
        if application_id is None:
            if not pulumi.runtime.is_dry_run():
                raise RunError(f"there is no {principal} yet: deploy its project's stack first")
            application_id = unknown()
        found[principal] = application_id
    return found


def bound_workspace_ids(part: Part, made: Collection[str] = ()) -> dict[str, Input[str]]:
    """Return the ids of the workspaces to which objects of a slice are bound; unknown in a preview before they exist.

    Args:
        part: the slice.
        made: the workspaces that the slice makes, which are left out.

    Raises:
        RunError: one is not there, or does not answer.
    """
    found: dict[str, Input[str]] = {}
    for name in sorted(bound_workspaces(part.contract) - {*made}):
        identity: str | Output[str] | None = part.lookups.workspaces.get(name)
        if identity is None:
            if not pulumi.runtime.is_dry_run():
                what = f"the id of workspace {name!r} is not known: it does not exist yet, or does not answer"
                raise RunError(f"{what}. Run the stack {ACCOUNT_STACK!r} first, or this one again once it answers.")
            identity = unknown()
        found[name] = identity
    return found


def refuse_groups_made_again(part: Part, external: Mapping[str, str]) -> None:
    """Stop where the account has a group of a declared name under another id: it is another group.

    Args:
        part: the slice.
        external: the ids that the contract states, by name.

    Raises:
        RunError: there is such a group.
    """
    for name, external_id in external.items():
        other = part.lookups.namesakes.get(name)
        if other is not None:
            raise RunError(
                f"the Databricks group {name!r} has the external id {other.external_id or 'none'}; the contract says "
                f"{external_id}. A group that was deleted and made again is another group and inherits nothing: "
                "check it, then write its new id in the contract."
            )


def refuse_names_of_others(part: Part) -> None:
    """Stop where orchestrators would let one group's people into what another group holds.

    Orchestrators have no ids of groups: single sign-on fills the group that is called like the identity provider's. A
    group that cannot have its current name there has its key, and another one may be called like that key.

    Args:
        part: the account's slice.

    Raises:
        RunError: a group is called as the contract calls another one that holds something there.
    """
    for system, keys in part.orchestrated.items():
        for key in keys:
            other = part.lookups.taken.get(key)
            if other is not None:
                raise RunError(
                    f"the group {other!r} of the contract is called like {key!r} now, and {system} would let its "
                    f"members do what the contract gives group {key!r}: single sign-on goes by names there. Give both "
                    "groups names of their own in the identity provider."
                )
