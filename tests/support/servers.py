"""Servers that a worker starts once: each ends where the next test needs none, as an idle one takes processor time."""

from __future__ import annotations

import atexit
from contextlib import ExitStack

# Ends those that run.
RUNNING = ExitStack()
atexit.register(RUNNING.close)
