"""Addresses at which something is wrong, and a way to a server that can be cut."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.support.threads import serving

# A name that never resolves: RFC 2606.
UNKNOWN = "https://nobody.invalid"


def refusing() -> str:
    """Return an address at which connections are refused."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{one.getsockname()[1]}"


@contextmanager
def silent() -> Iterator[str]:
    """Yield an address that takes connections and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def unavailable(status: int = 503) -> Iterator[str]:
    """Yield an address that answers every request with a status."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - the server's names

        def log_message(self, *told: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with serving(server):
        yield f"http://127.0.0.1:{server.server_port}"


# Ways in which a host does not answer, as `broken` takes them; a number is a status that it answers for good.
BROKEN = ("refuses", "does not resolve", "never answers", "503")


@contextmanager
def broken(way: str) -> Iterator[str]:
    """Yield an address at which something is wrong in one of the ways of `BROKEN`."""
    if way == "refuses":
        yield refusing()
    elif way == "does not resolve":
        yield UNKNOWN
    else:
        with silent() if way == "never answers" else unavailable(int(way)) as address:
            yield address


class Gate:
    """Carries bytes to a server until it is cut; then connections end, and new ones are refused.

    Args:
        address: the server's address.
    """

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._server = (parts.hostname or "", parts.port or 80)
        self._carried: set[socket.socket] = set()
        self._listening = self._listen(0)
        self.port = self._listening.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Be gone."""
        for one in (self._listening, *list(self._carried)):
            # Closing alone does not wake a waiting thread.
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def mend(self) -> None:
        """Be there again, at the same address."""
        self._listening = self._listen(self.port)

    def _listen(self, port: int) -> socket.socket:
        listening = socket.create_server(("127.0.0.1", port), backlog=64)
        threading.Thread(target=self._accept, args=(listening,), daemon=True).start()
        return listening

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near = listening.accept()[0]
                far = socket.create_connection(self._server)
                self._carried |= {near, far}
                for one in (near, far):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
            self._carried.discard(one)
