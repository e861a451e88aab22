"""States with objects that a run must not touch: of another workspace, or of an account out of the deployer's scope."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rolecall.contract.contract import Contract
from rolecall.deploy.plan import Step
from rolecall.deploy.workspace_renames import refuse_other_workspaces
from rolecall.engine.stack_state import Resource, StackState
from rolecall.errors import UsageError
from rolecall.kinds.access import ASSIGNMENT
from rolecall.stack_names import ACCOUNT_STACK

SHOWN = 5


def refuse_foreign_states(contract: Contract, steps: Iterable[Step]) -> None:
    """Refuse a run that would treat objects of another workspace, or of the account, as its own.

    Args:
        contract: the contract.
        steps: the stacks that are run, including those without a slice in the contract any more.

    Raises:
        UsageError: it would.
    """
    held = {step.stack: step.state for step in steps if step.state is not None}
    refuse_other_workspaces(contract, [held[step.stack] for step in steps if step.slice is not None and step.state])
    refuse_objects_of_account(contract, held)


def refuse_objects_of_account(contract: Contract, states: Mapping[str, StackState]) -> None:
    """Refuse to delete objects created in the account by stacks if the contract now refers to them by id.

    Without this, the first run with `administer: workspaces` would delete the groups and service principals themselves.

    Args:
        contract: the contract.
        states: the states of the stacks that are run, by stack.

    Raises:
        UsageError: a state has objects of the account.
    """
    if contract.databricks.has_account:
        return
    found = {stack: [one for one in state.resources if _is_of_account(one)] for stack, state in states.items()}
    lines = [f"{stack}: {one.type.rpartition(':')[2]} {one.name}" for stack, held in found.items() for one in held]
    if lines:
        more = f" and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
        raise UsageError(
            f"stacks have {len(lines)} objects of the account, and this run would delete them, because the deployer "
            f"has `administer: workspaces`: {'; '.join(lines[:SHOWN])}{more}",
            "Nothing was changed. To keep the objects and their access, remove them from the states: `pulumi state "
            "delete URN --stack STACK` for each URN that `pulumi stack --stack STACK --show-urns` has for them. Or "
            "keep `administer: account`.",
        )


def _is_of_account(resource: Resource) -> bool:
    own = resource.custom and not resource.external
    return own and (resource.connection.partition("-")[0] == ACCOUNT_STACK or resource.type == ASSIGNMENT.token)
