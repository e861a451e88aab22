"""gRPC servers on the loopback interface that answer only the user who runs them."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import unquote

import grpc

from rolecall.toolchain.language_host.same_user import LOOPBACK, Address, is_same_user

REFUSAL = "another user of this machine runs this server"
# Where asking is expensive, an answer holds for this many seconds: less than a system takes to give the two ports of a
# closed connection to another one (RFC 9293, 3.4.3; 30 seconds on macOS).
REMEMBERED = 0.0 if sys.platform.startswith("linux") else 10.0


class SameUser(grpc.ServerInterceptor):
    """Refuses every call over a connection that another user has opened.

    Args:
        check: says whether the client of a connection is the same user; given the addresses of both ends.
    """

    def __init__(self, check: Callable[[Address, Address], bool] = is_same_user) -> None:
        self._check = check
        self._admitted: dict[str, float] = {}
        self.port = 0

    def intercept_service(self, continuation: Callable[[Any], Any], handler_call_details: Any) -> Any:
        """Return the handler of a call, behind the check."""
        handler = continuation(handler_call_details)
        if handler is None:
            # An unknown method gets that answer, whoever the caller is.
            return None
        for kind in ("unary_unary", "unary_stream", "stream_unary", "stream_stream"):
            behaviour = getattr(handler, kind)
            if behaviour is not None:
                streams = kind.endswith("stream")
                guarded = self._streaming(behaviour) if streams else self._single(behaviour)
                make = getattr(grpc, f"{kind}_rpc_method_handler")
                return make(guarded, handler.request_deserializer, handler.response_serializer)
        return handler

    def _single(self, behaviour: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        @functools.wraps(behaviour)
        def answer(request: Any, context: grpc.ServicerContext) -> Any:
            self._require(context)
            return behaviour(request, context)

        return answer

    def _streaming(self, behaviour: Callable[[Any, Any], Iterator[Any]]) -> Callable[[Any, Any], Iterator[Any]]:
        @functools.wraps(behaviour)
        def answer(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            self._require(context)
            yield from behaviour(request, context)

        return answer

    def _require(self, context: grpc.ServicerContext) -> None:
        """End a call of another user."""
        if not self.admits(str(context.peer())):
            context.abort(grpc.StatusCode.PERMISSION_DENIED, REFUSAL)

    def admits(self, peer: str) -> bool:
        """Return whether this user has opened the connection of a peer, as gRPC calls it."""
        if self._admitted.get(peer, 0.0) > time.monotonic():
            return True
        client = address_of(peer)
        if client is None or not self._check(client, (LOOPBACK, self.port)):
            return False
        if REMEMBERED:
            self._admitted[peer] = time.monotonic() + REMEMBERED
        return True


def address_of(peer: str) -> Address | None:
    """Return the address in what gRPC calls a peer, `ipv4:127.0.0.1:40404`; None where it is none of IPv4.

    A socket of IPv6 that has reached an IPv4 address comes as `ipv6:%5B::ffff:127.0.0.1%5D:40404`.
    """
    family, _, rest = unquote(peer).partition(":")
    host, _, port = rest.rpartition(":")
    host = host.strip("[]").removeprefix("::ffff:")
    if family not in ("ipv4", "ipv6") or ":" in host or not port.isdigit():
        return None
    return host, int(port)


def local_server(workers: ThreadPoolExecutor, options: Sequence[tuple[str, Any]] = ()) -> tuple[grpc.Server, int]:
    """Return a server that is not started yet, and its port.

    Args:
        workers: run the handlers.
        options: further options of the server.
    """
    guard = SameUser()
    server = grpc.server(workers, interceptors=[guard], options=[*options, ("grpc.so_reuseport", 0)])
    guard.port = server.add_insecure_port(f"{LOOPBACK}:0")
    return server, guard.port
