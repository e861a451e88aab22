"""The names that the contract's groups have in Okta, and what Okta accepts."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.contract.contract import Contract
from rolecall.ids.ids import GroupId
from rolecall.ids.names import NameSyntax, RenderedName

_API = "https://developer.okta.com/docs/api/openapi/okta-management/management/tag"
GROUP = NameSyntax(f"{_API}/Group/", length=255)
RULE = NameSyntax(f"{_API}/GroupRule/", length=50)


def rule_name(contract: Contract, group: str) -> str:
    """Return the name of the rule that fills a managed group."""
    return RULE.fit(f"rolecall:{contract.organization} {group}", replacement=" ")


def rendered(contract: Contract) -> Iterator[RenderedName]:
    """Yield the names of groups, and of the rules that fill them, that Rolecall makes in Okta."""
    if contract.identity is None or contract.identity.provider != "okta":
        return
    for key, group in contract.groups.items():
        if group.managed:
            yield RenderedName(GroupId(key), ("groups", key), "Okta group", key, (), GROUP)
            if group.includes:
                name = rule_name(contract, key)
                yield RenderedName(GroupId(key), ("groups", key), "Okta group rule", name, (), RULE)
