"""Ownership marks: Rolecall's objects carry one where their system has room, so that a lost answer is found again."""

from __future__ import annotations

import re
from typing import Any, Protocol

from rolecall.errors import NotOwned

# `managed_by` of a live object without our mark: it differs from every owner.
UNOWNED = "nobody"
_MARK = re.compile(r"\[(rolecall:[^\[\]]+)\]$")


def marked(description: str, managed_by: str) -> str:
    """Return a description with the mark of an owner."""
    return f"{description} [{managed_by}]".strip()


def is_marked(description: str | None, managed_by: str) -> bool:
    """Return whether a description carries the mark of an owner."""
    return (description or "").endswith(f"[{managed_by}]")


def says_ours(description: str | None, mark: str) -> bool:
    """Return whether a description carries an object's mark, or the shorter one that an older Rolecall wrote."""
    return is_marked(description, mark) or is_marked(description, organization_of(mark))


def organization_of(mark: str) -> str:
    """Return the part of a mark that names the organization, `rolecall:ORGANIZATION`; the object's id follows it."""
    return ":".join(mark.split(":")[:2])


def is_marked_by_organization(description: str | None, managed_by: str) -> bool:
    """Return whether the mark in a description is of the same organization as another mark.

    An older Rolecall wrote no more than that.
    """
    prefix = "[" + organization_of(managed_by)
    _, found, rest = (description or "").rpartition(prefix)
    return bool(found) and rest.endswith("]") and (rest == "]" or rest.startswith(":"))


def may_write(description: str | None, managed_by: str, *, adopt: bool) -> bool:
    """Return whether an owner may write an existing object.

    Args:
        description: the live description.
        managed_by: the owner's mark.
        adopt: whether to adopt an unmarked object; never one with another organization's mark.
    """
    return is_marked(description, managed_by) or (adopt and not _foreign_mark(description, managed_by))


def require_writable(what: str, description: str | None, managed_by: str, *, adopt: bool) -> None:
    """Refuse an existing object that an owner may not write; arguments as in `may_write`.

    Raises:
        NotOwned: nothing was written.
    """
    if may_write(description, managed_by, adopt=adopt):
        return
    if mark := _foreign_mark(description, managed_by):
        raise NotOwned(
            f"{what} exists and carries the mark {mark} of another organization; nothing was changed",
            "Choose another name, or remove the mark from its description once that organization no longer manages it.",
        )
    raise not_owned(what)


def require_own(what: str, description: str | None, managed_by: str) -> None:
    """Refuse an object that does not carry an owner's mark.

    Raises:
        NotOwned: nothing was written.
    """
    if not is_marked(description, managed_by):
        raise not_owned(what)


def mark_in(description: str | None) -> str:
    """Return the mark in a description; empty if absent."""
    found = _MARK.search(description or "")
    return found[1] if found else ""


def _foreign_mark(description: str | None, managed_by: str) -> str:
    """Return the mark of another organization in a description; empty if absent."""
    mark = mark_in(description)
    return mark if mark and organization_of(mark) != organization_of(managed_by) else ""


def unmarked(description: str | None, managed_by: str) -> str:
    """Return a description without the mark of an owner."""
    return (description or "").removesuffix(f"[{managed_by}]").strip()


class _Owned(Protocol):
    @property
    def managed_by(self) -> str: ...


def ownership_in(description: str | None, declared: _Owned | None) -> dict[str, Any]:
    """Return the properties `description` and `managed_by` of a live object with a mark in its description.

    Args:
        description: the live description.
        declared: what was declared; None when the object is imported.
    """
    managed_by = declared.managed_by if declared else "rolecall"
    return {
        "description": unmarked(description, managed_by),
        "managed_by": managed_by if is_marked(description, managed_by) else UNOWNED,
    }


def not_owned(what: str) -> NotOwned:
    """Return the error for an object of another owner."""
    return NotOwned(
        f"{what} is there already and is not Rolecall's; nothing was written to it",
        "Take another name, name it in the contract as external, or say adopt: true to take it over.",
    )
