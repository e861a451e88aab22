"""Signals that end a run: the first one ends it cleanly, the next one at once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

# Where an exception is printed with a traceback and lost (finalizers, weak references, locks of imports), or would
# lose a child process that was just started: https://docs.python.org/3/library/signal.html#handlers-and-exceptions
_INSIDE_FUNCTIONS = frozenset({"__del__", "_execute_child"})
_INSIDE_MODULES = frozenset({"importlib._bootstrap", "importlib._bootstrap_external", "weakref", "_weakrefset"})
# Seconds until such code is looked at again; it takes far less.
_AGAIN = 0.01

# Ctrl-C; what CI systems, containers and service managers send; a terminal that is closed.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(KeyboardInterrupt):
    """A signal requests the end of the run.

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

    Signals that the parent process set to ignored (nohup, background jobs of a shell) are still ignored. One that
    arrives in code that would lose the exception is raised right after it.

    Args:
        at_once: called for each further signal, while the run ends already.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    seen = deferred = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal seen, deferred
        if seen and not deferred:
            at_once()
            return
        seen = True
        deferred = _would_lose(frame)
        if not deferred:
            raise Stopped(number)
        again = threading.Timer(_AGAIN, os.kill, (os.getpid(), number))
        again.daemon = True
        again.start()

    before = {one: signal.getsignal(one) for one in ENDING}
    heard = [one for one, handler in before.items() if handler is not signal.SIG_IGN and handler is not None]
    for one in heard:
        signal.signal(one, stop)
    try:
        yield
    finally:
        for one in heard:
            signal.signal(one, before[one])


def _would_lose(frame: FrameType | None) -> bool:
    """Return whether an exception from a frame would not reach the code that runs the deployment."""
    while frame is not None:
        name = frame.f_globals.get("__name__")
        if frame.f_code.co_name in _INSIDE_FUNCTIONS or name in _INSIDE_MODULES:
            return True
        frame = frame.f_back
    return False
