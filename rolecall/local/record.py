"""The record of the emulators that run for a checkout, and its validation.

A checkout may come from anybody, so its record is believed only where it was written by this user, about a process of
this user that lives, serves the addresses, and is one of our emulators; and it may set only the variables that the
emulators need.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from rolecall import settings
from rolecall.emulators.registry import emulator_specs
from rolecall.engine.process_identity import ProcessIdentity, is_alive

NAME = "emulators.json"
MODULE = "rolecall.emulators"
LOOPBACK = "127.0.0.1"
AUTHORITY = settings.CA_FILE.name
# The address of a workspace; the description of the emulators names the variable.
WORKSPACE = re.compile(r"[A-Z][A-Z0-9_]*_HOST")
CREDENTIAL = re.compile(r"[\x21-\x7e]{1,512}")


@dataclass(frozen=True)
class Running:
    """The emulators that run.

    Attributes:
        process: process that serves them.
        addresses: address by system: `databricks` is the account, `databricks/NAME` a workspace, `okta`, `entra`.
        variables: environment variables that carry addresses and credentials.
        person: name and token of the person who can change things by hand.
    """

    process: ProcessIdentity
    addresses: dict[str, str]
    variables: dict[str, str]
    person: dict[str, str]

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self.process.pid


def write(folder: Path, running: Running) -> None:
    """Write the record, for this user only."""
    new = folder / f"{NAME}.{os.getpid()}"
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "w") as file:
        json.dump({**asdict(running), "process": running.process.to_json()}, file, indent=2)
    os.replace(new, folder / NAME)


def read(folder: Path) -> Running | None:
    """Return what runs by the record; None where there is none, or where it cannot be believed."""
    record = folder / NAME
    try:
        found = record.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
            return None
        payload = json.loads(record.read_text(encoding="utf-8"))
        running = Running(
            ProcessIdentity.from_json(payload["process"]),
            _texts(payload["addresses"]),
            _texts(payload["variables"]),
            _texts(payload["person"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return running if _is_ours(running) and not [*faults(running, folder)] else None


def faults(running: Running, folder: Path) -> Iterator[str]:
    """Yield each invalid entry of a record: an address that is not loopback, or an unknown variable.

    Args:
        running: what they say.
        folder: the checkout's local folder.
    """
    for system, address in running.addresses.items():
        if _port(address) is None:
            yield f"the address of {system} is not one of {LOOPBACK}"
    specs = emulator_specs()
    known = {*running.addresses.values()}
    of_addresses = {name for spec in specs for name in spec.address_variables}
    of_credentials = {name for spec in specs for name in spec.credential_variables}
    workspaces = {address for system, address in running.addresses.items() if "/" in system}
    for name, value in running.variables.items():
        if name in of_addresses:
            fine = any(value == one or value.startswith(f"{one}/") for one in known)
        elif name in of_credentials:
            fine = CREDENTIAL.fullmatch(value) is not None
        elif name == AUTHORITY:
            fine = Path(value).resolve().parent == folder.resolve()
        else:
            fine = WORKSPACE.fullmatch(name) is not None and value in workspaces
        if not fine:
            yield f"the variable {name!r} is none that emulators set, or its value is none that they have"


def _is_ours(running: Running) -> bool:
    """Return whether this user's process of that identity lives, is the emulators', and listens on the addresses."""
    if not is_alive(running.process):
        return False
    try:
        process = psutil.Process(running.process.pid)
        mine = process.uids().real == os.getuid() and MODULE in process.cmdline()
        ports = {one.laddr.port for one in process.net_connections("tcp4") if one.status == psutil.CONN_LISTEN}
    except psutil.Error:
        return False
    return mine and {_port(address) for address in running.addresses.values()} <= ports


def _port(address: str) -> int | None:
    """Return the port of a loopback address; None where it is anything else."""
    try:
        parts = urlsplit(address)
        exact = address == f"{parts.scheme}://{LOOPBACK}:{parts.port}" and parts.scheme in ("http", "https")
    except ValueError:
        return None
    return parts.port if exact else None


def _texts(payload: Mapping[str, Any]) -> dict[str, str]:
    if not isinstance(payload, dict) or any(not isinstance(one, str) for pair in payload.items() for one in pair):
        raise ValueError("names and values are texts")
    return payload
