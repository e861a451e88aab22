"""Which user has opened the other end of a connection on the loopback interface.

A port is open to every user of the machine, and the engine reaches its plugins by ports only. The system knows who has
opened a socket: Linux answers sock_diag(7) and lists all sockets in proc_net_tcp(5); elsewhere lsof(8) finds the
sockets of this user's own processes. What cannot be found out counts as another user's.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from rolecall.toolchain.language_host.sock_diag import Address as Address
from rolecall.toolchain.language_host.sock_diag import connection_owner

LOOPBACK = "127.0.0.1"
TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
# Only of an open socket is the user certain: the kernel shows one that waits to be forgotten (TIME_WAIT) as root's.
ESTABLISHED = b"01"
USER_COLUMN = 7
# A table is read in pieces, between which an entry may move.
READS = 3
LSOF = "/usr/sbin/lsof"
LSOF_SECONDS = 10


def is_same_user(client: Address, server: Address, user: int | None = None) -> bool:
    """Return whether the client's end of a connection belongs to a user.

    Args:
        client: address and port of the client.
        server: address and port that it is connected to.
        user: the user's id; by default that of this process.
    """
    wanted = os.geteuid() if user is None else user
    if sys.platform.startswith("linux"):
        found = connection_owner(client, server)
        if found is not None:
            return found == wanted
        return any(owner_in(client, server, _tables()) == wanted for _ in range(READS))
    return is_own_socket(client, server, wanted)


def owner_in(client: Address, server: Address, tables: Iterable[bytes]) -> int | None:
    """Return the user that has opened a connection, by the kernel's tables; None where it is in none of them.

    Args:
        client: address and port of the client.
        server: address and port that it is connected to.
        tables: the text of each table: of IPv4, and of IPv6, where a client may have reached an IPv4 address too.
    """
    for text in tables:
        for form in _forms(client[0]):
            ends = b"%b %b %b " % (_written(form, client[1]), _written(form, server[1], server[0]), ESTABLISHED)
            place = text.find(ends)
            if place >= 0:
                line = text[text.rfind(b"\n", 0, place) + 1 :].partition(b"\n")[0]
                return int(line.split()[USER_COLUMN])
    return None


def is_own_socket(client: Address, server: Address, user: int, lsof: Callable[[int, int], str] | None = None) -> bool:
    """Return whether a process of a user has a socket with these two ends, as lsof(8) lists it.

    Args:
        client: address and port of the client.
        server: address and port that it is connected to.
        user: the user's id.
        lsof: returns what lsof says of a user's sockets with a port.
    """
    wanted = f"n{client[0]}:{client[1]}->{server[0]}:{server[1]}"
    return wanted in (lsof or _lsof)(user, client[1]).splitlines()


def _tables() -> Iterator[bytes]:
    for path in TABLES:
        try:
            yield Path(path).read_bytes()
        except OSError:
            continue


def _forms(address: str) -> tuple[str, ...]:
    """Return in which forms a table may hold an IPv4 address: as it is, or mapped to IPv6 (RFC 4291, 2.5.5.2)."""
    return (address,) if ":" in address else (address, f"::ffff:{address}")


def _written(form: str, port: int, address: str | None = None) -> bytes:
    """Return an address as the kernel writes it: words of 32 bits in the order of this machine, in hexadecimal."""
    if address is not None:
        form = f"::ffff:{address}" if ":" in form and ":" not in address else address
    packed = socket.inet_pton(socket.AF_INET6 if ":" in form else socket.AF_INET, form)
    words = [packed[start : start + 4] for start in range(0, len(packed), 4)]
    return "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words).encode() + f":{port:04X}".encode()


def _lsof(user: int, port: int) -> str:
    """Return a user's open connections to a port, from lsof; none where lsof is not installed."""
    command = [LSOF, "-nP", "-a", "-u", str(user), f"-i4TCP:{port}", "-sTCP:ESTABLISHED", "-Fn"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=LSOF_SECONDS, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
