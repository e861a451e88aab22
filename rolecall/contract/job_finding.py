"""A problem of a job's settings."""

from __future__ import annotations

from typing import NamedTuple

from rolecall.contract.source import Path


class JobFinding(NamedTuple):
    """A problem of a job's settings.

    Attributes:
        id: the problem's id.
        path: its path in the settings.
        what: the message.
        how: how to go on.
    """

    id: str
    path: Path
    what: str
    how: str
