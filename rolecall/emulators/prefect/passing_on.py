"""Everything that the emulator does not answer itself goes on to the real server, if the caller may ask for it."""

from __future__ import annotations

import asyncio
import contextlib
import json

import httpx
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from rolecall.emulators.application import Answer, Call, Endpoint
from rolecall.emulators.prefect.caller import WORKSPACE, Accounts
from rolecall.emulators.prefect.errors import refused
from rolecall.emulators.prefect.real_server import RealServer, basic_authorization

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# Headers that are for the emulator; by the others the server knows what its client can do.
OWN_HEADERS = ("authorization", "connection", "content-length", "host", "transfer-encoding", "accept-encoding")
# Ends of paths that are asked with POST and change nothing.
READING = ("/filter", "/paginate", "/count", "/history", "/lateness", "/get_scheduled_flow_runs", "/validate")
# What a worker, and the flows that it starts, write of themselves.
OF_WORKERS = ("flow_runs", "task_runs", "logs", "events", "artifacts", "task_run_states", "v2", "concurrency_limits")


class PassingOn:
    """The routes that the real server answers."""

    def __init__(self, accounts: Accounts, server: RealServer) -> None:
        self._accounts = accounts
        self._server = server

    def endpoints(self) -> list[Endpoint]:
        """Return a route for each method; they come after all others."""
        return [Endpoint(method, f"{WORKSPACE}/{{rest:path}}", self.pass_on) for method in METHODS]

    def sockets(self) -> list[WebSocketRoute]:
        """Return the routes on which workers tell events."""
        return [WebSocketRoute(f"{WORKSPACE}/{{rest:path}}", self.pass_socket_on)]

    async def pass_on(self, call: Call) -> Answer:
        """Ask the real server, and answer what it answers."""
        rest = call.parameters["rest"]
        self._require(call, rest)
        address = await self._server.wait()
        sent = call.items or call.body
        has_body = call.headers.get("content-length", "0") != "0"
        try:
            answer = await self._server.client.request(
                call.method,
                f"{address}/api/{rest}",
                params=dict(call.query),
                content=json.dumps(sent) if has_body else None,
                headers={key: value for key, value in call.headers.items() if key not in OWN_HEADERS},
            )
        except httpx.TransportError as error:
            raise refused(503, f"Prefect's server does not answer: {error}") from error
        if call.method == "DELETE" and answer.is_success:
            self._accounts.now().access.pop(rest.strip("/"), None)
        # As it is: some answers are neither objects nor lists.
        route, headers = f"{WORKSPACE}/{_pattern(rest)}", {"content-type": "application/json"}
        return Answer(answer.text or None, answer.status_code, headers, route)

    async def pass_socket_on(self, socket: WebSocket) -> None:
        """Join a caller's socket with one to the real server.

        Prefect's client shows no key there unless it knows the address as Prefect Cloud's, so that none is asked for.
        """
        asked = [Subprotocol(one) for one in socket.scope.get("subprotocols") or []]
        await socket.accept(subprotocol=asked[0] if asked else None)
        address = (await self._server.wait()).replace("http", "ws", 1)
        where = f"{address}/api/{socket.path_params['rest']}"
        headers = basic_authorization(self._server.password)
        async with connect(where, max_size=None, subprotocols=asked or None, additional_headers=headers) as other:
            both = [
                asyncio.create_task(_in(socket, other, self._server.password)),
                asyncio.create_task(_out(other, socket)),
            ]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    def _require(self, call: Call, rest: str) -> None:
        now, actor = self._accounts.now(), call.caller.actor
        parts = rest.strip("/").split("/")
        if actor in now.owners or call.method == "GET" or f"/{rest}".rstrip("/").endswith(READING):
            return
        target = "/".join(parts[:2])
        if parts[0] == "deployments" and len(parts) > 1:
            self._accounts.require(call, "run" if parts[2:3] == ["create_flow_run"] else "manage", target)
            return
        if parts[0] == "work_pools" and len(parts) > 2:
            self._accounts.require(call, "run", target)
            return
        if parts[0] not in OF_WORKERS or actor not in {bot["actor_id"] for bot in now.bots.values()}:
            raise refused(403, "Forbidden")


async def _in(socket: WebSocket, other: ClientConnection, password: str) -> None:
    with contextlib.suppress(WebSocketDisconnect, ConnectionClosed):
        while True:
            await other.send(_signed_in(await socket.receive_text(), password))


def _signed_in(message: str, password: str) -> str:
    """Return a message as it is; the first one, which signs in, with the server's own password."""
    if not password or '"auth"' not in message:
        return message
    read = json.loads(message)
    return json.dumps({**read, "token": password}) if isinstance(read, dict) and read.get("type") == "auth" else message


async def _out(other: ClientConnection, socket: WebSocket) -> None:
    with contextlib.suppress(WebSocketDisconnect, ConnectionClosed):
        async for message in other:
            await socket.send_text(message if isinstance(message, str) else message.decode())


def _pattern(rest: str) -> str:
    """Return a path with the ids in it replaced, as statistics count it."""
    parts = rest.split("/")
    return "/".join("{id}" if len(part) == 36 and part.count("-") == 4 else part for part in parts)
