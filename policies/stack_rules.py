"""Rules on a stack as a whole: what no single resource shows, and what a change takes away.

The engine asks them at the end of a preview, and of an update. A preview that they refuse deploys nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from pulumi_policy import Severity

from rolecall.contract.protective_settings import PROTECTIVE_TYPES, Declared, refusal_of, weakened
from rolecall.policies.context import Context
from rolecall.policies.hosts import address
from rolecall.policies.network import LISTS, too_wide
from rolecall.policies.permissions import FULL_RIGHTS, goes_without_break_glass
from rolecall.policies.permissions import LISTS as PERMISSION_LISTS
from rolecall.policies.properties import Unknown
from rolecall.policies.rule import Finding, Resource
from rolecall.policies.types import IP_ACCESS_LIST, PERMISSIONS

Findings = Iterator[tuple[str, Finding]]


@dataclass(frozen=True)
class Change:
    """A stack before and after a change.

    Attributes:
        stack: its name.
        before: protective settings that it has, by what identifies them; None where no state is readable.
        after: everything that is declared, by the same.
        today: the day on which overrides have to hold.
    """

    stack: str
    before: Mapping[str, Declared] | None
    after: Mapping[str, Resource]
    today: date


@dataclass(frozen=True)
class StackRule:
    """A rule on a stack.

    Attributes:
        id: stable kebab-case name.
        description: what it holds, in one sentence.
        types: type tokens of the resources that it reads, each with a property without which it reads no property, an
            empty text where there is none, or None where it reads names only.
        check: yields what is wrong, each with the resource's name.
        severity: how bad a violation is.
        source: document that it comes from.
        only_reported: a violation blocks nothing, unless a stack's configuration says so.
    """

    id: str
    description: str
    types: Mapping[str, str | None]
    check: Callable[[Change, Context], Findings]
    severity: Severity
    source: str
    only_reported: bool = False
    # As rules on single resources have them: such a rule has no parameters, and runs without a contract.
    parameters: None = None
    needs_contract: bool = False
    remedy: None = None


def keyed(resources: Iterable[Resource]) -> dict[str, Resource]:
    """Return resources by type and name, as `Change` has them."""
    return {f"{one.type}::{one.name}": one for one in resources}


def change_of(resources: Collection[Resource], stack: str, before: Mapping[str, Declared] | None) -> Change:
    """Return a change that happens today.

    Args:
        resources: everything that is declared.
        stack: the stack's name.
        before: the protective settings of the state.
    """
    return Change(stack, before, keyed(resources), datetime.now(UTC).date())


def _settings_stay(change: Change, context: Context) -> Findings:
    if change.before is None:
        return
    after = {key: _declared(one, context) for key, one in change.after.items() if one.type in PROTECTIVE_TYPES}
    # A contract's workspace keeps its name where its address changes; in any other program, only the address tells.
    known = {key: replace(one, host="") if context.own_program else one for key, one in change.before.items()}
    before = {key: _on_connection(one, after.get(key)) for key, one in known.items()}
    for weakening in weakened(before, after):
        message = refusal_of(weakening, context.removal_overrides, change.today)
        if message is not None:
            what, _, how = message.partition("\n")
            how = how if context.has_contract else "Keep the setting, or exempt it with a ticket."
            yield weakening.resource, Finding(what, how)


def _on_connection(held: Declared, then: Declared | None) -> Declared:
    """Return a setting as its connection is called now: the engine tells a pack no name for some."""
    if then is None or (held.host and then.host):
        return held
    return replace(held, connection=then.connection)


def _declared(one: Resource, context: Context) -> Declared:
    told = one.provider.properties.known_or_none("host") if one.provider else None
    host = address(str(told)) if told and not context.own_program else ""
    return Declared(one.type, one.name, one.provider.name if one.provider else "", one.values, host)


def _known_addresses_in_sum(change: Change, context: Context) -> Findings:
    lists: defaultdict[str, list[Resource]] = defaultdict(list)
    for one in change.after.values():
        try:
            counts = one.type == IP_ACCESS_LIST and one.properties.read("listType") != "BLOCK"
            if counts:
                lists[_workspace(one)].append(one)
        except Unknown:
            lists[_workspace(one)].append(one)
    for listed in lists.values():
        # One list is judged by a rule of its own, before it is written.
        if len(listed) > 1 and (found := too_wide(_addresses(listed))):
            names = ", ".join(sorted(one.name for one in listed))
            yield listed[-1].name, Finding(f"the lists {names} of one workspace together allow {found}", _HOW)


def _break_glass_is_named(change: Change, context: Context) -> Findings:
    without = [
        one for one in change.after.values() if one.type in FULL_RIGHTS and goes_without_break_glass(one, context)
    ]
    if without:
        how = "Nobody gets in when the identity provider or the deployer fails. Better: `break_glass: {group: NAME}`."
        yield without[0].name, Finding(f"the contract has no break-glass group: {context.no_break_glass}", how)


_HOW = "Name the organization's own networks, from its VPN or its offices."


def _addresses(listed: Sequence[Resource]) -> list[object]:
    found: list[object] = []
    for one in listed:
        addresses = one.values.get("ipAddresses")
        found += addresses if isinstance(addresses, list) else [addresses]
    return found


def _workspace(one: Resource) -> str:
    """Return what tells the workspaces of lists apart: the address, or the connection's name."""
    host = one.provider.properties.known_or_none("host") if one.provider else None
    return address(str(host)) if host else (one.provider.name if one.provider else "")


SETTINGS_STAY = StackRule(
    "protective-settings-stay",
    "No change removes or weakens a setting that protects a workspace or the account.",
    {kind: "authorization" if kind == PERMISSIONS else "" for kind in PROTECTIVE_TYPES},
    _settings_stay,
    Severity.HIGH,
    "https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/workspace_conf",
)
KNOWN_ADDRESSES = StackRule(
    "addresses-in-sum-are-known",
    "All lists of addresses of a workspace together do not allow nearly all of them.",
    {IP_ACCESS_LIST: ""},
    _known_addresses_in_sum,
    Severity.CRITICAL,
    LISTS,
)
BREAK_GLASS = StackRule(
    "break-glass-is-named",
    "A contract that writes `break_glass: none`, with a reason, is reported.",
    dict.fromkeys(FULL_RIGHTS),
    _break_glass_is_named,
    Severity.MEDIUM,
    PERMISSION_LISTS,
    only_reported=True,
)
STACK_RULES = (SETTINGS_STAY, KNOWN_ADDRESSES, BREAK_GLASS)
