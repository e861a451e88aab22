"""What definitions of workflows and of tasks have in common: https://orkes.io/content/reference-docs/api/metadata."""

from __future__ import annotations

from rolecall.errors import ObjectMissing
from rolecall.systems.conductor.client import conductor, one
from rolecall.systems.ownership import is_marked, not_owned
from rolecall.systems.requests import Request

WORKFLOWS, TASKS = "/metadata/workflow", "/metadata/taskdefs"
# The open-source server requires an address; it sends no mail.
OWNER_ADDRESS = "rolecall@localhost.localdomain"


def require_ours(path: str, what: str, managed_by: str) -> bool:
    """Return whether something is there; raise NotOwned if it has another owner."""
    found = one(path)
    if found is not None and not is_marked(found.get("description"), managed_by):
        raise not_owned(what)
    return found is not None


def remove(path: str) -> None:
    """Remove a definition; what is gone already is fine."""
    try:
        conductor().send(Request("DELETE", path))
    except ObjectMissing:
        return
