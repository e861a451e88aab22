"""Ownership marks: Rolecall's objects carry one where their system has room, so that a lost answer is found again."""

from __future__ import annotations

from typing import Any, Protocol

from rolecall.errors import NotOwned

# `managed_by` of a live object without our mark: it differs from every owner.
UNOWNED = "nobody"


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
