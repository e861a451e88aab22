"""The Pulumi program of a stack, as an engine runs it that is started by hand.

A user's repository calls this, so that guards of a newer Rolecall hold there without a change to the repository.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pulumi

from rolecall.compiled import compile_file, require_deployer
from rolecall.components.data_guard import DataGuard
from rolecall.components.declare import declare
from rolecall.deploy.break_glass_guard import other_break_glass
from rolecall.deploy.clusters import ClusterChecks
from rolecall.deploy.plain_engine import refuse_losses, refuse_removals, require_packs
from rolecall.deploy.plain_warnings import plain_warnings
from rolecall.deploy.recorded_clusters import RecordedClusters
from rolecall.deploy.recovery import CREATING, readable_states
from rolecall.engine.journal import file_of
from rolecall.engine.stack_state import StackState
from rolecall.engine.state import States, states_beside_engine
from rolecall.errors import RemovalRefused, RolecallError
from rolecall.project import require_contract
from rolecall.sdk_patches import disable_sdk_debugging
from rolecall.slices.looking_up import look_up_all
from rolecall.slices.part import Part, part_of
from rolecall.slices.slice import slice_named
from rolecall.stack_names import ACCOUNT_STACK
from rolecall.systems.databricks.caller import require_signed_in_deployer
from rolecall.systems.databricks.client import shared_reads


def declare_stack() -> None:
    """Load the contract, compile it, and declare what this stack holds.

    The stack's name says what that is: `account` for what all environments share, ENVIRONMENT.PROJECT for what a
    project has in an environment, ENVIRONMENT for who may use the environment's catalog.

    Raises:
        RunError: the contract is not valid, or a guard refuses the run; nothing is declared then.
    """
    # Messages name files as the user would, from the project's folder.
    os.chdir(pulumi.get_root_directory())
    disable_sdk_debugging(os.environ)
    stack, today, previews = pulumi.get_stack(), datetime.now(UTC).date(), pulumi.runtime.is_dry_run()
    try:
        compiled = compile_file(require_contract(Path(), stack, os.environ), today)
        require_deployer(compiled.contract, os.environ, previews=previews)
        lookups = look_up_all(compiled)
        part = part_of(compiled, slice_named(compiled.contract, stack), lookups)
        states = states_beside_engine(pulumi.get_project(), os.environ)
        state = states.read(stack)
        if not previews:
            require_signed_in_deployer(compiled.contract, lambda: lookups.hosts)
            require_packs(compiled.contract, Path())
        refuse_removals(compiled.contract, part, state, lookups, today)
        account = state if stack == ACCOUNT_STACK else states.read(ACCOUNT_STACK)
        if state is not None and (refused := other_break_glass(compiled.contract, account, today)) is not None:
            raise RemovalRefused(refused, "Nothing was changed.")
        # Warnings and refusals are about the same live lists.
        with shared_reads():
            for message in plain_warnings(compiled.contract, part, state, lookups, today, previews=previews):
                pulumi.log.warn(message)
            if not previews:
                refuse_losses(compiled.contract, part, state, lookups, today)
        if not previews:
            _refuse_unfinished_run(stack, state)
            _refuse_other_cluster(part, state, states)
    except RolecallError as error:
        raise pulumi.RunError(f"{error}\n{error.how_to_go_on}".strip()) from None
    declare(part, DataGuard(compiled.contract, part, state, today))


def _refuse_other_cluster(part: Part, state: StackState | None, states: States) -> None:
    recorded = RecordedClusters({part.slice.stack: state}, lambda: readable_states(states))
    for errors in ClusterChecks().errors({part.slice.stack: part}, recorded, writes=True).values():
        raise errors[0]


def _refuse_unfinished_run(stack: str, state: StackState | None) -> None:
    noted = file_of(os.environ.get("PULUMI_BACKEND_URL", ""), pulumi.get_project(), stack)
    # The engine would forget what it had begun to create, and create it again. Our own provider looks for it first.
    begun = state is not None and any(
        one.get("type") == CREATING and not str(one["resource"]["type"]).startswith("rolecall:")
        for one in state.pending
    )
    if begun or (noted is not None and noted.exists()):
        raise pulumi.RunError(
            f"a run of `rolecall up` on the stack {stack} was killed or failed while it created objects, and they may "
            "not be in the state yet. Run `rolecall up` once: it adopts them."
        )
