"""A deployment whose output is no terminal: only urgent messages are shown."""

from __future__ import annotations

from rolecall.console.output import err
from rolecall.deploy.watcher import Watcher

ENDING = "\nending cleanly: what is under way is finished, nothing more is started …"


class Quiet(Watcher):
    """Shows no progress."""

    def interrupted(self) -> None:
        """Say why it does not end at once."""
        err.print(ENDING)
