"""Another user of this machine, who calls a local server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

# A user who owns nothing: https://www.kernel.org/doc/Documentation/admin-guide/sysctl/fs.rst (overflowuid).
NOBODY = 65534

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may act as another user of the machine")

# Everything is imported while the files can still be read, and only then the user is another one.
CLIENT = """\
import os, sys
import grpc, grpc._channel, encodings.idna
port, method, user = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
if user != os.geteuid():
    os.setgroups([]); os.setgid(user); os.setuid(user)
call = grpc.insecure_channel(sys.argv[4] + ":" + str(port)).unary_unary(method)
try:
    call(b"", timeout=20)
    print("OK")
except grpc.RpcError as error:
    print(error.code().name)
"""

SOCKET = """\
import encodings.idna, os, socket, sys
port, user = int(sys.argv[1]), int(sys.argv[2])
if user != os.geteuid():
    os.setgroups([]); os.setgid(user); os.setuid(user)
with socket.create_connection(("127.0.0.1", port), timeout=20) as opened:
    try:
        opened.sendall(sys.argv[3].encode())
        print(opened.recv(64).decode(errors="replace").partition("\\r\\n")[0])
    except OSError:
        print("")
"""

OPEN = """\
import encodings.idna, os, socket, sys
port, user = int(sys.argv[1]), int(sys.argv[2])
os.setgroups([]); os.setgid(user); os.setuid(user)
with socket.create_connection(("127.0.0.1", port), timeout=20) as opened:
    print(opened.getsockname()[1], flush=True)
    sys.stdin.read()
"""


@contextmanager
def opened_by(user: int, server: tuple[str, int]) -> Iterator[tuple[str, int]]:
    """Open a connection to a server as a user; yield the client's end of it."""
    command = [sys.executable, "-c", OPEN, str(server[1]), str(user)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        yield "127.0.0.1", int(client.stdout.readline())
        client.stdin.close()


def called(port: int, method: str, user: int, host: str = "127.0.0.1") -> str:
    """Return the status of a gRPC call without content, made by a user."""
    return _run(CLIENT, port, method, user, host)


def answered(port: int, request: str, user: int) -> str:
    """Return the first line that a server answers to a user; empty where it ends the connection."""
    return _run(SOCKET, port, user, request)


def _run(text: str, *arguments: object) -> str:
    command = [sys.executable, "-c", text, *map(str, arguments)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    return answer.stdout.strip()
