"""Guards for plain `pulumi up`: the program of a stack stops before anything is declared, and so before any write.

`rolecall up` judges all stacks at once and starts the required packs itself; an engine that is run by hand has
only the program to stop it.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from functools import partial
from pathlib import Path

import psutil

from rolecall.contract.contract import Contract
from rolecall.contract.objects import objects_of
from rolecall.contract.packs import own_pack
from rolecall.deploy.closed_addresses import HOW_TO_STAY, closed_addresses
from rolecall.deploy.departures import Leaving
from rolecall.deploy.first_settings import refused_first_settings
from rolecall.deploy.foreign_states import refuse_objects_of_account
from rolecall.deploy.guard import ASSIGNMENTS, PRINCIPALS, judge_list, refused_departures
from rolecall.deploy.judgement import goes_by_entry
from rolecall.deploy.plan import Step, Why
from rolecall.deploy.unrecorded_lists import losses_of_stack
from rolecall.deploy.workspace_renames import former_keys, refuse_other_workspaces
from rolecall.engine.stack_state import StackState
from rolecall.errors import RemovalRefused, UsageError
from rolecall.ids.id_text import id_text
from rolecall.ids.ids import GroupId, ObjectId
from rolecall.ids.verbs import Kind
from rolecall.kinds.registry import SECTIONS
from rolecall.packs import is_pack
from rolecall.slices.group_names import names_now
from rolecall.slices.listed_objects import listed_object
from rolecall.slices.part import Part
from rolecall.slices.removals import removals
from rolecall.slices.settings import contract_refusals
from rolecall.systems.databricks.lookups import Lookups

ENGINE = "pulumi"
# https://www.pulumi.com/docs/iac/cli/commands/pulumi_up/: one or more paths, comma separated, also given repeatedly.
PACK_FLAG = "--policy-pack"


def require_packs(contract: Contract, root: Path) -> None:
    """Refuse an engine that was started without a policy pack that the contract requires.

    Args:
        contract: the contract.
        root: the project's folder, which the contract's pack paths start from.

    Raises:
        UsageError: a pack is missing.
    """
    given = [folder / path for folder, path in _packs_of_engines()]
    missing = [name for name in contract.policy_packs if not any(is_pack(root, root, name, one) for one in given)]
    if missing:
        flags = " ".join(f"{PACK_FLAG} {_folder_shown(name)}" for name in contract.policy_packs)
        raise UsageError(
            f"the contract requires the policy packs {', '.join(missing)}, and this engine runs without them",
            f"Run `rolecall up`, or `pulumi up {flags}`.",
        )


def _folder_shown(name: str) -> str:
    """Return what to write for a pack's folder in a shell."""
    return f"$(rolecall policy path {name})" if own_pack(name) else name


def refuse_removals(contract: Contract, part: Part, state: StackState | None, lookups: Lookups, today: date) -> None:
    """Refuse a run that would remove more holders from a stack's lists than one run may, or weaken a setting.

    Args:
        contract: the whole contract, with its `removal_overrides`.
        part: the slice that the program declares.
        state: the stack as it is; None where there is none yet.
        lookups: what the account knows of its groups.
        today: the day on which an override has to hold.

    Raises:
        RemovalRefused: there is such a list or setting; all are named.
        UsageError: the key of a workspace means another one than before, or the stack has objects of an account that
            the deployer no longer administers.
    """
    if state is None:
        return
    refuse_other_workspaces(contract, [state])
    refuse_objects_of_account(contract, {part.slice.stack: state})
    if renamed := former_keys(contract, state):
        shown = ", ".join(f"{old} is {new} now" for old, new in sorted(renamed.items()))
        raise RemovalRefused(f"workspaces have other keys: {shown}", "Nothing was changed. Run `rolecall up` once.")
    place = part.slice.environment or "", part.slice.project or ""
    names = names_now(contract, lookups, [state])
    found = (judge_list(change, contract, today, *place) for change in removals(part, state, names))
    messages = [violation.message for violation in found if violation is not None]
    going = [one for one in departures(contract, part, state, lookups) if not goes_by_entry(one, contract, today)]
    step = Step(part.slice.stack, part.slice, Why.CHANGED, state)
    messages += [violation.message for _, violation in refused_departures(going, [step], contract, today)]
    if part.slice.environment is None:
        messages += contract_refusals(contract, state, today)
    if messages:
        raise RemovalRefused("\n".join(messages), "Nothing was changed.")


