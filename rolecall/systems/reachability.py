"""Finds hosts that refuse, do not resolve, never answer, or answer that they are unavailable, within a bound.

What is asked needs no credentials, and any answer but an error of the server's own counts: a refusal is an answer.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from rolecall import settings
from rolecall.errors import SystemUnreachable
from rolecall.systems.host_timeout import host_timeout

SERVER_ERROR = 500
# Where the SDKs begin (config/host_metadata.go), where they sign in, and the API, which answers 401 without a token
# (https://docs.databricks.com/api/workspace/currentuser/me). 404 is an answer too.
DATABRICKS = (
    "/.well-known/databricks-config",
    "/oidc/.well-known/oauth-authorization-server",
    "/api/2.0/preview/scim/v2/Me",
)
# Seconds for one try, between two of them, and for a host that refuses or does not resolve: such an answer comes at
# once, and one that is starting up again is there soon.
ONE_TRY, PAUSE, REFUSED = 10.0, 0.5, 5.0


@dataclass(frozen=True, order=True)
class Host:
    """A host that a run uses.

    Attributes:
        name: what it is, as messages call it: `workspace nonprod`, `the Databricks account` …
        address: its address.
        paths: what is asked; by default what every HTTP server answers somehow.
    """

    name: str
    address: str
    paths: tuple[str, ...] = ("/",)

    def __str__(self) -> str:
        """Return its name and address, without a user or a password that the address may hold."""
        parts = urlsplit(self.address)
        port = f":{parts.port}" if parts.port else ""
        return f"{self.name} ({parts.scheme}://{parts.hostname}{port})"


@dataclass(frozen=True)
class Silence:
    """Why a host counts as unreachable; `at_once` where waiting seldom helps."""

    reason: str
    at_once: bool = False


Probe = Callable[[Host, float], Silence | None]


def probe(host: Host, seconds: float) -> Silence | None:
    """Ask a host once; return why it counts as unreachable, or None where it answers.

    Args:
        host: the host.
        seconds: how long one try may take.
    """
    try:
        with httpx.Client(verify=False, timeout=seconds) as client:  # noqa: S501 - nothing secret is sent
            for path in host.paths:
                status = client.get(f"{host.address.rstrip('/')}{path}").status_code
                if status >= SERVER_ERROR:
                    return Silence(f"it answers {status}" + (f" to {path}" if len(host.paths) > 1 else ""))
    except httpx.TimeoutException:
        return Silence("no answer came in time")
    except httpx.ConnectError as error:
        return Silence(_first_line(error), at_once=True)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as error:
        return Silence(_first_line(error))
    return None


def unreachable(
    hosts: Iterable[Host],
    *,
    ask: Probe = probe,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], object] = time.sleep,
) -> dict[Host, SystemUnreachable]:
    """Ask hosts side by side, again and again within the bound; return those that do not answer, each with its error.

    Args:
        hosts: the hosts.
        ask: asks one of them once.
        clock: returns seconds.
        pause: waits for some seconds.
    """
    wanted = sorted(set(hosts))
    bound = host_timeout()
    answers: queue.SimpleQueue[tuple[Host, Silence | None]] = queue.SimpleQueue()

    def wait_for(host: Host) -> None:
        began = clock()
        while (silence := ask(host, max(0.1, min(ONE_TRY, bound - (clock() - began))))) is not None:
            limit = min(REFUSED, bound) if silence.at_once else bound
            if clock() - began + PAUSE >= limit:
                break
            pause(PAUSE)
        answers.put((host, silence))

    # Daemons: one that hangs, in the system's own resolver say, must not keep the process.
    for host in wanted:
        threading.Thread(target=wait_for, args=(host,), daemon=True).start()
    found: dict[Host, Silence | None] = {}
    deadline = time.monotonic() + bound + ONE_TRY
    while len(found) < len(wanted):
        try:
            host, silence = answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        found[host] = silence
    late = Silence("no answer came in time")
    return {host: error_of(host, silence) for host in wanted if (silence := found.get(host, late)) is not None}


def error_of(host: Host, silence: Silence) -> SystemUnreachable:
    """Return the error for a host that does not answer."""
    bound = f"{settings.HOST_TIMEOUT.name} limits the wait."
    how = f"See whether the address is right and the host is up, and run it again. {bound}"
    return SystemUnreachable(f"{host} does not answer: {silence.reason}", how)


def databricks_hosts(account: str | None, workspaces: Mapping[str, str]) -> Iterator[Host]:
    """Yield the account and workspaces, asked for something of the API: a front may answer before what is behind it.

    Args:
        account: address of the account; None where it is not used.
        workspaces: addresses of workspaces, by name.
    """
    if account is not None:
        yield Host("the Databricks account", account, DATABRICKS)
    for name, address in workspaces.items():
        yield Host(f"workspace {name}", address, DATABRICKS)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
