"""How emulators answer."""

from __future__ import annotations

import asyncio
import socket

from starlette.types import Receive, Scope, Send

from rolecall.emulators.server import Served, address_of, listen, serve


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


def test_a_request_whose_client_has_gone_is_ended_with_the_server() -> None:
    """It would be left behind otherwise, and be reported once the loop has closed."""
    assert asyncio.run(_is_ended()) == "cancelled"


async def _is_ended() -> str:
    begun, ready, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()
    ended: list[str] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    opened = listen(0)
    host, _, port = address_of(opened).removeprefix("http://").partition(":")
    serving = asyncio.create_task(serve([Served(opened, application)], ready.set, stop))
    await ready.wait()
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
    await begun.wait()
    writer.close()
    await writer.wait_closed()
    stop.set()
    await serving
    await asyncio.sleep(0)
    return "".join(ended)
