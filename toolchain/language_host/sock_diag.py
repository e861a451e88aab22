"""Query the Linux kernel for the owner of one TCP connection: sock_diag(7).

A query takes microseconds. Reading proc_net_tcp(5), which lists every connection, takes milliseconds when there are
hundreds.
"""

from __future__ import annotations

import socket
import struct
import sys

# <linux/netlink.h> and <linux/sock_diag.h>.
NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST = 4, 20, 1
HEADER = struct.Struct("=IHHII")
# <linux/inet_diag.h>: inet_diag_req_v2 up to its socket id, the socket id's ports and addresses, and its remainder.
ASKED, ENDS, REST = struct.Struct("=BBBBI"), struct.Struct("!HH16s16s"), struct.Struct("=III")
MAPPED_TO_IPV6 = bytes(10) + b"\xff\xff"
NO_COOKIE = 0xFFFFFFFF
ANSWER, NUMBERS = struct.Struct("=BBBB"), struct.Struct("=IIIII")
TCP_ESTABLISHED = 1
LARGEST_ANSWER = 8192
SECONDS = 1.0

Address = tuple[str, int]


def connection_owner(client: Address, server: Address) -> int | None:
    """Return the id of the user who opened an established TCP connection over IPv4.

    Args:
        client: local address and port of the socket.
        server: its remote address and port.

    Returns:
        The user's id; None if there is no such connection, or sock_diag is unavailable.
    """
    if not sys.platform.startswith("linux"):
        return None
    try:
        ends = client[1], server[1], socket.inet_aton(client[0]), socket.inet_aton(server[0])
        asked = ASKED.pack(socket.AF_INET, socket.IPPROTO_TCP, 0, 0, 1 << TCP_ESTABLISHED) + ENDS.pack(*ends)
        asked += REST.pack(0, NO_COOKIE, NO_COOKIE)
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as kernel:
            kernel.settimeout(SECONDS)
            size = HEADER.size + len(asked)
            kernel.sendto(HEADER.pack(size, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 1, 0) + asked, (0, 0))
            return _owner(kernel.recv(LARGEST_ANSWER), ends)
    except (OSError, struct.error):
        return None


def _owner(answer: bytes, ends: tuple[int, int, bytes, bytes]) -> int | None:
    """Return the user id of a response that matches both ends; None for any other socket, such as a listening one."""
    if len(answer) < HEADER.size + ANSWER.size + ENDS.size + REST.size + NUMBERS.size:
        return None
    if HEADER.unpack_from(answer)[1] != SOCK_DIAG_BY_FAMILY:
        return None
    family, state, _, _ = ANSWER.unpack_from(answer, HEADER.size)
    client, server, *found = ENDS.unpack_from(answer, HEADER.size + ANSWER.size)
    # An IPv6 socket connected to an IPv4 address reports mapped addresses (RFC 4291, 2.5.5.2).
    wanted = [_padded(one, mapped=family == socket.AF_INET6) for one in ends[2:]]
    if state != TCP_ESTABLISHED or (client, server) != ends[:2] or found != wanted:
        return None
    user: int = NUMBERS.unpack_from(answer, HEADER.size + ANSWER.size + ENDS.size + REST.size)[3]
    return user


def _padded(address: bytes, *, mapped: bool) -> bytes:
    return MAPPED_TO_IPV6 + address if mapped else address.ljust(16, b"\0")
