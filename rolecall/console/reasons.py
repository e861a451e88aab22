"""Why a subject has a grant, as rows of documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolecall.access.grant import Reason

if TYPE_CHECKING:
    from rolecall.documents.access import ReasonRow


def reason_row(reason: Reason) -> ReasonRow:
    """Return a reason as a row."""
    return {
        "role": reason.role or None,
        "because": reason.because,
        "ticket": reason.ticket,
        "expires": reason.expires.isoformat() if reason.expires else None,
        "place": str(reason.place) if reason.place else None,
    }
