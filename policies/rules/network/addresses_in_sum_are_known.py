from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.hosts import address
from rolecall.policies.network import too_wide
from rolecall.policies.properties import Unknown
from rolecall.policies.rule import Finding, Resource
from rolecall.policies.stack_rules import Change, Findings, StackRule
from rolecall.policies.types import IP_ACCESS_LIST


def _check(change: Change, context: Context) -> Findings:
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


_HOW = "Name the organization's own networks, from its VPN or its offices."


def _addresses(listed: Sequence[Resource]) -> list[object]:
    found: list[object] = []
    for one in listed:
        addresses = one.values.get("ipAddresses")
        found += addresses if isinstance(addresses, list) else [addresses]
    return found


def _workspace(one: Resource) -> str:
    """Return the key of a list's workspace: the address, or the connection's name."""
    host = one.provider.properties.known_or_none("host") if one.provider else None
    return address(str(host)) if host else (one.provider.name if one.provider else "")


RULE = StackRule(
    "addresses-in-sum-are-known",
    "All lists of addresses of a workspace together do not allow nearly all of them.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/security/network/front-end/ip-access-list.html",
    (Theme.NETWORK,),
    {IP_ACCESS_LIST: ""},
    _check,
)
