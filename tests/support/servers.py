"""Servers that a worker starts once, and stops before a test that does not need them, as idle ones cost CPU time."""

from __future__ import annotations

import atexit
from contextlib import ExitStack

# Stops the running servers.
RUNNING = ExitStack()
atexit.register(RUNNING.close)
