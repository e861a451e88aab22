"""What is Rolecall's: its objects say so where their system has room for it, so that a lost answer is found again."""

from __future__ import annotations

from rolecall.errors import NotOwned


def marked(description: str, managed_by: str) -> str:
    """Return a description that says whose an object is."""
    return f"{description} [{managed_by}]".strip()


def is_marked(description: str | None, managed_by: str) -> bool:
    """Say whether a description says that an object is of this owner."""
    return (description or "").endswith(f"[{managed_by}]")


def unmarked(description: str | None, managed_by: str) -> str:
    """Return a description without what says whose the object is."""
    return (description or "").removesuffix(f"[{managed_by}]").strip()


def not_owned(what: str) -> NotOwned:
    """Return the error for an object that is somebody else's."""
    return NotOwned(
        f"{what} is there already and is not Rolecall's; nothing was written to it",
        "Take another name, name it in the contract as external, or say adopt: true to take it over.",
    )
