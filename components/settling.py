"""Wait for everything that a program has declared, in one go.

The SDK waits for the first of all outstanding tasks, then for the first of those that are left, and so on: the square
of how many there are, a third of the time of a preview of 300 jobs. Waiting for all of them at once costs nothing. What
failed is left to the SDK, which reports it.
"""

from __future__ import annotations

import asyncio

from pulumi.runtime.settings import SETTINGS


async def settle() -> bool:
    """Wait until every output of the program is known, or one has failed; say whether none has."""
    while True:
        with SETTINGS.lock:
            waiting = set(SETTINGS.outputs)
            SETTINGS.outputs.clear()
        if not waiting:
            return True
        done, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_EXCEPTION)
        failed = {task for task in done if task.cancelled() or task.exception() is not None}
        if failed:
            with SETTINGS.lock:
                SETTINGS.outputs.update(failed | pending)
            return False
