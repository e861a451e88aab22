"""Lost states: live objects carry our mark, and no state in this backend has them.

A run would make them a second time, as names of jobs, pools and principals need not be unique, or would stop halfway
where they are. It is refused before it writes anything.
"""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from rolecall.contract.facts import facts_of, value_in
from rolecall.contract.naming import service_principal_external_id
from rolecall.contract.objects import objects_of
from rolecall.contract.workspace_settings import IP_ACCESS_LIST, workspace_settings
from rolecall.deploy.departures import place_of
from rolecall.deploy.plan import Step
from rolecall.deploy.recovery import held_elsewhere, place_of_ids, readable_states
from rolecall.deploy.session import Session
from rolecall.engine.journal import PROVIDER
from rolecall.errors import ObjectMissing, RequestRejected, StateUnreadable, SystemRefused, SystemUnreachable, explained
from rolecall.ids.ids import ObjectId, ServicePrincipalId
from rolecall.ids.verbs import Kind
from rolecall.kinds.catalog import CATALOG
from rolecall.kinds.registry import BY_NAME, KINDS, TOKENS, Spec
from rolecall.kinds.spec import Facts, Scope
from rolecall.slices.slice import ACCOUNT
from rolecall.systems.databricks.adoption import IP_ACCESS_LISTS
from rolecall.systems.databricks.client import Reader, account_reader, shared_reader
from rolecall.systems.databricks.own_objects import is_made_by, own_objects
from rolecall.trace import span

HOW_TO_GO_ON = (
    "Nothing was changed. One of these: deploy with the backend that has the state (PULUMI_BACKEND_URL); restore the "
    "stack's state from its backup or history; import single objects with the `pulumi import` lines above and run this "
    "again; or delete the objects, by the ids above, in their system."
)
# Types of which a live object that carries our mark is known to be ours. The journal keeps a failed create of one, and
# the next run adopts the object: before a run creates anything, it has looked that no such object is there.
MARKED = frozenset(
    {
        *(one.resource.token for one in KINDS if one.api and one.resource and one.resource.properties),
        *(TOKENS[Kind.SERVICE_PRINCIPAL], IP_ACCESS_LIST),
    }
)
# Objects that a message names; the rest is counted.
SHOWN = 200
# Requests under way at once to all systems, and objects that one of them asks for by name.
AT_ONCE, IN_A_BATCH = 16, 10
# Asks a system; the stacks that need the answer.
Question = tuple[set[str], Callable[[], "list[LiveObject]"]]


@dataclass(frozen=True, order=True)
class LiveObject:
    """A live object that carries our mark.

    Attributes:
        stack: the stack that declares it.
        shown: the object as messages name it.
        type: type token of its resource.
        id: its id in its system.
        host: address of its workspace; empty for the account.
        takeover: the command that takes it into a state which lacks only this object; empty where there is none.
    """

    stack: str
    shown: str
    type: str
    id: str
    host: str = ""
    takeover: str = ""


def refuse_lost_states(session: Session, steps: Sequence[Step], down: Collection[str]) -> dict[str, str]:
    """Refuse a run that would make objects a second time.

    Args:
        session: the deployment.
        steps: all its stacks.
        down: stacks with a host that does not answer; they are not run.

    Returns:
        The stacks of which it could not be read, each with the reason: they must not be written.

    Raises:
        StateUnreadable: there are such objects; they are named with their stacks.
    """
    asked = [step for step in steps if step.runs and step.slice is not None and step.stack not in down]
    unknown: dict[str, str] = {}
    found: set[LiveObject] = set()
    with span("look for objects without a state"), ThreadPoolExecutor(AT_ONCE) as pool:
        questions = [*_of_workspaces(session, asked), *_of_account(session, asked)]
        answers = [(stacks, pool.submit(ask)) for stacks, ask in questions]
        for stacks, later in answers:
            try:
                found.update(later.result())
            except (SystemRefused, SystemUnreachable, RequestRejected) as error:
                unknown |= dict.fromkeys(stacks, explained(error))
    if found:
        known = held_elsewhere(readable_states(session.states))
        lost = sorted(one for one in found if one.id not in known.get((one.type, place_of_ids(one.type, one.host)), ()))
        if lost:
            raise _error(lost)
    return unknown


