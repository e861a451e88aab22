"""Rolecall's own environment variables, one row each: name, type, default and meaning.

The vendors' variables (`DATABRICKS_HOST`, `OKTA_CLIENT_ORGURL`, …) keep the vendors' meaning.
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
        meaning: its effect, for the documentation.
        parse: converts a non-empty string to the value; raises ValueError.
        default: the value when it is unset or empty.
        without: the behaviour when it is unset, in words.
        set_by: who sets it.
        elsewhere: a reader outside this Python package: a Go program, or a script that runs without the package.
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
            environment: environment variables; by default those of this process.

        Raises:
            UsageError: the value is not of the variable's type.
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
        """Return whether the variable is set and not empty."""
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
    "The contract's main file, relative to the project's folder.",
    _optional,
    None,
    "`rolecall:contract` of the stack's configuration, else of `Pulumi.yaml`",
)
BUNDLE_PYTHON = Setting[str | None](
    "ROLECALL_BUNDLE_PYTHON",
    "a path",
    "The Python interpreter with `databricks-bundles` that may run the functions which make a bundle's jobs.",
    _optional,
    None,
    "jobs that a bundle makes by Python are refused",
)
HOST_TIMEOUT = Setting[float](
    "ROLECALL_HOST_TIMEOUT",
    "a number of seconds above 0",
    "Seconds after which a request to a host that does not answer fails.",
    _positive,
    60.0,
    "60",
    elsewhere="the Databricks provider",
)
RETRY_SECONDS = Setting[float | None](
    "ROLECALL_RETRY_SECONDS",
    "a number of seconds above 0",
    "Seconds for which Rolecall retries one of its own requests.",
    _optional_seconds,
    None,
    "`ROLECALL_HOST_TIMEOUT`",
)
RATE_LIMIT = Setting[int | None](
    "ROLECALL_RATE_LIMIT",
    "a whole number above 0",
    "Requests per second to each system, instead of that system's own limit.",
    _optional_count,
    None,
    "the system's documented limit",
)
PROVISIONING_SECONDS = Setting[float | None](
    "ROLECALL_PROVISIONING_SECONDS",
    "a number of seconds above 0",
    "Seconds to wait for a group that the identity provider provisions.",
    _optional_seconds,
    None,
    "120",
)
ALLOWED_HOSTS = Setting[tuple[str, ...]](
    "ROLECALL_ALLOWED_HOSTS",
    "host names, separated by commas",
    "Additional hosts that processes without a contract may sign in to; Databricks' and this machine's are allowed.",
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
    "An additional certificate authority trusted for Entra ID's address, such as the local emulator's.",
    _optional,
    None,
    "the default authorities only",
)
CACHE_DIR = Setting[str | None](
    "ROLECALL_CACHE_DIR",
    "a path",
    "The folder of the toolchain and of locks.",
    _optional,
    None,
    "`rolecall` in the operating system's cache folder of this user",
)
TOOLCHAIN = Setting[str | None](
    "ROLECALL_TOOLCHAIN",
    f"one of {', '.join(WAYS)}",
    "Where to get the Pulumi engine from; no other source is tried.",
    _one_of(*WAYS),
    None,
    "the first that works, in that order",
)
PULUMI_RELEASES = Setting[str](
    "ROLECALL_PULUMI_RELEASES",
    "an https address",
    "A mirror of Pulumi's release archives, for closed networks.",
    lambda text: text.rstrip("/"),
    "",
    "Pulumi's own releases",
)
ENGINE_LOG = Setting[bool](
    "ROLECALL_ENGINE_LOG",
    "any value",
    "Writes the engine's debug log to `logs` in `PULUMI_HOME`, for toolchains in Rolecall's cache.",
    _any,
    False,
    "off",
)
PROVIDER_UNPATCHED = Setting[bool](
    "ROLECALL_PROVIDER_UNPATCHED",
    "any value",
    "Disables the patch of the Databricks provider, for comparison.",
    _any,
    False,
    "the patch is enabled",
    elsewhere="the Databricks provider",
)
# Fixed ports keep the addresses in states valid across restarts; they are below the ephemeral range
# (ip_local_port_range on Linux; RFC 6335).
LOCAL_PORT = Setting[int](
    "ROLECALL_LOCAL_PORT",
    "a port",
    "The first port of the local emulators.",
    _port,
    27_600,
    "27600",
)
SIGNING_KEY = Setting[str](
    "ROLECALL_SIGNING_KEY",
    "a path, or a private Ed25519 key in PEM",
    "The key that signs snapshots, reviews and saved plans. Processes that Rolecall starts do not get it.",
    str,
    "",
    "the command's option",
)
TRUSTED_KEYS = Setting[str](
    "ROLECALL_TRUSTED_KEYS",
    "a path, or public Ed25519 keys in PEM",
    "The keys whose signatures count.",
    str,
    "",
    "the command's option",
)
WORKER_PRINCIPAL = Setting[str](
    "ROLECALL_WORKER_PRINCIPAL",
    "a display name",
    "The only service principal whose jobs the worker runs.",
    str,
    "",
    "each job names its service principal",
    SetBy.WORKER,
)
WORKER_WORKSPACES = Setting[tuple[str, ...]](
    "ROLECALL_WORKER_WORKSPACES",
    "addresses, separated by spaces",
    "The workspaces that the worker may connect to.",
    _by_spaces,
    (),
    "none: the worker runs no job",
    SetBy.WORKER,
)
WORKER_STARTERS = Setting[str](
    "ROLECALL_WORKER_STARTERS",
    "`unchecked`",
    "Makes a Conductor worker run jobs without checking that the starter may execute the workflow, if Conductor "
    "does not answer that.",
    str,
    "",
    "the worker runs no job for others",
    SetBy.WORKER,
)
WORKSPACE = Setting[str](
    "ROLECALL_WORKSPACE",
    "an address",
    "The workspace of the job to run.",
    str,
    "",
    "the command's option",
    SetBy.PIPELINE,
)
JOB_ID = Setting[str](
    "ROLECALL_JOB_ID", "a whole number", "The id of the job to run.", str, "", "the command's option", SetBy.PIPELINE
)
PRINCIPAL = Setting[str](
    "ROLECALL_PRINCIPAL",
    "a display name",
    "The service principal that the job runs as.",
    str,
    "",
    "the command's option",
    SetBy.PIPELINE,
)
CORRELATION_ID = Setting[str](
    "ROLECALL_CORRELATION_ID",
    "text",
    "The orchestrator's id of the execution, as idempotency key: one execution starts at most one run.",
    str,
    "",
    "the command's option",
    SetBy.PIPELINE,
)
TRIGGERED_BY = Setting[str](
    "ROLECALL_TRIGGERED_BY", "text", "Who started the execution.", str, "", "the command's option", SetBy.PIPELINE
)
PARAMETERS = Setting[str](
    "ROLECALL_PARAMETERS",
    "a JSON object",
    "The values of the job's parameters.",
    str,
    "",
    "the command's option",
    SetBy.PIPELINE,
)
GROUP_KEYS_FILE = Setting[str | None](
    "ROLECALL_GROUP_KEYS_FILE",
    "a path",
    "A JSON file for policy packs that maps the current names of renamed groups to their keys in the contract.",
    _optional,
    None,
    "every group's name is its key",
    SetBy.ROLECALL,
)
OWN_PROGRAM = Setting[bool](
    "ROLECALL_OWN_PROGRAM",
    "`true`",
    "Set when the engine runs Rolecall's own program; policy packs read it.",
    _is_true,
    False,
    "the program is not Rolecall's",
    SetBy.ROLECALL,
)
VERIFIED_SALTS = Setting[str](
    "ROLECALL_VERIFIED_SALTS",
    "SHA-256 digests",
    "Digests of the salts of stacks whose passphrase was already verified.",
    str,
    "",
    "every engine verifies the passphrase",
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

SETTINGS: tuple[Setting[object], ...] = tuple(
    setting for setting in list(globals().values()) if isinstance(setting, Setting)
)
BY_NAME: Mapping[str, Setting[object]] = {setting.name: setting for setting in SETTINGS}