def refuse_losses(contract: Contract, part: Part, state: StackState | None, lookups: Lookups, today: date) -> None:
    """Refuse a run that would revoke access that no run has granted; arguments as those of `refuse_removals`.

    Raises:
        RemovalRefused: there is such access; it is named.
        SystemRefused: the account refuses the caller.
        SystemUnreachable: it does not answer.
    """
    found = losses_of_stack(part, state, contract, lookups, today)
    messages = [one.refusal(contract) for one in found if not one.allowed]
    if part.slice.environment is None:
        host_of = partial(lookups.workspace_host, contract)
        messages += [one.message for one in refused_first_settings(contract, state, host_of, today)]
        for one in closed_addresses(contract, state, host_of):
            messages += [one.message] if one.is_unread else [f"{one.message}. {HOW_TO_STAY}"] if one.locks_out else []
    if messages:
        raise RemovalRefused("\n".join(messages), "Nothing was changed.")


def departures(contract: Contract, part: Part, state: StackState, lookups: Lookups) -> Iterator[Leaving]:
    """Yield the lists and assignments of a stack that its program does not declare any more.

    Args:
        contract: the whole contract.
        part: the slice that the program declares.
        state: the stack as it is.
        lookups: what the account knows of its groups.
    """
    place = part.slice.environment or "", part.slice.project or ""
    inside: defaultdict[str, set[str]] = defaultdict(set)
    for target, held in part.compiled.access.items():
        if target.kind is Kind.WORKSPACE:
            groups = (one.key for one in held if isinstance(one, GroupId))
            inside[target.key] |= {lookups.ids[key] for key in groups if key in lookups.ids}
    entitled = {
        name: {lookups.ids[key] for key in workspace.entitlements if key in lookups.ids}
        for name, workspace in contract.workspaces.items()
    }
    environment, project = place
    principals = set[str]()
    if environment and project:
        own = objects_of(contract, environment, Kind.SERVICE_PRINCIPAL, project)
        principals = {principal.resource for principal in own}
    for one in state.resources:
        if one.type == ASSIGNMENTS and project:
            # The stack of a project assigns its service principals, by their own names.
            stays = one.name in principals
        elif one.type in PRINCIPALS:
            held_by = inside if one.type == ASSIGNMENTS else entitled
            stays = id_text(one.inputs.get(PRINCIPALS[one.type])) in held_by.get(one.connection, ())
        else:
            listed = listed_object(one, *place, contract)
            gone = isinstance(listed, ObjectId) and listed.kind in SECTIONS and listed not in part.compiled.access
            stays = not gone and not (isinstance(listed, GroupId) and listed.key not in contract.groups)
        if not stays:
            yield Leaving(part.slice.stack, one, *place, state.protected)


def packs_named(arguments: Sequence[str]) -> Iterator[str]:
    """Yield the policy packs that a command line of the engine names."""
    for position, argument in enumerate(arguments):
        name, separator, value = argument.partition("=")
        if name != PACK_FLAG:
            continue
        named = value if separator else next(iter(arguments[position + 1 :]), "")
        yield from (one for one in named.split(",") if one)


def _packs_of_engines() -> Iterator[tuple[Path, str]]:
    """Yield each pack that an engine above this process names, with the folder that the engine was started in."""
    for process in psutil.Process(os.getpid()).parents():
        with suppress(psutil.Error):
            if process.name() == ENGINE:
                folder = Path(process.cwd())
                yield from ((folder, name) for name in packs_named(process.cmdline()))