def _of_workspaces(session: Session, steps: Sequence[Step]) -> Iterator[Question]:
    """Yield what is asked of workspaces: the objects of each kind that stacks declare and their states lack."""
    contract = session.compiled.contract
    wanted: defaultdict[tuple[Kind, str], dict[str, list[Facts]]] = defaultdict(lambda: defaultdict(list))
    resources: dict[ObjectId, str] = {}
    for step in steps:
        environment, project = place_of(step)
        host = _host(session, environment)
        if not project or not host:
            continue
        held = _held(step)
        for kind in KINDS:
            if kind.api is None or kind.resource is None or kind.resource.properties is None:
                continue
            if kind.scope is Scope.CATALOG and contract.environments[environment].catalog is None:
                continue
            for declared in objects_of(contract, environment, kind.name, project):
                if (kind.resource.token, declared.resource) not in held:
                    facts = facts_of(contract, declared, environment)
                    if kind.resource.properties(value_in(declared, environment), facts) is None:
                        continue
                    wanted[kind.name, host][step.stack].append(facts)
                    resources[facts.id] = declared.resource
    readers: dict[str, Reader] = {}
    for (name, host), by_stack in wanted.items():
        reader = readers.setdefault(host, shared_reader(host))
        stacks = {one.id: stack for stack, facts in by_stack.items() for one in facts}
        everything = [one for facts in by_stack.values() for one in facts]
        # A list is read once for all; objects that are found one by one are asked for side by side.
        size = len(everything) if _is_listed(BY_NAME[name]) else IN_A_BATCH
        for start in range(0, len(everything), size):
            batch = everything[start : start + size]
            yield (
                {stacks[one.id] for one in batch},
                partial(_marked, session, BY_NAME[name], batch, reader, host, stacks, resources),
            )


def _is_listed(kind: Spec) -> bool:
    return kind.api is not None and bool(kind.api.list)


def _marked(
    session: Session,
    kind: Spec,
    facts: Sequence[Facts],
    reader: Reader,
    host: str,
    stacks: Mapping[ObjectId, str],
    resources: Mapping[ObjectId, str],
) -> list[LiveObject]:
    assert kind.resource is not None
    contract = session.compiled.contract
    found: list[LiveObject] = []
    for one, live in own_objects(kind, facts, reader, contract.databricks.deployer):
        stack = stacks[one.id]
        workspace = contract.environments[stack.partition(".")[0]].workspace
        prefix = f"urn:pulumi:{stack}::{session.states.project}"
        takeover = _takeover(kind, stack, resources[one.id], live, prefix, workspace)
        found.append(LiveObject(stack, str(one.id), kind.resource.token, live, host, takeover))
    return found


def _takeover(kind: Spec, stack: str, name: str, identity: str, prefix: str, workspace: str) -> str:
    """Return the command that imports an object as the stack's program declares it.

    https://www.pulumi.com/docs/iac/cli/commands/pulumi_import/
    """
    assert kind.resource is not None
    words = [
        *("pulumi", "import", kind.resource.token, name, identity, "--stack", stack),
        *("--parent", f"parent={prefix}::{kind.component}::{name}"),
        *("--provider", f"connection={prefix}::{PROVIDER}databricks::{workspace}"),
        *("--protect=false", "--generate-code=false"),
    ]
    return shlex.join(words)


