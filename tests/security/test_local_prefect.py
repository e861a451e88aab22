"""Another user of the machine finds the Prefect server behind the emulator: it wants a password that only we know."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from rolecall.emulators.prefect.passing_on import _signed_in
from rolecall.emulators.prefect.real_server import RealServer, basic_authorization

pytest.importorskip("prefect")


def test_the_server_behind_the_emulator_wants_our_password(tmp_path: Path) -> None:
    async def attack() -> tuple[int, int, bool, bool]:
        server = RealServer(tmp_path)
        working = asyncio.create_task(server.work())
        try:
            address = await server.wait()
            ours = (await server.client.post(f"{address}/api/flows/filter", json={})).status_code
            async with httpx.AsyncClient() as other:
                theirs = (await other.post(f"{address}/api/flows/filter", json={})).status_code
            sockets = [await _reads_events(address, password) for password in (server.password, "")]
            return ours, theirs, sockets[0], sockets[1]
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    assert asyncio.run(attack()) == (200, 401, True, False)


async def _reads_events(address: str, password: str) -> bool:
    """Return whether the server admits a listener to events that signs in as the emulator's callers do."""
    where = f"{address.replace('http', 'ws', 1)}/api/events/out"
    headers = basic_authorization(password)
    with contextlib.suppress(ConnectionClosed, InvalidStatus):
        async with connect(where, subprotocols=[Subprotocol("prefect")], additional_headers=headers) as socket:
            await socket.send(_signed_in(json.dumps({"type": "auth", "token": "a caller's key"}), password))
            return bool(json.loads(await socket.recv())["type"] == "auth_success")
    return False
