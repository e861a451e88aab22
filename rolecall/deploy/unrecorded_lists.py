"""Access lists that a run writes for the first time or deletes, while others have entries on them.

A list is written whole, and no state has the other subjects on it: the run would revoke their access silently.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial

from rolecall.contract.contract import Contract
from rolecall.deploy.closed_addresses import HOW_TO_STAY, closed_addresses
from rolecall.deploy.departures import goes_whole, place_of
from rolecall.deploy.deployment import Operation
from rolecall.deploy.first_settings import refused_first_settings
from rolecall.deploy.guard import RULE, how_to_allow
from rolecall.deploy.own_list_losses import added_by_hand, lost_by
from rolecall.deploy.plan import Step
from rolecall.deploy.provisioned_members import added_members, provisioned_groups
from rolecall.deploy.session import Session
from rolecall.engine.events import Outcome, Violation
from rolecall.engine.stack_state import StackState
from rolecall.errors import RolecallError, SystemUnreachable, explained
from rolecall.ids.ids import GroupId, ObjectId
from rolecall.ids.verbs import Kind
from rolecall.slices.ended_lists import ended_lists
from rolecall.slices.first_lists import first_lists
from rolecall.slices.listed_objects import described, override_of
from rolecall.slices.own_lists import OwnList, changed_own_lists, ended_own_lists, first_own_lists
from rolecall.slices.part import Part
from rolecall.slices.slice import ACCOUNT
from rolecall.slices.unrecorded_list import TOKEN_USERS, UnrecordedList
from rolecall.systems.access_list import Lost, lost_shown
from rolecall.systems.databricks.client import workspace_reader
from rolecall.systems.databricks.given_account import reader_of_account
from rolecall.systems.databricks.list_entries import live_entries
from rolecall.systems.databricks.lookups import Lookups
from rolecall.trace import span

SHOWN = 5
HOW_TO_MAKE = "Let what makes it run first, or leave it out (`in: [...]`) until then."
# Requests under way at once.
AT_ONCE = 16


@dataclass(frozen=True)
class Loss:
    """Access that a run would revoke, which no run has granted.

    Attributes:
        stack: the stack that revokes it.
        unrecorded: the list, of Databricks or of Rolecall's own provider.
        message: who loses what.
        allowed: whether an override of the contract allows it.
        is_absent: whether there is no such object, and so nothing to write.
        is_unread: whether its system does not answer; the stack must not be run.
    """

    stack: str
    unrecorded: UnrecordedList | OwnList
    message: str
    allowed: bool = False
    is_absent: bool = False
    is_unread: bool = False

    def violation(self, contract: Contract) -> Violation:
        """Return the violation by which it is refused."""
        about = self.unrecorded.listed
        return Violation(RULE, "rolecall", described(about), self.refusal(contract), mandatory=True)

    def refusal(self, contract: Contract) -> str:
        """Return why it is refused, and what allows it."""
        if self.is_absent:
            return f"{self.message}\n{HOW_TO_MAKE}"
        first = "" if self.unrecorded.ends else "Grant it in the contract. "
        return f"{self.message}\n{first}{how_to_allow(self.unrecorded.listed, contract)}"


class Losses:
    """The access that the run of a session revokes and no run has granted."""

    def __init__(self) -> None:
        # Warnings by stack, where an override allows it.
        self.allowed: defaultdict[str, list[str]] = defaultdict(list)
        # Stacks whose lists could not be read, each with the reason: they must not be run, and stop no other.
        self.unread: dict[str, str] = {}
        # Stacks that would weaken a workspace's settings or close it to this machine, each with the message.
        self.settings: list[tuple[str, str]] = []

    def read(self, session: Session, steps: Sequence[Step], previews: Mapping[str, Outcome]) -> list[Loss]:
        """Return it, and warn of what is allowed; arguments and errors as those of `losses_of_run`.

        Args:
            session: the deployment.
            steps: its stacks.
            previews: the outcomes of previews, which get the warnings.
        """
        read = losses_of_run(session, steps)
        self.unread |= {one.stack: one.message for one in read if one.is_unread}
        found = [one for one in read if not one.is_unread]
        for one in found:
            if one.allowed:
                self.allowed[one.stack].append(one.message)
        self._read_settings(session, steps)
        for stack, message in hand_made_entries(session, steps):
            self.allowed[stack].append(message)
        for stack, warnings in self.allowed.items():
            if stack in previews:
                previews[stack].warnings += warnings
        return found

    def _read_settings(self, session: Session, steps: Sequence[Step]) -> None:
        contract = session.compiled.contract

        def host_of(name: str) -> str | None:
            return contract.workspaces[name].host or session.hosts.get(name)

        for step in steps if session.deployment.operation is not Operation.DESTROY else ():
            if step.slice != ACCOUNT or not step.runs:
                continue
            for setting in refused_first_settings(contract, step.state, host_of, session.today):
                if setting.is_unread:
                    self._note_unread(session, step.stack, setting.message)
                else:
                    self.settings.append((step.stack, setting.message))
            for one in closed_addresses(contract, step.state, host_of, refreshes=session.deployment.refresh):
                if one.is_unread:
                    self._note_unread(session, step.stack, one.message)
                elif one.locks_out:
                    self.settings.append((step.stack, f"{one.message}. {HOW_TO_STAY}"))
                else:
                    self.allowed[step.stack].append(one.message)

    def _note_unread(self, session: Session, stack: str, message: str) -> None:
        # Who may only preview need not be able to read everything; `up` reads it again.
        if session.deployment.operation is Operation.PREVIEW:
            self.allowed[stack].append(message)
        else:
            self.unread[stack] = "\n".join(filter(None, (self.unread.get(stack), message)))


def hand_made_entries(session: Session, steps: Sequence[Step]) -> Iterator[tuple[str, str]]:
    """Yield who loses entries that were added by hand on lists of other systems that a run changes, with the stack.

    A refresh shows them otherwise.

    Args:
        session: the deployment.
        steps: its stacks.
    """
    operation = session.deployment.operation
    if session.deployment.refresh or operation is Operation.DESTROY:
        return
    for step in steps:
        if step.runs and step.slice is not None and step.state is not None and not goes_whole(session, step):
            for message in hand_made_of_stack(session.part(step.slice), step.state):
                yield step.stack, message


def hand_made_of_stack(part: Part, state: StackState) -> Iterator[str]:
    """Yield warnings of undeclared entries that a slice's run would remove from lists.

    Args:
        part: the slice.
        state: its stack.
    """
    changed = [*changed_own_lists(part, state)]
    keys = {one.listed.key for one, _ in changed if isinstance(one.listed, GroupId)}
    readers: list[tuple[str, Callable[[], Lost]]] = [
        (one.shown, partial(added_by_hand, one, recorded)) for one, recorded in changed
    ]
    for key, recorded, external_id in provisioned_groups(part, state):
        read = partial(added_members, part, key, recorded, external_id, changes=keys)
        readers.append((f"{described(GroupId(key))} in the Databricks account", read))

    def message(shown: str, read: Callable[[], Lost]) -> str | None:
        try:
            lost = read()
        except RolecallError as error:
            return f"{shown}: undeclared entries could not be read: {error.what}"
        added = f"{shown}: undeclared entries: {lost_shown(lost, SHOWN)}; `up` removes them"
        return added if lost else None

    if readers:
        with span("read lists of other systems that will be written"), ThreadPoolExecutor(AT_ONCE) as pool:
            yield from (one for one in pool.map(lambda each: message(*each), readers) if one is not None)


def losses_of_run(session: Session, steps: Sequence[Step]) -> list[Loss]:
    """Return what the stacks of a run would revoke on lists that no state has.

    Args:
        session: the deployment.
        steps: its stacks.

    Raises:
        SystemRefused: the account refuses the caller.
        SystemUnreachable: it does not answer.
    """
    destroys = session.deployment.operation is Operation.DESTROY
    account_goes = destroys and any(step.slice == ACCOUNT for step in steps)
    wanted: list[tuple[str, UnrecordedList, str]] = []
    own: list[tuple[str, OwnList]] = []
    for step in steps:
        if not step.runs:
            continue
        own += [(step.stack, one) for one in _own_of_step(session, step)]
        hosts = step.state.hosts if step.state is not None else {}
        for one in _of_step(session, step):
            if account_goes and isinstance(one.listed, ObjectId) and one.listed.kind is Kind.CATALOG:
                # It goes with the account's stack.
                continue
            workspace = session.compiled.contract.workspaces.get(one.connection)
            declared = workspace.host if workspace is not None else None
            host = declared or hosts.get(one.connection) or (session.hosts.get(one.connection) if workspace else None)
            if host:
                # A workspace that this run makes has nothing that is managed elsewhere.
                wanted.append((step.stack, one, host))
    previews, contract = session.deployment.operation is Operation.PREVIEW, session.compiled.contract
    return [
        *_read(wanted, contract, session.today, previews=previews),
        *_read_own(own, contract, session.today, previews=previews),
    ]


def losses_of_stack(
    part: Part, state: StackState | None, contract: Contract, lookups: Lookups, today: date
) -> list[Loss]:
    """Return what one stack would revoke on lists that no state has.

    Args:
        part: what the stack declares.
        state: the stack as it is; None where there is none yet.
        contract: the whole contract.
        lookups: what the account knows of its groups.
        today: the day on which an override has to hold.

    Raises:
        SystemRefused: the account refuses the caller.
        SystemUnreachable: it does not answer.
    """
    place = part.slice.environment or "", part.slice.project or ""
    found = [
        *first_lists(part, state, lookups.ids),
        *(ended_lists(part, state, place, contract) if state is not None else ()),
    ]
    wanted = []
    for one in found:
        workspace = contract.workspaces.get(one.connection)
        host = (workspace.host if workspace is not None else None) or lookups.hosts.get(one.connection)
        if host := host or (state.hosts.get(one.connection) if state is not None else None):
            wanted.append((part.slice.stack, one, host))
    own = [
        *first_own_lists(part, state),
        *(ended_own_lists(part, state, place, contract) if state is not None else ()),
    ]
    return [
        *_read(wanted, contract, today, previews=False),
        *_read_own([(part.slice.stack, one) for one in own], contract, today, previews=False),
    ]


def _own_of_step(session: Session, step: Step) -> Iterator[OwnList]:
    contract = session.compiled.contract
    part = session.part(step.slice) if step.slice is not None and not goes_whole(session, step) else None
    if part is not None:
        yield from first_own_lists(part, step.state)
    if step.state is not None:
        yield from ended_own_lists(part, step.state, place_of(step), contract)


def _of_step(session: Session, step: Step) -> Iterator[UnrecordedList]:
    contract = session.compiled.contract
    if goes_whole(session, step) or step.slice is None:
        if step.state is not None:
            yield from ended_lists(None, step.state, place_of(step), contract)
        return
    part = session.part(step.slice)
    yield from first_lists(part, step.state, session.lookups.ids)
    if step.state is not None:
        yield from ended_lists(part, step.state, place_of(step), contract)


def _read(
    wanted: Sequence[tuple[str, UnrecordedList, str]], contract: Contract, today: date, *, previews: bool
) -> list[Loss]:
    if not wanted:
        return []
    databricks = contract.databricks
    account = reader_of_account(contract)
    readers = {host: workspace_reader(one.connection, host) for _, one, host in wanted}
    for reader in readers.values():
        # A list with one resource for each subject is read once; a shared reader remembers others already.
        if reader.remembered is None:
            reader.remembered = {}

    def loss(stack: str, one: UnrecordedList, host: str) -> Loss | None:
        override = override_of(one.listed, contract)
        allowed = override is not None and override.expires >= today
        try:
            live = live_entries(one.address, readers[host], account, databricks.account_id)
        except SystemUnreachable as error:
            return Loss(stack, one, explained(error), is_unread=True)
        except RolecallError as error:
            # Who may only preview need not be able to read everything; `up` reads it again.
            unknown = f"{one.shown}: who else is on its access list is unknown: {error.what}"
            return Loss(stack, one, unknown, allowed or previews)
        if live is None and one.needed:
            return Loss(stack, one, f"{one.shown} is managed elsewhere, and it does not exist yet", is_absent=True)
        lost = one.lost(live or {}, databricks.deployer)
        return Loss(stack, one, _message(one, lost), allowed) if lost else None

    with span("read access lists that no state has"), ThreadPoolExecutor(AT_ONCE) as pool:
        return [found for found in pool.map(lambda each: loss(*each), wanted) if found is not None]


def _read_own(wanted: Sequence[tuple[str, OwnList]], contract: Contract, today: date, *, previews: bool) -> list[Loss]:
    def loss(stack: str, one: OwnList) -> Loss | None:
        override = override_of(one.listed, contract)
        allowed = override is not None and override.expires >= today
        try:
            lost = lost_by(one)
        except RolecallError as error:
            if allowed or (previews and not isinstance(error, SystemUnreachable)):
                return Loss(stack, one, f"{one.shown}: who else is on its list is unknown: {error.what}", allowed=True)
            return Loss(stack, one, explained(error), is_unread=True)
        return Loss(stack, one, _message(one, lost), allowed) if lost else None

    if not wanted:
        return []
    with span("read lists of other systems that no state has"), ThreadPoolExecutor(AT_ONCE) as pool:
        return [found for found in pool.map(lambda each: loss(*each), wanted) if found is not None]


def _message(one: UnrecordedList | OwnList, lost: Mapping[str, set[str]]) -> str:
    action = "this run deletes its access list" if one.ends else "its first deployment would replace its access list"
    of_tokens = isinstance(one, UnrecordedList) and one.address.path == TOKEN_USERS
    tokens = "; tokens of who loses it are deleted for good" if of_tokens else ""
    return f"{one.shown} has access that no run has granted, and {action}: {lost_shown(lost, SHOWN)}{tokens}"
