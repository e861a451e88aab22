"""Read deployed resources through the Databricks provider, as the engine's refresh does, without an engine."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rolecall.engine.shared_provider import DATABRICKS, SharedProvider
from rolecall.engine.stack_state import Resource
from rolecall.engine.termination import terminate
from rolecall.engine.watchdog import end_group, watchdog
from rolecall.errors import SystemUnreachable
from rolecall.toolchain.install import PLUGIN, Toolchain
from rolecall.toolchain.installation import PROVIDER, plugins_folder

if TYPE_CHECKING:
    from pulumi.runtime.proto import provider_pb2_grpc

# The key that marks a secret in a state: https://www.pulumi.com/docs/iac/concepts/secrets/.
SIGNATURE = "4dabf18193072939515e22adb298388d"
# Metadata that the Terraform bridge keeps among the properties.
NOT_DECLARED = frozenset({"__meta", "__defaults", "providerConfig"})
RAW_STATE = "__pulumi_raw_state_delta"
# Seconds for one read; the provider itself retries what a service answers with 429 or 503.
READ_SECONDS = 60


@dataclass(frozen=True, order=True)
class PropertyDifference:
    """A declared property that is live with another value.

    Attributes:
        path: the provider's path of the property, such as `schedule.pauseStatus`.
        declared: the declared value, as text.
        live: the live value, as text; empty where there is none.
    """

    path: str
    declared: str
    live: str


class ProviderReads:
    """Runs the provider from the first read until the `with` block ends: most comparisons need no read.

    Args:
        toolchain: the installed toolchain.
        environment: the environment of the provider, with the credentials.
        hosts: the addresses that the credentials may be sent to.
    """

    def __init__(self, toolchain: Toolchain, environment: Mapping[str, str], hosts: Iterable[str]) -> None:
        self._hosts = frozenset(host.rstrip("/") for host in hosts)
        self._environment = dict(environment)
        self._toolchain = toolchain
        self._shared: SharedProvider | None = None
        # The official provider serves one configuration in each process.
        self._plugin = provider_program(toolchain)
        self._processes: list[subprocess.Popen[str]] = []
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._stubs: dict[str, provider_pb2_grpc.ResourceProviderStub] = {}

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def differences(self, resource: Resource, settings: Mapping[str, Any]) -> list[PropertyDifference] | None:
        """Return every declared property that is live with another value; None where the object does not exist.

        Secrets are not compared: no service returns their values.

        Args:
            resource: the resource as recorded in the state.
            settings: the configuration of its connection.

        Raises:
            SystemUnreachable: the provider cannot read it; the message contains the provider's reason.
        """
        import grpc
        from pulumi.runtime.proto import provider_pb2 as rpc

        stub = self._connection(settings)
        declared = plain_inputs(resource.inputs)
        try:
            answer = stub.Read(
                rpc.ReadRequest(
                    id=resource.id,
                    urn=resource.urn,
                    properties=_struct(plain_outputs(resource.outputs)),
                    inputs=_struct(declared),
                ),
                timeout=READ_SECONDS,
            )
            if not answer.id:
                return None
            diff = stub.Diff(
                rpc.DiffRequest(
                    id=resource.id,
                    urn=resource.urn,
                    olds=_without_secrets(answer.properties),
                    news=_struct(declared),
                    old_inputs=_without_secrets(answer.inputs),
                ),
                timeout=READ_SECONDS,
            )
        except grpc.RpcError as error:
            raise SystemUnreachable(f"{resource.name} cannot be read: {_reason(error)}") from error
        if diff.changes == rpc.DiffResponse.DIFF_NONE:
            return []
        live = _plain(answer.properties)
        # Secrets were not sent, so the provider reports each of them as changed.
        left_out = secret_properties(resource) | NOT_DECLARED
        paths = [path for path in diff.detailedDiff or diff.diffs if _top(path) not in left_out]
        # Where something differs, the provider reports what only the service sets, too, although it is as it was.
        before = plain_inputs(resource.outputs)
        changed = [path for path in paths if shown_value(before, path) != shown_value(live, path)]
        paths = [path for path in paths if _top(path) in declared or path in changed] or paths
        reported = {PropertyDifference(path, shown_value(declared, path), shown_value(live, path)) for path in paths}
        # Properties that only the service sets, such as the time of the last change, have equal values here.
        return sorted({one for one in reported if one.declared != one.live} or reported)

    def _connection(self, settings: Mapping[str, Any]) -> provider_pb2_grpc.ResourceProviderStub:
        import grpc
        from pulumi.runtime.proto import provider_pb2 as rpc
        from pulumi.runtime.proto import provider_pb2_grpc

        key, host = repr(sorted(settings.items(), key=str)), str(settings.get("host") or "")
        if host.rstrip("/") not in self._hosts:
            raise SystemUnreachable(f"the state names host {host!r}, which the contract does not; nothing was sent")
        with self._lock:
            if key not in self._stubs:
                port = self._port()
                # The provider identifies an engine by its connection; without this option gRPC shares connections.
                own = [("grpc.use_local_subchannel_pool", 1)]
                stub = provider_pb2_grpc.ResourceProviderStub(grpc.insecure_channel(f"127.0.0.1:{port}", own))
                try:
                    stub.Configure(
                        rpc.ConfigureRequest(
                            args=_struct(plain_inputs(settings)), acceptSecrets=True, acceptResources=True
                        ),
                        timeout=READ_SECONDS,
                    )
                except grpc.RpcError as error:
                    raise SystemUnreachable(f"the Databricks provider cannot sign in: {_reason(error)}") from error
                self._stubs[key] = stub
            return self._stubs[key]

    def _port(self) -> int:
        if self._toolchain.shared_provider() is not None:
            if self._shared is None:
                self._shared = SharedProvider(self._toolchain, self._environment)
                self._shared.admit(self._hosts)
            if port := self._shared.ports().get(DATABRICKS):
                return port
        # Started without an engine's address, the provider listens on a free port and prints it.
        if self._watchdog is None:
            self._watchdog = watchdog()
        process = subprocess.Popen(
            [str(self._plugin)],
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            process_group=self._watchdog.pid,
        )
        self._processes.append(process)
        assert process.stdout is not None
        port_text = process.stdout.readline().strip()
        if not port_text.isdigit():
            raise SystemUnreachable("the Databricks provider did not start")
        return int(port_text)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the provider."""
        if self._shared is not None:
            self._shared.__exit__(kind, error, trace)
        for process in self._processes:
            process.terminate()
            terminate(process)
        if self._watchdog is not None:
            end_group(self._watchdog)


