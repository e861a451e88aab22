"""What took how long, in the Trace Event Format that Perfetto (https://ui.perfetto.dev) opens.

https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_events: list[dict[str, Any]] = []
_tracks: dict[str, int] = {}
_lock = threading.Lock()


@contextmanager
def span(name: str, track: str = "rolecall", **details: object) -> Iterator[None]:
    """Note how long a block takes.

    Args:
        name: what it does.
        track: the line on which it is drawn, say a stack's name.
        details: more to show of it.
    """
    started = time.monotonic()
    try:
        yield
    finally:
        add(name, track, started, time.monotonic(), **details)


def add(name: str, track: str, started: float, ended: float, **details: object) -> None:
    """Note something that took from one moment of the monotonic clock to another, in seconds."""
    with _lock:
        number = _tracks.setdefault(track, len(_tracks) + 1)
        length = (ended - started) * 1e6
        event = {"name": name, "ph": "X", "pid": 1, "tid": number, "ts": started * 1e6, "dur": length, "args": details}
        _events.append(event)


def write(path: Path) -> None:
    """Write everything that was noted, and forget it."""
    with _lock:
        names: list[dict[str, Any]] = [
            {"name": "thread_name", "ph": "M", "pid": 1, "tid": number, "args": {"name": track}}
            for track, number in _tracks.items()
        ]
        path.write_text(json.dumps({"traceEvents": [*names, *_events], "displayTimeUnit": "ms"}), encoding="utf-8")
        _events.clear()
        _tracks.clear()
