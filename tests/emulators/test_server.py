"""How emulators answer."""

from __future__ import annotations

import asyncio
import socket

from rolecall.emulators.server import listen


def test_answers_are_sent_at_once() -> None:
    """Each request on a kept connection would wait 40 ms for an acknowledgement otherwise."""
    assert asyncio.run(_sends_at_once(listen(0)))


async def _sends_at_once(opened: socket.socket) -> bool:
    accepted: asyncio.Future[socket.socket] = asyncio.get_running_loop().create_future()

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set_result(writer.get_extra_info("socket"))
        await asyncio.sleep(0)

    async with await asyncio.start_server(answer, sock=opened):
        _, writer = await asyncio.open_connection(*opened.getsockname())
        at_once = bool((await accepted).getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()
    return at_once