def provider_program(toolchain: Toolchain) -> Path | None:
    """Return the Databricks provider, built or official; None where it is not installed."""
    program = plugins_folder(Path(toolchain.home) if toolchain.home else None) / PLUGIN / PROVIDER
    return program if program.exists() else None


def plain_inputs(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties of a state that are not secret."""
    return {key: value for key, value in properties.items() if not is_secret(value)}


def plain_outputs(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outputs of a state that are not secret, as the provider's bridge to Terraform reads them.

    The bridge keeps beside them how each is written in Terraform's state, and ends where that names one that is missing
    (pulumi-terraform-bridge, pkg/tfbridge/rawstate.go).
    """
    plain = plain_inputs(properties)
    written = plain.get(RAW_STATE)
    if len(plain) < len(properties) and isinstance(written, Mapping):
        fields = written.get("obj") or {}
        kept = {name: one for name, one in (fields.get("ps") or {}).items() if name not in properties or name in plain}
        plain[RAW_STATE] = {**written, "obj": {**fields, "ps": kept}}
    return plain


def is_secret(value: Any) -> bool:
    """Return whether a value of a state is, or contains, a secret."""
    if isinstance(value, Mapping):
        return SIGNATURE in value or any(is_secret(item) for item in value.values())
    return isinstance(value, list) and any(is_secret(item) for item in value)


def secret_properties(resource: Resource) -> frozenset[str]:
    """Return the names of the declared properties that contain secrets; no service returns their values."""
    return frozenset(key for key, value in resource.inputs.items() if is_secret(value))


def shown_value(properties: Mapping[str, Any], path: str) -> str:
    """Return the value at a path such as `tasks[0].name`, as text; empty where there is none."""
    value: Any = properties
    for part in _parts(path):
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            value = None
    return as_text(value)


def as_text(value: Any) -> str:
    """Format a value for a report."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return ", ".join(as_text(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={as_text(item)}" for key, item in sorted(value.items()) if not key.startswith("__"))
    return str(value)


def _parts(path: str) -> Iterator[str]:
    for quoted, plain in re.findall(r'\["((?:[^"\\]|\\.)*)"\]|([^.\[\]]+)', path):
        yield quoted or plain


def _top(path: str) -> str:
    return next(_parts(path), "")


def _reason(error: Any) -> str:
    return " ".join(str(error.details() or error.code()).split())


def _struct(values: Mapping[str, Any]) -> Any:
    from google.protobuf import json_format, struct_pb2

    return json_format.ParseDict(dict(values), struct_pb2.Struct())


def _without_secrets(values: Any) -> Any:
    """Return an answer of the provider as it takes it back: it refuses a secret that has no value."""
    plain = _plain(values)
    return _struct(plain_outputs(plain)) if any(map(is_secret, plain.values())) else values


def _plain(values: Any) -> dict[str, Any]:
    from google.protobuf import json_format

    properties: dict[str, Any] = json_format.MessageToDict(values)
    return properties
