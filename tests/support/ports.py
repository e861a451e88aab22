"""Ports for emulators that a test starts as users do, where they are found again."""

from __future__ import annotations

import os
from itertools import count

from rolecall.emulators.server import listen

# Below those that a machine takes by itself for connections: Linux from 32,768, others from 49,152 (RFC 6335).
FIRST, EACH_WORKER, SIDE_BY_SIDE = 20_000, 1_000, 16
# Concurrent runs on one machine start at different ports, so that neither connects to the other's server.
_starts = count(os.getpid())


def free_ports() -> int:
    """Return the first of some free ports in a row, which no other worker of this run is given."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 7
    while True:
        first = FIRST + worker * EACH_WORKER + next(_starts) * SIDE_BY_SIDE % (EACH_WORKER - SIDE_BY_SIDE)
        opened = []
        try:
            opened += [listen(first + offset) for offset in range(SIDE_BY_SIDE)]
        except OSError:
            continue
        finally:
            for one in opened:
                one.close()
        return first
