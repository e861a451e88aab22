"""Keep the emulators' state in a file while they run, so that a killed one loses nothing that it answered."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Seconds that saving may take and be done before each answer; a larger state is saved a moment later.
AT_ONCE = 0.005
# A large state is saved at most this part of the time.
SHARE = 0.1


class Keeper:
    """Saves the state after each write: before the answer where that is quick, else soon after.

    Args:
        path: the file.
        state: returns the state.
    """

    def __init__(self, path: Path, state: Callable[[], dict[str, Any]]) -> None:
        self._path = path
        self._state = state
        self._took = 0.0
        self._late = asyncio.Event()

    def changed(self) -> None:
        """Take note of a write that is about to be answered."""
        if self._took <= AT_ONCE:
            self.save()
        else:
            self._late.set()

    def save(self) -> None:
        """Save the state; the file is replaced as a whole."""
        began = time.perf_counter()
        with tempfile.NamedTemporaryFile("w", dir=self._path.parent, delete=False) as file:
            json.dump(self._state(), file)
        Path(file.name).chmod(0o600)
        os.replace(file.name, self._path)
        self._took = time.perf_counter() - began

    async def work(self) -> None:
        """Save what was not saved before its answer; runs beside the servers."""
        while True:
            await self._late.wait()
            self._late.clear()
            self.save()
            await asyncio.sleep(self._took * (1 / SHARE - 1))