def _of_account(session: Session, steps: Sequence[Step]) -> Iterator[Question]:
    """Yield what is asked of the account: service principals, workspaces, catalogs and lists of addresses."""
    contract = session.compiled.contract
    principals: dict[str, tuple[str, ServicePrincipalId]] = {}
    # Where the contract names principals by their ids, Rolecall creates none.
    made = contract.databricks.has_account
    for step in steps:
        environment, project = place_of(step)
        held = _held(step)
        for one in objects_of(contract, environment, Kind.SERVICE_PRINCIPAL, project) if project and made else ():
            if (TOKENS[Kind.SERVICE_PRINCIPAL], one.resource) not in held:
                external_id = service_principal_external_id(contract, project, one.key, environment)
                principals[external_id] = step.stack, ServicePrincipalId(environment, project, one.key)
    if principals:
        yield {stack for stack, _ in principals.values()}, partial(_principals, session, principals)
    account = next((step for step in steps if step.slice == ACCOUNT), None)
    if account is not None:
        yield {account.stack}, partial(_shared, session, account)


def _principals(session: Session, wanted: Mapping[str, tuple[str, ServicePrincipalId]]) -> list[LiveObject]:
    account = session.compiled.contract.databricks
    reader = account_reader(account.host, account.account_id)
    live = reader.scim(account.account_id, "ServicePrincipals", "id,externalId")
    return [
        LiveObject(stack, str(principal), TOKENS[Kind.SERVICE_PRINCIPAL], str(one["id"]))
        for one in live
        if (external_id := str(one.get("externalId") or "")) in wanted
        for stack, principal in (wanted[external_id],)
    ]


def _shared(session: Session, step: Step) -> list[LiveObject]:
    """Return the workspaces, catalogs and lists of addresses that are live and not in the account's stack."""
    contract, held, stack = session.compiled.contract, _held(step), step.stack
    # A workspace has no mark; one of its name exists already, whatever its creator.
    found = [
        LiveObject(stack, f"workspace {name}", TOKENS[Kind.WORKSPACE], host)
        for name, host in session.hosts.items()
        if (TOKENS[Kind.WORKSPACE], name) not in held
    ]
    assert CATALOG.api is not None
    for name, environment in contract.environments.items():
        host = _host(session, name)
        if environment.catalog and host and (TOKENS[Kind.CATALOG], environment.catalog) not in held:
            with suppress(ObjectMissing):
                live = shared_reader(host).found(CATALOG.api, environment.catalog)
                if is_made_by(live, contract.databricks.deployer):
                    shown = f"catalog {environment.catalog}"
                    found.append(LiveObject(stack, shown, TOKENS[Kind.CATALOG], environment.catalog, host))
    for name, workspace in contract.workspaces.items():
        host = workspace.host or session.hosts.get(name) or ""
        labels = {
            str(one.inputs["label"]): one.name
            for one in workspace_settings(name, workspace)
            if one.type == IP_ACCESS_LIST and (one.type, one.name) not in held
        }
        for identity, item in shared_reader(host).listed(IP_ACCESS_LISTS).items() if labels and host else ():
            if label := labels.get(str(item.get("label"))):
                found.append(LiveObject(stack, f"list of addresses {label}", IP_ACCESS_LIST, identity, host))
    return found


def _host(session: Session, environment: str) -> str:
    """Return the address of an environment's workspace; empty where it is not there yet."""
    contract = session.compiled.contract
    if environment not in contract.environments:
        return ""
    name = contract.environments[environment].workspace
    return contract.workspaces[name].host or session.hosts.get(name) or ""


def _held(step: Step) -> set[tuple[str, str]]:
    """Return type and name of what a stack's state has, and of what a killed run has begun to make there."""
    if step.state is None:
        return set()
    begun = (one.get("resource") or {} for one in step.state.pending)
    return {
        *((one.type, one.name) for one in step.state.resources),
        *((str(one.get("type")), str(one.get("urn")).rpartition("::")[2]) for one in begun),
    }


def _error(lost: Sequence[LiveObject]) -> StateUnreadable:
    lines = [f"{one.stack}: {one.shown} ({one.id})" for one in lost[:SHOWN]]
    lines += [one.takeover for one in lost[:SHOWN] if one.takeover]
    if len(lost) > SHOWN:
        lines.append(f"and {len(lost) - SHOWN} more")
    what = "These are live, marked as made by Rolecall, and in no state of this backend; a run would make them again:\n"
    return StateUnreadable(what + "\n".join(lines), HOW_TO_GO_ON)
