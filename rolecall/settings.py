"""Every environment variable of Rolecall's own: its name, type, default and meaning, each in one row.

Other variables are the vendors' (`DATABRICKS_HOST`, `OKTA_CLIENT_ORGURL`, …) and keep their meaning there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from rolecall.errors import UsageError

Value = TypeVar("Value")


class SetBy(StrEnum):
    """Who sets a variable."""

    USER = "you"
    WORKER = "the deployment of a worker or delegate"
    PIPELINE = "the stage of a pipeline that Rolecall declares"
    ROLECALL = "Rolecall itself, for processes that it starts"


@dataclass(frozen=True)
class Setting(Generic[Value]):
    """An environment variable.

    Attributes:
        name: the variable.
        kind: its type, in words.
        meaning: what it does, for the documentation.
        parse: makes the value of a text that is not empty; raises ValueError.
        default: the value where it is not set or empty.
        without: what holds where it is not set, in words.
        set_by: who sets it.
        elsewhere: what reads it, where that is not this Python package: a program in Go, or a file that runs alone.
    """

    name: str
    kind: str
    meaning: str
    parse: Callable[[str], Value]
    default: Value
    without: str
    set_by: SetBy = SetBy.USER
    elsewhere: str = ""

    def read(self, environment: Mapping[str, str] | None = None) -> Value:
        """Return the value.

        Args:
            environment: environment variables; those of this process when not given.

        Raises:
            UsageError: the text is not of the variable's type.
        """
        text = (os.environ if environment is None else environment).get(self.name, "")
        if not text.strip():
            return self.default
        try:
            return self.parse(text.strip())
        except ValueError as error:
            what = f"`{self.name}` is {text!r}, which is not {self.kind}"
            raise UsageError(what, f"Set it to {self.kind}, or unset it.") from error

    def is_set(self, environment: Mapping[str, str] | None = None) -> bool:
        """Return whether it has a value of its own."""
        return bool((os.environ if environment is None else environment).get(self.name, "").strip())


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError(text)
    return number


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _port(text: str) -> int:
    number = int(text)
    if not 0 < number < 65_536:
        raise ValueError(text)
    return number


def _one_of(*allowed: str) -> Callable[[str], str | None]:
    def parse(text: str) -> str | None:
        if text not in allowed:
            raise ValueError(text)
        return text

    return parse


def _optional(text: str) -> str | None:
    return text


def _optional_seconds(text: str) -> float | None:
    return _positive(text)


def _optional_count(text: str) -> int | None:
    return _count(text)


def _by_commas(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _by_spaces(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _is_true(text: str) -> bool:
    return text == "true"


def _any(text: str) -> bool:
    return bool(text)


WAYS = ("wheel", "path", "download", "build")

CONTRACT = Setting[str | None](
    "ROLECALL_CONTRACT",
    "a path",
    "The contract's main file, from the project's folder.",
    _optional,
    None,
    "`rolecall:contract` of the stack's configuration, else of `Pulumi.yaml`",
)
HOST_TIMEOUT = Setting[float](
    "ROLECALL_HOST_TIMEOUT",
    "a number of seconds above 0",
    "After how many seconds a host that does not answer is given up, by everything that waits for one.",
    _positive,
    60.0,
    "60",
    elsewhere="the Databricks provider",
)
RETRY_SECONDS = Setting[float | None](
    "ROLECALL_RETRY_SECONDS",
    "a number of seconds above 0",
    "For how many seconds one request of Rolecall's own is repeated.",
    _optional_seconds,
    None,
    "`ROLECALL_HOST_TIMEOUT`",
)
RATE_LIMIT = Setting[int | None](
    "ROLECALL_RATE_LIMIT",
    "a whole number above 0",
    "Requests a second to each system, in place of each system's own limit.",
    _optional_count,
    None,
    "the system's documented limit",
)
PROVISIONING_SECONDS = Setting[float | None](
    "ROLECALL_PROVISIONING_SECONDS",
    "a number of seconds above 0",
    "How long to wait for a group that the identity provider provisions.",
    _optional_seconds,
    None,
    "120",
)
ALLOWED_HOSTS = Setting[tuple[str, ...]](
    "ROLECALL_ALLOWED_HOSTS",
    "host names, separated by commas",
    "Hosts that processes which load no contract may sign in to, beside those of Databricks and this machine.",
    _by_commas,
    (),
    "none",
)
GRAPH_HOST = Setting[str](
    "ROLECALL_GRAPH_HOST",
    "an address",
    "The address of Microsoft Graph, for another cloud.",
    lambda text: text.rstrip("/"),
    "https://graph.microsoft.com",
    "`https://graph.microsoft.com`",
)
CA_FILE = Setting[str | None](
    "ROLECALL_CA_FILE",
    "a path",
    "A certificate authority that Entra ID's address may have beside the known ones, as the local emulator does.",
    _optional,
    None,
    "the known authorities",
)
CACHE_DIR = Setting[str | None](
    "ROLECALL_CACHE_DIR",
    "a path",
    "The folder of the toolchain and of locks.",
    _optional,
    None,
    "`rolecall` in this user's cache folder of the operating system",
)
TOOLCHAIN = Setting[str | None](
    "ROLECALL_TOOLCHAIN",
    f"one of {', '.join(WAYS)}",
    "The one way to get the Pulumi engine.",
    _one_of(*WAYS),
    None,
    "the first that works, in that order",
)
PULUMI_RELEASES = Setting[str](
    "ROLECALL_PULUMI_RELEASES",
    "an https address",
    "A mirror's folder of Pulumi's release archives, for closed networks.",
    lambda text: text.rstrip("/"),
    "",
    "Pulumi's own",
)
ENGINE_LOG = Setting[bool](
    "ROLECALL_ENGINE_LOG",
    "any text",
    "Turns on the engine's debug log, `logs` in `PULUMI_HOME`, in toolchains in Rolecall's cache.",
    _any,
    False,
    "off",
)
PROVIDER_UNPATCHED = Setting[bool](
    "ROLECALL_PROVIDER_UNPATCHED",
    "any text",
    "Turns the Databricks provider's patch off, to compare.",
    _any,
    False,
    "the patch is on",
    elsewhere="the Databricks provider",
)
# The same ports at every start, so that addresses in states stay right; below those that machines take for outgoing
# connections (ip_local_port_range on Linux; RFC 6335).
LOCAL_PORT = Setting[int](
    "ROLECALL_LOCAL_PORT",
    "a port",
    "The first port of the local emulators.",
    _port,
    27_600,
    "27600",
)
WORKER_PRINCIPAL = Setting[str](
    "ROLECALL_WORKER_PRINCIPAL",
    "a display name",
    "The one service principal whose jobs a worker runs.",
    str,
    "",
    "the job says whose it is",
    SetBy.WORKER,
)
WORKER_WORKSPACES = Setting[tuple[str, ...]](
    "ROLECALL_WORKER_WORKSPACES",
    "addresses, separated by spaces",
    "The workspaces that a worker may go to; without any it runs nothing.",
    _by_spaces,
    (),
    "none",
    SetBy.WORKER,
)
WORKSPACE = Setting[str](
    "ROLECALL_WORKSPACE", "an address", "The workspace of the job that is run.", str, "", "an option", SetBy.PIPELINE
)
JOB_ID = Setting[str](
    "ROLECALL_JOB_ID", "a whole number", "The id of the job that is run.", str, "", "an option", SetBy.PIPELINE
)
PRINCIPAL = Setting[str](
    "ROLECALL_PRINCIPAL",
    "a display name",
    "The service principal that the job runs as.",
    str,
    "",
    "an option",
    SetBy.PIPELINE,
)
CORRELATION_ID = Setting[str](
    "ROLECALL_CORRELATION_ID",
    "a text",
    "The orchestrator's id of the execution; the same execution never starts a second run.",
    str,
    "",
    "an option",
    SetBy.PIPELINE,
)
TRIGGERED_BY = Setting[str](
    "ROLECALL_TRIGGERED_BY", "a text", "Who started the execution.", str, "", "an option", SetBy.PIPELINE
)
PARAMETERS = Setting[str](
    "ROLECALL_PARAMETERS",
    "a JSON object",
    "Values of the job's parameters.",
    str,
    "",
    "an option",
    SetBy.PIPELINE,
)
GROUP_KEYS_FILE = Setting[str | None](
    "ROLECALL_GROUP_KEYS_FILE",
    "a path",
    "A JSON file for policy packs: the contract's keys of groups whose name differs now, by that name.",
    _optional,
    None,
    "names are keys",
    SetBy.ROLECALL,
)
OWN_PROGRAM = Setting[bool](
    "ROLECALL_OWN_PROGRAM",
    "`true`",
    "Tells policy packs that the engine runs Rolecall's own program.",
    _is_true,
    False,
    "the program is somebody else's",
    SetBy.ROLECALL,
)
VERIFIED_SALTS = Setting[str](
    "ROLECALL_VERIFIED_SALTS",
    "SHA-256 digests",
    "The salts of stacks whose passphrase is verified already.",
    str,
    "",
    "each engine verifies it",
    SetBy.ROLECALL,
    elsewhere="the engine",
)
PULUMI_VERSION = Setting[str](
    "ROLECALL_PULUMI_VERSION",
    "a version",
    "The version that the language host reports.",
    str,
    "",
    "none",
    SetBy.ROLECALL,
    elsewhere="the language host",
)

SETTINGS: tuple[Setting[object], ...] = tuple(one for one in list(globals().values()) if isinstance(one, Setting))
BY_NAME: Mapping[str, Setting[object]] = {one.name: one for one in SETTINGS}
