"""Lost states: a stack has none in this backend, but its service principals exist.

Service principals carry an ownership mark and are looked for by it. Names of jobs and principals need not be unique: a
run would make everything a second time.
"""

from __future__ import annotations

from collections.abc import Sequence

from rolecall.contract.naming import service_principal_external_id
from rolecall.contract.objects import objects_of
from rolecall.deploy.deployment import Operation
from rolecall.deploy.plan import Step, Why
from rolecall.deploy.session import Session
from rolecall.errors import StateUnreadable, SystemRefused
from rolecall.ids.ids import ServicePrincipalId
from rolecall.ids.verbs import Kind
from rolecall.systems.databricks.account import every_of, requests_to, scim
from rolecall.systems.databricks.account_transport import AccountTransport

HOW_TO_GO_ON = (
    "Nothing was changed. Deploy with the backend that holds the state (PULUMI_BACKEND_URL), or restore the stack's "
    "state from its backup or history. To begin anew on purpose, delete these service principals and what they own "
    "first."
)


def refuse_lost_states(session: Session, steps: Sequence[Step]) -> None:
    """Refuse a run in which stacks without a state have service principals in the account.

    Args:
        session: the deployment.
        steps: all its stacks.

    Raises:
        StateUnreadable: there are such stacks; all are named.
        SystemRefused: the account refuses the caller.
        SystemUnreachable: it does not answer.
    """
    contract = session.compiled.contract
    wanted: dict[str, tuple[str, ServicePrincipalId]] = {}
    for step in steps:
        if step.why is not Why.NEW or step.slice is None or step.slice.project is None:
            continue
        environment = str(step.slice.environment)
        for one in objects_of(contract, environment, Kind.SERVICE_PRINCIPAL, step.slice.project):
            external_id = service_principal_external_id(contract, one.project, one.key, environment)
            wanted[external_id] = step.stack, ServicePrincipalId(environment, one.project, one.key)
    if not wanted:
        return
    account_id = contract.databricks.account_id
    account = requests_to(AccountTransport(contract.databricks.host, account_id))
    try:
        live = list(every_of(account, scim("ServicePrincipals", account_id), "id,applicationId,externalId"))
    except SystemRefused:
        if session.deployment.operation is Operation.PREVIEW:
            # A principal that may only preview need not be able to read the account; `up` looks again.
            return
        raise
    there = {external: str(one["applicationId"]) for one in live if (external := one.get("externalId")) in wanted}
    found = [(*wanted[external], application_id) for external, application_id in there.items()]
    if found:
        lines = [f"{stack}: {principal} ({identity})" for stack, principal, identity in sorted(found)]
        what = "Rolecall made these service principals, and the state of their stacks is not in this backend:\n"
        raise StateUnreadable(what + "\n".join(lines), HOW_TO_GO_ON)
