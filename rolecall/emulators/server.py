"""Serve the applications of an emulator on this machine's own address."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from rolecall.emulators.certificate import Certificate
from rolecall.toolchain.language_host.same_user import is_same_user

LOOPBACK = "127.0.0.1"


class PortInUse(OSError):
    """Another process listens on a port that an emulator wants."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is in use")
        self.port = port


def listen(port: int) -> socket.socket:
    """Return a listening socket on a port; 0 takes any that is free.

    Raises:
        PortInUse: another process listens there.
    """
    # asyncio sends at once only on a socket that names its protocol; others wait 40 ms for an acknowledgement.
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((LOOPBACK, port))
    except OSError as error:
        opened.close()
        raise PortInUse(port) from error
    opened.listen(256)
    return opened


def address_of(opened: socket.socket, scheme: str = "http") -> str:
    """Return the address that clients use for a listening socket."""
    return f"{scheme}://{LOOPBACK}:{opened.getsockname()[1]}"


@dataclass(frozen=True)
class Served:
    """An application, the socket that it answers on, and the certificate that it shows; without one, it speaks HTTP."""

    socket: socket.socket
    application: ASGIApp
    certificate: Certificate | None = None


async def serve(
    applications: Sequence[Served],
    ready: Callable[[], None],
    stop: asyncio.Event,
) -> None:
    """Serve applications, each on its socket, until stopped.

    Args:
        applications: what answers, and where.
        ready: called once all of them answer.
        stop: set it to end.
    """
    servers = [_Server(_settings(one)) for one in applications]
    tasks = [
        asyncio.create_task(server.serve(sockets=[one.socket]))
        for server, one in zip(servers, applications, strict=True)
    ]
    while not all(server.started for server in servers):
        if any(task.done() for task in tasks):
            break
        await asyncio.sleep(0.005)
    ready()
    ended = asyncio.create_task(stop.wait())
    await asyncio.wait([ended, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for server in servers:
        server.end()
    await asyncio.gather(*tasks)


async def end(working: Sequence[asyncio.Task[None]]) -> None:
    """End what runs beside the servers."""
    for task in working:
        task.cancel()
    await asyncio.gather(*working, return_exceptions=True)


class Latecomers:
    """Applications that begin to answer while others already do; they end with `work`."""

    def __init__(self) -> None:
        self._running: list[tuple[_Server, asyncio.Task[None]]] = []

    def add(self, served: Served) -> None:
        """Let an application answer; called on the loop that serves the others."""
        server = _Server(_settings(served))
        self._running.append((server, asyncio.get_running_loop().create_task(server.serve(sockets=[served.socket]))))

    async def work(self) -> None:
        """Wait for a stop signal, then end all of them."""
        try:
            await asyncio.Event().wait()
        finally:
            for server, _ in self._running:
                server.end()
            await asyncio.gather(*(task for _, task in self._running))


class _Server(uvicorn.Server):
    """Ends at once, and waits only for answers that are under way; uvicorn looks ten times a second whether to end."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()

    def end(self) -> None:
        """End; called on the loop that serves."""
        self.should_exit = True
        self._ended.set()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End by a signal."""
        super().handle_exit(sig, frame)
        self._loop.call_soon_threadsafe(self._ended.set)

    async def main_loop(self) -> None:
        """Wait until it is to end, and keep the header with the date."""
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Refuse new connections, and close the open ones."""
        for server in self.servers:
            server.close()
        for connection in [*self.server_state.connections]:
            connection.shutdown()
        await asyncio.sleep(0)
        # A request goes on where its client has gone.
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
        for opened in sockets or []:
            opened.close()


class SameUserProtocol(HttpToolsProtocol):
    """HTTP for the user who runs the emulators: a connection of another user of the machine ends before it is read.

    An emulator has the credentials of all its identities, and can be set to fail, to forget and to disclose them.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        """Take up a connection of this user; end any other."""
        client, server = (transport.get_extra_info(one) for one in ("peername", "sockname"))
        if client is None or not is_same_user(client[:2], server[:2]):
            transport.abort()
            return
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection that was taken up."""
        if self.transport is not None:
            super().connection_lost(exc)

    def shutdown(self) -> None:
        """End an idle connection without waiting until its client has closed it too, as TLS wants it."""
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()
        else:
            super().shutdown()

    def data_received(self, data: bytes) -> None:
        """Read what came over a connection that was taken up."""
        if self.transport is not None:
            super().data_received(data)


# Seconds for which an idle connection is kept, as load balancers in front of the real services do.
KEEP_ALIVE = 75


def _settings(served: Served) -> uvicorn.Config:
    return uvicorn.Config(
        served.application,
        http=SameUserProtocol,
        ssl_certfile=served.certificate.chain if served.certificate else None,
        ssl_keyfile=served.certificate.key if served.certificate else None,
        log_level="error",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
        # Clients keep connections for longer than uvicorn's five seconds, and a write on one that just closed is lost.
        timeout_keep_alive=KEEP_ALIVE,
        server_header=False,
    )


def run_until_signal(
    applications: Sequence[Served],
    ready: Callable[[], None],
    beside: Sequence[Callable[[], Coroutine[None, None, None]]] = (),
) -> None:
    """Serve until this process gets SIGTERM or SIGINT, on the fastest event loop that is installed.

    Args:
        applications: what answers, and where.
        ready: called once all of them answer.
        beside: what runs beside them as long as they do.
    """

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        working = [asyncio.create_task(one()) for one in beside]
        await serve(applications, ready, stop)
        await end(working)

    if sys.platform == "win32":
        asyncio.run(main())
    else:
        import uvloop

        uvloop.run(main())
