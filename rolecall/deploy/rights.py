"""Whether the caller of a run has the rights that the run needs, before it writes anything."""

from __future__ import annotations

from rolecall.deploy.deployment import Operation
from rolecall.deploy.session import Session
from rolecall.errors import SystemRefused
from rolecall.systems.databricks.caller import require_signed_in_deployer
from rolecall.systems.databricks.given_account import GivenAccount
from rolecall.systems.databricks.rights import PRINCIPAL_MANAGER, WORKSPACE_ADMINISTRATOR, missing_rights
from rolecall.trace import span


def require_rights(session: Session) -> None:
    """Refuse to write as another principal than the deployer, or without the rights of a deployer without the account.

    Raises:
        UsageError: the signed-in principal is not the contract's deployer.
        SystemRefused: it lacks rights, all of which are named.
        SystemUnreachable: a workspace does not answer, or none that could identify the caller does.
    """
    contract = session.compiled.contract
    if session.deployment.operation is Operation.PREVIEW:
        return
    require_signed_in_deployer(contract, lambda: session.hosts)
    if contract.databricks.has_account:
        return
    environments = {one.environment for layer in session.layers for one in layer if one.environment is not None}
    shared = any(one.environment is None for layer in session.layers for one in layer)
    with span("read the deployer's rights"):
        missing = [*missing_rights(contract, contract.environments if shared else environments, GivenAccount(contract))]
    if missing:
        raise SystemRefused(
            f"the deployer lacks rights: {'; '.join(missing)}. Nothing was changed",
            " ".join(
                f"{one.name}: granted by {one.granted_by}." for one in (WORKSPACE_ADMINISTRATOR, PRINCIPAL_MANAGER)
            ),
        )
