"""The names that the contract's groups and principals have in Entra ID, and what Entra ID accepts."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.contract.contract import Contract
from rolecall.ids.ids import GroupId
from rolecall.ids.names import NameSyntax, RenderedName

# displayName and mailNickname: https://learn.microsoft.com/graph/api/resources/group#properties
GROUP = NameSyntax("https://learn.microsoft.com/graph/api/resources/group", length=256)
NICKNAME = NameSyntax(
    "https://learn.microsoft.com/graph/api/resources/group",
    r"A-Za-z0-9._\-",
    "letters, digits, '.', '_', '-'",
    64,
)


def mail_nickname(contract: Contract, group: str) -> str:
    """Return the mail nickname by which a managed group is found again: display names are not unique in Entra ID."""
    return NICKNAME.fit(f"rolecall-{contract.organization}-{group}")


def rendered(contract: Contract) -> Iterator[RenderedName]:
    """Yield the names of groups that Rolecall makes in Entra ID."""
    if contract.identity is None or contract.identity.provider != "entra":
        return
    for key, group in contract.groups.items():
        if group.managed:
            path = ("groups", key)
            yield RenderedName(GroupId(key), path, "Entra group", key, (), GROUP)
            nickname = mail_nickname(contract, key)
            yield RenderedName(GroupId(key), path, "Entra mail nickname", nickname, (), NICKNAME)
