"""Serve the applications of an emulator on this machine's own address."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Sequence

import uvicorn
from starlette.types import ASGIApp

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
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((LOOPBACK, port))
    except OSError as error:
        opened.close()
        raise PortInUse(port) from error
    opened.listen(256)
    return opened


def address_of(opened: socket.socket) -> str:
    """Return the address that clients use for a listening socket."""
    return f"http://{LOOPBACK}:{opened.getsockname()[1]}"


async def serve(
    applications: Sequence[tuple[socket.socket, ASGIApp]],
    ready: Callable[[], None],
    stop: asyncio.Event,
) -> None:
    """Serve applications, each on its socket, until told to stop.

    Args:
        applications: sockets and what answers on them.
        ready: called once all of them answer.
        stop: set it to end.
    """
    servers = [uvicorn.Server(_settings(application)) for _, application in applications]
    tasks = [
        asyncio.create_task(server.serve(sockets=[opened]))
        for server, (opened, _) in zip(servers, applications, strict=True)
    ]
    while not all(server.started for server in servers):
        if any(task.done() for task in tasks):
            break
        await asyncio.sleep(0.005)
    ready()
    ended = asyncio.create_task(stop.wait())
    await asyncio.wait([ended, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for server in servers:
        server.should_exit = True
    await asyncio.gather(*tasks)


def _settings(application: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        log_level="error",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
        server_header=False,
    )


def run_until_signal(applications: Sequence[tuple[socket.socket, ASGIApp]], ready: Callable[[], None]) -> None:
    """Serve until this process gets SIGTERM or SIGINT, on the fastest event loop that is installed."""

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await serve(applications, ready, stop)

    if sys.platform == "win32":
        asyncio.run(main())
    else:
        import uvloop

        uvloop.run(main())
