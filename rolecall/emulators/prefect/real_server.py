"""The real Prefect server behind the emulator, as a process of its own."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import importlib.util
import os
import secrets
import shutil
import socket
import sys
from pathlib import Path

import httpx

from rolecall.emulators.prefect.errors import refused

LOOPBACK = "127.0.0.1"
# Seconds for its start, and for its end.
STARTS_WITHIN, ENDS_WITHIN = 90.0, 10.0
CHECK_EVERY = 0.1
# Seconds for which a connection may be idle.
IDLE = 2.0
# Attempts to start: another process may take the free port before the server does.
TRIES = 3


class RealServer:
    """Starts once something is asked of it, and ends with the emulators; what it keeps lies in a folder.

    Args:
        folder: where its database lies.
        running: address of an external server; none is started then.
    """

    def __init__(self, folder: Path, running: str = "") -> None:
        self._folder = folder
        self._wanted = asyncio.Event()
        self._ready = asyncio.Event()
        self._again = asyncio.Event()
        self._is_anothers = bool(running)
        self.address = running
        # Its port is open to every user of the machine: https://docs.prefect.io/v3/advanced/security-settings.
        self.password = "" if running else f"rolecall:{secrets.token_urlsafe(32)}"
        # The server ends connections that were idle for 5 seconds; one that it is about to end must not be used.
        self.client = httpx.AsyncClient(
            timeout=60, limits=httpx.Limits(keepalive_expiry=IDLE), headers=basic_authorization(self.password)
        )

    async def work(self) -> None:
        """Run the server until `end`; restart it after a crash, and empty after `forget`."""
        failed = 0
        while not self._is_anothers:
            await self._wanted.wait()
            process = await self._start()
            try:
                if await self._until_ready(process):
                    failed = 0
                    await self._until_it_ends(process)
                elif (failed := failed + 1) == TRIES:
                    # One that does not start is started again only on request.
                    failed = 0
                    self._wanted.clear()
            finally:
                self._ready.clear()
                await self._end(process)
            if self._again.is_set():
                self._again.clear()
                shutil.rmtree(self._folder, ignore_errors=True)

    def want(self) -> None:
        """Let it start now, before anything is asked of it."""
        if importlib.util.find_spec("prefect") is not None:
            self._wanted.set()

    def forget(self) -> None:
        """Restart it empty; an external server stays as it is."""
        if self._ready.is_set():
            self._ready.clear()
            self._again.set()

    async def wait(self) -> str:
        """Return its address once it answers.

        Raises:
            Refused: it is not installed, or does not start.
        """
        if self._is_anothers:
            return self.address
        if importlib.util.find_spec("prefect") is None:
            raise refused(503, "Prefect is not installed: pip install 'rolecall[prefect]'")
        self._wanted.set()
        try:
            await asyncio.wait_for(self._ready.wait(), STARTS_WITHIN)
        except TimeoutError as error:
            raise refused(503, f"Prefect's server does not start; see {self._folder / 'server.log'}") from error
        return self.address

    async def is_there(self, path: str) -> bool:
        """Return whether the server has something at a path."""
        address = await self.wait()
        return (await self.client.get(f"{address}/api{path}")).is_success

    async def _start(self) -> asyncio.subprocess.Process:
        port = free_port()
        self.address = f"http://{LOOPBACK}:{port}"
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "server.log").open("w") as log:
            return await asyncio.create_subprocess_exec(
                *command(port),
                env=environment(self._folder, self.address, self.password),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def _until_ready(self, process: asyncio.subprocess.Process) -> bool:
        """Wait until it answers or has ended; return whether it answers."""
        while process.returncode is None:
            with contextlib.suppress(httpx.TransportError):
                if (await self.client.get(f"{self.address}/api/health")).is_success:
                    self._ready.set()
                    return True
            await asyncio.sleep(CHECK_EVERY)
        return False

    async def _until_it_ends(self, process: asyncio.subprocess.Process) -> None:
        ends = [asyncio.create_task(process.wait()), asyncio.create_task(self._again.wait())]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in ends:
                one.cancel()

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        if process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), ENDS_WITHIN)
        except TimeoutError:
            process.kill()
            await process.wait()


def command(port: int) -> list[str]:
    """Return what starts a server on a port of this machine."""
    return [
        sys.executable,
        "-P",
        "-m",
        "prefect",
        "server",
        "start",
        "--no-ui",
        "--host",
        LOOPBACK,
        "--port",
        str(port),
    ]


def environment(folder: Path, address: str, password: str = "") -> dict[str, str]:
    """Return a server's environment variables: nothing of Prefect's that this process has may reach it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return {
        **kept,
        "PREFECT_HOME": str(folder),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_SERVER_LEVEL": "ERROR",
        "PREFECT_API_URL": f"{address}/api",
        **dict.fromkeys(("PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING") if password else (), password),
    }


def basic_authorization(password: str) -> dict[str, str]:
    """Return the header that signs in to a server with a password; nothing where it has none (RFC 7617)."""
    return {"Authorization": f"Basic {base64.b64encode(password.encode()).decode()}"} if password else {}


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as opened:
        opened.bind((LOOPBACK, 0))
        return int(opened.getsockname()[1])
