"""Protective settings that a run writes for the first time, while a stronger value is live in the workspace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from rolecall.contract.contract import Contract
from rolecall.contract.protective_settings import Declared, refusal_of, weakened
from rolecall.contract.workspace_settings import CONF, IP_ACCESS_LIST, RESTRICT_ADMINS, workspace_settings
from rolecall.engine.stack_state import StackState
from rolecall.errors import ObjectMissing, RolecallError, explained
from rolecall.slices.settings import key_of
from rolecall.systems.databricks.adoption import IP_ACCESS_LISTS
from rolecall.systems.databricks.client import Reader, workspace_reader

# https://docs.databricks.com/api/workspace/restrictworkspaceadmins/get
RESTRICTION = "/api/2.0/settings/types/restrict_workspace_admins/names/default"
JUDGED = (CONF, RESTRICT_ADMINS, IP_ACCESS_LIST)
ENFORCED = "enableIpAccessLists"


@dataclass(frozen=True)
class RefusedSetting:
    """A setting that a run may not write.

    Attributes:
        message: why.
        is_unread: whether the live value is unknown; only the stack must not be run then.
    """

    message: str
    is_unread: bool = False


def refused_first_settings(
    contract: Contract,
    state: StackState | None,
    host_of: Callable[[str], str | None],
    today: date,
    connect: Callable[[str, str], Reader] = workspace_reader,
) -> Iterator[RefusedSetting]:
    """Yield why settings may not be written over stronger ones that no state has.

    Args:
        contract: the contract, with its `removal_overrides`.
        state: the account's stack; None where there is none yet.
        host_of: returns the address of a workspace; None where it is not there yet.
        today: the day on which an override has to hold.
        connect: returns what reads from a workspace of a name and an address.
    """
    known = {key_of(one.type, one.name) for one in (state.resources if state is not None else ())}
    for name, workspace in contract.workspaces.items():
        declared = {key_of(one.type, one.name): one for one in workspace_settings(name, workspace)}
        new = {key: one for key, one in declared.items() if one.type in JUDGED and key not in known}
        host = host_of(name) if new else None
        if host is None:
            continue
        try:
            live = _live(name, new, connect(name, host))
        except RolecallError as error:
            # The write may succeed moments later.
            message = f"workspace {name}: its protective settings cannot be read: {explained(error)}"
            yield RefusedSetting(message, is_unread=True)
            continue
        for one in weakened(live, {**live, **new}):
            if (refusal := refusal_of(one, contract.removal_overrides, today)) is not None:
                yield RefusedSetting(refusal)


def _live(name: str, new: Mapping[str, Declared], reader: Reader) -> dict[str, Declared]:
    """Return the live values of settings that are written, as resources that would have declared them."""
    found: dict[str, Declared] = {}
    for key, one in new.items():
        if one.type == CONF:
            wanted = [*one.inputs["customConfig"]]
            values = reader.get("/api/2.0/workspace-conf", keys=",".join(wanted))
            held = {each: str(values[each]) for each in wanted if values.get(each)}
            found[key] = Declared(CONF, one.name, name, {"customConfig": held})
        elif one.type == RESTRICT_ADMINS:
            try:
                status = (reader.get(RESTRICTION).get("restrict_workspace_admins") or {}).get("status")
            except ObjectMissing:
                continue
            found[key] = Declared(RESTRICT_ADMINS, one.name, name, {"restrictWorkspaceAdmins": {"status": status}})
    if any(one.type == IP_ACCESS_LIST for one in new.values()):
        enforced = reader.get("/api/2.0/workspace-conf", keys=ENFORCED).get(ENFORCED)
        lists = reader.listed(IP_ACCESS_LISTS) if str(enforced).lower() == "true" else {}
        for identity, item in lists.items():
            inputs = {"listType": item.get("list_type"), "ipAddresses": item.get("ip_addresses") or []}
            inputs["enabled"] = item.get("enabled")
            found[f"live {identity}"] = Declared(IP_ACCESS_LIST, str(item.get("label")), name, inputs)
    return found
