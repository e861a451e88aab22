"""Access lists of objects that are managed elsewhere, before Rolecall writes them for the first time.

A list is written whole, and no state says yet who is on it: what the contract does not grant would be revoked silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rolecall.contract.contract import Contract
from rolecall.contract.facts import facts_of, value_in
from rolecall.contract.objects import Declared, objects_of
from rolecall.deploy.departures import place_of
from rolecall.deploy.deployment import Operation
from rolecall.deploy.guard import RULE, how_to_allow, override_of
from rolecall.deploy.plan import Step
from rolecall.deploy.session import Session
from rolecall.engine.events import Violation
from rolecall.errors import RolecallError
from rolecall.ids.ids import DeployerId, ObjectId, Subject
from rolecall.kinds.registry import BY_NAME, KINDS, Spec
from rolecall.kinds.spec import Scope
from rolecall.slices.listed_objects import described, listed_object
from rolecall.systems.databricks.client import account_reader, workspace_reader
from rolecall.systems.databricks.holders import Holders, name_of
from rolecall.systems.databricks.permissions import access_controls
from rolecall.systems.databricks.principals import read_principals
from rolecall.trace import span

SHOWN = 5
ABSENT = "it does not exist yet"
HOW_TO_MAKE = "Let what makes it run first, or leave it out (`in: [...]`) until then."
# The kinds of which a contract may name an object that is managed elsewhere.
ADOPTING = [kind for kind in KINDS if kind.model is not None and "existing" in kind.model.model_fields]


def refused_first_lists(session: Session, steps: Sequence[Step]) -> Iterator[tuple[str, Violation]]:
    """Yield a violation for each list whose first deployment would revoke something, with its stack.

    An override of the object allows it, as it allows other removals.

    Args:
        session: the deployment.
        steps: its stacks.

    Raises:
        SystemRefused: the account refuses the caller.
        SystemUnreachable: it does not answer.
    """
    new = [(step.stack, target) for step in steps for target in _unlisted(session, step)]
    if not new:
        return
    contract = session.compiled.contract
    with span("read access lists that are managed elsewhere"):
        account = account_reader(contract.databricks.host, contract.databricks.account_id)
        principals = read_principals(contract, account)
        for stack, target in new:
            override = override_of(target, contract)
            workspace = contract.environments[target.own_environment].workspace
            host = contract.workspaces[workspace].host or session.hosts.get(workspace)
            if host is None or (override is not None and override.expires >= session.today):
                # A workspace that this run makes has nothing that is managed elsewhere.
                continue
            holders = Holders(contract, workspace_reader(workspace, host), account, principals, {})
            try:
                live = holders.of(target)
                message = _message(session, target, live) if live is not None else ABSENT
            except RolecallError as error:
                # A principal that may only preview need not be able to read everything; `up` reads again.
                previews = session.deployment.operation is Operation.PREVIEW
                message = "" if previews else f"who is on its access list is unknown: {error.what}"
            if message:
                shown = f"{described(target)} ({name_of(contract, target)}) is managed elsewhere, and {message}"
                how = f"Grant it in the contract. {how_to_allow(target, contract)}"
                text = f"{shown}\n{HOW_TO_MAKE if message == ABSENT else how}"
                yield stack, Violation(RULE, "rolecall", described(target), text, mandatory=True)


def revoked(live: Mapping[Subject, Iterable[str]], granted: Mapping[Subject, Iterable[str]]) -> dict[Subject, set[str]]:
    """Return what each subject has on a list and would have no more; the deployer's own entry does not count.

    Args:
        live: what each subject has now, in the system's words.
        granted: what the list that is written grants.
    """
    lost = {subject: {*words} - {*granted.get(subject, ())} for subject, words in live.items()}
    return {subject: words for subject, words in lost.items() if words and not isinstance(subject, DeployerId)}


def _message(session: Session, target: ObjectId, live: Mapping[Subject, Iterable[str]]) -> str:
    entries = access_controls(target.kind, session.compiled.access.get(target, {}))
    lost = revoked(live, {entry.subject: entry.words for entry in entries})
    each = [f"{subject} loses {', '.join(sorted(words))}" for subject, words in sorted(lost.items(), key=str)]
    more = f" and {len(each) - SHOWN} more" if len(each) > SHOWN else ""
    return f"its first deployment would replace its access list: {'; '.join(each[:SHOWN])}{more}" if each else ""


def _unlisted(session: Session, step: Step) -> Iterator[ObjectId]:
    """Yield the objects that are managed elsewhere and whose lists the stack's state does not contain."""
    environment, project = place_of(step)
    if step.slice is None or not step.runs or not environment or project not in session.compiled.contract.projects:
        return
    contract = session.compiled.contract
    for kind in ADOPTING:
        for declared in objects_of(contract, environment, kind.name, project):
            if _is_made(kind, contract, declared, environment):
                continue
            target = declared.id_in(environment)
            if not _is_written(step, target, contract):
                yield target


def _is_made(kind: Spec, contract: Contract, declared: Declared, environment: str) -> bool:
    """Return whether Rolecall makes an object; otherwise it declares the access list alone."""
    assert kind.resource is not None
    assert kind.resource.properties is not None
    if kind.scope is Scope.CATALOG and contract.environments[environment].catalog is None:
        return True
    facts = facts_of(contract, declared, environment)
    return kind.resource.properties(value_in(declared, environment), facts) is not None


def _is_written(step: Step, target: ObjectId, contract: Contract) -> bool:
    """Return whether a run has written the list of an object, under the name that it has now."""
    access, name = BY_NAME[target.kind].access, name_of(contract, target)
    return any(
        one.type == access.interface.token
        and str(one.inputs.get(access.object_property)) == name
        and listed_object(one, *place_of(step), contract) == target
        for one in (step.state.resources if step.state is not None else ())
    )
