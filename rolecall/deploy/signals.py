"""Signals that end a run: the first one ends it cleanly, the next one at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

# Ctrl-C; what CI systems, containers and service managers send; a terminal that is closed.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(KeyboardInterrupt):
    """A signal asks the run to end.

    Attributes:
        number: the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    @property
    def exit_code(self) -> int:
        """128 and the signal's number, as shells have it."""
        return 128 + self.number


@contextmanager
def stopped_by_signals(at_once: Callable[[], None]) -> Iterator[None]:
    """Raise `Stopped` in the main thread at the first signal, for the length of a `with` block.

    Signals that the parent process set to ignored (nohup, background jobs of a shell) are still ignored.

    Args:
        at_once: called for each further signal, while the run ends already.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    seen = False

    def stop(number: int, _frame: FrameType | None) -> None:
        nonlocal seen
        if seen:
            at_once()
            return
        seen = True
        raise Stopped(number)

    before = {one: signal.getsignal(one) for one in ENDING}
    heard = [one for one, handler in before.items() if handler is not signal.SIG_IGN and handler is not None]
    for one in heard:
        signal.signal(one, stop)
    try:
        yield
    finally:
        for one in heard:
            signal.signal(one, before[one])
