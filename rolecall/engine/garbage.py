"""How much memory the engines and their providers may use before they collect garbage."""

from __future__ import annotations

import os
from pathlib import Path

import psutil

# Engines at once: each keeps about one core busy.
AT_ONCE = max(2, min(4, os.cpu_count() or 2))
# The memory of a container, where it has a limit (https://docs.kernel.org/admin-guide/cgroup-v2.html#memory).
CGROUP = Path("/sys/fs/cgroup")
# What the processes of a run may use together of the memory that is available: the rest is for Rolecall itself, for
# policy packs, and for what else runs on the machine.
SHARE = 0.7
# GOGC for how many bytes each process may use. The first row is Go's own default; what it costs and saves is in
# docs/performance.md.
STEPS = ((400_000_000, 100), (200_000_000, 50), (0, 25))


def garbage_settings(available: int, engines: int = AT_ONCE) -> dict[str, str]:
    """Return GOGC and GOMEMLIMIT for a machine.

    GOMEMLIMIT is a soft limit: a process that needs more collects more often and gets it
    (https://go.dev/doc/gc-guide#Memory_limit).

    Args:
        available: bytes of memory that are available.
        engines: how many engines run side by side; the provider that they share makes one more process.
    """
    each = int(available * SHARE) // (engines + 1)
    percent = next(percent for least, percent in STEPS if each >= least)
    return {"GOGC": str(percent), "GOMEMLIMIT": f"{max(each, 64_000_000) // 1_000_000 * 1_000_000}B"}


def available_memory(cgroup: Path = CGROUP) -> int:
    """Return how many bytes are available on this machine, or in this container.

    Args:
        cgroup: folder of the control group.
    """
    free = psutil.virtual_memory().available
    limit, used = _number(cgroup / "memory.max"), _number(cgroup / "memory.current")
    return free if limit is None or used is None else max(0, min(free, limit - used))


def _number(file: Path) -> int | None:
    try:
        text = file.read_text(encoding="ascii").strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None
